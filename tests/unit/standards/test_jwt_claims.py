"""Dates of a JWT: seconds since 1970, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from legation.errors import LegationError, MalformedError
from legation.standards.jwt_claims import read_period
from legation.standards.timestamps import SECOND


def test_dates_are_read_to_the_nanosecond_and_checked() -> None:
    period = read_period({"iat": 1, "nbf": 2.5, "exp": 4})
    assert (period.issued, period.not_before, period.expires) == (SECOND, 5 * SECOND // 2, 4 * SECOND)
    period.check(5 * SECOND // 2)
    period.check(4 * SECOND - 1)
    for at, code in ((5 * SECOND // 2 - 1, "not_yet_valid"), (4 * SECOND, "expired"), (0, "not_yet_valid")):
        with pytest.raises(LegationError) as refused:
            period.check(at)
        assert refused.value.code == code


def test_absent_dates_bound_nothing() -> None:
    read_period({}).check(0)
    assert read_period({"exp": 0}).expires == 0


@pytest.mark.parametrize("value", [True, "1", None, [], -1, 1e30, float("nan"), float("inf"), 10**15])
@pytest.mark.parametrize("name", ["iat", "nbf", "exp"])
def test_what_is_no_numeric_date_is_refused(name: str, value: object) -> None:
    with pytest.raises(MalformedError):
        read_period({name: value})


def test_only_the_moment_of_issue_may_be_a_timestamp_and_only_where_asked() -> None:
    claims = {"iat": "2010-01-01T19:23:24Z"}
    assert read_period(claims, dated=True).issued == 1_262_373_804 * SECOND
    with pytest.raises(MalformedError):
        read_period(claims)
    for wrong in ({"iat": "yesterday"}, {"exp": claims["iat"]}, {"nbf": claims["iat"]}):
        with pytest.raises(MalformedError):
            read_period(wrong, dated=True)
