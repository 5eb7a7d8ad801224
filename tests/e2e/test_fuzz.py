"""A node against a program that reads its description and tries to prove it wrong; ``make fuzz`` tries for longer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.fuzzing import furnish, fuzz
from tests.support.processes import NodeProcess, ready

pytestmark = pytest.mark.slow


def test_node_is_as_its_openapi_document_describes_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with ready(NodeProcess(tmp_path / "node")) as node:
            world = await asyncio.to_thread(furnish, node)
            await asyncio.to_thread(fuzz, world, tmp_path / "fuzz", examples=2, phases="examples,coverage", quick=True)
            assert "internal_error" not in node.log()
            assert "Traceback" not in node.log()
            node.stop()

    asyncio.run(run())
