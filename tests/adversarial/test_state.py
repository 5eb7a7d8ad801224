"""Attacks on the state (area "wallet" of the adversarial cases: K03, K04, K09), on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from legation.adapters.sql import sqlite
from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.database import Database
from legation.adapters.sql.migrations import migrate
from legation.adapters.sql.replays import SQLReplays
from legation.adapters.sql.state import SQLState
from legation.domain.audit import AuditEntry
from legation.domain.callers import Scope
from legation.domain.pages import Page, PageRequest
from legation.errors import FullError, LegationError, MalformedError, UnavailableError
from legation.ports.state import AgentFilter, AuditFilter, DelegationFilter, Records
from tests.support.postgres import PostgresServer, shared_postgres, start_postgres
from tests.support.records import (
    ALL,
    NOW,
    build_agent,
    build_delegation,
    build_entry,
    build_party,
    run_state,
)

ANSWERED_SECONDS = 4.0
BACK_SECONDS = 5.0
# a shared machine stalls
STALL_SECONDS = 1.0


async def write(state: SQLState, name: str) -> None:
    async def work(records: Records) -> None:
        await records.agents.list_page(ALL, AgentFilter(), PageRequest(1))
        await records.audit.add(build_entry(target=name))

    await state.change(work)


async def written(state: SQLState) -> set[str]:
    found, cursor = set[str](), None
    while True:
        request = PageRequest(200, cursor)
        page: Page[AuditEntry] = await state.look(
            lambda records: records.audit.list_page(ALL, AuditFilter(), request)  # noqa: B023 - it runs at once
        )
        found |= {entry.target for entry in page.items}
        if (cursor := page.next) is None:
            return found


# ------------------------------------------------------------------ K04: PostgreSQL stopped, killed and frozen


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    started = start_postgres()
    yield started
    started.remove()


class Outage:
    """A node's calls while its server is away: what was acknowledged, what was refused, and how long that took."""

    def __init__(self, state: SQLState, challenges: SQLChallenges, replays: SQLReplays):
        self.state = state
        self.challenges = challenges
        self.replays = replays
        self.acknowledged = set[str]()
        self.slowest = 0.0
        self.errors = set[type[BaseException]]()
        self._number = 0

    async def call(self) -> bool:
        """Make a change, and say whether it was acknowledged."""
        self._number += 1
        name = f"entry-{self._number}"
        if not await self._timed(write(self.state, name)):
            return False
        self.acknowledged.add(name)
        return True

    async def call_all_kinds(self) -> list[bool]:
        """Make every kind of call, many at once."""
        digest = self._number.to_bytes(32, "big")
        kinds: list[Awaitable[object]] = [
            *(self.call() for _ in range(50)),
            *(self._timed(self.state.look(lambda records: records.operators.list_all())) for _ in range(50)),
            self._timed(self.challenges.add(digest, expires_at=NOW)),
            self._timed(self.challenges.knows(digest, at=NOW)),
            self._timed(self.replays.spend(digest, expires_at=NOW, at=NOW)),
            self._timed(self.state._database.ping()),
        ]
        return [bool(outcome) for outcome in await asyncio.gather(*kinds)]

    async def _timed(self, call: Awaitable[object]) -> bool:
        begun = time.monotonic()
        try:
            await call
        except LegationError as error:
            self.errors.add(type(error))
            return False
        finally:
            self.slowest = max(self.slowest, time.monotonic() - begun)
        return True

    async def load(self) -> None:
        """Make changes, one after the other, until cancelled."""
        while True:
            await self.call()
            await asyncio.sleep(0)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Outage]:
    async with Database.open(url) as database:
        yield Outage(SQLState(database), SQLChallenges(database), SQLReplays(database))


@pytest.mark.slow
@pytest.mark.parametrize("way", ["stopped", "killed", "frozen"])
def test_k04_postgresql_that_goes_is_unavailable_in_time_and_back_in_time_and_loses_nothing(
    server: PostgresServer, way: str
) -> None:
    go, back = {
        "stopped": (server.stop, server.restart),
        "killed": (server.kill, server.restart),
        "frozen": (server.freeze, server.thaw),
    }[way]

    async def run() -> None:
        async with opened(server.create_database()) as node:
            assert all(await node.call_all_kinds())
            load = [asyncio.create_task(node.load()) for _ in range(20)]
            await node.call()
            await asyncio.to_thread(go)
            try:
                # those under way, those that find the lost connections, and those that find no server
                for _ in range(3):
                    assert not any(await node.call_all_kinds())
            finally:
                await asyncio.to_thread(back)
            returned = time.monotonic()
            while not all(await node.call_all_kinds()):
                assert time.monotonic() - returned < BACK_SECONDS + STALL_SECONDS
            for task in load:
                task.cancel()
            await asyncio.gather(*load, return_exceptions=True)
            assert node.errors == {UnavailableError}
            assert node.slowest < ANSWERED_SECONDS + STALL_SECONDS
            assert await written(node.state) >= node.acknowledged
            assert len(node.acknowledged) > 100

    asyncio.run(run())


@pytest.mark.slow
def test_k04_connections_that_never_answer_again_are_given_up(server: PostgresServer) -> None:
    async def run() -> None:
        url = server.create_database()
        async with opened(url) as node:
            assert all(await node.call_all_kinds())
            # as where a host is gone and nobody says so: no answer comes, ever, and a new connection is served
            assert await asyncio.to_thread(server.freeze_connections, url) >= 2
            begun = time.monotonic()
            while not all(await node.call_all_kinds()):
                assert time.monotonic() - begun < ANSWERED_SECONDS + BACK_SECONDS
            assert node.slowest < ANSWERED_SECONDS + STALL_SECONDS

    try:
        asyncio.run(run())
    finally:
        server.thaw()


@pytest.mark.slow
def test_k04_node_that_starts_while_postgresql_is_frozen_gives_up_in_time(server: PostgresServer) -> None:
    url = server.create_database()

    async def start() -> None:
        async with Database.open(url):
            pass

    server.freeze()
    try:
        begun = time.monotonic()
        with pytest.raises(UnavailableError):
            asyncio.run(start())
        assert time.monotonic() - begun < ANSWERED_SECONDS + STALL_SECONDS
    finally:
        server.thaw()
    asyncio.run(start())


@pytest.mark.slow
def test_k04_node_that_ends_while_postgresql_is_frozen_ends(server: PostgresServer) -> None:
    async def run() -> float:
        async with opened(server.create_database()) as node:
            await node.call_all_kinds()
            server.freeze()
            begun = time.monotonic()
        return time.monotonic() - begun

    try:
        assert asyncio.run(run()) < 2 * ANSWERED_SECONDS
    finally:
        server.thaw()


@pytest.mark.slow
def test_k04_replica_that_freezes_in_the_middle_of_a_change_does_not_stop_the_others(server: PostgresServer) -> None:
    url = server.create_database()

    async def run() -> float:
        async with Database.open(url) as frozen, opened(url) as node:
            # a process that stands still holds its turn, and says nothing
            link = frozen.link(writes=True)
            hurried = frozen._source.link(writes=True)
            await hurried.begin(until=asyncio.get_running_loop().time() + 10)
            begun = time.monotonic()
            while not await node.call():
                assert time.monotonic() - begun < 10
            lasted = time.monotonic() - begun
            await hurried.roll_back()
            await hurried.close()
            await link.close()
            return lasted

    assert asyncio.run(run()) < ANSWERED_SECONDS + BACK_SECONDS


# ------------------------------------------------------------------ K03: the disk is full


def test_k03_full_disk_is_said_reads_go_on_nothing_is_half_done_and_all_works_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    chain = "x" * 20_000

    async def issue(state: SQLState, number: int) -> None:
        async def work(records: Records) -> None:
            delegation = build_delegation(number, build_party(1), build_party(2))
            await records.delegations.add(replace(delegation, chain=chain))
            await records.audit.add(build_entry("delegation.issue", target=delegation.id))

        await state.change(work)

    async def fill() -> set[int]:
        async with Database.open(url) as database:
            state, done, refused = SQLState(database), set[int](), set[type[LegationError]]()

            async def call(number: int) -> None:
                try:
                    await issue(state, number)
                except LegationError as error:
                    refused.add(type(error))
                else:
                    done.add(number)

            for first in range(0, 300, 20):
                await asyncio.gather(*(call(first + number) for number in range(20)))
            assert refused == {FullError}
            with pytest.raises(FullError):
                await issue(state, 999)
            assert await there(state) == done
            await database.ping()
            return done

    async def there(state: SQLState) -> set[int]:
        page = await state.look(
            lambda records: records.delegations.list_page(ALL, DelegationFilter(), PageRequest(200))
        )
        ids = {delegation.id for delegation in page.items}
        assert {entry for entry in await written(state) if entry != "agent-1"} == ids
        return {int(each[-12:], 16) for each in ids}

    async def go_on() -> int:
        async with Database.open(url) as database:
            state = SQLState(database)
            before = await there(state)
            await issue(state, 1000)
            assert await there(state) == before | {1000}
            return len(before)

    asyncio.run(migrate(url))
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_WRITING", "PRAGMA max_page_count = 400")
        done = asyncio.run(fill())
    assert 10 < len(done) < 200
    assert asyncio.run(go_on()) == len(done)


_WRITER = """
import asyncio, resource, sys
from legation.adapters.sql.database import Database
from legation.adapters.sql.state import SQLState
from legation.errors import FullError
from tests.support.records import build_entry

async def run(url):
    async with Database.open(url) as database:
        state, done = SQLState(database), 0
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        try:
            while True:
                await state.change(lambda records: records.audit.add(build_entry(target="x" * 9000)))
                done += 1
        except FullError:
            await database.ping()
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await state.change(lambda records: records.audit.add(build_entry(target="after")))
        print(done)

asyncio.run(run(sys.argv[1]))
"""


def test_k03_write_that_the_system_cuts_off_is_said_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    ran = subprocess.run([sys.executable, "-c", _WRITER, url], capture_output=True, text=True, timeout=60)
    assert ran.stderr == ""
    done = int(ran.stdout)

    async def count(state: SQLState) -> list[int]:
        page = await state.look(lambda records: records.audit.list_page(ALL, AuditFilter(), PageRequest(200)))
        return [len(entry.target) for entry in page.items]

    assert done > 5
    assert run_state(url, count) == [len("after"), *[9000] * done]


def test_k03_postgresql_without_room_for_writes_is_said_and_reads_go_on() -> None:
    url = shared_postgres().create_database()
    name = url.partition("?")[0].rpartition("/")[2]

    async def act(state: SQLState) -> None:
        await write(state, "before")

    async def refused(state: SQLState) -> None:
        with pytest.raises(FullError):
            await write(state, "during")
        assert await written(state) == {"before"}

    run_state(url, act)
    # what a server does whose disk is full, or that became a standby: it takes no change
    shared_postgres().run(url, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        run_state(url, refused)
    finally:
        # from another database: in this one nobody may change that either
        shared_postgres().run(shared_postgres().create_database(), f'ALTER DATABASE "{name}" RESET ALL')
    run_state(url, act)


# ------------------------------------------------------------------ K09: side doors between tenants


@pytest.fixture(params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return shared_postgres().create_database()
    return f"sqlite:///{tmp_path}/state.db"


FOREIGN = (Scope(owner="other"), Scope(agent_id=f"{7:032x}"), Scope(owner="acm"), Scope(owner="acme%"), Scope(owner=""))
Lister = Callable[[Records, Scope, PageRequest], Awaitable[Page[object]]]
LISTS: dict[str, Lister] = {
    "agents": lambda records, scope, page: records.agents.list_page(scope, AgentFilter(), page),
    "agents of acme": lambda records, scope, page: records.agents.list_page(scope, AgentFilter(owner="acme"), page),
    "delegations": lambda records, scope, page: records.delegations.list_page(scope, DelegationFilter(), page),
    "delegations of an agent": lambda records, scope, page: records.delegations.list_page(
        scope, DelegationFilter(f"{1:032x}"), page
    ),
    "audit": lambda records, scope, page: records.audit.list_page(scope, AuditFilter(), page),
    "audit of a target": lambda records, scope, page: records.audit.list_page(scope, AuditFilter(target="a"), page),
}


@pytest.mark.parametrize("listed", LISTS)
def test_k09_cursor_of_one_tenant_shows_another_nothing(shared_url: str, listed: str) -> None:
    ask = LISTS[listed]

    async def act(state: SQLState) -> None:
        async def fill(records: Records) -> None:
            for number in range(5):
                await records.agents.add(build_agent(number))
                await records.delegations.add(build_delegation(number, build_party(1), build_party(2)))
                await records.audit.add(build_entry(target="a"))

        async def page(scope: Scope, cursor: str | None) -> Page[object]:
            return await state.look(lambda records: ask(records, scope, PageRequest(2, cursor)))

        await state.change(fill)
        own = await page(Scope(owner="acme"), None)
        assert own.next is not None
        for scope in FOREIGN:
            for cursor in (None, own.next):
                assert await page(scope, cursor) == Page(())
        assert len((await page(Scope(owner="acme"), own.next)).items) == 2

    run_state(shared_url, act)


def forged() -> list[str]:
    def encode(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    kinds = [["agents", "a"], ["delegations", 1, "a"], ["audit", 1]]
    wrong = [None, {}, [], "x", 1, ["agents"], ["agents", 1], ["agents", ["a"]], ["audit", "1"], ["audit", 1.5]]
    wrong += [["audit", True], ["audit", None], ["audit", 1, 2], ["delegations", "a", 1], ["delegations", 1, None]]
    wrong += [["nothing", "a"], ["agents", "' OR 1=1 --", "x"]]
    texts = ["", "=", "....", "\0", "ü", "a" * 5000, "e30", "W10=\n", encode(kinds[0]) + "!", "[" * 900]
    return [*map(encode, [*kinds, *wrong]), *texts]


def test_k09_forged_cursor_is_refused_or_is_a_place_in_ones_own_list(shared_url: str) -> None:
    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.agents.add(build_agent(1)))
        for listed, ask in LISTS.items():
            taken = 0
            for cursor in forged():
                try:
                    page = await state.look(
                        lambda records, ask=ask, cursor=cursor: ask(records, FOREIGN[0], PageRequest(2, cursor))
                    )
                except MalformedError:
                    continue
                taken += 1
                assert page == Page(())
            # exactly the one that is of this list
            assert taken == 1, listed

    run_state(shared_url, act)


@pytest.mark.parametrize("place", [["audit", 2**70], ["delegations", -(2**63) - 1, "a"], ["agents", "\0"]])
def test_k09_cursor_beyond_what_a_database_holds_shows_nothing(shared_url: str, place: list[object]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).rstrip(b"=").decode()

    async def act(state: SQLState) -> None:
        with_place = LISTS[str(place[0])]
        try:
            page = await state.look(lambda records: with_place(records, ALL, PageRequest(2, cursor)))
        except MalformedError:
            return
        assert page == Page(())

    run_state(shared_url, act)
