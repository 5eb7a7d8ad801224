"""``hours``: a window of the local week."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.delegation.scalars import parse_integer
from legation.errors import MalformedError, UnknownTermError

_REQUIRED = frozenset({"from", "to", "timezone"})
_MEMBERS = _REQUIRED | {"days"}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+){0,2}")
# names that a system's zone files have and the IANA database has not
_NOT_IANA = frozenset({"localtime", "posixrules", "right", "posix"})
_DAY, _WEEK = 1440, 10080
_WHOLE_WEEK = (1 << _WEEK) - 1


@dataclass(frozen=True, slots=True)
class Hours(Constraint):
    """Only in these minutes of the week, as clocks in one zone show them; bit n is minute n after Monday 00:00."""

    timezone: str
    minutes: int

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse ``{from, to, timezone, days?}``. Raises MalformedError; UnknownTermError for a zone we lack."""
        if type(value) is not dict or not _REQUIRED <= value.keys() <= _MEMBERS:
            raise MalformedError("hours are an object of from, to, timezone and perhaps days", pointer=pointer)
        opens, closes = _parse_time(value["from"], pointer + "/from"), _parse_time(value["to"], pointer + "/to")
        if opens == _DAY or closes == 0 or opens == closes:
            raise MalformedError("hours run from 00:00–23:59 to 00:01–24:00, and the two differ", pointer=pointer)
        days = _parse_days(value["days"], pointer + "/days") if "days" in value else frozenset(range(1, 8))
        zone = value["timezone"]
        if type(zone) is not str or len(zone) > 64 or not _ZONE.fullmatch(zone):
            raise MalformedError("a time zone is a name of the IANA database", pointer=pointer + "/timezone")
        if _find_zone(zone) is None:
            raise UnknownTermError("this verifier does not know the time zone", pointer=pointer + "/timezone")
        return cls(zone, _minutes_of_week(opens, closes, days))

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """Outside the window: ``outside_hours``."""
        zone = _find_zone(self.timezone)
        if zone is None:
            return "outside_hours"
        try:
            local = circumstances.at.astimezone(zone)
        except OverflowError:  # within hours of the first or last day that a calendar has
            return "outside_hours"
        minute = local.weekday() * _DAY + local.hour * 60 + local.minute
        return None if self.minutes >> minute & 1 else "outside_hours"

    def covers(self, child: Constraint) -> bool:
        """The same zone name, minutes of the week a subset."""
        return isinstance(child, Hours) and child.timezone == self.timezone and not child.minutes & ~self.minutes


def _parse_time(value: object, pointer: str) -> int:
    match = _TIME.fullmatch(value) if type(value) is str else None
    if match is None:
        raise MalformedError("a time of day is hh:mm", pointer=pointer)
    hour, minute = (match[1], match[2]) if match[1] else (match[3], match[4])
    return int(hour) * 60 + int(minute)


def _parse_days(value: object, pointer: str) -> frozenset[int]:
    if type(value) is not list or not value:
        raise MalformedError("days are a non-empty array of 1 (Monday) to 7", pointer=pointer)
    days = frozenset(parse_integer(day, pointer, least=1, most=7) for day in value)
    if len(days) != len(value):
        raise MalformedError("a day stands twice", pointer=pointer)
    return days


@lru_cache(maxsize=512)
def _minutes_of_week(opens: int, closes: int, days: frozenset[int]) -> int:
    # `to` < `from` runs past midnight, into the day after the one on which it opens
    length = closes - opens if closes > opens else closes + _DAY - opens
    minutes = 0
    for day in days:
        # at once, not minute by minute: a stranger's chain may hold hundreds of windows
        window = ((1 << length) - 1) << ((day - 1) * _DAY + opens)
        minutes |= (window & _WHOLE_WEEK) | (window >> _WEEK)
    return minutes


@lru_cache(maxsize=1024)
def _find_zone(name: str) -> ZoneInfo | None:
    if name.split("/", maxsplit=1)[0] in _NOT_IANA:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
