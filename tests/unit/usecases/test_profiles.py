"""Work that goes wrong is undone, and who asked for it does not wait for a store that hangs while that is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from legation.errors import UnavailableError
from legation.ports.state import Records
from tests.support.lives import LivesWorld
from tests.support.memory import unavailable

T = TypeVar("T")


def hang_after(world: LivesWorld, changes: int) -> asyncio.Event:
    """Let the state answer no further change, until the event is set."""
    release, change, seen = asyncio.Event(), world.state.change, [0]

    async def slow(work: Callable[[Records], Awaitable[T]]) -> T:
        seen[0] += 1
        if seen[0] > changes:
            await release.wait()
        return await change(work)

    world.state.change = slow  # type: ignore[method-assign]  # the frozen store of this test
    return release


def test_who_asked_for_what_went_wrong_does_not_wait_for_a_state_that_hangs_and_it_is_undone_later() -> None:
    async def run() -> None:
        world = LivesWorld()
        # the intent is written; the vault does not answer; and then the state does not, either
        release = hang_after(world, 1)
        world.calls.plan(2, error=unavailable)
        with pytest.raises(UnavailableError):
            async with asyncio.timeout(5):
                await world.create()
        assert world.state.tables.intents
        release.set()
        async with asyncio.timeout(5):
            while world.state.tables.intents:
                await asyncio.sleep(0)
        await world.check_whole()
        await world.create()

    asyncio.run(run())


def test_what_went_wrong_is_undone_before_its_caller_learns_of_it_where_the_state_answers() -> None:
    async def run() -> None:
        world = LivesWorld()
        world.calls.plan(2, error=unavailable)
        with pytest.raises(UnavailableError):
            await world.create()
        await world.check_whole()

    asyncio.run(run())
