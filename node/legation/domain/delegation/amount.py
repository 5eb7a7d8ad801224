"""Money and decimals, exact: amounts are integers of 10^-9 (design page §1)."""

from __future__ import annotations

import re

import msgspec

from legation.errors import MalformedError

_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,9}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MEMBERS = frozenset({"amount", "currency"})


class Money(msgspec.Struct, frozen=True, gc=False):
    """An amount in units of 10^-9 of a currency."""

    nanos: int
    currency: str

    def covers(self, other: Money) -> bool:
        """Say whether ``other`` is of the same currency and no more."""
        return self.currency == other.currency and other.nanos <= self.nanos


def find_amount(text: object) -> int | None:
    """Return a decimal string as an integer of 10^-9, or None where it is none."""
    match = _AMOUNT.fullmatch(text) if type(text) is str else None
    if match is None:
        return None
    whole, fraction = match.groups()
    return int(whole) * 1_000_000_000 + (int(fraction.ljust(9, "0")) if fraction else 0)


def parse_money(value: object, pointer: str) -> Money:
    """Parse ``{"amount", "currency"}``. Raises MalformedError."""
    if type(value) is not dict or value.keys() != _MEMBERS:
        raise MalformedError("money is an object of amount and currency", pointer=pointer)
    nanos, currency = find_amount(value["amount"]), value["currency"]
    if nanos is None:
        raise MalformedError("an amount is a decimal string such as 5000.00", pointer=pointer + "/amount")
    if type(currency) is not str or not _CURRENCY.fullmatch(currency):
        raise MalformedError("a currency is three capital letters", pointer=pointer + "/currency")
    return Money(nanos, currency)
