"""Moments as RFC 3339 and XML Schema dateTimeStamp write them, kept exactly, as integer nanoseconds since 1970 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from legation.errors import MalformedError

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PLAIN_LENGTH = len("2026-11-23T08:30:00Z")
_FORM = re.compile(
    r"([0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
    r"(?:\.([0-9]{1,9}))?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def parse_timestamp(text: object) -> int:
    """Parse ``YYYY-MM-DDThh:mm:ss[.f{1,9}](Z|±hh:mm)``; no hour 24, no second 60. Raises MalformedError."""
    if not isinstance(text, str) or len(text) > 35:
        raise MalformedError("a moment is not of the form YYYY-MM-DDThh:mm:ss with Z or ±hh:mm")
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> int:
    match = _FORM.fullmatch(text)
    if match is None:
        raise MalformedError("a moment is not of the form YYYY-MM-DDThh:mm:ss with Z or ±hh:mm")
    try:
        if len(text) == _PLAIN_LENGTH:
            return int(datetime.fromisoformat(text).timestamp()) * SECOND
        whole, fraction, offset = match.groups()
        moment = datetime.fromisoformat(whole + ("+00:00" if offset == "Z" else offset))
    except ValueError as error:
        raise MalformedError("a moment names a day that does not exist") from error
    return nanoseconds(moment) + (int(fraction.ljust(9, "0")) if fraction else 0)


def nanoseconds(moment: datetime) -> int:
    """Return an aware datetime as nanoseconds since 1970 UTC. Raises MalformedError for a naive one."""
    if moment.tzinfo is None:
        raise MalformedError("a moment without a time zone")
    return (moment - _EPOCH) // _MICROSECOND * 1000


def moment_of(nanoseconds_since_1970: int) -> datetime:
    """Return what :func:`parse_timestamp` gave as an aware datetime, cut to microseconds and to the years 1 to 9999."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds_since_1970 // 1000)
    except OverflowError:  # an offset can carry a moment over the edge
        return _LAST if nanoseconds_since_1970 > 0 else _FIRST


def format_timestamp(moment: datetime) -> str:
    """Write an aware datetime in UTC, whole seconds, with ``Z``. Raises MalformedError for a naive one."""
    if moment.tzinfo is None:
        raise MalformedError("a moment without a time zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:-6] + "Z"
