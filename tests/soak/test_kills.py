"""kill -9 at random moments: 50 times on SQLite, 20 times on PostgreSQL, and what a kill spares of several workers."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.support.load import Books, Load
from tests.support.postgres import start_postgres
from tests.support.processes import NodeProcess, ready
from tests.support.survival import Figures, Stores, check_answers, check_stores, on_server, outlive_kills, until_settled

pytestmark = pytest.mark.slow


def tell(capsys: pytest.CaptureFixture[str], what: str, figures: Figures, books: Books) -> None:
    """Print the figures, which are what a long run is for."""
    with capsys.disabled():
        print(f"\n{what}: {figures.line(books)}")


@pytest.mark.parametrize(("workers", "kills"), [(1, 30), (2, 20)])
def test_node_on_sqlite_outlives_fifty_kills(
    tmp_path: Path, workers: int, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    books = Books()
    figures = asyncio.run(outlive_kills(NodeProcess(tmp_path, workers=workers), books, kills=kills))
    tell(capsys, f"SQLite, {workers} workers", figures, books)
    assert figures.kills == kills


@pytest.mark.parametrize(("workers", "kills"), [(1, 12), (2, 8)])
def test_node_on_postgresql_outlives_twenty_kills(
    tmp_path: Path, workers: int, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    books = Books()
    node = NodeProcess(tmp_path, workers=workers, environment=on_server(start_postgres()))
    figures = asyncio.run(outlive_kills(node, books, kills=kills, patient=True))
    tell(capsys, f"PostgreSQL, {workers} workers", figures, books)
    assert figures.kills == kills


def test_workers_whose_first_process_was_killed_end_by_themselves_and_lose_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = Books()
    node = NodeProcess(tmp_path, workers=2)
    figures = asyncio.run(outlive_kills(node, books, kills=5, kill=NodeProcess.kill_first))
    tell(capsys, "SQLite, only the first process of 3", figures, books)
    assert figures.kills == 5


def test_k12_rotations_that_are_killed_leave_the_old_key_or_the_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    books = Books()
    # twelve are under way at any moment: over 200 are cut off
    work = outlive_kills(NodeProcess(tmp_path), books, kills=20, weights={"rotate": 8, "create": 1})
    figures = asyncio.run(work)
    tell(capsys, "SQLite, rotations", figures, books)
    assert figures.kills == 20


def test_first_start_that_is_killed_at_random_moments_is_made_good_by_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run() -> float:
        began = time.monotonic()
        async with ready(NodeProcess(tmp_path / "timed")):
            usual = time.monotonic() - began
        for number in range(16):
            node, books = NodeProcess(tmp_path / str(number)), Books()
            node.start()
            # most of a start goes by before anything is written
            await asyncio.sleep(random.uniform(0.4, 1.0) * usual)
            node.kill()
            async with ready(node):
                await Load([node], books).seed(2)
                assert await check_answers(node, books) == 2
                await check_stores(Stores.of(node), books)
        return usual

    usual = asyncio.run(run())
    with capsys.disabled():
        print(f"\n16 first starts killed; one takes {usual:.1f} s")


def test_worker_that_is_killed_is_replaced_and_what_it_left_is_finished(tmp_path: Path) -> None:
    node, books = NodeProcess(tmp_path, workers=2), Books()

    async def run() -> None:
        load = Load([node], books)
        async with ready(node):
            await load.seed()
            async with load.running():
                for _ in range(3):
                    await asyncio.sleep(random.uniform(1, 3))
                    before = {process.pid for process in node.tree()}
                    await asyncio.to_thread(node.kill_one_worker)
                    until = time.monotonic() + 30
                    while len({process.pid for process in node.tree()} - before) < 1:
                        assert time.monotonic() < until
                        await asyncio.sleep(0.1)
                await asyncio.sleep(5)
            assert not load.wrong, load.wrong
            await check_answers(node, books, sample=500)
            await until_settled(Stores.of(node))
            node.stop()
        await check_stores(Stores.of(node), books)

    asyncio.run(run())
