"""What a node does beside answering: it finishes what was left half done, and keeps the mark of its clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from legation.adapters.system_clock import MovedClock, SystemClock, write_mark
from legation.bootstrap.readiness import TOLERANCE
from legation.bootstrap.start import OLDER_THAN
from legation.bootstrap.stores import Stores
from legation.errors import LegationError
from legation.usecases.recovery import recover

_log = logging.getLogger("legation.maintenance")
_PERIOD_SECONDS = 60.0
# less than the period, so that a store that hangs does not pile up work
_DEADLINE_SECONDS = 30.0


@asynccontextmanager
async def maintaining(stores: Stores, mark: Path, *, period: float = _PERIOD_SECONDS) -> AsyncIterator[None]:
    """Do this work again and again until the block ends; no failure of it ends the node."""
    _warn_of_clock(mark, stores.clock)
    task = asyncio.create_task(_repeat(stores, mark, period))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        keep_mark(mark, stores.clock)


def keep_mark(mark: Path, clock: SystemClock | MovedClock) -> None:
    """Write down what time it is; a failure is logged. A clock that was moved says nothing of any other start."""
    if isinstance(clock, MovedClock):
        return
    try:
        write_mark(mark, clock.now())
    except LegationError as error:
        _log.warning("the mark of the clock cannot be kept: %s", error.detail, exc_info=error)


async def _repeat(stores: Stores, mark: Path, period: float) -> None:
    while True:
        await asyncio.sleep(period)
        _warn_of_clock(mark, stores.clock)
        keep_mark(mark, stores.clock)
        await _recover(stores)


def _warn_of_clock(mark: Path, clock: SystemClock | MovedClock) -> None:
    behind = clock.behind()
    if behind > TOLERANCE:
        _log.warning(
            "the clock of the machine was set back; the node is not ready for %d s, until it has caught up. Where it "
            "was ahead by mistake: stop the node, remove %s, start it",
            behind.total_seconds(),
            mark,
        )


async def _recover(stores: Stores) -> None:
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            ended = await recover(stores.state, stores.vault, stores.clock, older_than=OLDER_THAN)
        if ended:
            _log.info("%d changes that were half done are finished or removed", ended)
    except Exception as error:  # noqa: BLE001 - the outermost loop of this work: the next round tries again
        _log.warning("what was left half done could not be finished", exc_info=error)
