"""Amounts: the one decimal form, compared as decimals, and money of one currency."""

from __future__ import annotations

import pytest

from legation.domain.delegation.amount import Money, find_amount, parse_money
from legation.errors import MalformedError

UNIT = 10**9


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0", 0),
        ("0.0", 0),
        ("1", UNIT),
        ("1.5", 3 * UNIT // 2),
        ("1.50", 3 * UNIT // 2),
        ("5000.00", 5000 * UNIT),
        ("0.000000001", 1),
        ("999999999999999999.999999999", 10**27 - 1),
    ],
)
def test_amount_is_exact(text: str, nanos: int) -> None:
    assert find_amount(text) == nanos


@pytest.mark.parametrize(
    "value",
    [
        "",
        "-1",
        "+1",
        "01",
        "00",
        "1.",
        ".5",
        "1.0000000001",
        "1000000000000000000",
        "1e3",
        "1,5",
        " 1",
        "1 ",
        "1\n",
        "\u0661",
        "1_0",
        "NaN",
        1,
        1.5,
        True,
        None,
    ],
)
def test_what_is_no_amount_is_not_found(value: object) -> None:
    assert find_amount(value) is None


def test_money_is_an_amount_and_a_currency() -> None:
    assert parse_money({"amount": "1.50", "currency": "EUR"}, "") == Money(3 * UNIT // 2, "EUR")


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"amount": "1"}, "/m"),
        ({"currency": "EUR"}, "/m"),
        ({"amount": "1", "currency": "EUR", "vat": "0"}, "/m"),
        ({"amount": 1, "currency": "EUR"}, "/m/amount"),
        ({"amount": "1.", "currency": "EUR"}, "/m/amount"),
        ({"amount": "1", "currency": "eur"}, "/m/currency"),
        ({"amount": "1", "currency": "EURO"}, "/m/currency"),
        ({"amount": "1", "currency": "EU\u0420"}, "/m/currency"),
        ({"amount": "1", "currency": "EUR\n"}, "/m/currency"),
        ({"amount": "1", "currency": None}, "/m/currency"),
        ("1 EUR", "/m"),
        (None, "/m"),
        ([], "/m"),
    ],
)
def test_malformed_money_is_refused(value: object, pointer: str) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_money(value, "/m")
    assert refused.value.pointer == pointer


def test_money_covers_what_is_no_more_and_of_its_currency() -> None:
    ten = Money(10, "EUR")
    assert ten.covers(Money(10, "EUR"))
    assert ten.covers(Money(0, "EUR"))
    assert not ten.covers(Money(11, "EUR"))
    assert not ten.covers(Money(1, "USD"))
