"""The clock of this machine."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The operating system's clock (port ``Clock``)."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)
