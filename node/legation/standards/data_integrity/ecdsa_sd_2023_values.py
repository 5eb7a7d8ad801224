"""The values of base and derived proofs of ``ecdsa-sd-2023`` (vc-di-ecdsa 1.0 §3.5.2, §3.5.3, §3.5.7, §3.5.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, LegationError, ProofError
from legation.standards.selective_disclosure.pointers import Path, parse_pointers
from legation.standards.selective_disclosure.proof_values import find_header, read_proof_value, write_proof_value

BASE, DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
HMAC_KEY_BYTES = 32
MAX_STATEMENTS = 1024
_SIGNATURE_BYTES, _LABEL_BYTES = 64, 32
_P256 = b"\x80\x24"
# The text of §3.5.8 says 36, and so does no vector: a Multikey of P-256 is its two bytes and 33 of the point (§2.1.1).
_KEY_BYTES = 35


@dataclass(frozen=True, slots=True)
class BaseValue:
    """What an issuer gives to a holder, who shows it to nobody: the HMAC key tells the labels of all blank nodes."""

    signature: bytes
    public_key: bytes
    hmac_key: bytes
    signatures: tuple[bytes, ...]
    mandatory_pointers: tuple[str, ...]

    def __repr__(self) -> str:
        return f"BaseValue({len(self.signatures)} statements)"

    def write(self) -> str:
        """Return the ``proofValue`` (§3.5.2)."""
        parts = (self.signature, self.public_key, self.hmac_key, [*self.signatures], [*self.mandatory_pointers])
        return write_proof_value(BASE, parts)

    def mandatory_paths(self) -> tuple[Path, ...]:
        """Return the mandatory pointers, read. Raises MalformedError or TooLargeError."""
        return parse_pointers(self.mandatory_pointers)


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """What a holder shows; ``labels`` is the compressed label map, of canonical numbers to digests (§3.5.5)."""

    signature: bytes
    public_key: bytes
    signatures: tuple[bytes, ...]
    labels: dict[int, bytes]
    mandatory_indexes: tuple[int, ...]

    def write(self) -> str:
        """Return the ``proofValue`` (§3.5.7)."""
        labels = {number: self.labels[number] for number in sorted(self.labels)}
        parts = (self.signature, self.public_key, [*self.signatures], labels, [*self.mandatory_indexes])
        return write_proof_value(DERIVED, parts)


def is_base_value(text: object) -> bool:
    """Say whether this is the value of a base proof, by its first bytes."""
    return find_header(text) == BASE


def read_base_value(text: object) -> BaseValue:
    """Read the ``proofValue`` of a base proof (§3.5.3). Raises ProofError."""
    match read_proof_value(text, BASE):
        case [signature, public_key, hmac_key, list(signatures), list(pointers)] if (
            _is_bytes(signature, _SIGNATURE_BYTES)
            and _is_bytes(public_key, _KEY_BYTES)
            and _is_bytes(hmac_key, HMAC_KEY_BYTES)
            and _are_signatures(signatures)
            and all(type(pointer) is str for pointer in pointers)
        ):
            return BaseValue(signature, public_key, hmac_key, tuple(signatures), tuple(pointers))
    raise _not_as_specified()


def read_derived_value(text: object) -> DerivedValue:
    """Read the ``proofValue`` of a derived proof (§3.5.8).

    Raises:
        ProofError: it is another, one that only a holder may see, or its indexes are not in ascending order.
    """
    if is_base_value(text):
        raise ProofError(
            "this is a base proof, which is for its holder alone",
            pointer="/proof/proofValue",
            fix="Derive a proof from it, and present that.",
        )
    match read_proof_value(text, DERIVED):
        case [signature, public_key, list(signatures), dict(labels), list(indexes)] if (
            _is_bytes(signature, _SIGNATURE_BYTES)
            and _is_bytes(public_key, _KEY_BYTES)
            and _are_signatures(signatures)
            and _are_labels(labels)
            and _are_indexes(indexes)
        ):
            return DerivedValue(signature, public_key, tuple(signatures), labels, tuple(indexes))
    raise _not_as_specified()


def write_key(key: PublicKey) -> bytes:
    """Return the Multikey of a P-256 key without its multibase, as it is signed (§3.6.5)."""
    return _P256 + key.raw


def read_key(data: bytes) -> PublicKey:
    """Load the key of one proof. Raises ProofError."""
    if data[:2] != _P256:
        raise ProofError("the key of the proof is not of P-256", pointer="/proof/proofValue")
    try:
        return load_public_key(KeyType.P256, data[2:])
    except InvalidKeyError as error:
        raise ProofError("the key of the proof is not a point of P-256", pointer="/proof/proofValue") from error


def _is_bytes(value: object, size: int) -> TypeGuard[bytes]:
    return type(value) is bytes and len(value) == size


def _are_signatures(values: list[object]) -> bool:
    return len(values) <= MAX_STATEMENTS and all(_is_bytes(value, _SIGNATURE_BYTES) for value in values)


def _are_labels(labels: dict[object, object]) -> bool:
    # canonical identifiers are numbered from 0; two nodes of one label would be one node
    numbers = all(type(number) is int for number in labels) and set(labels) == set(range(len(labels)))
    digests = all(_is_bytes(digest, _LABEL_BYTES) for digest in labels.values())
    return numbers and digests and len(set(labels.values())) == len(labels)


def _are_indexes(indexes: list[object]) -> bool:
    last = -1
    for index in indexes:
        if type(index) is not int or index <= last:
            return False
        last = index
    return True


def _not_as_specified() -> LegationError:
    return ProofError("the parts of the proof's value are not those of its kind", pointer="/proof/proofValue")
