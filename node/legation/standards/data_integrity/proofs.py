"""The proofs of a document of any kind (VC Data Integrity 1.0 §2.1): one, a set of them, or a chain."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from legation.errors import MalformedError, UnknownTermError
from legation.standards.did.syntax import controller_of
from legation.standards.timestamps import parse_timestamp

MAX_PROOFS = 16
DATA_INTEGRITY = "DataIntegrityProof"
_REQUIRED = frozenset({"type", "proofPurpose", "verificationMethod", "proofValue"})
# Of these the type is known; any other member is for the cryptosuite to sign, or to refuse.
_STRINGS = ("type", "proofPurpose", "verificationMethod", "proofValue", "cryptosuite", "challenge", "nonce", "id")
USUAL = frozenset({*_STRINGS, "@context", "created", "expires", "domain", "previousProof"})
_MAX_CHARS = 2048
# an absolute URL (RFC 3986 §4.3) as far as JSON-LD needs to know
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+")


class Proof(msgspec.Struct, frozen=True, gc=False):
    """A well-formed proof whose value nobody has checked yet; times in nanoseconds since 1970."""

    raw: Mapping[str, object]
    type: str
    cryptosuite: str | None
    purpose: str
    method: str
    did: str
    created: int | None
    expires: int | None
    challenge: str | None
    domains: tuple[str, ...]
    previous: tuple[str, ...]
    id: str | None
    value: str


def read_proofs(document: Mapping[str, object]) -> tuple[Proof, ...]:
    """Read the one to sixteen proofs of a document, in their order.

    Raises:
        MalformedError: none, more, two with one ``id``, or one that is not of the form of VC Data Integrity §2.1.
        UnknownTermError: a member of a proof that no specification defines, and that nothing in the document could.
    """
    value = document.get("proof")
    if type(value) is not list:
        return (read_proof(value, document),)
    if not 1 <= len(value) <= MAX_PROOFS:
        raise MalformedError(f"a document has one to {MAX_PROOFS} proofs", pointer="/proof")
    proofs = tuple([read_proof(proof, document) for proof in value])
    names = [proof.id for proof in proofs if proof.id is not None]
    if len(set(names)) != len(names):
        raise MalformedError("two proofs have the same id", pointer="/proof")
    return proofs


def covers_context(proof: Proof, document: Mapping[str, object]) -> bool:
    """Say whether a proof names the whole ``@context`` of the document, and not only how it begins."""
    if "@context" not in proof.raw:
        return True
    return list_contexts(proof.raw["@context"]) == list_contexts(document.get("@context"))


def list_contexts(value: object) -> list[object]:
    """Return an ``@context`` as a list; an absent one is empty."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def read_proof(value: object, document: Mapping[str, object]) -> Proof:
    """Read one proof of a document. Raises as :func:`read_proofs`."""
    if type(value) is not dict:
        raise MalformedError("a proof is an object", pointer="/proof")
    if not value.keys() >= _REQUIRED:
        raise MalformedError("the proof lacks a required member", pointer="/proof")
    if not value.keys() <= USUAL:
        _check_others(value, document)
    get = value.get
    for name in _STRINGS:
        if type(get(name, "")) is not str:
            raise MalformedError(f"the proof's {name} is not a string", pointer=f"/proof/{name}")
    cryptosuite, identifier, method = get("cryptosuite"), get("id"), value["verificationMethod"]
    if cryptosuite is None and value["type"] == DATA_INTEGRITY:
        raise MalformedError("a DataIntegrityProof names its cryptosuite", pointer="/proof/cryptosuite")
    if identifier is not None and not is_url(identifier):
        raise MalformedError("the proof's id is not a URL", pointer="/proof/id")
    return Proof(
        value,
        value["type"],
        cryptosuite,
        value["proofPurpose"],
        method,
        controller_of(method),
        parse_timestamp(value["created"]) if "created" in value else None,
        parse_timestamp(value["expires"]) if "expires" in value else None,
        get("challenge"),
        _read_strings("domain", value) if "domain" in value else (),
        _read_strings("previousProof", value) if "previousProof" in value else (),
        identifier,
        value["proofValue"],
    )


def is_url(text: str) -> bool:
    """Say whether ``text`` could be an absolute URL, of at most 2048 characters."""
    return len(text) <= _MAX_CHARS and _URL.fullmatch(text) is not None


def _check_others(proof: Mapping[str, object], document: Mapping[str, object]) -> None:
    """Refuse members that could not be signed: VC Data Integrity §2.4.2 and §2.4.3."""
    for name in proof.keys() - USUAL:
        # a keyword would give the proof a second identity; null says nothing in JSON-LD, and is not signed there
        if name.startswith("@") or proof[name] is None:
            raise UnknownTermError("a member of the proof is unknown", pointer="/proof")
    if "@context" not in document:
        raise UnknownTermError("a proof has an extension, and the document no @context for it", pointer="/proof")


def _read_strings(name: str, proof: Mapping[str, object]) -> tuple[str, ...]:
    value = proof[name]
    found = value if type(value) is list else [value]
    if not 1 <= len(found) <= MAX_PROOFS or any(type(item) is not str for item in found):
        raise MalformedError(f"the proof's {name} is a string, or a list of one to 16", pointer=f"/proof/{name}")
    if len(set(found)) != len(found):
        raise MalformedError(f"the proof's {name} says something twice", pointer=f"/proof/{name}")
    return tuple(found)
