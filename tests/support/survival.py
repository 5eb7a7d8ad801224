"""What must hold of a node that was killed, starved or cut off: all that it acknowledged, nothing half there."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import resource
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.adapters.sql.database import Database
from legation.adapters.sql.state import SQLState
from legation.adapters.system_clock import SystemClock
from legation.domain.agent_keys import KeyState
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation
from legation.domain.hosted_agents import HostedAgent, Life
from legation.domain.material import Material
from legation.domain.pages import MAX_PAGE, Page, PageRequest
from legation.ports.state import AgentFilter, AuditFilter, DelegationFilter, Intent, Records
from legation.usecases.recovery import recover
from legation.verifier.verifier import Verifier
from tests.support.delegated import DETAILS
from tests.support.load import REFUSED, STRANGER, TOGETHER, WEIGHTS, Books, Load, Reply
from tests.support.postgres import PostgresServer
from tests.support.processes import NodeProcess

# what the contract gives a node: to answer while a database is away, and to be back after its return
ANSWER_SECONDS = 5.0
RETURN_SECONDS = 5.0
EVER = datetime.max.replace(tzinfo=UTC)

# ------------------------------------------------------------------ what a node says afterwards


async def check_answers(node: NodeProcess, books: Books, *, sample: int = 40) -> int:
    """See that a node says and signs all that it has acknowledged; return how many agents have signed.

    What is new is looked at each time, and of the rest a sample. What was in doubt is entered as it is now.
    """
    load = Load([node], books)
    async with load.connected():
        told = await _list_agents(load)
        names = await _compare(load, told, sample)
        signed = await _all(_check_agent(load, name) for name in names)
        every = list(books.delegations)
        wanted = {held for held in every if held in books.fresh} | set(random.sample(every, min(sample, len(every))))
        await _all(_check_delegation(load, held) for held in wanted)
    books.fresh.clear()
    assert not load.wrong, load.wrong
    return sum(signed)


async def _compare(load: Load, told: dict[str, dict[str, Any]], sample: int) -> set[str]:
    books = load.books
    for name in list(books.doubtful):
        if name in told:
            was = books.agents.get(name)
            _check_successor(was, told[name])
            books.agents[name] = told[name]
            books.fresh.add(name)
        else:
            # it was never acknowledged
            assert name not in books.agents
    books.doubtful.clear()
    for name, agent in books.agents.items():
        assert name in told, f"{name} was acknowledged and is gone"
        assert told[name]["keys"] == agent["keys"], name
        assert (told[name]["id"], told[name]["life"]) == (agent["id"], agent["life"]), name
    others = list(books.agents)
    return {name for name in others if name in books.fresh} | set(random.sample(others, min(sample, len(others))))


def _check_successor(was: dict[str, Any] | None, now: dict[str, Any]) -> None:
    """See that an agent with one unanswered change is as it was, or as this one change makes it."""
    if was is None:
        assert len(now["keys"]) == 3
        return
    assert was["id"] == now["id"]
    before, after = ({key["id"] for key in agent["keys"]} for agent in (was, now))
    assert before <= after
    assert len(after) <= len(before) + 1


async def _list_agents(load: Load) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    path = "/v1/agents?limit=200&name=agent-"
    while True:
        reply = await load.ask("list", "GET", path)
        assert reply.status == 200, reply
        found |= {agent["name"]: agent for agent in reply.json["items"]}
        if "next" not in reply.json:
            return found
        path = f"/v1/agents?limit=200&name=agent-&cursor={reply.json['next']}"


async def _check_agent(load: Load, name: str) -> bool:
    """See that an agent's document and its record agree, and that it signs; say whether it is one that does."""
    agent = load.books.agents[name]
    reply = await load.ask("document", "GET", f"/agents/{name}/did.json")
    if agent["life"] == "retired":
        assert reply.status == 410, (name, reply)
        refused = await load.ask("issue", "POST", "/v1/delegations", root_of(name))
        assert (refused.status, refused.code) == (409, "agent_retired")
        return False
    assert reply.status == 200, (name, reply)
    document = reply.json
    listed = {method["id"]: "expires" in method for method in document["verificationMethod"]}
    named = {key["method"]: key["state"] == "expired" for key in agent["keys"] if key["state"] != "compromised"}
    assert listed == named, name
    issued = await load.ask("issue", "POST", "/v1/delegations", root_of(name))
    assert issued.status == 201, (name, issued)
    key = next(key for key in agent["keys"] if key["purpose"] == "signing" and key["state"] == "current")
    assert method_of(issued.json["chain"][0]) == key["method"]
    verifier = Verifier(trust=[agent["did"]])
    material = Material({"didDocuments": {agent["did"]: document}})
    verdict = verifier.verify_offline(json.dumps(issued.json["chain"]), material=material)
    assert verdict.verified, (name, verdict)
    load.keep(issued, "delegation.issue", REFUSED)
    return True


def method_of(hop: Any) -> str:
    """Return the method that signed a hop, a credential with a proof or a token."""
    if isinstance(hop, str):
        head = hop.partition(".")[0]
        return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])
    return str(hop["proof"]["verificationMethod"])


def root_of(name: str) -> dict[str, object]:
    """Return what issues a root of an agent to somebody elsewhere."""
    return {"agent": name, "to": STRANGER, "details": DETAILS}


async def _check_delegation(load: Load, held: str) -> None:
    reply = await load.ask("show", "GET", f"/v1/delegations/{held}")
    assert reply.status == 200, (held, reply)
    assert reply.body == load.books.delegations[held], held


async def _all(works: Iterable[Awaitable[Any]]) -> list[Any]:
    """Do many things, a few at a time."""
    turn = asyncio.Semaphore(16)

    async def one(work: Awaitable[Any]) -> Any:
        async with turn:
            return await work

    return await asyncio.gather(*(one(work) for work in works))


# ------------------------------------------------------------------ what is in the stores


@dataclass
class Stores:
    """Where a node's two stores are."""

    state: str
    vault: Path | str
    key: Path

    @classmethod
    def of(cls, node: NodeProcess) -> Stores:
        environment = node.environment
        return cls(
            environment.get("LEGATION_DATABASE_URL", f"sqlite:///{node.data / 'state.db'}"),
            environment.get("LEGATION_WALLET_URL", node.data / "wallet.db"),
            Path(environment.get("LEGATION_WALLET_KEY_FILE", node.data / "wallet.key")),
        )


async def check_stores(stores: Stores, books: Books, *, announced: bool = False, finish: bool = False) -> None:
    """See that the state and the vault of a node are one, that nothing is half there, and each act was audited once.

    ``announced`` allows work that is half done as long as an intent says so; ``finish`` does what the node would do
    with that a minute later.
    """
    vault = await AskarVault.open(stores.vault, WalletKey.raw_file(stores.key), create=False)
    try:
        async with Database.open(stores.state) as database:
            state = SQLState(database)
            if finish:
                await recover(state, vault, SystemClock(), older_than=timedelta(0))
            agents = await state.look(_everything(lambda records: records.agents.list_page, AgentFilter()))
            entries = await state.look(_everything(lambda records: records.audit.list_page, AuditFilter()))
            held = await state.look(_everything(lambda records: records.delegations.list_page, DelegationFilter()))
            intents = await state.look(_list_intents)
            half_done = {intent.agent_id for intent in intents}
            assert announced or not half_done
            await _check_profiles(vault, agents, half_done)
    finally:
        await vault.close()
    _check_audit(agents, held, entries, books)


async def _list_intents(records: Records) -> list[Intent]:
    return await records.intents.list_before(EVER)


def _everything(listing: Callable[[Records], Any], where: Any) -> Callable[[Records], Awaitable[list[Any]]]:
    async def work(records: Records) -> list[Any]:
        found: list[Any] = []
        cursor = None
        while True:
            page: Page[Any] = await listing(records)(Scope(), where, PageRequest(MAX_PAGE, cursor))
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    return work


async def _check_profiles(vault: AskarVault, agents: list[HostedAgent], half_done: set[str]) -> None:
    alive = {agent.id: agent for agent in agents if agent.life is not Life.RETIRED}
    profiles = set(await vault._store.handle.list_profiles()) - vault._epoch._defaults
    assert profiles - alive.keys() <= half_done, "a profile without an agent"
    assert alive.keys() <= profiles, "an agent without a profile"

    async def check(agent: HostedAgent) -> None:
        found = await vault.find_keys(agent.id)
        assert found is not None
        assert agent.held_here() <= found, (agent.name, found)
        assert found == agent.held_here() or agent.id in half_done, (agent.name, found)

    await _all(check(agent) for agent in alive.values())


def _check_audit(
    agents: list[HostedAgent], held: list[HeldDelegation], entries: list[AuditEntry], books: Books
) -> None:
    done = Counter((entry.act, entry.target) for entry in entries if entry.outcome is Outcome.DONE)
    by_request = Counter((entry.request_id, entry.act) for entry in entries if entry.outcome is Outcome.DONE)
    targets = {(entry.request_id, entry.act): entry.target for entry in entries if entry.outcome is Outcome.DONE}
    for request_id, act, target in books.acts:
        assert by_request[request_id, act] == 1, (act, target)
        assert not target or targets[request_id, act] == target
    names = {agent.name: agent for agent in agents}
    assert {target: count for (act, target), count in done.items() if act == "agent.create"} == dict.fromkeys(names, 1)
    retired = {name for name, agent in names.items() if agent.life is Life.RETIRED}
    assert {target: count for (act, target), count in done.items() if act == "agent.retire"} == dict.fromkeys(
        retired, 1
    )
    replaced = {
        key.id
        for agent in agents
        if agent.life is not Life.RETIRED
        for key in agent.keys
        if key.is_held_here and key.state is not KeyState.CURRENT
    }
    rotated = {target: count for (act, target), count in done.items() if act == "key.rotate"}
    assert all(rotated.get(key_id) == 1 for key_id in replaced)
    current = {key.id for agent in agents for key in agent.keys if key.state is KeyState.CURRENT}
    assert not current & rotated.keys()
    kept = {entry.target for entry in entries if entry.act in ("delegation.issue", "delegation.attenuate")}
    assert {each.id for each in held} == {target for target in kept if done["delegation.issue", target]} | {
        target for target in kept if done["delegation.attenuate", target]
    }


# ------------------------------------------------------------------ kills


def on_server(postgres: PostgresServer) -> dict[str, str]:
    """Return the settings of a node whose state and wallet are two databases of a server."""
    state, wallet = postgres.create_database(), postgres.create_database()
    return {"LEGATION_DATABASE_URL": state, "LEGATION_WALLET_URL": wallet}


@dataclass
class Figures:
    """What was measured over many kills."""

    kills: int = 0
    kills_at_start: int = 0
    signed: int = 0
    starts: list[float] = field(default_factory=list)

    def line(self, books: Books) -> str:
        """Return it all in one line."""
        slowest = max(self.starts, default=0.0)
        return (
            f"{self.kills} kills under load, {self.kills_at_start} during the start; acknowledged: "
            f"{len(books.agents)} agents, {len(books.delegations)} delegations, {len(books.acts)} acts; "
            f"{self.signed} signatures after restarts; slowest start {slowest:.1f} s"
        )


async def outlive_kills(
    node: NodeProcess,
    books: Books,
    *,
    kills: int,
    kill: Callable[[NodeProcess], None] = NodeProcess.kill,
    weights: Mapping[str, int] = WEIGHTS,
    patient: bool = False,
) -> Figures:
    """Kill a node again and again, at random moments, and see each time what is left of it.

    ``patient`` waits at the end until the node has finished what was half done, also where it gives others time first.
    """
    figures, on_server = Figures(), "LEGATION_DATABASE_URL" in node.environment
    stores = Stores.of(node)
    try:
        while True:
            node.start()
            if random.random() < 0.15:
                await asyncio.sleep(random.uniform(0, 2))
                node.kill()
                figures.kills_at_start += 1
                continue
            figures.starts.append(await node.until_ready())
            figures.signed += await check_answers(node, books, sample=40 if figures.kills < kills else 500)
            # what another replica may be at work on, a node leaves alone for a minute, and so it stays announced
            await check_stores(stores, books, announced=on_server)
            if figures.kills == kills:
                break
            load = Load([node], books, weights=weights)
            if not books.agents:
                await load.seed()
            async with load.running():
                await asyncio.sleep(random.uniform(0.02, 1.5))
                await asyncio.to_thread(kill, node)
            assert not load.wrong, load.wrong
            figures.kills += 1
        if patient:
            await until_settled(stores)
        node.stop()
        await check_stores(stores, books, finish=on_server and not patient)
    finally:
        node.kill()
    return figures


async def until_settled(stores: Stores) -> None:
    """Wait for the node's own recovery: it looks every minute, at what is older than a minute."""
    until = time.monotonic() + 150
    async with Database.open(stores.state) as database:
        state = SQLState(database)
        while intents := await state.look(_list_intents):
            assert time.monotonic() < until, intents
            await asyncio.sleep(1)


# ------------------------------------------------------------------ K04: a database that is gone, or does not answer


@dataclass
class Outage:
    """What was answered while a database was away, and after its return."""

    during: list[Reply]
    after: list[Reply]
    until_unready: float
    until_ready: float

    def line(self) -> str:
        """Return it all in one line."""
        statuses = Counter(reply.status for reply in self.during)
        slowest = max((reply.seconds for reply in self.during), default=0.0)
        return (
            f"{len(self.during)} requests in the outage {dict(statuses)}, slowest {slowest:.2f} s; not ready after "
            f"{self.until_unready:.1f} s, ready again after {self.until_ready:.1f} s, "
            f"{len(self.after)} requests from the fifth second on"
        )


async def outlive_outage(
    node: NodeProcess, books: Books, *, seconds: float, begin: Callable[[], None], end: Callable[[], None]
) -> Outage:
    """Take the database away for some seconds under load, and see what a node does about that."""
    load = Load([node], books)
    await load.seed()
    async with load.running():
        await asyncio.sleep(1)
        began = time.monotonic()
        await asyncio.to_thread(begin)
        until_unready = await _until(node, 503, began, seconds)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        await asyncio.to_thread(end)
        ended = time.monotonic()
        until_ready = await _until(node, 200, ended, RETURN_SECONDS)
        await asyncio.sleep(max(0.0, ended + RETURN_SECONDS - time.monotonic()) + 3)
    assert not load.wrong, load.wrong
    return Outage(
        [reply for reply in load.replies if reply.began + reply.seconds > began and reply.began < ended],
        [reply for reply in load.replies if reply.began > ended + RETURN_SECONDS],
        until_unready,
        until_ready,
    )


async def _until(node: NodeProcess, status: int, began: float, seconds: float) -> float:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ANSWER_SECONDS)) as session:
        while True:
            async with session.get(f"{node.url}/readyz") as answer:
                found = answer.status
            passed = time.monotonic() - began
            if found == status:
                return passed
            assert passed < seconds, f"/readyz says {found}"
            await asyncio.sleep(0.1)


def check_outage(outage: Outage) -> None:
    """See that nobody waited long or was told nonsense, and that all was well again in time."""
    assert {reply.status for reply in outage.during} <= {200, 201, 409, 503}
    assert any(reply.status == 503 for reply in outage.during)
    late = [
        (reply.act, reply.status, round(reply.seconds, 2)) for reply in outage.during if reply.seconds > ANSWER_SECONDS
    ]
    assert not late, late
    assert outage.after
    assert {reply.status for reply in outage.after} <= {200, 201, 409}
    assert {reply.act for reply in outage.after if reply.status in (200, 201)} >= {"create", "issue", "rotate"}


# ------------------------------------------------------------------ K03: no room


@dataclass
class Shortage:
    """What was answered while nothing could be written."""

    refused: Counter[tuple[str, int]]
    reads: int
    until_back: float

    def line(self) -> str:
        """Return it all in one line."""
        told = ", ".join(f"{act} {status}: {count}" for (act, status), count in sorted(self.refused.items()))
        return f"refused {told}; {self.reads} reads went on; writes again after {self.until_back:.1f} s"


WRITES = {"create": 4, "rotate": 4, "issue": 6, "attenuate": 2, "present": 2, "retire": 1}


async def outlive_shortage(
    node: NodeProcess, books: Books, *, fill: Callable[[], None], empty: Callable[[], None]
) -> Shortage:
    """Take all room from a node under load, see that it refuses what needs some, and give it back."""
    load = Load([node], books, weights=WRITES)
    await load.seed()
    async with load.running():
        await asyncio.sleep(1)
        await asyncio.to_thread(fill)
        until = time.monotonic() + 60
        while not _all_refused(load):
            assert time.monotonic() < until, load.count()
            await asyncio.sleep(0.1)
    # nobody asks now: what follows is about one request at a time
    refused = Counter((reply.act, reply.status) for reply in load.replies if reply.status >= 500)
    assert {status for _, status in refused} <= {503, 507}
    assert not any(reply.status == 0 for reply in load.replies)
    assert not load.wrong, load.wrong
    async with load.connected():
        reads = 0
        for name in random.sample(sorted(books.agents), min(10, len(books.agents))):
            for path in (f"/v1/agents/{name}", f"/v1/keys?agent={name}", "/v1/audit", "/.well-known/did.json"):
                reply = await load.ask("read", "GET", path)
                assert reply.status == 200, reply
                reads += 1
        for held in list(books.delegations)[-20:]:
            reply = await load.ask("read", "GET", f"/v1/delegations/{held}")
            assert (reply.status, reply.body) == (200, books.delegations[held])
            reads += 1
        await asyncio.to_thread(empty)
        began = time.monotonic()
        for act in (load.create, load.issue, load.rotate):
            await _until_done(load, act, began + 30)
        passed = time.monotonic() - began
    async with load.running():
        await asyncio.sleep(1)
    assert not load.wrong, load.wrong
    return Shortage(refused, reads, passed)


def _all_refused(load: Load) -> bool:
    """Say whether nothing was done of late, and an act of each kind has been refused."""
    last = [reply.status for reply in load.replies[-3 * TOGETHER :]]
    refused = {reply.act for reply in load.replies if reply.status in (503, 507)}
    return not {200, 201}.intersection(last) and refused >= {"create", "rotate", "issue"}


async def _until_done(load: Load, act: Callable[[], Awaitable[None]], until: float) -> None:
    while True:
        await act()
        if load.replies[-1].status in (200, 201):
            return
        assert time.monotonic() < until, load.replies[-1]
        await asyncio.sleep(0.1)


def limit_files(node: NodeProcess, more: int | None) -> None:
    """Let no file of a node grow beyond its largest by more than so many bytes, or lift that again."""
    largest = max(path.stat().st_size for path in node.data.glob("*.db*"))
    limit = resource.RLIM_INFINITY if more is None else largest + more
    for process in node.tree():
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
