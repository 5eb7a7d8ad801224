"""The node as operators run it: a process that starts, serves, is killed or stopped, and starts again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.support.delegated import REQUEST, chain_of, present_chain
from tests.support.keys import signer_of
from tests.support.nodes import Answer, Client, free_port

pytestmark = pytest.mark.slow

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
ACME, WORKER = signer_of("acme"), signer_of("worker")


@dataclass
class Node:
    """A process that serves."""

    process: subprocess.Popen[bytes]
    client: Client
    folder: Path
    port: int

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    async def post(self, path: str, body: object) -> Answer:
        """Ask it as its operator."""
        token = (self.folder / "data" / "operator-token").read_text(encoding="ascii").strip()
        return await self.client.ask("POST", path, body=body, headers={"Authorization": f"Bearer {token}"})

    async def give_challenge(self) -> str:
        return str((await self.post("/v1/challenges", {})).json["challenge"])

    async def judge(self, presented: object) -> dict[str, Any]:
        answer = await self.post("/v1/presentations/verify", {"presentation": presented, "request": REQUEST})
        assert answer.status == 200
        verdict: dict[str, Any] = answer.json
        return verdict

    def show(self, challenge: str) -> Any:
        """Present a chain from Acme, whom the node trusts, to the worker."""
        now = datetime.now(UTC)
        chain = chain_of(ACME, WORKER, at=now)
        return json.loads(present_chain(chain, WORKER, challenge=challenge, domain=self.origin, at=now))

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)

    def log(self) -> str:
        return (self.folder / "node.log").read_text(encoding="utf-8")


@asynccontextmanager
async def running(folder: Path, port: int) -> AsyncIterator[Node]:
    """Run a node that trusts Acme, until the block ends."""
    trust = folder / "anchors.json"
    trust.write_text(json.dumps({"anchors": [{"issuer": ACME.did}]}), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    environment |= {"XDG_CONFIG_HOME": str(folder), "PYTHONPATH": str(ROOT / "node")}
    command = [sys.executable, "-m", "legation.cli.main", "serve", "--public-url", f"http://localhost:{port}"]
    with (folder / "node.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--dangerously-allow-loopback", "--data-dir", str(folder / "data"), "--trust-file", str(trust)],
            env=environment,
            stderr=log,
            stdout=log,
        )
    node = Node(process, Client(port, f"localhost:{port}"), folder, port)
    try:
        await _until_ready(node)
        yield node
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


async def _until_ready(node: Node) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and node.process.poll() is None:
        try:
            answer = await node.client.ask("GET", "/healthz")
        except OSError:
            continue
        assert answer.status == 200
        return
    raise AssertionError(node.log())


def within(folder: Path, act: Callable[[Node], Awaitable[T]], *, port: int | None = None) -> T:
    """Run a node and do something with it."""

    async def run() -> T:
        async with running(folder, port or free_port()) as node:
            return await act(node)

    return asyncio.run(run())


def test_node_says_that_it_is_ready_and_ends_in_order_when_told_to(tmp_path: Path) -> None:
    async def act(node: Node) -> None:
        assert await node.give_challenge()
        assert node.stop() == 0

    within(tmp_path, act)
    log = (tmp_path / "node.log").read_text(encoding="utf-8")
    assert log.count("ready at http://localhost:") == 1
    assert "did:web:localhost%3A" in log
    assert "(0600)" in log
    assert "Traceback" not in log
    assert (tmp_path / "data" / "operator-token").read_text(encoding="ascii").strip() not in log


def test_node_ends_in_order_at_an_interrupt_too(tmp_path: Path) -> None:
    async def act(node: Node) -> int:
        return node.stop(signal.SIGINT)

    assert within(tmp_path, act) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_challenge_survives_a_restart_and_so_does_its_being_spent(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()

    async def first(node: Node) -> tuple[str, Any]:
        spent, unspent = node.show(await node.give_challenge()), await node.give_challenge()
        assert (await node.judge(spent))["accepted"]
        node.stop(number)
        return unspent, spent

    unspent, spent = within(tmp_path, first, port=port)

    async def second(node: Node) -> list[str | None]:
        verdicts = [await node.judge(each) for each in (spent, node.show(unspent), node.show(unspent))]
        return [(verdict["error"] or {}).get("code") for verdict in verdicts]

    assert within(tmp_path, second, port=port) == ["replayed", None, "replayed"]


def test_of_twenty_uses_of_one_challenge_at_once_exactly_one_is_accepted(tmp_path: Path) -> None:
    async def act(node: Node) -> list[dict[str, Any]]:
        presented = node.show(await node.give_challenge())
        return await asyncio.gather(*(node.judge(presented) for _ in range(20)))

    verdicts = within(tmp_path, act)
    assert sum(verdict["accepted"] for verdict in verdicts) == 1
    assert [verdict["error"]["code"] for verdict in verdicts if not verdict["accepted"]] == ["replayed"] * 19


def test_y12_stop_under_load_answers_or_cleanly_refuses_and_loses_nothing(tmp_path: Path) -> None:
    port = free_port()

    async def first(node: Node) -> tuple[list[str], int]:
        asked = [asyncio.create_task(node.post("/v1/challenges", {})) for _ in range(200)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        began = time.monotonic()
        status = await asyncio.to_thread(node.stop)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert time.monotonic() - began < 20
        # an answer is whole, or there is none: the connection was never taken
        torn = [outcome for outcome in outcomes if not isinstance(outcome, Answer | OSError | IndexError)]
        assert torn == []
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        assert {answer.status for answer in answers} == {201}
        return [answer.json["challenge"] for answer in answers], status

    given, status = within(tmp_path, first, port=port)
    assert status == 0
    assert given

    async def second(node: Node) -> list[bool]:
        return [(await node.judge(node.show(challenge)))["accepted"] for challenge in given[-5:]]

    assert all(within(tmp_path, second, port=port))


def test_node_with_unsafe_settings_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "legation.cli.main", "serve", "--data-dir", str(tmp_path / "data")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "node")}
    for unsafe in (
        ["--public-url", "http://node.example"],
        ["--public-url", "https://node.example", "--bind", "0.0.0.0:80"],
    ):
        done = subprocess.run([*command, *unsafe], env=environment, capture_output=True, timeout=30)
        assert done.returncode == 1
        assert not (tmp_path / "data").exists()
