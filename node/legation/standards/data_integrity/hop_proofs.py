"""Data Integrity proofs of delegation hops (VC Data Integrity 1.0): ``eddsa-jcs-2022`` here, others by their suites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

import msgspec

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import Signer
from legation.errors import InvalidKeyError, MalformedError, ProofError, UnknownTermError
from legation.standards.did.syntax import controller_of
from legation.standards.jcs import canonicalize, canonicalize_plain
from legation.standards.multiformats import decode_base58, encode_base58
from legation.standards.timestamps import parse_timestamp

CRYPTOSUITE = "eddsa-jcs-2022"
SELECTIVE = "ecdsa-sd-2023"
_GRAPHS = frozenset({"eddsa-rdfc-2022", "ecdsa-rdfc-2019", SELECTIVE})
CRYPTOSUITES = frozenset({CRYPTOSUITE, "ecdsa-jcs-2019"}) | _GRAPHS
MAX_PROOFS = 4
_REQUIRED = frozenset({"type", "cryptosuite", "proofPurpose", "verificationMethod", "proofValue"})
_MEMBERS = _REQUIRED | {"@context", "id", "created", "expires", "challenge", "domain", "nonce"}
_NOT_STRINGS = frozenset({"@context", "domain"})
_Canonicalizer = Callable[[object], bytes]


class Proof(msgspec.Struct, frozen=True, gc=False):
    """A well-formed proof whose value nobody has checked yet; times in nanoseconds since 1970."""

    raw: Mapping[str, object]
    purpose: str
    method: str
    did: str
    created: int | None
    expires: int | None
    challenge: str | None
    domain: str | None


def signs_graph(proof: Proof) -> bool:
    """Say whether verifying a proof takes the canonical form of a graph, and so much longer than a signature."""
    return proof.raw["cryptosuite"] in _GRAPHS


def parse_proofs(document: Mapping[str, object]) -> tuple[Proof, ...]:
    """Read the one to four proofs of a document.

    Raises:
        MalformedError: none, more, or one that is not of the form of VC Data Integrity §2.1.
        UnknownTermError: a cryptosuite or member that this version does not know, ``previousProof`` among them.
    """
    value = document.get("proof")
    proofs = value if isinstance(value, list) else [value]
    if not 1 <= len(proofs) <= MAX_PROOFS:
        raise MalformedError(f"a document has one to {MAX_PROOFS} proofs", pointer="/proof")
    return tuple([_parse_proof(proof, document) for proof in proofs])


def _parse_proof(value: object, document: Mapping[str, object]) -> Proof:
    if type(value) is not dict:
        raise MalformedError("a proof is an object", pointer="/proof")
    if not _REQUIRED <= value.keys() <= _MEMBERS:
        if value.keys() - _MEMBERS:
            raise UnknownTermError("a member of the proof is unknown", pointer="/proof")
        raise MalformedError("the proof lacks a required member", pointer="/proof")
    cryptosuite = value["cryptosuite"]
    if value["type"] != "DataIntegrityProof" or type(cryptosuite) is not str or cryptosuite not in CRYPTOSUITES:
        raise UnknownTermError(
            "the proof is of a type or cryptosuite that this version does not verify",
            pointer="/proof/cryptosuite",
            fix=f"Secure it with {CRYPTOSUITE}, or as vc+jwt.",
        )
    # vc-di-eddsa §3.3.2: the proof's context is the document's; any other would change what was signed
    if "@context" in value and value["@context"] != document.get("@context"):
        raise MalformedError("the proof's @context is not the document's", pointer="/proof/@context")
    method, purpose = value["verificationMethod"], value["proofPurpose"]
    did = controller_of(method)
    for name, member in value.items():
        if type(member) is not str and name not in _NOT_STRINGS:
            raise MalformedError(f"the proof's {name} is not a string", pointer=f"/proof/{name}")
    return Proof(
        value,
        str(purpose),
        str(method),
        did,
        parse_timestamp(value["created"]) if "created" in value else None,
        parse_timestamp(value["expires"]) if "expires" in value else None,
        value.get("challenge"),
        _parse_domain(value["domain"]) if "domain" in value else None,
    )


def _parse_domain(value: object) -> str:
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is not str:
        raise MalformedError("the proof's domain is a string or an array of one", pointer="/proof/domain")
    return value


def verify_proof(
    document: Mapping[str, object],
    proof: Proof,
    key: PublicKey,
    *,
    plain: bool = False,
    canonical: bytes | None = None,
) -> None:
    """Verify one proof over a document as received (vc-di-eddsa §3.3.2, or what its cryptosuite says).

    ``plain`` says that the document was seen to hold no float and no integer beyond ±(2^53 − 1); ``canonical`` is the
    JCS form of the document without its proofs, where the caller has it.

    Raises:
        ProofError: it does not hold, or the key is not of a type that its cryptosuite takes.
        MalformedError: the document has no canonical form, or not everything in it is mandatory (``ecdsa-sd-2023``).
        UnknownTermError: a member that the contexts do not define, where a graph is signed.
    """
    if proof.raw["cryptosuite"] != CRYPTOSUITE:
        _verify_otherwise(document, proof, key)
        return
    if key.type is not KeyType.ED25519:
        raise ProofError("eddsa-jcs-2022 takes an Ed25519 key")
    text = proof.raw["proofValue"]
    if type(text) is not str or not 80 <= len(text) <= 96 or text[0] != "z":
        raise ProofError("the proof's value is not a base58btc multibase signature")
    write: _Canonicalizer = canonicalize_plain if plain else canonicalize
    if canonical is None:
        canonical = write({name: value for name, value in document.items() if name != "proof"})
    options = write({name: value for name, value in proof.raw.items() if name != "proofValue"})
    key.verify(_hash(options, canonical), decode_base58(text[1:]))


def _verify_otherwise(document: Mapping[str, object], proof: Proof, key: PublicKey) -> None:
    # few chains have such proofs, and what they need takes long to load
    from legation.standards.data_integrity.ecdsa_sd_2023 import is_wholly_mandatory
    from legation.standards.data_integrity.registry import suite_named
    from legation.standards.jsonld.contexts import bundled_contexts

    suite = suite_named(str(proof.raw["cryptosuite"]))
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    suite.verify(unsecured, proof.raw, key, bundled_contexts())
    if suite.name == SELECTIVE and not is_wholly_mandatory(proof.raw):
        raise MalformedError("the issuer let the holder choose what of the document to show", pointer="/proof")


def build_proof(
    document: Mapping[str, object],
    *,
    signer: Signer,
    purpose: str,
    created: str,
    options: Mapping[str, str] | None = None,
    cryptosuite: str = CRYPTOSUITE,
) -> dict[str, object]:
    """Sign a document without ``proof`` and return the proof (vc-di-eddsa §3.3.1).

    ``options`` adds ``challenge``, ``domain`` or ``expires``. Raises InvalidKeyError for a key that the cryptosuite
    does not take.
    """
    if cryptosuite != CRYPTOSUITE:
        return _build_otherwise(
            document, signer, {"proofPurpose": purpose, "created": created, **(options or {})}, cryptosuite
        )
    if signer.key.public_key.type is not KeyType.ED25519:
        raise InvalidKeyError("eddsa-jcs-2022 takes an Ed25519 key; a P-256 key secures as vc+jwt")
    proof: dict[str, object] = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": signer.method,
        "proofPurpose": purpose,
        **(options or {}),
        "@context": document["@context"],
    }
    proof["proofValue"] = "z" + encode_base58(signer.key.sign(_hash(canonicalize(proof), canonicalize(document))))
    return proof


def _build_otherwise(
    document: Mapping[str, object], signer: Signer, members: Mapping[str, object], cryptosuite: str
) -> dict[str, object]:
    from legation.standards.data_integrity.registry import suite_named
    from legation.standards.data_integrity.suites import SuiteOptions
    from legation.standards.jsonld.contexts import bundled_contexts

    proof: dict[str, object] = {
        "type": "DataIntegrityProof",
        "cryptosuite": cryptosuite,
        "verificationMethod": signer.method,
        **members,
        "@context": document["@context"],
    }
    suite = suite_named(cryptosuite)
    proof["proofValue"] = suite.sign(document, proof, signer.key, bundled_contexts(), options=SuiteOptions())
    return proof


def _hash(options: bytes, document: bytes) -> bytes:
    # vc-di-eddsa §3.3.4: the hash of the proof's configuration, then that of the document
    return sha256(options).digest() + sha256(document).digest()
