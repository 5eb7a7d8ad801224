"""schemathesis for minutes: every operation many times, as an operator and as an agent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.fuzzing import furnish, fuzz
from tests.support.processes import NodeProcess, ready

pytestmark = pytest.mark.slow

EXAMPLES = 150


@pytest.mark.parametrize("as_agent", [False, True], ids=["operator", "agent"])
def test_node_is_as_its_openapi_document_describes_it(tmp_path: Path, as_agent: bool) -> None:
    async def run() -> None:
        async with ready(NodeProcess(tmp_path / "node", workers=2)) as node:
            world = await asyncio.to_thread(furnish, node)
            await asyncio.to_thread(fuzz, world, tmp_path / "fuzz", as_agent=as_agent, examples=EXAMPLES, seconds=1800)
            assert "internal_error" not in node.log()
            assert "Traceback" not in node.log()
            node.stop()

    asyncio.run(run())
