"""The contract of the port ``ChallengeStore``, for every adapter; and what SQL must keep over restarts."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.database import Database
from legation.errors import ConflictError, LegationError, NotFoundError, SettingsError, UnavailableError
from legation.ports.challenges import ChallengeStore
from tests.support.nodes import MemoryChallenges
from tests.support.postgres import shared_postgres

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
DIGEST, OTHER = b"\x01" * 32, b"\x02" * 32

Act = Callable[[ChallengeStore], Awaitable[None]]


@asynccontextmanager
async def open_store(kind: str, folder: Path) -> AsyncIterator[ChallengeStore]:
    if kind == "memory":
        yield MemoryChallenges()
        return
    url = shared_postgres().create_database() if kind == "postgresql" else sqlite_url(folder)
    async with Database.open(url) as database:
        yield SQLChallenges(database)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder}/state.db"


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def check(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Act], None]:
    """Run a part of the contract on one adapter."""

    def run(act: Act) -> None:
        async def within() -> None:
            async with open_store(request.param, tmp_path) as store:
                await act(store)

        asyncio.run(within())

    return run


# ------------------------------------------------------------------ the contract


def test_challenge_that_was_given_is_known_until_it_expires(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=LATER)
        assert await store.knows(DIGEST, at=NOW)
        assert await store.knows(DIGEST, at=LATER - timedelta(microseconds=1))
        assert not await store.knows(DIGEST, at=LATER)
        assert not await store.knows(OTHER, at=NOW)

    check(act)


def test_challenge_is_spent_once(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=LATER)
        await store.add(OTHER, expires_at=LATER)
        await store.spend(DIGEST, at=NOW)
        with pytest.raises(ConflictError):
            await store.spend(DIGEST, at=NOW)
        assert await store.knows(DIGEST, at=NOW)
        await store.spend(OTHER, at=NOW)

    check(act)


def test_challenge_that_was_never_given_cannot_be_spent(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        with pytest.raises(NotFoundError):
            await store.spend(DIGEST, at=NOW)

    check(act)


def test_expired_challenge_cannot_be_spent_whether_it_was_before_or_not(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=LATER)
        await store.add(OTHER, expires_at=LATER)
        await store.spend(OTHER, at=NOW)
        for digest in (DIGEST, OTHER):
            with pytest.raises(NotFoundError):
                await store.spend(digest, at=LATER)

    check(act)


def test_same_challenge_is_not_given_twice(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=LATER)
        await store.spend(DIGEST, at=NOW)
        with pytest.raises(ConflictError):
            await store.add(DIGEST, expires_at=LATER)
        with pytest.raises(ConflictError):
            await store.spend(DIGEST, at=NOW)

    check(act)


def test_purge_lets_go_of_what_has_expired_and_of_nothing_else(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=NOW)
        await store.add(OTHER, expires_at=LATER)
        await store.spend(OTHER, at=NOW)
        assert await store.purge(before=NOW + timedelta(seconds=1)) == 1
        assert await store.purge(before=NOW + timedelta(seconds=1)) == 0
        with pytest.raises(ConflictError):
            await store.spend(OTHER, at=NOW)
        # what is gone stays refused, also where the clock is set back
        with pytest.raises(NotFoundError):
            await store.spend(DIGEST, at=NOW - timedelta(hours=1))

    check(act)


def test_of_many_callers_at_once_exactly_one_spends_the_challenge(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        for number in range(5):
            digest = bytes([number]) * 32
            await store.add(digest, expires_at=LATER)
            outcomes = await asyncio.gather(*(store.spend(digest, at=NOW) for _ in range(20)), return_exceptions=True)
            assert outcomes.count(None) == 1
            assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 19

    check(act)


def test_many_challenges_at_once_are_each_given_and_spent_once(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        # more than one statement has room for, each twice, some of them expired and some never given
        digests = [number.to_bytes(32, "big") for number in range(300)]
        given = await asyncio.gather(
            *(
                store.add(digest, expires_at=NOW if number % 10 == 0 else LATER)
                for number, digest in enumerate(digests)
            ),
            *(store.add(digest, expires_at=LATER) for digest in digests[::3]),
            return_exceptions=True,
        )
        assert given[:300] == [None] * 300
        assert {type(outcome) for outcome in given[300:]} == {ConflictError}
        spent = await asyncio.gather(
            *(store.spend(digest, at=NOW) for digest in digests),
            *(store.spend(digest, at=NOW) for digest in digests),
            store.spend(b"\xff" * 32, at=NOW),
            return_exceptions=True,
        )
        first, second = spent[:300], spent[300:600]
        assert {type(outcome) for outcome in (*first[::10], *second[::10], spent[600])} == {NotFoundError}
        for number in range(300):
            if number % 10:
                assert first[number] is None
                assert isinstance(second[number], ConflictError)

    check(act)


def test_each_spends_as_of_its_own_moment(check: Callable[[Act], None]) -> None:
    async def act(store: ChallengeStore) -> None:
        await store.add(DIGEST, expires_at=LATER)
        late, early = await asyncio.gather(
            store.spend(DIGEST, at=LATER), store.spend(DIGEST, at=NOW), return_exceptions=True
        )
        assert isinstance(late, NotFoundError)
        assert early is None

    check(act)


# ------------------------------------------------------------------ what SQL keeps


async def _spend(database: Database, digest: bytes) -> LegationError | None:
    try:
        await SQLChallenges(database).spend(digest, at=NOW)
    except LegationError as error:
        return error
    return None


def test_challenges_and_their_being_spent_survive_a_restart(database_url: str) -> None:
    async def first() -> None:
        async with Database.open(database_url) as database:
            store = SQLChallenges(database)
            await store.add(DIGEST, expires_at=LATER)
            await store.add(OTHER, expires_at=LATER)
            await store.spend(DIGEST, at=NOW)

    async def second() -> tuple[LegationError | None, LegationError | None]:
        async with Database.open(database_url) as database:
            return await _spend(database, DIGEST), await _spend(database, OTHER)

    asyncio.run(first())
    spent, unspent = asyncio.run(second())
    assert isinstance(spent, ConflictError)
    assert unspent is None


def test_two_nodes_on_one_database_agree_who_spent_it(database_url: str) -> None:
    async def run() -> list[LegationError | None]:
        async with Database.open(database_url) as one, Database.open(database_url) as two:
            await SQLChallenges(one).add(DIGEST, expires_at=LATER)
            return await asyncio.gather(*(_spend(database, DIGEST) for database in [one, two] * 10))

    outcomes = asyncio.run(run())
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 19


def test_store_keeps_digests_and_its_files_are_the_owners_alone(tmp_path: Path) -> None:
    async def run() -> list[int]:
        async with Database.open(sqlite_url(tmp_path)) as database:
            await SQLChallenges(database).add(DIGEST, expires_at=LATER)
            return [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()]

    modes = asyncio.run(run())
    assert len(modes) == 3  # with the journal and its index
    assert set(modes) == {0o600}


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(
        b"this is not a database, and long enough to be told apart from an empty one" * 20
    )
    with pytest.raises(SettingsError):
        asyncio.run(_open(tmp_path))


def test_database_of_a_later_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    asyncio.run(_open(tmp_path))
    _sql(path, "UPDATE schema_version SET version = 99")
    with pytest.raises(SettingsError):
        asyncio.run(_open(tmp_path))
    assert _sql(path, "SELECT version FROM schema_version") == [(99,)]


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        asyncio.run(_open(tmp_path / "nowhere"))


def test_store_that_fails_is_unavailable_and_spends_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def run() -> None:
        async with Database.open(sqlite_url(tmp_path)) as database:
            store = SQLChallenges(database)
            await store.add(DIGEST, expires_at=LATER)
            _sql(path, "ALTER TABLE challenges RENAME TO elsewhere")
            acts = (
                store.add(OTHER, expires_at=LATER),
                store.knows(DIGEST, at=NOW),
                store.spend(DIGEST, at=NOW),
                store.purge(before=LATER),
            )
            for act in acts:
                with pytest.raises(UnavailableError):
                    await act
            _sql(path, "ALTER TABLE elsewhere RENAME TO challenges")
            await store.spend(DIGEST, at=NOW)

    asyncio.run(run())


async def _open(folder: Path) -> None:
    async with Database.open(sqlite_url(folder)):
        pass


def _sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()
