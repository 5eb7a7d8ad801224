"""Authority: one object of ``authorizationDetails`` (RFC 9396 §2.2 with our constraints), and what it admits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from legation.domain.delegation.constraints import CONSTRAINTS
from legation.domain.delegation.constraints.base import NOT_COVERED, Constraint
from legation.domain.delegation.location import Location, parse_location
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.text import escape, parse_name, parse_names
from legation.errors import MalformedError, UnknownTermError
from legation.standards.strict_json import parse_json, write_json

MAX_DETAILS = 32
MEMBERS = ("type", "locations", "actions", "datatypes", "identifier", "privileges", "constraints")
_MEMBERS = frozenset(MEMBERS)
_REQUIRED = frozenset({"type", "actions"})
_UNCONSTRAINED: Mapping[str, Constraint] = MappingProxyType({})
_PARSED: dict[tuple[type[Constraint], bytes], Constraint] = {}
_PARSED_ENTRIES, _PARSED_LENGTH = 1024, 1024
_FEW_PAIRS = 64
# design page §4, step 9: "gives that code, in this order"
OBJECTIONS = (NOT_COVERED, "outside_hours", "approval_required", "budget_exhausted", "charge_required")


class Detail(msgspec.Struct, frozen=True, gc=False):
    """One authorization object; an absent member (None) does not constrain, ``actions`` None is ``*``."""

    type: str
    actions: frozenset[str] | None
    locations: tuple[Location, ...] | None
    datatypes: frozenset[str] | None
    identifier: str | None
    privileges: frozenset[str] | None
    constraints: Mapping[str, Constraint]
    # whether a use of it must be charged to a counter
    counted: bool

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Return None where this object covers the request and nothing need be charged, else a code of OBJECTIONS."""
        if not self._admits_members(request):
            return NOT_COVERED
        worst = len(OBJECTIONS)
        for constraint in self.constraints.values():
            objection = constraint.find_objection(request, circumstances)
            if objection == NOT_COVERED:
                return NOT_COVERED
            if objection is not None:
                worst = min(worst, OBJECTIONS.index(objection))
        if worst == len(OBJECTIONS):
            return OBJECTIONS[-1] if self.counted else None
        return OBJECTIONS[worst]

    def _admits_members(self, request: Request) -> bool:
        return (
            self.type == request.type
            and (self.actions is None or request.action in self.actions)
            and (self.locations is None or self._admits_location(request.location))
            and (self.identifier is None or self.identifier == request.identifier)
            and _within(request.datatypes, self.datatypes)
            and _within(request.privileges, self.privileges)
        )

    def _admits_location(self, location: Location | None) -> bool:
        return location is not None and any(own.covers(location) for own in self.locations or ())

    def covers(self, child: Detail) -> bool:
        """Say whether ``child`` is equal or narrower (design page §3.2); the reason is :func:`find_widening`'s."""
        if self.type != child.type or (self.identifier is not None and self.identifier != child.identifier):
            return False
        if not (_within(child.actions, self.actions) and _within(child.datatypes, self.datatypes)):
            return False
        if not _within(child.privileges, self.privileges) or not covers_locations(self.locations, child.locations):
            return False
        constraints = child.constraints
        for name, constraint in self.constraints.items():
            other = constraints.get(name)
            # the very same object is equal, and equal counts as narrower
            if other is not constraint and (other is None or not constraint.covers(other)):
                return False
        return True


def covers_locations(own: tuple[Location, ...] | None, child: tuple[Location, ...] | None) -> bool:
    """Say whether each location of the child is covered by one of ours; an absent member is every location."""
    if own is None or own == child:
        return True
    if child is None:
        return False
    if len(own) * len(child) <= _FEW_PAIRS:
        return all(any(location.covers(other) for location in own) for other in child)
    # thousands against thousands: look up each path and what lies above it, rather than compare every pair
    places = {(location.origin, location.path) for location in own}
    return all(any(place in places for place in other.places()) for other in child)


def _within(inner: frozenset[str] | None, outer: frozenset[str] | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


def parse_details(value: object, pointer: str) -> tuple[Detail, ...]:
    """Parse ``authorizationDetails``: 1 to 32 objects, none twice.

    Raises:
        MalformedError, UnknownTermError: as the design page has it; the pointer names the member.
    """
    if type(value) is not list or not 1 <= len(value) <= MAX_DETAILS:
        raise MalformedError(f"authorizationDetails are an array of 1 to {MAX_DETAILS} objects", pointer=pointer)
    details = tuple([parse_detail(item, f"{pointer}/{index}") for index, item in enumerate(value)])
    if len(details) > 1 and any(detail in details[:index] for index, detail in enumerate(details)):
        raise MalformedError("an authorization object stands twice", pointer=pointer)
    return details


def parse_detail(value: object, pointer: str, registry: Mapping[str, type[Constraint]] = CONSTRAINTS) -> Detail:
    """Parse one authorization object. Raises MalformedError, or UnknownTermError for any term that we do not know."""
    if type(value) is not dict:
        raise MalformedError("an authorization detail is an object", pointer=pointer)
    if not value.keys() <= _MEMBERS:
        name = min(value.keys() - _MEMBERS)
        raise UnknownTermError("a member of an authorization object is unknown", pointer=f"{pointer}/{escape(name)}")
    if not _REQUIRED <= value.keys():
        raise MalformedError("an authorization object has a type and actions", pointer=pointer)
    actions = parse_names(value["actions"], pointer + "/actions")
    constraints = _UNCONSTRAINED
    if "constraints" in value:
        constraints = _parse_constraints(value["constraints"], pointer + "/constraints", registry)
    return Detail(
        parse_name(value["type"], pointer + "/type"),
        None if "*" in actions else actions,
        parse_locations(value["locations"], pointer + "/locations") if "locations" in value else None,
        parse_names(value["datatypes"], pointer + "/datatypes") if "datatypes" in value else None,
        parse_name(value["identifier"], pointer + "/identifier") if "identifier" in value else None,
        parse_names(value["privileges"], pointer + "/privileges") if "privileges" in value else None,
        constraints,
        any(constraint.counted for constraint in constraints.values()),
    )


def parse_locations(value: object, pointer: str) -> tuple[Location, ...]:
    """Parse ``locations``: one or more, none twice. Raises MalformedError."""
    if type(value) is not list or not value:
        raise MalformedError("locations are a non-empty array of URLs", pointer=pointer)
    locations = tuple([parse_location(item, f"{pointer}/{index}") for index, item in enumerate(value)])
    if len(locations) > 1 and len(set(locations)) != len(locations):
        raise MalformedError("a location stands twice", pointer=pointer)
    return locations


def _parse_constraints(
    value: object, pointer: str, registry: Mapping[str, type[Constraint]]
) -> Mapping[str, Constraint]:
    if type(value) is not dict or not value:
        raise MalformedError("constraints are a non-empty object", pointer=pointer)
    constraints = {}
    for name, operand in value.items():
        kind = registry.get(name)
        if kind is None:
            raise UnknownTermError("a constraint is unknown", pointer=f"{pointer}/{escape(name)}")
        constraints[name] = _parse_constraint(kind, operand, f"{pointer}/{name}", value)
    return constraints


def _parse_constraint(
    kind: type[Constraint], operand: object, pointer: str, siblings: Mapping[str, object]
) -> Constraint:
    """Parse a constraint once per exact value: hops repeat most of what their parents say, and so share the object."""
    if not kind.shareable:
        return kind.parse(operand, pointer, siblings)
    text = write_json(operand)
    found = _PARSED.get((kind, text))
    return _remember(kind, text, kind.parse(operand, pointer, siblings)) if found is None else found


def recall_constraint(kind: type[Constraint], text: bytes) -> Constraint:
    """Return the constraint of a shareable kind with this JSON text as value. Raises as ``kind.parse``."""
    found = _PARSED.get((kind, text))
    return _remember(kind, text, kind.parse(parse_json(text, max_nesting=None), "", {})) if found is None else found


def _remember(kind: type[Constraint], text: bytes, constraint: Constraint) -> Constraint:
    if len(text) <= _PARSED_LENGTH:
        if len(_PARSED) >= _PARSED_ENTRIES:
            _PARSED.clear()
        _PARSED[(kind, text)] = constraint
    return constraint
