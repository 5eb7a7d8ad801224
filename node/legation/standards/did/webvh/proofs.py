"""The proofs of log entries and of witnesses: eddsa-jcs-2022 by a did:key (did:webvh 1.0, "Authorized Keys").

It is the one suite of 1.0, over documents without ``@context``, so that this needs nothing of
``standards.data_integrity``, which in turn stands on ``standards.did``.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from legation.crypto.keys import KeyType
from legation.crypto.signing import SigningKey
from legation.errors import InvalidKeyError, MalformedError, ProofError, UnknownTermError
from legation.standards.jcs import canonicalize, canonicalize_plain
from legation.standards.multiformats import decode_base58, decode_multikey, encode_base58, encode_multikey
from legation.standards.timestamps import parse_timestamp

CRYPTOSUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MAX_PROOFS = 4
_REQUIRED = frozenset({"type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"})
# A log is read for ever: a proof that ends, or that answers somebody, belongs elsewhere
_MEMBERS = _REQUIRED | {"id", "created"}
_SIGNATURE_CHARS = range(80, 97)  # 64 bytes in base58btc, with the multibase prefix

Proof = Mapping[str, str]


def read_log_proofs(value: object) -> tuple[tuple[str, Proof], ...]:
    """Read the array of one to four proofs of an entry; return each with the Multikey of its did:key.

    Raises:
        MalformedError, UnknownTermError: none, another form or cryptosuite, or a key that is not named as did:key.
        ProofError: another purpose than assertionMethod.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PROOFS:
        raise MalformedError(f"the proofs are not an array of one to {MAX_PROOFS}")
    return tuple(read_log_proof(proof) for proof in value)


def read_log_proof(proof: object) -> tuple[str, Proof]:
    """Read one proof; return it with the Multikey of its did:key. Raises as :func:`read_log_proofs`."""
    if not isinstance(proof, dict) or not proof.keys() >= _REQUIRED:
        raise MalformedError("a proof lacks a required member")
    if not proof.keys() <= _MEMBERS:
        raise UnknownTermError("a proof in a did:webvh log has a member that it cannot have")
    if not all(isinstance(member, str) for member in proof.values()):
        raise MalformedError("a member of a proof is not text")
    if (proof["type"], proof["cryptosuite"]) != ("DataIntegrityProof", CRYPTOSUITE):
        raise UnknownTermError(f"a proof in a did:webvh log is not of {CRYPTOSUITE}")
    if proof["proofPurpose"] != PURPOSE:
        raise ProofError("a proof in a did:webvh log is not for assertionMethod")
    if "created" in proof:
        parse_timestamp(proof["created"])
    multikey = proof["verificationMethod"].partition("#")[2]
    if proof["verificationMethod"] != f"did:key:{multikey}#{multikey}":
        raise MalformedError("the key of a proof in a did:webvh log is not named by its did:key")
    return multikey, proof


def verify_log_proof(multikey: str, proof: Proof, canonical: bytes) -> None:
    """Verify a proof by the key of that Multikey over a document's JCS form, without proofs (vc-di-eddsa §3.3.2).

    Raises:
        ProofError: it does not hold, or the key is no Ed25519 key.
        MalformedError, InvalidKeyError: the Multikey is none.
    """
    key, value = decode_multikey(multikey), proof["proofValue"]
    if key.type is not KeyType.ED25519:
        raise ProofError(f"{CRYPTOSUITE} takes an Ed25519 key")
    if len(value) not in _SIGNATURE_CHARS or value[0] != "z":
        raise ProofError("the proof's value is not a base58btc multibase signature")
    configuration = {name: member for name, member in proof.items() if name != "proofValue"}
    key.verify(_hash(configuration, canonical), decode_base58(value[1:]))


def sign_log_document(document: Mapping[str, object], key: SigningKey, *, created: str) -> dict[str, object]:
    """Sign a document without ``proof`` as its did:key. Raises InvalidKeyError for a key that is not Ed25519."""
    if key.public_key.type is not KeyType.ED25519:
        raise InvalidKeyError(f"did:webvh 1.0 signs with {CRYPTOSUITE}, which takes an Ed25519 key")
    multikey = encode_multikey(key.public_key)
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": f"did:key:{multikey}#{multikey}",
        "created": created,
        "proofPurpose": PURPOSE,
    }
    signature = key.sign(_hash(proof, canonicalize(document)))
    return {**proof, "proofValue": "z" + encode_base58(signature)}


def _hash(configuration: Proof, canonical: bytes) -> bytes:
    # vc-di-eddsa §3.3.4: the hash of the proof's configuration, then that of the document
    return sha256(canonicalize_plain(configuration)).digest() + sha256(canonical).digest()
