"""A node that is killed, or cut off from its database: a short turn of what ``make soak`` does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.load import Books
from tests.support.postgres import start_postgres
from tests.support.processes import NodeProcess, ready
from tests.support.survival import (
    Stores,
    check_answers,
    check_outage,
    check_stores,
    on_server,
    outlive_kills,
    outlive_outage,
)

pytestmark = pytest.mark.slow


def test_k01_k12_node_that_is_killed_at_random_moments_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    books = Books()
    figures = asyncio.run(outlive_kills(NodeProcess(tmp_path), books, kills=3))
    assert figures.kills == 3
    assert books.delegations


def test_k01_node_on_postgresql_that_is_killed_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    books = Books()
    node = NodeProcess(tmp_path, environment=on_server(start_postgres()))
    figures = asyncio.run(outlive_kills(node, books, kills=2))
    assert figures.kills == 2
    assert books.delegations


def test_k04_node_whose_postgresql_freezes_answers_in_five_seconds_and_comes_back_in_five(tmp_path: Path) -> None:
    postgres = start_postgres()
    node = NodeProcess(tmp_path, environment=on_server(postgres))

    async def run() -> None:
        books = Books()
        async with ready(node):
            check_outage(await outlive_outage(node, books, seconds=6, begin=postgres.freeze, end=postgres.thaw))
            await check_answers(node, books)
            node.stop()
        await check_stores(Stores.of(node), books, finish=True)

    try:
        asyncio.run(run())
    finally:
        postgres.remove()
