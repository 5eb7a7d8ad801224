"""DID documents: verification methods, and which relationship each of them serves (DID Core 1.0 §5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from legation.crypto.keys import KeyType, PublicKey
from legation.errors import InvalidKeyError, MalformedError, ResolutionError
from legation.standards.did.syntax import is_did, split_did_url
from legation.standards.jwk import parse_public_jwk
from legation.standards.multiformats import decode_multikey
from legation.standards.timestamps import parse_timestamp

MAX_METHODS = 64
SIGNING_RELATIONSHIPS = ("assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation")
RELATIONSHIPS = (*SIGNING_RELATIONSHIPS, "keyAgreement")
# Controlled Identifiers 1.0 §2.2: the type says which one member holds the key
_MATERIAL = {
    "Multikey": "publicKeyMultibase",
    "Ed25519VerificationKey2020": "publicKeyMultibase",
    "JsonWebKey": "publicKeyJwk",
    "JsonWebKey2020": "publicKeyJwk",
}
_SECRETS = frozenset({"secretKeyMultibase", "secretKeyJwk", "privateKeyMultibase", "privateKeyJwk", "privateKeyBase58"})


class DeactivatedError(ResolutionError):
    """A DID that has ended: whoever controlled it has taken its document back, for good."""


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """One verification method; ``key`` is None where it is of a type, or a key, that we cannot or must not use.

    ``id`` is an absolute DID URL; ``expires`` and ``revoked`` are nanoseconds since 1970 UTC
    (Controlled Identifiers 1.0 §2.2).
    """

    id: str
    controller: str
    key: PublicKey | None
    expires: int | None
    revoked: int | None


@dataclass(frozen=True, slots=True)
class DIDDocument:
    """A checked DID document: methods by absolute DID URL, and the methods that each relationship lists."""

    id: str
    methods: Mapping[str, VerificationMethod]
    relationships: Mapping[str, frozenset[str]]

    def find_method(self, method_id: str, relationship: str) -> VerificationMethod | None:
        """Return the method of that absolute DID URL if the DID lists it for ``relationship`` and controls it."""
        if method_id not in self.relationships.get(relationship, ()):
            return None
        method = self.methods[method_id]
        # Controlled Identifiers 1.0 §3.3: what another DID controls, or defines, is judged by that DID's document
        if method.controller != self.id or not method_id.startswith(self.id + "#"):
            return None
        return method


def build_single_key_document(
    did: str, fragment: str, key: PublicKey | None, relationships: Iterable[str] = SIGNING_RELATIONSHIPS
) -> DIDDocument:
    """Return the document of a DID that is one key, None where it is of a type that verifies nothing here."""
    method = VerificationMethod(f"{did}#{fragment}", did, key, None, None)
    listed = frozenset({method.id})
    return DIDDocument(
        did,
        MappingProxyType({method.id: method}),
        MappingProxyType(dict.fromkeys(relationships, listed)),
    )


def parse_did_document(document: object, *, did: str) -> DIDDocument:
    """Check a DID document, as parsed from JSON, that was asked for as ``did``.

    Raises:
        DeactivatedError: the DID is deactivated.
        ResolutionError: it is malformed, another DID's, or holds more than 64 methods.
    """
    if not isinstance(document, dict):
        raise ResolutionError("the DID document is not a JSON object")
    # DID Core 1.0 §7.1: the document is that of the DID asked for
    if not is_did(did) or document.get("id") != did:
        raise ResolutionError("the DID document's id is not the DID that was asked for")
    if document.get("deactivated", False) is not False:
        raise DeactivatedError("the DID is deactivated")
    _check_context(document.get("@context", []))
    return _Reader(did).read(document)


def _check_context(context: object) -> None:
    # DID Core 1.0 §6.3.1: representations other than JSON-LD have none
    entries = context if isinstance(context, list) else [context]
    if not all(isinstance(entry, str | dict) for entry in entries):
        raise ResolutionError("the DID document's @context is malformed")


class _Reader:
    """Collects the methods of one document."""

    def __init__(self, did: str) -> None:
        self._did = did
        self._methods: dict[str, VerificationMethod] = {}

    def read(self, document: dict[str, object]) -> DIDDocument:
        for entry in _entries(document, "verificationMethod"):
            self._add(entry)
        # every method first, so that a reference may stand before the embedded method that it names
        listed = {name: [self._list(entry) for entry in _entries(document, name)] for name in RELATIONSHIPS}
        missing = {method_id for ids in listed.values() for method_id in ids} - self._methods.keys()
        # DID Core 1.0 §5.3: a reference may name another DID's method, which verifies nothing for this one here
        if any(method_id.startswith(self._did + "#") for method_id in missing):
            raise ResolutionError("the DID document lists a verification method that it does not hold")
        relationships = {name: frozenset(ids) - missing for name, ids in listed.items() if ids}
        return DIDDocument(self._did, MappingProxyType(self._methods), MappingProxyType(relationships))

    def _list(self, entry: object) -> str:
        # DID Core 1.0 §5.3: embedded, then it serves this relationship alone, or by reference
        return self._absolute(entry) if isinstance(entry, str) else self._add(entry)

    def _add(self, entry: object) -> str:
        if not isinstance(entry, dict):
            raise ResolutionError("a verification method is not a JSON object")
        method_id, controller = self._absolute(entry.get("id")), entry.get("controller")
        # DID Core 1.0 §5.2: type and controller are required
        if not isinstance(controller, str) or not is_did(controller) or not isinstance(entry.get("type"), str):
            raise ResolutionError("a verification method lacks its type or its controller")
        if method_id in self._methods:
            raise ResolutionError("two verification methods of the DID document have one id")
        if len(self._methods) == MAX_METHODS:
            raise ResolutionError(f"the DID document holds more than {MAX_METHODS} verification methods")
        self._methods[method_id] = _read_method(entry, method_id, controller)
        return method_id

    def _absolute(self, reference: object) -> str:
        # DID Core 1.0 §3.2.2: a relative DID URL starts from the document's DID
        text = self._did + reference if isinstance(reference, str) and reference.startswith("#") else reference
        try:
            did, fragment = split_did_url(text)
        except MalformedError as error:
            raise ResolutionError("a verification method's id is not a DID URL") from error
        return f"{did}#{fragment}"


def _entries(document: dict[str, object], name: str) -> list[object]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or len(entries) > MAX_METHODS:
        raise ResolutionError(f"the DID document's {name} is not an array of at most {MAX_METHODS}")
    return entries


def _read_method(entry: dict[str, object], method_id: str, controller: str) -> VerificationMethod:
    try:
        key, expires, revoked = _read_key(entry), _read_moment(entry, "expires"), _read_moment(entry, "revoked")
    except (InvalidKeyError, MalformedError):
        # the other methods stay usable; this one verifies nothing
        return VerificationMethod(method_id, controller, None, None, None)
    return VerificationMethod(method_id, controller, key, expires, revoked)


def _read_key(entry: dict[str, object]) -> PublicKey | None:
    method_type = entry["type"]
    member = _MATERIAL.get(method_type) if isinstance(method_type, str) else None
    # Controlled Identifiers 1.0 §2.2: one form of the key, and a key whose private part is public is nobody's
    if member is None or not _SECRETS.isdisjoint(entry) or {"publicKeyMultibase", "publicKeyJwk"} <= entry.keys():
        return None
    value = entry.get(member)
    if member == "publicKeyJwk":
        return parse_public_jwk(value)
    key = decode_multikey(value) if isinstance(value, str) else None
    # the type is a promise about the key: a P-256 key is no Ed25519VerificationKey2020
    if key is not None and method_type == "Ed25519VerificationKey2020" and key.type is not KeyType.ED25519:
        return None
    return key


def _read_moment(entry: dict[str, object], name: str) -> int | None:
    return parse_timestamp(entry[name]) if name in entry else None
