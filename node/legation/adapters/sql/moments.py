"""Moments as the tables hold them: microseconds since 1970 UTC, as SQL databases differ about time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Return an aware moment as the tables hold it."""
    return (moment - _EPOCH) // _MICROSECOND


def find_microseconds(moment: datetime | None) -> int | None:
    """Return a moment as the tables hold it, if there is one."""
    return None if moment is None else microseconds(moment)


def moment_at(value: int) -> datetime:
    """Return the moment that a table holds, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def find_moment_at(value: int | None) -> datetime | None:
    """Return the moment that a table holds, if it holds one."""
    return None if value is None else moment_at(value)
