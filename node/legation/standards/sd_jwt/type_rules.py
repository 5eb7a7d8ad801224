"""Whether an SD-JWT VC keeps to the rules of its type: what is mandatory, and what is disclosable (draft 16)."""

from __future__ import annotations

from collections.abc import Iterator

from legation.errors import MalformedError
from legation.standards.sd_jwt.disclosures import Path, Pattern
from legation.standards.sd_jwt.opening import Opened
from legation.standards.sd_jwt.type_metadata import ClaimRule, TypeMetadata


def check_type(opened: Opened, metadata: TypeMetadata) -> None:
    """Check processed claims against the rules of their type.

    A mandatory claim that may be among what was not disclosed is let pass: its issuer was to include it, and its holder
    may keep it back.

    Raises:
        MalformedError: another type, a mandatory claim that is not there, one behind a digest that must not be, or the
            other way round, or a path that leads through a value of another kind.
    """
    if opened.claims.get("vct") != metadata.type:
        raise MalformedError("the credential is of another type", pointer="/vct")
    disclosed = {path for path, _ in opened.disclosed}
    for rule in metadata.rules.values():
        _check_rule(rule, opened, disclosed)


def _check_rule(rule: ClaimRule, opened: Opened, disclosed: set[Path]) -> None:
    selected = list(_select(opened.claims, rule.path))
    if rule.mandatory and not selected and not _may_be_hidden(opened, rule):
        raise MalformedError("the credential lacks a claim that its type makes mandatory")
    for path in selected:
        if rule.sd == "never" and path in disclosed:
            raise MalformedError("a claim is disclosable that must not be, by its type")
        if rule.sd == "always" and path not in disclosed:
            raise MalformedError("a claim is not disclosable that must be, by its type")


def _may_be_hidden(opened: Opened, rule: ClaimRule) -> bool:
    """Say whether the claim, or something that it stands in, may be among what was not disclosed."""
    steps: list[str | int] = []
    for step in rule.path:
        last = len(steps) == len(rule.path) - 1
        if step is None:
            return any(container[: len(steps)] == tuple(steps) for container in opened.hidden)
        absent = not opened.has((*steps, step))
        if tuple(steps) in opened.hidden and absent and not (last and rule.sd == "never"):
            return True
        steps.append(step)
    return False


def _select(value: object, pattern: Pattern, at: Path = ()) -> Iterator[Path]:
    """Yield the paths of what a claim's path selects (draft 16, Claim Path)."""
    if not pattern:
        yield at
        return
    step, rest = pattern[0], pattern[1:]
    if isinstance(step, str):
        if not isinstance(value, dict):
            raise MalformedError("a path of the type leads through what is no object")
        if step in value:
            yield from _select(value[step], rest, (*at, step))
        return
    if not isinstance(value, list):
        raise MalformedError("a path of the type leads through what is no array")
    numbers = range(len(value)) if step is None else range(step, min(step + 1, len(value)))
    for number in numbers:
        yield from _select(value[number], rest, (*at, number))
