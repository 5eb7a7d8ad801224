"""The registered claims of a JWT that say when it holds: ``iat``, ``nbf`` and ``exp`` (RFC 7519 §4.1)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from legation.errors import LegationError, MalformedError
from legation.standards.timestamps import SECOND, parse_timestamp

# the year 9999: what lies beyond is a mistake, milliseconds for seconds at best
_LAST = 253_402_300_799


class Period(msgspec.Struct, frozen=True, gc=False):
    """When a token was signed, and from when to when its signature counts; nanoseconds since 1970, None if unsaid."""

    issued: int | None
    not_before: int | None
    expires: int | None

    def check(self, at: int) -> None:
        """Check that the token counts at the moment ``at``.

        Raises:
            LegationError: ``not_yet_valid`` (RFC 7519 §4.1.5) or ``expired`` (§4.1.4).
        """
        if self.not_before is not None and at < self.not_before:
            raise LegationError("the token is not valid yet", code="not_yet_valid", pointer="/nbf")
        if self.expires is not None and at >= self.expires:
            raise LegationError("the token has expired", code="expired", pointer="/exp")


def read_period(claims: Mapping[str, object], *, dated: bool = False) -> Period:
    """Read the three claims, each a NumericDate (RFC 7519 §2).

    With ``dated`` an ``iat`` may also be an RFC 3339 moment: the test suite of VC JOSE COSE and what was built with it
    write ``validFrom`` there. Nothing is judged by it.

    Raises:
        MalformedError: a claim is neither.
    """
    issued = claims.get("iat")
    if dated and isinstance(issued, str):
        return Period(parse_timestamp(issued), read_date(claims, "nbf"), read_date(claims, "exp"))
    return Period(read_date(claims, "iat"), read_date(claims, "nbf"), read_date(claims, "exp"))


def read_date(claims: Mapping[str, object], name: str) -> int | None:
    """Return a NumericDate in nanoseconds since 1970, or None where the claim is absent. Raises MalformedError."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LAST:
        raise MalformedError(f"the claim {name} is not a number of seconds since 1970", pointer=f"/{name}")
    return value * SECOND if isinstance(value, int) else int(value * SECOND)
