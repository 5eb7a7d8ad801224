"""One request as a verifier asks it of a chain (design page §4), and the circumstances in which it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from legation.domain.delegation.amount import Money, parse_money
from legation.domain.delegation.location import Location, parse_location
from legation.domain.text import parse_name, parse_names
from legation.errors import MalformedError

_MEMBERS = frozenset(
    {"type", "action", "location", "identifier", "datatypes", "privileges", "arguments", "cost", "purpose"}
)


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants to do; an absent member was left out."""

    type: str
    action: str
    location: Location | None = None
    identifier: str | None = None
    datatypes: frozenset[str] | None = None
    privileges: frozenset[str] | None = None
    arguments: Mapping[str, object] = field(default_factory=dict, hash=False)
    cost: Money | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, and by which of its own names (origins in normal form, DIDs), a verifier judges."""

    at: datetime
    names: frozenset[str] = frozenset()


def parse_request(value: object) -> Request:
    """Parse ``{type, action, location, identifier, datatypes, privileges, arguments, cost, purpose}``.

    Raises:
        MalformedError: another member, a wrong type, ``*`` as an action; the pointer says where.
    """
    if type(value) is not dict:
        raise MalformedError("a request is a JSON object", pointer="")
    unknown = sorted(str(name) for name in value.keys() - _MEMBERS)
    if unknown:
        raise MalformedError(f"a request has no member {unknown[0]!r}", pointer=f"/{unknown[0]}")
    action = parse_name(value.get("action"), "/action")
    if action == "*":
        raise MalformedError("no request names the action '*'", pointer="/action")
    arguments = value.get("arguments", {})
    if "arguments" in value and type(arguments) is not dict:
        raise MalformedError("a request's arguments are an object", pointer="/arguments")
    return Request(
        type=parse_name(value.get("type"), "/type"),
        action=action,
        location=parse_location(value["location"], "/location") if "location" in value else None,
        identifier=parse_name(value["identifier"], "/identifier") if "identifier" in value else None,
        datatypes=parse_names(value["datatypes"], "/datatypes") if "datatypes" in value else None,
        privileges=parse_names(value["privileges"], "/privileges") if "privileges" in value else None,
        arguments=arguments,
        cost=parse_money(value["cost"], "/cost") if "cost" in value else None,
        purpose=parse_name(value["purpose"], "/purpose") if "purpose" in value else None,
    )
