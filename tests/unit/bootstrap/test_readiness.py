"""Readiness: what fails it, that a store that hangs does not hang it, and that asking it costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from legation.adapters.system_clock import SystemClock
from legation.bootstrap import readiness
from legation.bootstrap.readiness import Readiness
from legation.errors import UnavailableError


class Store:
    """A store that answers, fails or hangs."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None
        self.hangs = False

    async def ping(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error


class BehindClock(SystemClock):
    """A machine's clock that is set back."""

    def __init__(self, behind: timedelta) -> None:
        super().__init__()
        self._behind = behind

    def behind(self) -> timedelta:
        return self._behind


def check(store: Store, *, behind: timedelta = timedelta(0), ending: bool = False) -> Mapping[str, str | None]:
    async def run() -> Mapping[str, str | None]:
        asked = Readiness({"state": store.ping}, BehindClock(behind))
        asked.ending = ending
        return await asked.check()

    return asyncio.run(run())


def failing(found: Mapping[str, str | None]) -> set[str]:
    return {name for name, reason in found.items() if reason is not None}


def test_node_that_has_all_it_needs_is_ready() -> None:
    found = check(Store())
    assert found.keys() == {"state", "clock", "serving"}
    assert failing(found) == set()


def test_store_that_fails_makes_the_node_unready() -> None:
    store = Store()
    store.error = UnavailableError("the state does not answer")
    assert failing(check(store)) == {"state"}


def test_store_that_hangs_makes_the_node_unready_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_DEADLINE_SECONDS", 0.05)
    store = Store()
    store.hangs = True
    assert failing(check(store)) == {"state"}


def test_y13_clock_that_was_set_back_makes_the_node_unready_until_it_has_caught_up() -> None:
    assert failing(check(Store(), behind=timedelta(hours=1))) == {"clock"}
    assert failing(check(Store(), behind=timedelta(milliseconds=500))) == set()


def test_node_that_ends_is_not_ready() -> None:
    assert failing(check(Store(), ending=True)) == {"serving"}


def test_stores_are_asked_once_a_second_however_many_ask() -> None:
    async def run() -> tuple[int, int]:
        store = Store()
        asked = Readiness({"state": store.ping}, SystemClock())
        await asyncio.gather(*(asked.check() for _ in range(100)))
        first = store.asked
        asked._asked_at -= 2
        await asked.check()
        return first, store.asked

    assert asyncio.run(run()) == (1, 2)


def test_end_shows_at_once_although_answers_are_remembered() -> None:
    async def run() -> tuple[set[str], set[str]]:
        asked = Readiness({"state": Store().ping}, SystemClock())
        before = failing(await asked.check())
        asked.ending = True
        return before, failing(await asked.check())

    assert asyncio.run(run()) == (set(), {"serving"})
