"""The quick reader of hops: what honest software writes, decoded and checked in one pass; the exact one reads the rest.

It never refuses: ``None`` says that `credential.parse_hop` must decide, which also knows why. Where it answers, the
answer is `parse_hop`'s (a property test holds the two together). What it takes is ASCII without escapes, in which every
string is plain text.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from legation.domain.delegation.authority import MAX_DETAILS, Detail, recall_constraint
from legation.domain.delegation.constraints import CONSTRAINTS
from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.credential import (
    CONTEXT,
    DIGEST,
    MAX_DEPTH,
    TYPE,
    Hop,
    Parent,
    parse_status,
)
from legation.domain.delegation.location import Location, parse_location
from legation.domain.principal import parse_principal
from legation.domain.text import is_uri
from legation.errors import LegationError, MalformedError
from legation.standards.did.syntax import is_did
from legation.standards.strict_json import parse_json
from legation.standards.timestamps import parse_timestamp

_ABSENT = msgspec.UNSET
_Absent = msgspec.UnsetType


class _Parent(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    id: str
    digest_multibase: str


class _Detail(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    type: str
    locations: list[str] | _Absent = _ABSENT
    actions: list[str] = msgspec.field(default_factory=list)
    datatypes: list[str] | _Absent = _ABSENT
    identifier: str | _Absent = _ABSENT
    privileges: list[str] | _Absent = _ABSENT
    constraints: dict[str, msgspec.Raw] | _Absent = _ABSENT


class _Delegation(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    principal: str
    max_depth: int
    authorization_details: list[_Detail]
    parent: _Parent | _Absent = _ABSENT
    usage_ledger: str | _Absent = _ABSENT


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    delegation: _Delegation


class _Credential(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    context: list[str] = msgspec.field(name="@context")
    id: str
    type: list[str]
    issuer: str
    valid_from: str
    valid_until: str
    credential_subject: _Subject
    credential_status: msgspec.Raw | _Absent = _ABSENT


_decode = msgspec.json.Decoder(_Credential).decode
_encode = msgspec.json.Encoder().encode


def read_typed(text: bytes, *, unique: bool, source: Mapping[str, object] | None = None) -> Hop | None:
    """Read one JSON text as a hop, or return None.

    ``unique`` says that the text was written from a parsed value, so that no member can stand in it twice; else only
    a text that is written again byte for byte is taken. ``source`` is what it was written from.
    """
    if not text.isascii() or b"\\" in text or b"\x7f" in text:
        return None
    try:
        credential = _decode(text)
        if (unique or _encode(credential) == text) and credential.context == CONTEXT and credential.type == TYPE:
            return _read(credential, text if source is None else source)
    except (msgspec.MsgspecError, LegationError, RecursionError):
        return None
    return None


def _read(credential: _Credential, source: Mapping[str, object] | bytes) -> Hop | None:
    subject, delegation = credential.credential_subject.id, credential.credential_subject.delegation
    valid_from, valid_until = parse_timestamp(credential.valid_from), parse_timestamp(credential.valid_until)
    parties = is_did(subject) and is_did(credential.issuer) and is_uri(credential.id)
    if not parties or valid_from >= valid_until or not 0 <= delegation.max_depth <= MAX_DEPTH:
        return None
    details = tuple([_read_detail(detail) for detail in delegation.authorization_details])
    if None in details or not 1 <= len(details) <= MAX_DETAILS or (len(details) > 1 and _has_twin(details)):
        return None
    parent = None
    if delegation.parent is not _ABSENT:
        parent = Parent(delegation.parent.id, delegation.parent.digest_multibase)
        if not DIGEST.fullmatch(parent.digest):
            return None
    ledger = None
    if delegation.usage_ledger is not _ABSENT:
        ledger = delegation.usage_ledger
        if not is_did(ledger):
            return None
    status: tuple[Mapping[str, object], ...] = ()
    plain = True
    if credential.credential_status is not _ABSENT:
        status = parse_status(parse_json(bytes(credential.credential_status)))
        plain = all(type(value) is str for entry in status for value in entry.values())
    return Hop(
        source,
        credential.id,
        credential.issuer,
        subject,
        valid_from,
        valid_until,
        parse_principal(delegation.principal),
        delegation.max_depth,
        details,  # type: ignore[arg-type]  # None was ruled out
        parent,
        ledger,
        status,
        plain,
    )


def _has_twin(details: tuple[Detail | None, ...]) -> bool:
    return any(detail in details[:index] for index, detail in enumerate(details))


def _read_detail(detail: _Detail) -> Detail | None:
    actions = frozenset(detail.actions)
    if not detail.type or not actions or len(actions) != len(detail.actions) or "" in actions:
        return None
    if detail.datatypes is not _ABSENT and not _is_set(detail.datatypes):
        return None
    if detail.privileges is not _ABSENT and not _is_set(detail.privileges):
        return None
    if detail.identifier == "":
        return None
    constraints: dict[str, Constraint] = {}
    counted = False
    if detail.constraints is not _ABSENT:
        for name, raw in detail.constraints.items():
            kind = CONSTRAINTS.get(name)
            if kind is None or not kind.shareable:
                return None
            constraints[name] = recall_constraint(kind, bytes(raw))
            counted = counted or kind.counted
        if not constraints:
            return None
    return Detail(
        detail.type,
        None if "*" in actions else actions,
        None if detail.locations is _ABSENT else _read_locations(detail.locations),
        None if detail.datatypes is _ABSENT else frozenset(detail.datatypes),
        None if detail.identifier is _ABSENT else detail.identifier,
        None if detail.privileges is _ABSENT else frozenset(detail.privileges),
        constraints,
        counted,
    )


def _read_locations(texts: list[str]) -> tuple[Location, ...]:
    locations = tuple([parse_location(text) for text in texts])
    if not locations or (len(locations) > 1 and len(set(locations)) != len(locations)):
        raise MalformedError("locations are none, or one stands twice")
    return locations


def _is_set(names: list[str]) -> bool:
    return bool(names) and "" not in names and len(set(names)) == len(names)
