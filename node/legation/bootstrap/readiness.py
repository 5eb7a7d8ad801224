"""Whether a node can do its work now: its stores, its own document, its clock, and whether it is about to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from time import monotonic

from legation.adapters.system_clock import MovedClock, SystemClock
from legation.errors import LegationError

_DEADLINE_SECONDS = 2.0
_REMEMBERED_SECONDS = 1.0
# what a clock is corrected by while nobody notices
TOLERANCE = timedelta(seconds=1)

Probe = Callable[[], Awaitable[object]]


class Readiness:
    """The checks behind ``/readyz``. They are anybody's to ask for, so their answers are remembered for a second."""

    def __init__(self, probes: Mapping[str, Probe], clock: SystemClock | MovedClock):
        self._probes = probes
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: dict[str, str | None] = {}
        self._asked_at = -_REMEMBERED_SECONDS
        self.ending = False

    async def check(self) -> Mapping[str, str | None]:
        """Return for each need of the node None, or why it is not met."""
        async with self._lock:
            if monotonic() - self._asked_at >= _REMEMBERED_SECONDS:
                answers = await asyncio.gather(*(_ask(probe) for probe in self._probes.values()))
                self._found = dict(zip(self._probes, answers, strict=True))
                self._asked_at = monotonic()
        return {**self._found, "clock": self._check_clock(), "serving": "the node is ending" if self.ending else None}

    def _check_clock(self) -> str | None:
        self._clock.now()
        if self._clock.behind() <= TOLERANCE:
            return None
        return "the clock of the machine was set back, and has not caught up yet"


async def _ask(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            await probe()
    except TimeoutError:
        return "no answer within 2 seconds"
    except LegationError as error:
        return error.detail
    return None
