"""Heavy work: off the event loop, so much at once, so much waiting, and never longer than its deadline."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from legation.errors import MalformedError, UnavailableError
from legation.usecases.heavy_work import HeavyWork


def run(act: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(act(), 20)

    asyncio.run(within())


def test_work_is_done_in_a_thread_of_its_own_and_gives_what_it_returns() -> None:
    async def act() -> None:
        assert await HeavyWork().run(threading.get_ident) != threading.get_ident()

    run(act)


def test_error_of_the_work_is_the_callers() -> None:
    def fail() -> None:
        raise MalformedError("no")

    async def act() -> None:
        with pytest.raises(MalformedError):
            await HeavyWork().run(fail)

    run(act)


def test_loop_answers_while_work_is_under_way() -> None:
    release = threading.Event()

    async def act() -> None:
        working = asyncio.create_task(HeavyWork().run(lambda: release.wait(10)))
        await asyncio.sleep(0)
        release.set()
        assert await working

    run(act)


def test_work_beyond_what_may_wait_is_refused_and_finds_a_place_again() -> None:
    release = threading.Event()

    async def act() -> None:
        heavy = HeavyWork(at_once=1, waiting=1)
        under_way = [asyncio.create_task(heavy.run(lambda: release.wait(10))) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError):
            await heavy.run(lambda: None)
        release.set()
        await asyncio.gather(*under_way)
        assert await heavy.run(lambda: "done") == "done"

    run(act)


def test_work_beyond_its_deadline_is_given_up_and_keeps_its_place_until_it_ends() -> None:
    release = threading.Event()

    async def act() -> None:
        heavy = HeavyWork(at_once=1, waiting=0, deadline_seconds=0.01)
        with pytest.raises(UnavailableError):
            await heavy.run(lambda: release.wait(10))
        with pytest.raises(UnavailableError):
            await heavy.run(lambda: None)
        release.set()
        patient = HeavyWork(at_once=1, waiting=0)
        assert await patient.run(lambda: "done") == "done"

    run(act)


def test_caller_that_went_away_leaves_no_place_taken() -> None:
    release = threading.Event()

    async def act() -> None:
        heavy = HeavyWork(at_once=1, waiting=0)
        waiting = asyncio.create_task(heavy.run(lambda: release.wait(10)))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        release.set()
        while True:
            try:
                assert await heavy.run(lambda: "done") == "done"
            except UnavailableError:
                await asyncio.sleep(0)  # the thread has not ended yet
            else:
                break

    run(act)
