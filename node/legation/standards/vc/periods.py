"""Validity periods of credentials: XML Schema dateTimeStamp, begin and end (VCDM 2.0 §4.9, VCDM 1.1 §4.6)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from legation.errors import MalformedError
from legation.standards.timestamps import SECOND, parse_timestamp

# XML Schema 1.1 part 2 §3.4.28: offsets end at 14:00, midnight may be written as the end of a day, and a fraction
# may have any number of digits
_OFFSET = re.compile(r"(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00")
_END_OF_DAY = re.compile(r"T24:00:00(?:\.0+)?(?=[Z+-])")
_LONG_FRACTION = re.compile(r"(\.[0-9]{9})[0-9]{1,64}(?=[Z+-])")
_MAX_CHARS = 100
_DAY = 86_400 * SECOND


def parse_moment(value: object, pointer: str) -> int:
    """Return a dateTimeStamp as nanoseconds since 1970; years 0001 to 9999, digits beyond nanoseconds cut off.

    Raises:
        MalformedError: another form, no time zone, or a day that does not exist.
    """
    try:
        moment = parse_timestamp(value)
    except MalformedError as error:
        moment = _parse_rare(value, error, pointer)
    if isinstance(value, str) and value[-1] != "Z" and _OFFSET.fullmatch(value, len(value) - 5) is None:
        raise MalformedError("the offset of a moment is at most 14:00", pointer=pointer)
    return moment


def _parse_rare(value: object, refused: MalformedError, pointer: str) -> int:
    if isinstance(value, str) and len(value) <= _MAX_CHARS:
        plain, late = _END_OF_DAY.subn("T00:00:00", value, count=1)
        plain = _LONG_FRACTION.sub(r"\1", plain, count=1)
        if plain != value:
            try:
                return parse_timestamp(plain) + late * _DAY
            except MalformedError:
                pass
    raise MalformedError(refused.detail, pointer=pointer) from refused


def read_period(
    document: Mapping[str, object], begins: tuple[str, ...], ends: tuple[str, ...]
) -> tuple[int | None, int | None]:
    """Return when a credential begins and ends: the latest of ``begins`` and the first of ``ends`` that are there.

    Raises:
        MalformedError: no dateTimeStamp, or an end before the beginning (VCDM 2.0 §4.9).
    """
    start = end = None
    for name in begins:
        if name in document:
            moment = parse_moment(document[name], f"/{name}")
            start = moment if start is None or moment > start else start
    for name in ends:
        if name in document:
            moment = parse_moment(document[name], f"/{name}")
            end = moment if end is None or moment < end else end
    if start is not None and end is not None and end < start:
        raise MalformedError("a credential ends before it begins", pointer=f"/{ends[0]}")
    return start, end
