"""What a cryptosuite can do (VC Data Integrity 1.0 §3), and what those that sign a document whole have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256, sha384
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import SigningKey
from legation.errors import InvalidKeyError, MalformedError, ProofError
from legation.standards.multiformats import decode_base58, encode_base58

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

_MAX_CHARS = 140
# vc-di-ecdsa §3: the hash is that of the curve
_HASHES = {KeyType.ED25519: sha256, KeyType.P256: sha256, KeyType.P384: sha384}


@dataclass(frozen=True, slots=True)
class SuiteOptions:
    """What only some suites need to sign: what every derived proof shows, and where random bytes come from."""

    mandatory_pointers: tuple[str, ...] = ()
    entropy: Callable[[int], bytes] | None = None


class Suite(Protocol):
    """A cryptosuite: one object that keeps nothing."""

    @property
    def name(self) -> str:
        """The value of ``cryptosuite``, or of ``type`` where that names the suite."""

    @property
    def key_types(self) -> frozenset[KeyType]:
        """The keys that it takes."""

    def sign(
        self,
        document: Mapping[str, object],
        config: Mapping[str, object],
        key: SigningKey,
        contexts: Contexts,
        *,
        options: SuiteOptions,
    ) -> str:
        """Return the ``proofValue`` for a proof with the members ``config``.

        ``document`` is without ``proof``, or has as ``proof`` the list of the previous ones (VC Data Integrity §4.3).
        Raises InvalidKeyError, MalformedError or UnknownTermError.
        """

    def verify(
        self, document: Mapping[str, object], proof: Mapping[str, object], key: PublicKey, contexts: Contexts
    ) -> None:
        """Verify one proof over such a document. Raises ProofError, MalformedError or UnknownTermError."""


@runtime_checkable
class DerivableSuite(Protocol):
    """A cryptosuite of which a holder derives proofs that show less."""

    def is_base(self, proof: Mapping[str, object]) -> bool:
        """Say whether it is one to derive from, which no verifier takes."""

    def derive(
        self,
        document: Mapping[str, object],
        proof: Mapping[str, object],
        pointers: tuple[str, ...],
        contexts: Contexts,
    ) -> dict[str, object]:
        """Return the document that shows what is mandatory and what ``pointers`` name, with its derived proof."""


def check_signing_key(suite: Suite, key: PublicKey) -> None:
    """Refuse a key that the suite does not take. Raises InvalidKeyError."""
    if key.type not in suite.key_types:
        taken = " or ".join(sorted(known.value for known in suite.key_types))
        raise InvalidKeyError(f"{suite.name} takes a key of type {taken}, not {key.type.value}")


def encode_signature(signature: bytes) -> str:
    """Write a signature as ``proofValue``: multibase base58btc."""
    return "z" + encode_base58(signature)


def decode_signature(suite: Suite, proof: Mapping[str, object], key: PublicKey) -> bytes:
    """Return the signature that ``proofValue`` holds, in base58btc multibase and of the key's length.

    Raises:
        ProofError: it does not, or the key is of a type that the suite does not take.
    """
    if key.type not in suite.key_types:
        raise ProofError(f"{suite.name} does not verify with a {key.type.value} key")
    text = proof.get("proofValue")
    if type(text) is not str or not 1 < len(text) <= _MAX_CHARS or text[0] != "z":
        raise ProofError("the proof's value is not a base58btc multibase signature")
    try:
        signature = decode_base58(text[1:])
    except MalformedError as error:
        raise ProofError("the proof's value is not a base58btc multibase signature") from error
    if len(signature) != key.type.signature_bytes:
        raise ProofError(f"a signature of {key.type.value} is {key.type.signature_bytes} bytes")
    return signature


def hash_data(key: PublicKey, config: bytes, document: bytes) -> bytes:
    """Return what is signed: the hash of the proof's configuration, then that of the document (vc-di-eddsa §3.2.4)."""
    digest = _HASHES[key.type]
    return digest(config).digest() + digest(document).digest()
