"""The Askar store: how its file is made, which files it opens, and what its deadlines leave behind."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest
from aries_askar import Session

from legation.adapters.askar.deadline import Attempt, Deadline
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.store import AskarStore
from legation.errors import ConflictError, LegationError, NotFoundError, SettingsError, UnavailableError, WalletError
from tests.support.wallets import key_in, locked, write_private

T = TypeVar("T")
OTHER_DATABASE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE t (x)'); c.commit()"


@pytest.fixture
def no_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def with_store(path: Path, key: WalletKey, work: Callable[[AskarStore], Awaitable[T]], *, seconds: float = 10.0) -> T:
    async def run() -> T:
        store = await AskarStore.open(path, key, create=True, seconds=seconds)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def nothing(store: AskarStore) -> None:
    """Work that only opens and closes."""


def refusal_of(path: Path, key: WalletKey, *, create: bool = True) -> LegationError:
    with pytest.raises(LegationError) as refusal:
        asyncio.run(AskarStore.open(path, key, create=create))
    return refusal.value


async def put(store: AskarStore, name: str) -> None:
    await store.write(lambda session: session.insert("note", name, b"value"))


async def names(store: AskarStore) -> set[str]:
    return set(await store.scan("note", lambda entry: entry.name, limit=100))


# ------------------------------------------------------------------ the file


@pytest.mark.usefixtures("no_umask")
def test_new_store_and_what_stands_beside_it_are_their_owners_alone(tmp_path: Path) -> None:
    async def modes(store: AskarStore) -> dict[str, int]:
        await put(store, "a")
        return {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in os.listdir(tmp_path)}

    found = with_store(tmp_path / "wallet.db", key_in(tmp_path), modes)
    assert found == dict.fromkeys(["wallet.db", "wallet.db-wal", "wallet.db-shm", "wallet.key"], 0o600)
    assert sorted(os.listdir(tmp_path)) == ["wallet.db", "wallet.key"]


def test_what_was_written_is_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    with_store(tmp_path / "wallet.db", key_in(tmp_path), lambda store: put(store, "a"))
    assert with_store(tmp_path / "wallet.db", key_in(tmp_path), names) == {"a"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_store_that_others_may_use_is_refused_until_it_is_private(tmp_path: Path, mode: int) -> None:
    path, key = tmp_path / "wallet.db", key_in(tmp_path)
    with_store(path, key, nothing)
    path.chmod(mode)
    refusal = refusal_of(path, key)
    assert isinstance(refusal, SettingsError)
    assert "chmod 600" in refusal.fix
    path.chmod(0o600)
    with_store(path, key, nothing)


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_store_with_a_companion_that_others_may_use_is_refused(tmp_path: Path, suffix: str) -> None:
    path, key = tmp_path / "wallet.db", key_in(tmp_path)
    with_store(path, key, nothing)
    companion = write_private(tmp_path / f"wallet.db{suffix}", b"", 0o644)
    assert isinstance(refusal_of(path, key), SettingsError)
    companion.chmod(0o600)
    with_store(path, key, nothing)


def test_absent_store_is_not_found_and_not_made_where_that_was_not_asked_for(tmp_path: Path) -> None:
    key = key_in(tmp_path)
    assert isinstance(refusal_of(tmp_path / "wallet.db", key, create=False), NotFoundError)
    assert os.listdir(tmp_path) == ["wallet.key"]


def test_store_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    key = key_in(tmp_path)
    assert isinstance(refusal_of(tmp_path / "nowhere" / "wallet.db", key), SettingsError)
    assert os.listdir(tmp_path) == ["wallet.key"]


@pytest.mark.parametrize("name", ["a\nb.db", "a\0b.db", "a\x1b[2Jb.db", "a\udcffb.db"])
def test_name_that_is_not_printable_text_is_refused(tmp_path: Path, name: str) -> None:
    key = key_in(tmp_path)
    assert isinstance(refusal_of(tmp_path / name, key), SettingsError)
    assert os.listdir(tmp_path) == ["wallet.key"]


@pytest.mark.parametrize(
    "name",
    ["a b.db", "käse.db", "a&b=c.db", "a+b.db", "-.db", "a:b@c.db", "a?mode=memory", "a#b.db", "a%20b.db", "%2e%2e"],
)
def test_name_with_signs_that_mean_something_in_a_url_is_the_files_own(tmp_path: Path, name: str) -> None:
    with_store(tmp_path / name, key_in(tmp_path), nothing)
    assert sorted(os.listdir(tmp_path)) == sorted([name, "wallet.key"])


def test_store_is_reached_by_a_relative_path_and_by_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = key_in(tmp_path)
    monkeypatch.chdir(tmp_path)
    with_store(Path("wallet.db"), key, lambda store: put(store, "a"))
    (tmp_path / "link.db").symlink_to(tmp_path / "wallet.db")
    assert with_store(tmp_path / "link.db", key, names) == {"a"}


def test_two_who_make_the_same_store_at_once_share_one(tmp_path: Path) -> None:
    key = key_in(tmp_path)

    async def run() -> set[str]:
        stores = await asyncio.gather(*(AskarStore.open(tmp_path / "wallet.db", key, create=True) for _ in range(4)))
        await asyncio.gather(*(put(store, f"by-{index}") for index, store in enumerate(stores)))
        seen = await names(stores[0])
        for store in stores:
            await store.close()
        return seen

    assert asyncio.run(run()) == {"by-0", "by-1", "by-2", "by-3"}
    assert sorted(os.listdir(tmp_path)) == ["wallet.db", "wallet.key"]


# ------------------------------------------------------------------ keys and files that do not fit


def test_another_raw_key_is_the_wrong_one(tmp_path: Path) -> None:
    with_store(tmp_path / "wallet.db", key_in(tmp_path), nothing)
    other = WalletKey.create_raw_file(tmp_path / "other.key")
    refusal = refusal_of(tmp_path / "wallet.db", other)
    assert isinstance(refusal, WalletError)
    assert refusal.code == "wallet_key_wrong"
    assert refusal.fix
    with_store(tmp_path / "wallet.db", key_in(tmp_path), nothing)


@pytest.mark.slow
def test_passphrase_opens_its_store_and_no_other_key_does(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    phrase = WalletKey.passphrase_file(write_private(tmp_path / "phrase", "open sesame"))
    with_store(path, phrase, lambda store: put(store, "a"))
    assert with_store(path, phrase, names) == {"a"}
    other = WalletKey.passphrase_file(write_private(tmp_path / "other", "open barley"))
    assert refusal_of(path, other).code == "wallet_key_wrong"
    assert refusal_of(path, key_in(tmp_path)).code == "wallet_key_wrong"


def test_passphrase_for_a_store_with_a_raw_key_is_the_wrong_one(tmp_path: Path) -> None:
    with_store(tmp_path / "wallet.db", key_in(tmp_path), nothing)
    phrase = WalletKey.passphrase_file(write_private(tmp_path / "phrase", "open sesame"))
    assert refusal_of(tmp_path / "wallet.db", phrase).code == "wallet_key_wrong"


@pytest.mark.parametrize("content", [b"", b"x", b"not a database at all\n" * 500, b"SQLite format 3\0", bytes(4096)])
def test_file_that_is_no_wallet_is_unreadable_and_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = write_private(tmp_path / "wallet.db", content)
    refusal = refusal_of(path, key_in(tmp_path))
    assert isinstance(refusal, WalletError)
    assert refusal.code == "wallet_unreadable"
    assert path.read_bytes() == content


def test_database_of_something_else_is_unreadable_and_gets_no_wallet(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"
    subprocess.run([sys.executable, "-c", OTHER_DATABASE, str(path)], check=True)
    path.chmod(0o600)
    for create in (True, False):
        assert refusal_of(path, key_in(tmp_path), create=create).code == "wallet_unreadable"


def test_folder_is_no_wallet(tmp_path: Path) -> None:
    (tmp_path / "wallet.db").mkdir(mode=0o700)
    assert isinstance(refusal_of(tmp_path / "wallet.db", key_in(tmp_path)), SettingsError)


@pytest.mark.parametrize("kept", [50, 4096, 20_000])
def test_wallet_that_was_cut_short_is_unreadable(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "wallet.db"
    with_store(path, key_in(tmp_path), lambda store: put(store, "a"))
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])
    assert refusal_of(path, key_in(tmp_path)).code == "wallet_unreadable"
    path.write_bytes(whole)
    assert with_store(path, key_in(tmp_path), names) == {"a"}


# ------------------------------------------------------------------ transactions and deadlines


def test_work_that_raises_leaves_nothing(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> set[str]:
        async def half(session: Session) -> None:
            await session.insert("note", "a", b"value")
            raise ConflictError("no")

        with pytest.raises(ConflictError):
            await store.write(half)
        await put(store, "b")
        return await names(store)

    assert with_store(tmp_path / "wallet.db", key_in(tmp_path), work) == {"b"}


def test_name_that_is_taken_is_a_conflict(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> None:
        await put(store, "a")
        with pytest.raises(ConflictError):
            await put(store, "a")

    with_store(tmp_path / "wallet.db", key_in(tmp_path), work)


def test_read_then_write_is_one_step_for_all_others(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> bytes:
        async def count(session: Session) -> None:
            entry = await session.fetch("note", "counter", for_update=True)
            await session.replace("note", "counter", str(int(entry.value) + 1))

        await store.write(lambda session: session.insert("note", "counter", b"0"))
        await asyncio.gather(*(store.write(count) for _ in range(50)))
        return (await store.read(lambda session: session.fetch("note", "counter"))).value

    assert with_store(tmp_path / "wallet.db", key_in(tmp_path), work) == b"50"


def test_scan_returns_no_more_than_its_bound(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> tuple[int, int]:
        for index in range(45):
            await put(store, str(index))
        few = await store.scan("note", lambda entry: entry.name, limit=42)
        return len(few), len(await store.scan("note", lambda entry: entry.name, limit=100))

    assert with_store(tmp_path / "wallet.db", key_in(tmp_path), work) == (42, 45)


def test_closed_store_does_nothing_and_closes_twice(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> None:
        await store.close()
        for attempt in (put(store, "a"), names(store), store.read(lambda session: session.count("note"))):
            with pytest.raises(WalletError) as refusal:
                await attempt
            assert refusal.value.code == "wallet_closed"
        await store.close()

    with_store(tmp_path / "wallet.db", key_in(tmp_path), work)


def test_locked_store_is_unavailable_within_the_deadline_and_nothing_comes_late(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"

    async def work(store: AskarStore) -> set[str]:
        await put(store, "before")
        with locked(path):
            with pytest.raises(UnavailableError):
                await put(store, "locked out")
            assert await names(store) == {"before"}
        await put(store, "after")
        await store._deadline.settle()
        return await names(store)

    assert with_store(path, key_in(tmp_path), work, seconds=0.5) == {"before", "after"}


def test_caller_that_leaves_takes_no_lock_with_it(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"

    async def work(store: AskarStore) -> set[str]:
        with locked(path):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await put(store, "left")
            leaving = asyncio.create_task(put(store, "cancelled"))
            await asyncio.wait({leaving}, timeout=0.1)
            leaving.cancel()
            await asyncio.wait({leaving})
            assert leaving.cancelled()
        # measured: a session that opens after its caller left blocks the second of these for ever
        await put(store, "first")
        await put(store, "second")
        return await names(store)

    assert with_store(path, key_in(tmp_path), work) == {"first", "second"}


def test_change_that_was_ready_too_late_is_taken_back(tmp_path: Path) -> None:
    async def work(store: AskarStore) -> set[str]:
        gate = asyncio.Event()

        async def slow(session: Session) -> None:
            await session.insert("note", "late", b"value")
            await gate.wait()

        with pytest.raises(UnavailableError):
            await store.write(slow)
        gate.set()
        await put(store, "after")
        return await names(store)

    assert with_store(tmp_path / "wallet.db", key_in(tmp_path), work, seconds=0.5) == {"after"}


@pytest.mark.slow
def test_lock_that_is_released_in_time_is_waited_for_longer_than_askar_does(tmp_path: Path) -> None:
    path = tmp_path / "wallet.db"

    async def work(store: AskarStore) -> set[str]:
        with locked(path):
            waiting = asyncio.create_task(put(store, "patient"))
            done, _ = await asyncio.wait({waiting}, timeout=1.5)
            assert not done
        await waiting
        return await names(store)

    assert with_store(path, key_in(tmp_path), work) == {"patient"}


def test_store_that_cannot_be_made_in_time_is_not_made(tmp_path: Path) -> None:
    key = key_in(tmp_path)

    async def run() -> None:
        with pytest.raises(UnavailableError):
            await AskarStore.open(tmp_path / "wallet.db", key, create=True, seconds=1e-9)
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(run())
    assert os.listdir(tmp_path) == ["wallet.key"]


def test_store_that_opens_too_late_is_closed_again(tmp_path: Path) -> None:
    path, key = tmp_path / "wallet.db", key_in(tmp_path)
    with_store(path, key, nothing)

    async def run() -> None:
        with pytest.raises(UnavailableError):
            await AskarStore.open(path, key, create=True, seconds=1e-9)
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    asyncio.run(run())
    assert sorted(os.listdir(tmp_path)) == ["wallet.db", "wallet.key"]


# ------------------------------------------------------------------ the deadline by itself


def test_operation_in_time_returns_or_raises_its_own() -> None:
    async def answer(attempt: Attempt) -> int:
        return 42

    async def fail(attempt: Attempt) -> int:
        raise NotFoundError("not here")

    async def run() -> None:
        deadline = Deadline(10)
        assert await deadline.run(answer) == 42
        with pytest.raises(NotFoundError):
            await deadline.run(fail)

    asyncio.run(run())


def test_operation_out_of_time_runs_on_and_sees_that_it_was_abandoned() -> None:
    async def run() -> None:
        gate, seen = asyncio.Event(), []

        async def stuck(attempt: Attempt) -> None:
            await gate.wait()
            seen.append((attempt.abandoned, attempt.is_over()))
            attempt.check()
            seen.append("went on")

        deadline = Deadline(10)
        with pytest.raises(UnavailableError):
            await deadline.run(stuck, seconds=0.01)
        assert seen == []
        gate.set()
        await deadline.settle()
        assert seen == [(True, True)]

    asyncio.run(run())


def test_settling_waits_no_longer_than_the_deadline() -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def stuck(attempt: Attempt) -> None:
            await gate.wait()

        deadline = Deadline(0.01)
        with pytest.raises(UnavailableError):
            await deadline.run(stuck)
        await deadline.settle()
        gate.set()
        await deadline.settle()

    asyncio.run(run())
