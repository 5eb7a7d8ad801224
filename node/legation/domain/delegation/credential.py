"""One hop: the shape of a DelegationCredential (design page §1), read once into a value that cannot be wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from legation.domain.delegation.authority import Detail, parse_details
from legation.domain.delegation.scalars import parse_integer
from legation.domain.principal import parse_principal
from legation.domain.text import escape, is_uri
from legation.errors import MalformedError, UnknownTermError
from legation.standards.did.syntax import is_did
from legation.standards.timestamps import SECOND, parse_timestamp

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
LEGATION_V1 = "https://w3id.org/legation/v1"
CONTEXT = [CREDENTIALS_V2, LEGATION_V1]
TYPE = ["VerifiableCredential", "DelegationCredential"]
MAX_DEPTH = 16
DELEGATION = "/credentialSubject/delegation"
DETAILS = DELEGATION + "/authorizationDetails"

_REQUIRED = frozenset({"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject"})
# those of which this reader has seen every value, so that no number hides in them
_SEEN = _REQUIRED | {"proof"}
_PLAIN = _SEEN | {"credentialStatus"}
_MEMBERS = _PLAIN | {"name", "description", "evidence"}
# RFC 7519 §4.1 claims that an enveloped credential may repeat
_CLAIMS = frozenset({"iss", "sub", "jti", "nbf", "exp", "iat"})
_OPEN = frozenset({"name", "description", "evidence"})
_ENVELOPED_MEMBERS = _MEMBERS | _CLAIMS
_SUBJECT = frozenset({"id", "delegation"})
_ISSUER = frozenset({"id", "name", "description"})
_DELEGATION_REQUIRED = frozenset({"principal", "maxDepth", "authorizationDetails"})
_DELEGATION = _DELEGATION_REQUIRED | {"parent", "usageLedger"}
_PARENT = frozenset({"id", "digestMultibase"})
# multibase 'u', then the multihash prefix 12 20 and 32 bytes
DIGEST = re.compile(r"uEi[A-Za-z0-9_-]{44}")
_MAX_STATUS_ENTRIES = 8


class Parent(msgspec.Struct, frozen=True, gc=False):
    """What a hop says of the hop above it."""

    id: str
    digest: str


class Hop(msgspec.Struct, frozen=True, gc=False):
    """A well-formed DelegationCredential; times in nanoseconds since 1970. That it is well-formed proves nothing."""

    # the document, or the JSON text of a token's claims
    source: Mapping[str, object] | bytes
    id: str
    issuer: str
    subject: str
    valid_from: int
    valid_until: int
    principal: str
    max_depth: int
    details: tuple[Detail, ...]
    parent: Parent | None
    usage_ledger: str | None
    status: tuple[Mapping[str, object], ...]
    # only strings, and integers within ±(2^53 − 1): the cheap canonicaliser serves
    plain: bool

    @property
    def document(self) -> Mapping[str, object]:
        """The credential as received."""
        if isinstance(self.source, bytes):
            document: Mapping[str, object] = orjson.loads(self.source)
            return document
        return self.source

    def raw_details(self) -> list[dict[str, object]]:
        """Return ``authorizationDetails`` as received."""
        subject: dict[str, dict[str, list[dict[str, object]]]] = self.document["credentialSubject"]  # type: ignore[assignment]  # parse_hop checked it
        return subject["delegation"]["authorizationDetails"]

    def copy_details(self) -> list[dict[str, object]]:
        """Return them as the caller's own: what was received may be remembered with its signature."""
        # a token's claims are parsed anew each time
        raw = self.raw_details()
        return raw if isinstance(self.source, bytes) else [_copy(detail) for detail in raw]


def _copy(value: Any) -> Any:
    """Copy parsed JSON, for which the library's ``deepcopy`` takes ten times as long."""
    if type(value) is dict:
        return {name: _copy(member) for name, member in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    return value


def parse_hop(document: object, *, enveloped: bool) -> Hop:
    """Read a credential as a hop; ``enveloped`` says that it is a JWT's claims set and carries no proof of its own.

    Raises:
        UnknownTermError: a member, constraint or predicate that this version does not know.
        MalformedError: anything else that the design page does not allow.
    """
    if type(document) is not dict:
        raise MalformedError("a credential is a JSON object", pointer="")
    _check_members(document, enveloped)
    subject = document["credentialSubject"]
    if type(subject) is not dict or subject.keys() != _SUBJECT:
        raise _members_error(subject, _SUBJECT, "/credentialSubject", "a credential has one subject: id and delegation")
    delegate, delegation = subject["id"], subject["delegation"]
    if not is_did(delegate):
        raise MalformedError("the subject is not a DID", pointer="/credentialSubject/id")
    if type(delegation) is not dict or not _DELEGATION_REQUIRED <= delegation.keys() <= _DELEGATION:
        raise _members_error(delegation, _DELEGATION, DELEGATION, "a delegation lacks a required member")
    identifier = document["id"]
    if not is_uri(identifier):
        raise MalformedError("a credential's id is a URI", pointer="/id")
    issuer, plain_status = _parse_issuer(document["issuer"]), True
    status: tuple[Mapping[str, object], ...] = ()
    if "credentialStatus" in document:
        status = parse_status(document["credentialStatus"])
        plain_status = all(type(value) is str for entry in status for value in entry.values())
    valid_from, valid_until = _parse_validity(document)
    hop = Hop(
        document,
        identifier,
        issuer,
        delegate,
        valid_from,
        valid_until,
        parse_principal(delegation["principal"], DELEGATION + "/principal"),
        parse_integer(delegation["maxDepth"], DELEGATION + "/maxDepth", least=0, most=MAX_DEPTH),
        parse_details(delegation["authorizationDetails"], DETAILS),
        _parse_parent(delegation["parent"]) if "parent" in delegation else None,
        _parse_ledger(delegation["usageLedger"]) if "usageLedger" in delegation else None,
        status,
        plain_status and document.keys() <= _PLAIN,
    )
    if enveloped and not _CLAIMS.isdisjoint(document):
        _check_claims(hop)
    return hop


def _check_members(document: dict[str, object], enveloped: bool) -> None:
    allowed = _ENVELOPED_MEMBERS if enveloped else _MEMBERS
    if not document.keys() <= allowed:
        raise UnknownTermError(
            "a member of the credential is unknown", pointer="/" + escape(min(document.keys() - allowed))
        )
    if not _REQUIRED <= document.keys():
        name = min(_REQUIRED - document.keys())
        raise MalformedError(f"the credential lacks {name}", pointer="")
    if document["@context"] != CONTEXT:
        raise MalformedError("@context is not exactly the two of a DelegationCredential", pointer="/@context")
    if document["type"] != TYPE:
        raise MalformedError("type is not exactly the two of a DelegationCredential", pointer="/type")
    for name in _OPEN & document.keys():
        _check_open(document[name], "/" + name)
    if enveloped and "proof" in document:
        # VC JOSE COSE §1.1.2.1: enveloping secures the whole; a second, unchecked proof inside says nothing
        raise MalformedError("an enveloped credential carries no embedded proof", pointer="/proof")


def _check_open(value: object, pointer: str) -> None:
    """Refuse what may stand nowhere in a hop: null, an empty array or object, an ``@context`` of its own (§1)."""
    level = [value]
    while level:
        if any(item is None or item in ([], {}) for item in level):
            raise MalformedError("neither null nor an empty array or object stands in a hop", pointer=pointer)
        if any(isinstance(item, dict) and "@context" in item for item in level):
            raise MalformedError("no @context stands deeper in a hop", pointer=pointer)
        nested = [item for item in level if isinstance(item, dict | list)]
        level = [child for item in nested for child in (item.values() if isinstance(item, dict) else item)]


def _members_error(
    value: object, known: frozenset[str], pointer: str, detail: str
) -> MalformedError | UnknownTermError:
    if isinstance(value, dict) and value.keys() - known:
        return UnknownTermError("a member is unknown", pointer=f"{pointer}/{escape(min(value.keys() - known))}")
    return MalformedError(detail, pointer=pointer)


def _parse_issuer(value: object) -> str:
    if type(value) is dict:
        if not value.keys() <= _ISSUER:
            raise _members_error(value, _ISSUER, "/issuer", "")
        if not all(type(member) is str for member in value.values()):
            raise MalformedError("an issuer's members are strings", pointer="/issuer")
        value = value.get("id")
    if not is_did(value):
        raise MalformedError("the issuer is not a DID", pointer="/issuer")
    return value


def _parse_validity(document: dict[str, object]) -> tuple[int, int]:
    times = []
    for member in ("validFrom", "validUntil"):
        try:
            times.append(parse_timestamp(document[member]))
        except MalformedError as error:
            raise MalformedError(error.detail, pointer="/" + member) from error
    if times[0] >= times[1]:
        raise MalformedError("validUntil is not after validFrom", pointer="/validUntil")
    return times[0], times[1]


def _parse_parent(value: object) -> Parent:
    pointer = DELEGATION + "/parent"
    if type(value) is not dict or value.keys() != _PARENT:
        raise _members_error(value, _PARENT, pointer, "a parent is named by id and digestMultibase")
    identifier, digest = value["id"], value["digestMultibase"]
    if type(identifier) is not str:  # the link compares it with the id of the hop above, which is a URI
        raise MalformedError("the parent's id is a URI", pointer=pointer + "/id")
    if type(digest) is not str or not DIGEST.fullmatch(digest):
        raise MalformedError(
            "the parent's digest is a sha2-256 multihash in multibase base64url", pointer=pointer + "/digestMultibase"
        )
    return Parent(identifier, digest)


def _parse_ledger(value: object) -> str:
    if not is_did(value):
        raise MalformedError("the usage ledger is a DID", pointer=DELEGATION + "/usageLedger")
    return value


def parse_status(value: object) -> tuple[Mapping[str, object], ...]:
    """Read ``credentialStatus``: one entry or an array of them. Raises MalformedError."""
    entries = value if type(value) is list else [value]
    if not 1 <= len(entries) <= _MAX_STATUS_ENTRIES:
        raise MalformedError(
            f"a credential has one to {_MAX_STATUS_ENTRIES} status entries", pointer="/credentialStatus"
        )
    for entry in entries:
        if type(entry) is not dict or type(entry.get("type")) is not str:
            raise MalformedError("a status entry is an object with a type", pointer="/credentialStatus")
    _check_open(value, "/credentialStatus")
    if any(entry in entries[:index] for index, entry in enumerate(entries)):
        raise MalformedError("a status entry stands twice", pointer="/credentialStatus")
    return tuple(entries)


def _check_claims(hop: Hop) -> None:
    """Registered claims agree with the members that they repeat (design page §1; RFC 7519 §4.1)."""
    repeated = (
        ("iss", hop.issuer),
        ("sub", hop.subject),
        ("jti", hop.id),
        ("nbf", hop.valid_from),
        ("exp", hop.valid_until),
    )
    claims = hop.document
    for claim, member in repeated:
        if claim in claims:
            value = claims[claim]
            agrees = value == member if type(member) is str else type(value) is int and value * SECOND == member
            if not agrees:
                raise MalformedError(f"the claim {claim} contradicts the credential", pointer="/" + claim)
    if "iat" in claims:
        parse_integer(claims["iat"], "/iat", least=0)
