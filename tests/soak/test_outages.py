"""PostgreSQL stopped, killed and frozen under load, for state and wallet at once and for each alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.load import Books
from tests.support.postgres import PostgresServer, start_postgres
from tests.support.processes import NodeProcess, ready
from tests.support.survival import Stores, check_answers, check_outage, check_stores, on_server, outlive_outage

pytestmark = pytest.mark.slow

Act = Callable[[PostgresServer], None]
WAYS = {
    "stopped": (PostgresServer.stop, PostgresServer.restart),
    "killed": (PostgresServer.kill, PostgresServer.restart),
    "frozen": (PostgresServer.freeze, PostgresServer.thaw),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("parts", ["both", "state", "wallet"])
def test_k04_node_outlives_an_outage_of_postgresql(
    tmp_path: Path, way: str, parts: str, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    begin, end = WAYS[way]
    postgres = start_postgres()
    environment = on_server(postgres)
    if parts == "state":
        del environment["LEGATION_WALLET_URL"]
    if parts == "wallet":
        del environment["LEGATION_DATABASE_URL"]
    node = NodeProcess(tmp_path, workers=workers, environment=environment)
    books = Books()

    async def run() -> str:
        async with ready(node):
            outage = await outlive_outage(
                node, books, seconds=8, begin=lambda: begin(postgres), end=lambda: end(postgres)
            )
            with capsys.disabled():
                print(f"\n{parts} {way}, {workers} workers: {outage.line()}")
            check_outage(outage)
            await check_answers(node, books, sample=500)
            node.stop()
            await check_stores(Stores.of(node), books, finish=True)
        return outage.line()

    try:
        asyncio.run(run())
    finally:
        postgres.remove()
