"""Maintenance: it goes on whatever fails, writes the clock's mark, and ends with its block."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from legation.adapters.system_clock import MovedClock, SystemClock, read_mark
from legation.bootstrap import maintenance
from legation.bootstrap.maintenance import maintaining


@dataclass
class Stores:
    """What maintenance hands on."""

    clock: SystemClock | MovedClock = field(default_factory=SystemClock)
    state: object = None
    vault: object = None


def test_work_is_done_again_and_again_also_after_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[Any] = []
    thrice = asyncio.Event()

    async def recover(*_: object, older_than: object) -> int:
        rounds.append(older_than)
        if len(rounds) == 3:
            thrice.set()
        raise RuntimeError("a fault")

    monkeypatch.setattr(maintenance, "recover", recover)

    async def run() -> None:
        async with maintaining(Stores(), tmp_path / "clock", period=0.001):  # type: ignore[arg-type]  # enough of them
            await asyncio.wait_for(thrice.wait(), 10)

    asyncio.run(run())
    assert set(rounds) == {maintenance.OLDER_THAN}
    assert read_mark(tmp_path / "clock") is not None


def test_work_that_hangs_is_ended_with_the_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def recover(*_: object, older_than: object) -> int:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    monkeypatch.setattr(maintenance, "recover", recover)

    async def run() -> None:
        async with maintaining(Stores(), tmp_path / "clock", period=0.001):  # type: ignore[arg-type]  # enough of them
            await asyncio.wait_for(began.wait(), 10)

    asyncio.run(run())
    assert ended.is_set()


def test_mark_that_cannot_be_written_ends_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with maintaining(Stores(), tmp_path / "absent" / "clock"):  # type: ignore[arg-type]  # enough of them
            pass

    asyncio.run(run())
    assert "mark" in caplog.text


def test_clock_that_was_moved_leaves_no_mark(tmp_path: Path) -> None:
    stores = Stores(clock=MovedClock(datetime(2036, 1, 1, tzinfo=UTC)))

    async def run() -> None:
        async with maintaining(stores, tmp_path / "clock"):  # type: ignore[arg-type]  # enough of them
            pass

    asyncio.run(run())
    assert read_mark(tmp_path / "clock") is None
