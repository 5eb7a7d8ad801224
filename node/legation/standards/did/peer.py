"""The did:peer method: DIDs of which only those know who were told (Peer DID Method Specification, numalgo 0, 2, 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from legation.errors import InvalidKeyError, MalformedError, ResolutionError
from legation.standards.did.document import RELATIONSHIPS, DIDDocument, parse_did_document
from legation.standards.did.key import build_key_document, describe_key
from legation.standards.did.syntax import MAX_CHARS, is_did
from legation.standards.multiformats import (
    Curve,
    decode_base58,
    decode_base64url,
    decode_public_key,
    encode_base58,
    encode_base64url,
)
from legation.standards.strict_json import parse_json, write_json

_PREFIX = "did:peer:"
_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
_ELEMENTS = re.compile(r"2(?:\.[AEVIDS][A-Za-z0-9_-]+)+")
_LONG_FORM = re.compile(r"4(z[1-9A-HJ-NP-Za-km-z]{40,50}):(z[1-9A-HJ-NP-Za-km-z]+)")
# Lookup Tables
_PURPOSES = {
    "A": "assertionMethod",
    "E": "keyAgreement",
    "V": "authentication",
    "I": "capabilityInvocation",
    "D": "capabilityDelegation",
}
_CODES = {relationship: code for code, relationship in _PURPOSES.items()}
_SERVICE = "S"
_LONG = {"t": "type", "s": "serviceEndpoint", "r": "routingKeys", "a": "accept"}
_SHORT = {name: letter for letter, name in _LONG.items()}
_MESSAGING = ("DIDCommMessaging", "dm")
_SHA2_256 = b"\x12\x20"  # multihash
_JSON = b"\x80\x04"  # multicodec, 0x0200 as a varint
_MAX_NESTING = 16
_HOLD_METHODS = frozenset({"verificationMethod", *RELATIONSHIPS})
_OTHERS = {
    "1": "1, whose genesis document is exchanged between peers",
    "3": "3, the short form of a numalgo 2 that was exchanged before",
}


@dataclass(frozen=True, slots=True)
class PeerKey:
    """A public key of a did:peer to be, as a Multikey, and the one relationship that it serves."""

    relationship: str
    multikey: str


@dataclass(frozen=True, slots=True)
class PeerDID:
    """A did:peer of numalgo 4: the long form says it all, the short one stands for it between those who know it."""

    long: str
    short: str


# one may take 200 KB
@lru_cache(maxsize=64)
def resolve_did_peer(did: str) -> DIDDocument:
    """Return the document of a did:peer of numalgo 0, 2, or 4 in its long form.

    Raises:
        ResolutionError: another numalgo, a short form (which says nothing by itself), a hash that is not that of the
            document, a key or a service that cannot be read, or no did:peer of at most 2048 characters.
    """
    if did.startswith(_PREFIX + "0"):
        _check(did)
        return describe_key(did, did[len(_PREFIX) + 1 :])
    return parse_did_document(build_did_peer_document(did), did=did)


def build_did_peer_document(did: str) -> dict[str, object]:
    """Return the JSON form of a did:peer's document. Raises ResolutionError as :func:`resolve_did_peer`."""
    numalgo = _check(did)
    try:
        if numalgo == "0":
            return build_key_document(did, did[len(_PREFIX) + 1 :])
        return _expand_elements(did) if numalgo == "2" else _expand_long_form(did)
    except (InvalidKeyError, MalformedError) as error:
        raise ResolutionError(f"the did:peer is not usable: {error.detail}") from error


def build_did_peer_2(keys: Sequence[PeerKey], services: Sequence[Mapping[str, object]] = ()) -> str:
    """Return the did:peer (numalgo 2) of keys, which are numbered from ``#key-1`` in their order, and services.

    Raises:
        MalformedError, InvalidKeyError: a key that is of no known type, or of one that does not serve its
            relationship; a service whose ``id`` is not relative; or more than a DID of 2048 characters holds.
    """
    elements = [f".{_find_code(key)}{key.multikey}" for key in keys]
    elements += [f".{_SERVICE}{encode_base64url(write_json(_shorten(dict(service))))}" for service in services]
    did = f"{_PREFIX}2{''.join(elements)}"
    _check_made(did)
    return did


def build_did_peer_4(document: Mapping[str, object]) -> PeerDID:
    """Return the did:peer (numalgo 4) of an input document: one without ``id``, all of whose own ids are relative.

    Raises:
        MalformedError: not such a document, or more than a DID of 2048 characters holds.
    """
    body = "z" + encode_base58(_JSON + write_json(dict(document)))
    short = f"{_PREFIX}4{_hash(body)}"
    did = PeerDID(f"{short}:{body}", short)
    _check_made(did.long)
    return did


def _check(did: str) -> str:
    """Return the numalgo of a did:peer that can be resolved. Raises ResolutionError."""
    if not did.startswith(_PREFIX) or not is_did(did):
        raise ResolutionError(f"this is not a did:peer of at most {MAX_CHARS} characters")
    numalgo = did[len(_PREFIX)]
    if numalgo not in ("0", "2", "4"):
        named = _OTHERS.get(numalgo, "none that this version knows")
        raise ResolutionError(f"the did:peer's numalgo is {named}; 0, 2 and the long form of 4 can be resolved")
    if numalgo == "4" and ":" not in did[len(_PREFIX) :]:
        raise ResolutionError("this is the short form of a did:peer, which says nothing by itself", fix="Use the long.")
    return numalgo


def _check_made(did: str) -> None:
    try:
        resolve_did_peer(did)
    except ResolutionError as error:
        raise MalformedError(f"no did:peer can be made of this: {error.detail}") from error


# ------------------------------------------------------------------ numalgo 2


def _expand_elements(did: str) -> dict[str, object]:
    """Resolving a did:peer:2: the elements in their order, keys numbered from 1."""
    if _ELEMENTS.fullmatch(did, len(_PREFIX)) is None:
        raise MalformedError("an element has no purpose code that the specification knows")
    methods: list[dict[str, object]] = []
    listed: dict[str, list[str]] = {}
    services: list[dict[str, object]] = []
    unnamed = 0
    for element in did.split(".")[1:]:
        if element[0] == _SERVICE:
            service = _read_service(element[1:])
            if "id" not in service:
                service["id"] = f"#service-{unnamed}" if unnamed else "#service"
                unnamed += 1
            services.append(service)
        else:
            method_id, relationship = f"#key-{len(methods) + 1}", _PURPOSES[element[0]]
            _check_key(PeerKey(relationship, element[1:]))
            methods.append({"id": method_id, "type": "Multikey", "controller": did, "publicKeyMultibase": element[1:]})
            listed.setdefault(relationship, []).append(method_id)
    _check_ids([*methods, *services])
    document: dict[str, object] = {"@context": list(_CONTEXTS), "id": did}
    document |= {"verificationMethod": methods} if methods else {}
    document |= {name: listed[name] for name in RELATIONSHIPS if name in listed}
    document |= {"service": services} if services else {}
    # Method 3: the hash of what follows the numalgo
    return document | {"alsoKnownAs": [f"{_PREFIX}3{_hash(did[len(_PREFIX) + 1 :])}"]}


def _find_code(key: PeerKey) -> str:
    if key.relationship not in _CODES:
        raise MalformedError("a did:peer key serves one of the five verification relationships")
    _check_key(key)
    return _CODES[key.relationship]


def _check_key(key: PeerKey) -> None:
    curve, _ = decode_public_key(key.multikey)
    agrees = key.relationship == "keyAgreement"
    if agrees if curve in (Curve.ED25519, Curve.BLS12_381_G2) else curve is Curve.X25519 and not agrees:
        raise InvalidKeyError(f"a key of type {curve.value} does not serve {key.relationship}")


def _check_ids(entries: list[dict[str, object]]) -> None:
    ids = [entry["id"] for entry in entries]
    if not all(isinstance(name, str) and name.startswith("#") and len(name) > 1 for name in ids):
        raise MalformedError("the id of a did:peer's service is not relative")
    if len(set(map(str, ids))) != len(ids):
        raise MalformedError("two of the did:peer's keys and services have one id")


def _read_service(text: str) -> dict[str, object]:
    service = parse_json(decode_base64url(text), max_nesting=_MAX_NESTING)
    if not isinstance(service, dict):
        # Generating a did:peer:2: each service by itself, no list
        raise MalformedError("a did:peer's service is a JSON object")
    expanded = _lengthen(service)
    if not isinstance(expanded.get("type"), str) or "serviceEndpoint" not in expanded:
        raise MalformedError("a did:peer's service lacks its type or its serviceEndpoint")
    return expanded


def _lengthen(value: dict[str, object]) -> dict[str, object]:
    return _rename(value, _LONG, _MESSAGING[::-1])


def _shorten(value: dict[str, object]) -> dict[str, object]:
    return _rename(value, _SHORT, _MESSAGING)


def _rename(value: dict[str, object], names: Mapping[str, str], kind: tuple[str, str]) -> dict[str, object]:
    """Replace names on every level, and the one type that has an abbreviation. Raises MalformedError."""
    renamed = {names.get(name, name): _rename_within(member, names, kind) for name, member in value.items()}
    if len(renamed) != len(value):
        # both spellings of one name: which of them is meant would be a guess
        raise MalformedError("a did:peer's service has a member twice, once by its abbreviation")
    for name in ("t", "type"):
        if renamed.get(name) == kind[0]:
            renamed[name] = kind[1]
    return renamed


def _rename_within(value: object, names: Mapping[str, str], kind: tuple[str, str]) -> object:
    if isinstance(value, dict):
        return _rename(value, names, kind)
    return [_rename_within(item, names, kind) for item in value] if isinstance(value, list) else value


# ------------------------------------------------------------------ numalgo 4


def _expand_long_form(did: str) -> dict[str, object]:
    """Resolving a DID, long form: the hash checked, the document put into the DID's context."""
    match = _LONG_FORM.fullmatch(did, len(_PREFIX))
    if match is None:
        raise MalformedError("it is not of the long form")
    if match[1] != _hash(match[2]):
        raise MalformedError("its hash is not that of the document that it carries")
    data = decode_base58(match[2][1:], max_chars=MAX_CHARS)
    if not data.startswith(_JSON):
        raise MalformedError("what it carries is not JSON")
    document = parse_json(data[len(_JSON) :])
    if not isinstance(document, dict) or "id" in document:
        raise MalformedError("the document that it carries is no JSON object, or has an id of its own")
    known = document.get("alsoKnownAs", [])
    if not isinstance(known, list):
        raise MalformedError("the document's alsoKnownAs is not an array")
    short = did[: match.start(2) - 1]
    return {
        **{name: _adopt(member, did) if name in _HOLD_METHODS else member for name, member in document.items()},
        "id": did,
        "alsoKnownAs": [*known, short],
    }


def _adopt(entries: object, did: str) -> object:
    """Return verification methods with the DID as the controller of those that name none."""
    if not isinstance(entries, list):
        return entries
    for entry in entries:
        if isinstance(entry, dict) and not str(entry.get("id", "")).startswith("#"):
            raise MalformedError("a verification method's id is not relative")
    return [{"controller": did, **entry} if isinstance(entry, dict) else entry for entry in entries]


def _hash(text: str) -> str:
    return "z" + encode_base58(_SHA2_256 + sha256(text.encode("ascii")).digest())
