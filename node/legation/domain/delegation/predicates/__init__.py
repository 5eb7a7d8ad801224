"""Predicates over one argument: the registry, a set of them, and when one set implies another (design page §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from legation.domain.delegation.predicates.arrays import Contains, SubsetOf
from legation.domain.delegation.predicates.base import Group, Predicate
from legation.domain.delegation.predicates.networks import CIDR
from legation.domain.delegation.predicates.paths import Prefix
from legation.domain.delegation.predicates.ranges import Max, Min
from legation.domain.delegation.predicates.urls import URL
from legation.domain.delegation.predicates.values import Equals, In, NotIn
from legation.domain.text import escape
from legation.errors import MalformedError, UnknownTermError

PREDICATES: Mapping[str, type[Predicate]] = MappingProxyType(
    {
        "equals": Equals,
        "in": In,
        "notIn": NotIn,
        "min": Min,
        "max": Max,
        "prefix": Prefix,
        "cidr": CIDR,
        "url": URL,
        "contains": Contains,
        "subsetOf": SubsetOf,
    }
)


@dataclass(frozen=True, slots=True)
class PredicateSet:
    """All predicates over one argument; each must hold."""

    members: Mapping[str, Predicate]
    # every value that the argument can take, where `equals` or `in` says so
    values: tuple[Group, ...]

    def satisfied_by(self, argument: object) -> bool:
        """Say whether an argument, as JSON has it, satisfies every predicate."""
        return all(predicate.satisfied_by(argument) for predicate in self.members.values())

    def find_widening(self, child: PredicateSet) -> str | None:
        """Return the name of the first predicate that ``child`` does not imply, or None if it implies them all."""
        members, values = child.members, child.values
        for name, predicate in self.members.items():
            own = members.get(name)
            if own is not None and predicate.covers(own):
                continue
            # "satisfied by its `equals`, or by every element of its `in`; nothing else counts"
            if not any(predicate.satisfied_by_all(group) for group in values):
                return name
        return None


def parse_predicates(value: object, pointer: str, registry: Mapping[str, type[Predicate]] = PREDICATES) -> PredicateSet:
    """Parse an object of one or more predicates.

    Raises:
        UnknownTermError: a predicate that the registry lacks: unknown means no.
        MalformedError: not a non-empty object, or a value that its predicate does not take.
    """
    if type(value) is not dict or not value:
        raise MalformedError("an argument's predicate is not a non-empty object", pointer=pointer)
    members: dict[str, Predicate] = {}
    for name, operand in value.items():
        kind = registry.get(name)
        if kind is None:
            raise UnknownTermError("a predicate is unknown", pointer=f"{pointer}/{escape(name)}")
        members[name] = kind.parse(operand, f"{pointer}/{name}")
    groups: list[Group] = []
    equals, among = members.get("equals"), members.get("in")
    if isinstance(equals, Equals):
        groups.append(Group((value["equals"],), frozenset({equals.value})))
    if isinstance(among, In):
        groups.append(Group(tuple(value["in"]), among.values))
    return PredicateSet(members, tuple(groups))
