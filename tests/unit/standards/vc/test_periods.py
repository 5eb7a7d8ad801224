"""Moments of credentials: XML Schema's dateTimeStamp, all of it from year 1 to 9999."""

from __future__ import annotations

import pytest

from legation.errors import LegationError
from legation.standards.timestamps import parse_timestamp
from legation.standards.vc.periods import parse_moment


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-01-01T24:00:00Z", "2026-01-02T00:00:00Z"),
        ("2026-12-31T24:00:00.000-01:00", "2027-01-01T01:00:00Z"),
        ("2026-01-01T00:00:00.1234567891234Z", "2026-01-01T00:00:00.123456789Z"),
        ("2026-01-01T00:00:00+14:00", "2025-12-31T10:00:00Z"),
        ("2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"),
    ],
)
def test_rare_spellings_are_read(text: str, same: str) -> None:
    assert parse_moment(text, "/validFrom") == parse_timestamp(same)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T24:00:01Z",
        "2026-01-01T24:00:00",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+14:01",
        "2026-01-01T00:00:00+15:00",
        "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00z",
        "2026-02-30T00:00:00Z",
        "-2026-01-01T00:00:00Z",
        "12026-01-01T00:00:00Z",
        "2026-01-01T00:00:00." + "1" * 100 + "Z",
        "",
        None,
        5,
    ],
)
def test_other_spellings_are_refused(text: object) -> None:
    with pytest.raises(LegationError) as refused:
        parse_moment(text, "/validFrom")
    assert (refused.value.code, refused.value.pointer) == ("malformed", "/validFrom")
