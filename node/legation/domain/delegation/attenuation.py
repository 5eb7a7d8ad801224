"""Attenuation: whether one grant is narrower than another, and what widened it (design page §3.2)."""

from __future__ import annotations

from dataclasses import dataclass

from legation.domain.delegation.authority import Detail, covers_locations
from legation.domain.delegation.constraints.arguments import Arguments, ClosedArguments
from legation.domain.delegation.credential import DETAILS, Hop
from legation.domain.text import escape
from legation.errors import AttenuationError, LegationError

_MISSING = object()


def check_attenuation(parent: Hop, child: Hop) -> None:
    """Check principal, depth, validity and authority of a child against its parent, in this order (§4, step 6).

    Raises:
        LegationError: ``principal_changed`` or ``depth_exceeded``.
        AttenuationError: ``widened``; the pointer names the member, ``allowed`` and ``claimed`` the two values.
    """
    if child.principal != parent.principal:
        raise AttenuationError(
            "the principal is not the parent's",
            pointer="/credentialSubject/delegation/principal",
            allowed=parent.principal,
            claimed=child.principal,
            code="principal_changed",
        )
    if child.max_depth > parent.max_depth - 1:
        raise AttenuationError(
            "no such depth is left under the parent",
            pointer="/credentialSubject/delegation/maxDepth",
            allowed=parent.max_depth - 1,
            claimed=child.max_depth,
            code="depth_exceeded",
        )
    if child.valid_from < parent.valid_from:
        raise _validity(parent, child, "validFrom")
    if child.valid_until > parent.valid_until:
        raise _validity(parent, child, "validUntil")
    parents = parent.details
    for index, detail in enumerate(child.details):
        for candidate in parents:
            if candidate.covers(detail):
                break
        else:
            raise _widening(parent, child, index)


def _validity(parent: Hop, child: Hop, member: str) -> LegationError:
    return AttenuationError(
        f"the child's {member} lies outside the parent's validity",
        pointer=f"/{member}",
        allowed=parent.document[member],
        claimed=child.document[member],
    )


@dataclass(frozen=True, slots=True)
class _Step:
    rank: int
    member: str
    parent_index: int


def _widening(parent: Hop, child: Hop, index: int) -> AttenuationError:
    """Explain the widening against the parent's object that comes closest."""
    detail = child.details[index]
    nearest = max(
        (_first_widening(candidate, detail, position) for position, candidate in enumerate(parent.details)),
        key=lambda step: step.rank,
    )
    allowed = _at(parent.raw_details()[nearest.parent_index], nearest.member)
    claimed = _at(child.raw_details()[index], nearest.member)
    return AttenuationError(
        "the child claims more than its parent allows",
        pointer=f"{DETAILS}/{index}{nearest.member}",
        allowed=None if allowed is _MISSING else allowed,
        claimed=None if claimed is _MISSING else claimed,
    )


def _first_widening(parent: Detail, child: Detail, position: int) -> _Step:
    members = (
        ("/type", parent.type == child.type),
        ("/identifier", parent.identifier is None or parent.identifier == child.identifier),
        ("/actions", parent.actions is None or (child.actions is not None and child.actions <= parent.actions)),
        ("/locations", covers_locations(parent.locations, child.locations)),
        (
            "/datatypes",
            parent.datatypes is None or (child.datatypes is not None and child.datatypes <= parent.datatypes),
        ),
        (
            "/privileges",
            parent.privileges is None or (child.privileges is not None and child.privileges <= parent.privileges),
        ),
    )
    for rank, (member, holds) in enumerate(members):
        if not holds:
            return _Step(rank, member, position)
    rank = len(members)
    for name, constraint in parent.constraints.items():
        other = child.constraints.get(name)
        if other is None or not constraint.covers(other):
            inner = escape(name)
            if isinstance(constraint, Arguments) and isinstance(other, Arguments):
                inner += constraint.find_widening(other) or ""
            elif isinstance(constraint, ClosedArguments) and isinstance(other, ClosedArguments):
                # what widens is the argument that was added, not the mark that both carry
                inner = f"arguments/{escape(min(other.names - constraint.names))}"
            return _Step(rank, f"/constraints/{inner}", position)
        rank += 1
    return _Step(rank, "", position)


def _at(value: object, pointer: str) -> object:
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or name not in value:
            return _MISSING
        value = value[name]
    return value
