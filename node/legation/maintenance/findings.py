"""Findings of a diagnosis: what was looked at, how it stands, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from legation.errors import LegationError


class Grade(Enum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do where it is not well."""

    check: str
    grade: Grade
    detail: str
    fix: str = ""


def ok(check: str, detail: str) -> Finding:
    """Return a finding of something that is well."""
    return Finding(check, Grade.OK, detail)


def warn(check: str, detail: str, fix: str) -> Finding:
    """Return a finding of something that may be meant so."""
    return Finding(check, Grade.WARN, detail, fix)


def fail(check: str, detail: str, fix: str) -> Finding:
    """Return a finding of something that has to be mended."""
    return Finding(check, Grade.FAIL, detail, fix)


def failed(check: str, error: LegationError) -> Finding:
    """Return the finding that an error is."""
    return Finding(check, Grade.FAIL, error.detail, error.fix)
