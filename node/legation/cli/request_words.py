"""Why a request is not covered: what each object of the last hop objects to, in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from legation.cli.plain_words import describe_argument, describe_constraint
from legation.cli.terminal import Branch
from legation.domain.delegation.authority import Detail
from legation.domain.delegation.constraints.arguments import Arguments, ClosedArguments
from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.credential import Hop
from legation.domain.delegation.request import Circumstances, Request


def add_objections(branch: Branch, hop: Hop, request: Request, circumstances: Circumstances) -> None:
    """Hang on a branch what each object of a hop allows where the request asks for something else."""
    for index, (detail, raw) in enumerate(zip(hop.details, hop.raw_details(), strict=True)):
        item = branch.add(f"object {index}, {detail.type}")
        for objection in _find_objections(detail, raw, request, circumstances):
            item.add(objection, "failed")


def add_counters(branch: Branch, index: int, hop: Hop) -> None:
    """Hang on a branch what a hop counts."""
    for detail, raw in zip(hop.details, hop.raw_details(), strict=True):
        limits: Any = raw.get("constraints", {})
        for name, constraint in detail.constraints.items():
            if constraint.counted:
                branch.add(f"hop {index} counts: {describe_constraint(name, limits[name])}")


def _find_objections(
    detail: Detail, raw: Mapping[str, Any], request: Request, circumstances: Circumstances
) -> Iterator[str]:
    if detail.type != request.type:
        yield f"asked is the type {request.type}"
        return
    if detail.actions is not None and request.action not in detail.actions:
        yield f"asked is {request.action}, allowed: {', '.join(sorted(detail.actions))}"
    yield from _find_place_objections(detail, request)
    limits = raw.get("constraints", {})
    for name, constraint in detail.constraints.items():
        if constraint.find_objection(request, circumstances) is not None:
            yield from _describe_objection(name, constraint, limits[name], request)


def _find_place_objections(detail: Detail, request: Request) -> Iterator[str]:
    asked = request.location
    if detail.locations is not None and not (asked and any(own.covers(asked) for own in detail.locations)):
        yield f"asked is {asked or 'no location'}, allowed: {', '.join(map(str, detail.locations))}"
    if detail.identifier is not None and detail.identifier != request.identifier:
        yield f"asked is {request.identifier or 'no identifier'}, allowed: {detail.identifier}"
    for name, own, other in (
        ("datatypes", detail.datatypes, request.datatypes),
        ("privileges", detail.privileges, request.privileges),
    ):
        if own is not None and (other is None or not other <= own):
            yield f"asked are {', '.join(sorted(other or ())) or f'no {name}'}, allowed: {', '.join(sorted(own))}"


def _describe_objection(name: str, constraint: Constraint, limit: Any, request: Request) -> Iterator[str]:
    if isinstance(constraint, Arguments):
        for argument, predicates in constraint.predicates.items():
            words, given = describe_argument(argument, limit[argument]), request.arguments.get(argument)
            if argument not in request.arguments:
                yield f"{words}, and is not given"
            elif not predicates.satisfied_by(given):
                yield f"{words}, and {json.dumps(given, ensure_ascii=False)} is not"
    elif isinstance(constraint, ClosedArguments):
        yield f"no other argument, and given is {', '.join(sorted(request.arguments.keys() - constraint.names))}"
    else:
        yield f"{describe_constraint(name, limit)}, asked: {_asked(name, request)}"


def _asked(name: str, request: Request) -> str:
    if name in {"budget", "maxCost", "approval"} and request.cost is not None:
        whole, fraction = divmod(request.cost.nanos, 1_000_000_000)
        shown = f"{whole}.{fraction:09d}".rstrip("0").removesuffix(".")
        return f"{shown} {request.cost.currency}"
    if name == "purpose":
        return request.purpose or "no purpose"
    return {"hours": "now", "audience": "this verifier, by its --domain and --name"}.get(name, "no cost")
