"""Attacks on what a node promises (areas "wallet" and "service"): processes that disagree, stops, clocks."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from legation.adapters.system_clock import write_mark
from legation.domain.material import Material
from legation.verifier.verifier import Verifier
from tests.support.delegated import REQUEST, chain_of, present_chain
from tests.support.keys import signer_of
from tests.support.load import Books, Load, Reply
from tests.support.nodes import free_port
from tests.support.postgres import shared_postgres
from tests.support.processes import START_SECONDS, NodeProcess, ready
from tests.support.survival import check_answers, method_of, on_server, root_of

pytestmark = pytest.mark.slow

ACME, WORKER = signer_of("acme"), signer_of("worker")
MANY = 20


class Twins:
    """One node in two processes that share nothing but its stores: each may be asked for what the other did."""

    def __init__(self, nodes: list[NodeProcess], load: Load):
        self.nodes = nodes
        self._load = load
        self._turn = 0

    async def ask(self, at: int, method: str, path: str, body: object = None) -> Reply:
        """Ask one of them, or, where they share a port, whoever takes the connection."""
        return await self._load.ask("ask", method, path, body, at=at % len(self.nodes))

    async def done(self, at: int, method: str, path: str, body: object = None) -> Any:
        """Return what one of them answers, which is no refusal."""
        reply = await self.ask(at, method, path, body)
        assert reply.status in (200, 201, 204), reply
        return reply.json if reply.body else None


@asynccontextmanager
async def replicas(folder: Path) -> AsyncIterator[Twins]:
    """Run two nodes of one name on one PostgreSQL, with the wallet's key and nothing else in common."""
    public = free_port()
    first = NodeProcess(folder / "first", public_port=public, environment=on_server(shared_postgres()))
    environment = {**first.environment, "LEGATION_WALLET_KEY_FILE": str(first.data / "wallet.key")}
    async with AsyncExitStack() as stack:
        second = NodeProcess(folder / "second", public_port=public, environment=environment)
        for node in (first, second):
            node.start()
            stack.callback(node.kill)
            # the second finds the wallet's key once the first has made it
            await node.until_ready()
        load = await stack.enter_async_context(Load([first, second], Books()).connected())
        yield Twins([first, second], load)


@asynccontextmanager
async def workers(folder: Path) -> AsyncIterator[Twins]:
    """Run one node with two workers on SQLite, which share a port."""
    node = NodeProcess(folder, workers=2)
    node.start()
    try:
        await node.until_ready()
        # a connection each, so that either worker is met
        async with Load([node], Books(), keep=False).connected() as load:
            yield Twins([node], load)
    finally:
        node.kill()


KINDS = {"replicas": replicas, "workers": workers}


@pytest.fixture(params=KINDS)
def twins(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[Twins], Awaitable[None]]], None]:
    """Two processes of one node, to do something with."""

    async def run(act: Callable[[Twins], Awaitable[None]]) -> None:
        async with KINDS[request.param](tmp_path) as both:
            await act(both)

    return lambda act: asyncio.run(run(act))


def test_processes_of_one_node_are_one_node(twins: Callable[[Callable[[Twins], Awaitable[None]]], None]) -> None:
    async def act(both: Twins) -> None:
        await challenge_is_spent_once(both)
        await operator_of_one_is_the_others(both)
        await agent_signs_with_its_newest_key_wherever(both)
        await suspended_agent_is_refused_wherever(both)
        await one_of_many_wins(both)

    twins(act)


async def challenge_is_spent_once(both: Twins) -> None:
    """A challenge that one gave is answered at the other, and at none of them again."""
    await both.done(0, "POST", "/v1/trust", {"issuer": ACME.did})
    for turn in range(4):
        given = await both.done(turn, "POST", "/v1/challenges", {})
        now = datetime.now(UTC)
        chain = chain_of(ACME, WORKER, at=now)
        shown = json.loads(
            present_chain(chain, WORKER, challenge=given["challenge"], domain=both.nodes[0].origin, at=now)
        )
        body = {"presentation": shown, "request": REQUEST}
        judged = await asyncio.gather(
            *(both.done(turn + each, "POST", "/v1/presentations/verify", body) for each in range(6))
        )
        # an anchor counts everywhere within a second: the first turn may come before that
        codes = [(verdict["error"] or {}).get("code") for verdict in judged]
        if turn:
            assert sorted(map(str, codes)) == ["None", *["replayed"] * 5]
        else:
            await asyncio.sleep(1.1)


async def operator_of_one_is_the_others(both: Twins) -> None:
    """A token that one gave opens the other, until one of them revokes it."""
    made = await both.done(0, "POST", "/v1/operators", {"name": "second"})
    listed = await both.done(1, "GET", "/v1/operators")
    assert made["id"] in {each["id"] for each in listed["items"]}


async def agent_signs_with_its_newest_key_wherever(both: Twins) -> None:
    """What one creates and rotates, the other signs with at once: a handle on the old key never signs again."""
    for number, compromised in enumerate((False, True) * 3):
        name = f"rotated-{number}"
        agent = await both.done(number, "POST", "/v1/agents", {"name": name})
        # each has a handle on the first key
        for at in range(4):
            await both.done(at, "POST", "/v1/delegations", root_of(name))
        for turn in range(3):
            old = next(key["id"] for key in agent["keys"] if key["purpose"] == "signing" and key["state"] == "current")
            told = await both.done(number + turn, "POST", f"/v1/keys/{old}/rotate", {"compromised": compromised})
            issued = await asyncio.gather(
                *(both.done(number + turn + 1 + at, "POST", "/v1/delegations", root_of(name)) for at in range(6))
            )
            assert {method_of(each["chain"][0]) for each in issued} == {told["key"]["method"]}
            agent = await both.done(turn, "GET", f"/v1/agents/{name}")
        document = await both.done(number, "GET", f"/agents/{name}/did.json")
        verdict = Verifier(trust=[agent["did"]]).verify_offline(
            json.dumps(issued[0]["chain"]), material=Material({"didDocuments": {agent["did"]: document}})
        )
        assert verdict.verified


async def suspended_agent_is_refused_wherever(both: Twins) -> None:
    """What one suspends or retires, the other signs nothing for from that moment on."""
    for number, (act, code) in enumerate((("suspend", "agent_suspended"), ("retire", "agent_retired")) * 3):
        name = f"{act}-{number}"
        await both.done(number, "POST", "/v1/agents", {"name": name})
        for at in range(4):
            await both.done(at, "POST", "/v1/delegations", root_of(name))
        await both.done(number, "POST", f"/v1/agents/{name}/{act}", {})
        refused = await asyncio.gather(
            *(both.ask(number + 1 + at, "POST", "/v1/delegations", root_of(name)) for at in range(6))
        )
        assert {(reply.status, reply.code) for reply in refused} == {(409, code)}
        document = await both.ask(number + 1, "GET", f"/agents/{name}/did.json")
        assert document.status == (410 if act == "retire" else 200)


async def one_of_many_wins(both: Twins) -> None:
    """Of many that create one name at once one does, and of many that rotate one key at once one does."""
    name = f"wanted-{secrets.token_hex(4)}"
    ask = partial(both.ask, method="POST")
    made = await asyncio.gather(*(ask(at, path="/v1/agents", body={"name": name}) for at in range(MANY)))
    assert sorted(reply.status for reply in made) == [201] + [409] * (MANY - 1)
    agent = await both.done(1, "GET", f"/v1/agents/{name}")
    key = agent["keys"][0]["id"]
    rotated = await asyncio.gather(*(ask(at, path=f"/v1/keys/{key}/rotate", body={}) for at in range(MANY)))
    assert sorted(reply.status for reply in rotated) == [200] + [409] * (MANY - 1)
    after = await both.done(0, "GET", f"/v1/agents/{name}")
    assert len(after["keys"]) == len(agent["keys"]) + 1


# ------------------------------------------------------------------ Y12: a stop under load

IN_FLIGHT = 60
STOP_SECONDS = 20


@pytest.mark.parametrize("workers", [1, 2])
def test_y12_stop_with_requests_in_flight_answers_or_refuses_each_and_says_so_first(
    tmp_path: Path, workers: int
) -> None:
    node = NodeProcess(tmp_path, workers=workers)
    books = Books()

    async def run() -> None:
        async with ready(node):
            load = Load([node], books)
            await load.seed()
            async with load.connected():
                name = next(iter(books.agents))
                asked = [asyncio.create_task(load.ask("issue", "POST", "/v1/delegations", root_of(name)))]
                asked += [
                    asyncio.create_task(load.ask("create", "POST", "/v1/agents", {"name": f"last-{number}"}))
                    for number in range(IN_FLIGHT - 1)
                ]
                await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
                stopping = asyncio.create_task(asyncio.to_thread(node.stop))
                said = await watch_readiness(node, stopping)
                replies = await asyncio.gather(*asked)
                assert await stopping < STOP_SECONDS
            assert {reply.status for reply in replies} <= {0, 201, 503}
            # an answer is whole, or there is none
            made = {reply.json["name"] for reply in replies if reply.status == 201 and reply.act == "create"}
            assert made
            assert said[0] == 503, said
            assert set(said[1:]) <= {503, None}
        async with ready(node), load.connected():
            for each in made:
                assert (await load.ask("issue", "POST", "/v1/delegations", root_of(each))).status == 201
            await check_answers(node, books)

    asyncio.run(run())


async def watch_readiness(node: NodeProcess, stopping: asyncio.Task[float]) -> list[int | None]:
    """Return what /readyz says from the first time on that it is not ready, None where nobody answers."""
    said: list[int | None] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(10)) as session:
        while not stopping.done():
            try:
                async with session.get(f"{node.url}/readyz", headers={"Connection": "close"}) as answer:
                    status: int | None = answer.status
            except (aiohttp.ClientError, OSError, TimeoutError):
                status = None
            if said or status != 200:
                said.append(status)
            await asyncio.sleep(0.02)
    return said


# ------------------------------------------------------------------ Y13: clocks that are set


def test_y13_clock_that_was_set_back_makes_the_node_unready_and_reopens_nothing(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path)
    books = Books()

    async def run() -> None:
        load = Load([node], books)
        async with ready(node), load.connected():
            await load.ask("trust", "POST", "/v1/trust", {"issuer": ACME.did})
            given = (await load.ask("challenge", "POST", "/v1/challenges", {})).json["challenge"]
            now = datetime.now(UTC)
            shown = json.loads(
                present_chain(chain_of(ACME, WORKER, at=now), WORKER, challenge=given, domain=node.origin, at=now)
            )
            body = {"presentation": shown, "request": REQUEST}
            first = await load.ask("verify", "POST", "/v1/presentations/verify", body)
            assert first.json["accepted"]
            node.stop()
            # the machine's clock was an hour ahead when the node was last at work
            mark = node.data / "clock"
            told = datetime.fromisoformat(mark.read_text(encoding="ascii").strip())
            write_mark(mark, told + timedelta(hours=1))
            node.start()
            assert await until_answers(node) == 503
            again = await load.ask("verify", "POST", "/v1/presentations/verify", body)
            assert not again.json["accepted"]
            checks = {each["name"]: each["ok"] for each in (await load.ask("ready", "GET", "/readyz")).json["checks"]}
            assert [name for name, is_met in checks.items() if not is_met] == ["clock"]
            node.stop()
            # the accepted twin: where the mark is true, the node is ready, and what was spent stays spent
            write_mark(mark, told)
            node.start()
            await node.until_ready()
            again = await load.ask("verify", "POST", "/v1/presentations/verify", body)
            assert again.json["error"]["code"] == "replayed"

    asyncio.run(run())


async def until_answers(node: NodeProcess) -> int:
    """Return what /readyz says once anybody answers."""
    until = time.monotonic() + START_SECONDS
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < until:
            with suppress(aiohttp.ClientError, OSError):
                async with session.get(f"{node.url}/readyz") as answer:
                    return answer.status
            await asyncio.sleep(0.05)
    raise AssertionError(node.log()[-4000:])
