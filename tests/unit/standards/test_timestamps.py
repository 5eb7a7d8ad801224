"""Moments: the one form of design page §1, kept to the nanosecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.timestamps import SECOND, format_timestamp, moment_of, nanoseconds, parse_timestamp


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1970-01-01T00:00:01.5Z", 3 * SECOND // 2),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:00:00-01:00", 0),
        ("1970-01-01T00:00:00+00:00", 0),
        ("1970-01-01T00:00:00-00:00", 0),
        ("2026-11-23T08:00:00Z", 1795420800 * SECOND),
        ("2024-02-29T00:00:00Z", 1709164800 * SECOND),
        ("0001-01-01T00:00:00Z", -62135596800 * SECOND),
        ("9999-12-31T23:59:59.999999999Z", 253402300800 * SECOND - 1),
        ("0001-01-01T00:00:00+23:59", -62135596800 * SECOND - (23 * 60 + 59) * 60 * SECOND),
    ],
)
def test_moment_is_read_to_the_nanosecond(text: str, expected: int) -> None:
    assert parse_timestamp(text) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2026-11-23",
        "2026-11-23T08:00:00",
        "2026-11-23T08:00Z",
        "2026-11-23 08:00:00Z",
        "2026-11-23t08:00:00Z",
        "2026-11-23T08:00:00z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T08:60:00Z",
        "2026-11-23T08:00:60Z",
        "2026-12-31T23:59:60Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2026-11-31T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "2026-11-23T08:00:00.Z",
        "2026-11-23T08:00:00,5Z",
        "2026-11-23T08:00:00.0000000000Z",
        "2026-11-23T08:00:00+0100",
        "2026-11-23T08:00:00+01",
        "2026-11-23T08:00:00+24:00",
        "2026-11-23T08:00:00+01:60",
        "2026-11-23T08:00:00+01:00Z",
        "+2026-11-23T08:00:00Z",
        "12026-11-23T08:00:00Z",
        "20261123T080000Z",
        "2026-11-23T08:00:00Z\n",
        " 2026-11-23T08:00:00Z",
        "\u0662026-11-23T08:00:00Z",
        "202\u0666-11-23T08:00:00Z",
        1795420800,
        None,
        b"2026-11-23T08:00:00Z",
    ],
)
def test_what_is_not_of_the_form_is_malformed(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_timestamp(value)


AWARE = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
    datetime(9999, 12, 30),  # noqa: DTZ001  # as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))]),
)


@given(AWARE)
def test_moment_comes_back_from_its_text(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    text = format_timestamp(moment)
    assert len(text) == 20
    assert parse_timestamp(text) == nanoseconds(whole)
    assert parse_timestamp(moment.isoformat(timespec="microseconds")) == nanoseconds(moment)


@given(AWARE, st.integers(0, 999_999_999))
def test_fraction_is_added_whatever_its_length(moment: datetime, fraction: int) -> None:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    text = format_timestamp(whole)[:-1] + f".{fraction:09d}".rstrip("0").rstrip(".") + "Z"
    assert parse_timestamp(text) == nanoseconds(whole) + fraction


def test_moment_without_a_time_zone_is_malformed() -> None:
    for use in (nanoseconds, format_timestamp):
        assert use(datetime(2026, 1, 1, tzinfo=UTC))
        with pytest.raises(MalformedError):
            use(datetime(2026, 1, 1))  # noqa: DTZ001  # naive on purpose


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T08:30:00Z", datetime(2026, 11, 23, 8, 30, tzinfo=UTC)),
        ("2026-11-23T08:30:00.123456789Z", datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC)),
        ("9999-12-31T23:59:59-14:00", datetime.max.replace(tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_moment_is_cut_to_what_a_datetime_can_say(text: str, moment: datetime) -> None:
    assert moment_of(parse_timestamp(text)) == moment
