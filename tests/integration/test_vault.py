"""The port Vault on Askar, in a file and in PostgreSQL: every promise, and servers that stop, freeze and return."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aries_askar import AskarError, AskarErrorCode, Store

from legation.adapters import private_files
from legation.adapters.askar import key_file as key_files
from legation.adapters.askar.handles import Handles
from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.key_file import next_key_file, open_with_key_file, rotate_key_file
from legation.adapters.askar.vault import AskarVault
from legation.crypto.keys import KeyType, load_public_key
from legation.domain.agent_keys import KeyKind
from legation.errors import (
    ConflictError,
    FullError,
    LegationError,
    MalformedError,
    NotFoundError,
    SettingsError,
    UnavailableError,
    WalletError,
)
from tests.support.postgres import PostgresServer, shared_postgres, start_postgres
from tests.support.wallets import key_in

T = TypeVar("T")
Location = Path | str
ALL_KINDS = {f"a-{number}": kind for number, kind in enumerate(KeyKind, 1)}
LENGTHS = {KeyKind.ED25519: 32, KeyKind.P256: 33, KeyKind.P384: 49, KeyKind.X25519: 32, KeyKind.BLS12_381_G2: 96}
BACKENDS = ("file", pytest.param("server", marks=pytest.mark.slow))


@pytest.fixture(params=BACKENDS)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    return tmp_path / "wallet.db" if request.param == "file" else shared_postgres().create_database()


@pytest.fixture
def key(tmp_path: Path) -> WalletKey:
    return key_in(tmp_path)


def with_vault(location: Location, key: WalletKey, work: Callable[[AskarVault], Awaitable[T]]) -> T:
    async def run() -> T:
        vault = await AskarVault.open(location, key, create=True)
        try:
            return await work(vault)
        finally:
            await vault.close()

    return asyncio.run(run())


async def signs(vault: AskarVault, profile: str, key_id: str, public: bytes, kind: KeyType = KeyType.ED25519) -> bool:
    handle = await vault.signing_key(profile, key_id)
    load_public_key(kind, public).verify(b"message", handle.sign(b"message"))
    return handle.public_key.raw == public


# ------------------------------------------------------------------ the port's promises


def test_profile_is_made_with_keys_of_every_kind_and_its_public_parts_are_raw(
    location: Location, key: WalletKey
) -> None:
    async def work(vault: AskarVault) -> None:
        public = await vault.create("a", ALL_KINDS)
        assert {key_id: len(raw) for key_id, raw in public.items()} == {i: LENGTHS[k] for i, k in ALL_KINDS.items()}
        assert await vault.find_keys("a") == frozenset(ALL_KINDS)
        assert await signs(vault, "a", "a-1", public["a-1"])
        assert await signs(vault, "a", "a-2", public["a-2"], KeyType.P256)
        assert await signs(vault, "a", "a-3", public["a-3"], KeyType.P384)

    with_vault(location, key, work)


def test_what_was_made_is_there_and_signs_when_the_vault_is_opened_again(location: Location, key: WalletKey) -> None:
    public = with_vault(location, key, lambda vault: vault.create("a", {"a-1": KeyKind.ED25519}))
    assert with_vault(location, key, lambda vault: signs(vault, "a", "a-1", public["a-1"]))


def test_profile_that_is_there_is_a_conflict_and_stays_as_it_was(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        public = await vault.create("a", {"a-1": KeyKind.ED25519})
        with pytest.raises(ConflictError):
            await vault.create("a", {"a-2": KeyKind.ED25519})
        assert await vault.find_keys("a") == {"a-1"}
        assert await signs(vault, "a", "a-1", public["a-1"])

    with_vault(location, key, work)


def test_of_those_who_make_one_profile_at_once_one_wins_whole(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        tries = [vault.create("a", {f"a-{index}": KeyKind.ED25519}) for index in range(8)]
        made = await asyncio.gather(*tries, return_exceptions=True)
        winners = [found for found in made if isinstance(found, dict)]
        assert len(winners) == 1
        assert sum(isinstance(found, ConflictError) for found in made) == 7
        assert await vault.find_keys("a") == frozenset(winners[0])

    with_vault(location, key, work)


def test_unknown_profile_has_no_keys_takes_none_and_signs_nothing(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        assert await vault.find_keys("nobody") is None
        for call in (vault.add_key("nobody", "a-1", KeyKind.P256), vault.signing_key("nobody", "a-1")):
            with pytest.raises(NotFoundError):
                await call
        await vault.remove_keys("nobody", ["a-1"])
        await vault.remove("nobody")

    with_vault(location, key, work)


def test_key_is_added_once(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"a-1": KeyKind.ED25519})
        public = await vault.add_key("a", "a-2", KeyKind.P256)
        with pytest.raises(ConflictError):
            await vault.add_key("a", "a-2", KeyKind.P256)
        assert await vault.find_keys("a") == {"a-1", "a-2"}
        assert await signs(vault, "a", "a-2", public, KeyType.P256)

    with_vault(location, key, work)


def test_removed_keys_are_gone_and_the_others_stay(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        public = await vault.create("a", {"a-1": KeyKind.ED25519, "a-2": KeyKind.ED25519})
        handle = await vault.signing_key("a", "a-1")
        await vault.remove_keys("a", ["a-1", "never-was"])
        await vault.remove_keys("a", ["a-1"])
        assert await vault.find_keys("a") == {"a-2"}
        with pytest.raises(NotFoundError):
            await vault.signing_key("a", "a-1")
        with pytest.raises(WalletError):
            handle.sign(b"message")
        assert await signs(vault, "a", "a-2", public["a-2"])

    with_vault(location, key, work)


def test_removed_profile_is_gone_and_its_name_is_free(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"a-1": KeyKind.ED25519})
        handle = await vault.signing_key("a", "a-1")
        await vault.remove("a")
        await vault.remove("a")
        assert await vault.find_keys("a") is None
        with pytest.raises(NotFoundError):
            await vault.signing_key("a", "a-1")
        with pytest.raises(WalletError):
            handle.sign(b"message")
        public = await vault.create("a", {"a-1": KeyKind.ED25519})
        assert await signs(vault, "a", "a-1", public["a-1"])

    with_vault(location, key, work)


@pytest.mark.parametrize("kind", [KeyKind.X25519, KeyKind.BLS12_381_G2])
def test_key_that_is_not_for_signing_is_not_given_out(location: Location, key: WalletKey, kind: KeyKind) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"a-1": kind})
        with pytest.raises(NotFoundError):
            await vault.signing_key("a", "a-1")

    with_vault(location, key, work)


@pytest.mark.parametrize("name", ["", "a\0b", "a\nb", "x" * 201])
def test_name_that_askar_would_cut_short_or_not_take_is_refused(tmp_path: Path, key: WalletKey, name: str) -> None:
    async def work(vault: AskarVault) -> None:
        for call in (
            vault.create(name, {}),
            vault.create("a", {name: KeyKind.P256}),
            vault.add_key("a", name, KeyKind.P256),
            vault.find_keys(name),
            vault.remove_keys("a", [name]),
            vault.remove(name),
            vault.signing_key("a", name),
        ):
            with pytest.raises(MalformedError):
                await call

    with_vault(tmp_path / "wallet.db", key, work)


def test_callers_at_once_share_one_load_and_one_handle(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"a-1": KeyKind.ED25519})
        handles = await asyncio.gather(*(vault.signing_key("a", "a-1") for _ in range(50)))
        assert len({id(handle) for handle in handles}) == 1

    with_vault(location, key, work)


def test_handles_beyond_the_bound_are_let_go_of_and_still_end_with_the_vault(tmp_path: Path, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        vault._handles = Handles(max_handles=2)
        for name in "abc":
            await vault.create(name, {"1": KeyKind.ED25519})
        held = [await vault.signing_key(name, "1") for name in "abc"]
        assert len(vault._handles._kept) == 2
        assert await vault.signing_key("a", "1") is held[0]
        await vault.close()
        for handle in held:
            with pytest.raises(WalletError):
                handle.sign(b"message")

    with_vault(tmp_path / "wallet.db", key, work)


def test_key_that_is_removed_while_it_is_loaded_is_not_given_out() -> None:
    class Loaded:
        forgotten = False

        def forget(self) -> None:
            self.forgotten = True

    async def run() -> bool:
        handles, gate, loaded = Handles(), asyncio.Event(), Loaded()

        async def load() -> Loaded:
            await gate.wait()
            return loaded

        waiting = asyncio.create_task(handles.get(("a", "1"), load))
        await asyncio.sleep(0)
        handles.forget("a")
        gate.set()
        with pytest.raises(NotFoundError):
            await waiting
        return loaded.forgotten

    assert asyncio.run(run())


def test_closed_vault_does_nothing_and_closes_twice(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"a-1": KeyKind.ED25519})
        await vault.close()
        for call in (
            vault.create("b", {"b-1": KeyKind.P256}),
            vault.add_key("a", "a-2", KeyKind.P256),
            vault.find_keys("a"),
            vault.remove_keys("a", ["a-1"]),
            vault.remove("a"),
            vault.signing_key("a", "a-1"),
            vault.ping(),
        ):
            with pytest.raises(WalletError) as refusal:
                await call
            assert refusal.value.code == "wallet_closed"
        await vault.close()

    with_vault(location, key, work)


def test_many_profiles_are_made_at_once_and_each_has_its_own_keys(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        names = [f"agent-{index}" for index in range(200)]
        made = await asyncio.gather(*(vault.create(name, {"1": KeyKind.ED25519}) for name in names))
        assert len({public["1"] for public in made}) == 200
        for name, public in zip(names[::20], made[::20], strict=True):
            assert await signs(vault, name, "1", public["1"])

    with_vault(location, key, work)


def test_work_of_a_caller_that_leaves_ends_in_order(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        for index in range(5):
            leaving = asyncio.create_task(vault.create(f"left-{index}", {"1": KeyKind.ED25519}))
            await asyncio.sleep(0)
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving
        await vault.create("stays", {"1": KeyKind.ED25519})
        await vault._store._deadline.settle()
        # each is whole or not there
        for index in range(5):
            assert await vault.find_keys(f"left-{index}") in (None, {"1"})

    with_vault(location, key, work)


def test_default_profile_is_no_agents(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        default = await vault._store.handle.get_default_profile()
        await vault.remove(default)
        await vault.ping()
        with pytest.raises(ConflictError):
            await vault.create(default, {"1": KeyKind.ED25519})

    with_vault(location, key, work)
    with_vault(location, key, lambda vault: vault.ping())


def test_vault_that_is_not_there_is_not_found_and_not_made_where_that_was_not_asked_for(
    location: Location, key: WalletKey
) -> None:
    with pytest.raises(NotFoundError):
        asyncio.run(AskarVault.open(location, key, create=False))
    with_vault(location, key, lambda vault: vault.ping())


def test_another_key_is_the_wrong_one(location: Location, key: WalletKey, tmp_path: Path) -> None:
    with_vault(location, key, lambda vault: vault.ping())
    with pytest.raises(WalletError) as refusal:
        asyncio.run(AskarVault.open(location, WalletKey.create_raw_file(tmp_path / "other"), create=True))
    assert refusal.value.code == "wallet_key_wrong"


def test_two_processes_worth_of_vaults_share_one_place(location: Location, key: WalletKey) -> None:
    async def work(vault: AskarVault) -> None:
        other = await AskarVault.open(location, key, create=True)
        public = await other.create("theirs", {"1": KeyKind.ED25519})
        await vault.create("ours", {"1": KeyKind.ED25519})
        assert await signs(vault, "theirs", "1", public["1"])
        await other.remove("ours")
        assert await vault.find_keys("ours") is None
        with pytest.raises(NotFoundError):
            await vault.add_key("ours", "2", KeyKind.ED25519)
        await other.close()

    with_vault(location, key, work)


def test_profile_that_another_process_removed_is_not_confused_with_one_that_took_its_number(
    location: Location, key: WalletKey
) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("old", {"1": KeyKind.ED25519})
        other = await AskarVault.open(location, key, create=True)
        await other.remove("old")
        public = await other.create("new", {"1": KeyKind.ED25519})
        # SQLite gives the number of the last row away again, and this process remembers the old one's
        with pytest.raises(LegationError):
            await vault.add_key("old", "2", KeyKind.ED25519)
        assert await vault.find_keys("new") == {"1"}
        assert await signs(vault, "new", "1", public["1"])
        await other.close()

    with_vault(location, key, work)


# ------------------------------------------------------------------ servers that stop, freeze and return


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """Return a server that a test may stop."""
    started = start_postgres()
    yield started
    started.remove()


async def calls(vault: AskarVault) -> list[BaseException | None]:
    """Make every kind of call, several at once and more than there are connections; return what each raised."""
    vault._handles.forget_all()
    public = [vault.create(f"late-{os.urandom(8).hex()}", {"1": KeyKind.ED25519}) for _ in range(6)]
    others = [vault.add_key("a", f"late-{os.urandom(8).hex()}", KeyKind.P256), vault.remove_keys("a", ["none"])]
    others += [vault.remove("nobody"), vault.signing_key("a", "cold"), vault.ping()]
    found = await asyncio.gather(*public, *others, *(vault.find_keys("a") for _ in range(20)), return_exceptions=True)
    return [result if isinstance(result, BaseException) else None for result in found]


async def outage(vault: AskarVault, begin: Callable[[], None], end: Callable[[], None]) -> tuple[float, float]:
    """Return after how long the last call was refused during an outage, and after how long all succeeded again."""
    public = await vault.create("a", {"1": KeyKind.ED25519, "cold": KeyKind.ED25519})
    await calls(vault)
    await asyncio.to_thread(begin)
    slowest = 0.0
    for _ in range(2):
        started = time.monotonic()
        raised = await calls(vault)
        slowest = max(slowest, time.monotonic() - started)
        assert {type(error) for error in raised} == {UnavailableError}
    await asyncio.to_thread(end)
    returned = time.monotonic()
    while any(await calls(vault)):
        assert time.monotonic() - returned < 10
    back = time.monotonic() - returned
    assert await signs(vault, "a", "1", public["1"])
    return slowest, back


@pytest.mark.slow
@pytest.mark.parametrize("how", ["frozen", "stopped", "killed"])
def test_k04_server_that_does_not_answer_is_unavailable_in_time_and_back_in_time(
    server: PostgresServer, key: WalletKey, how: str
) -> None:
    begin = {"frozen": server.freeze, "stopped": server.stop, "killed": server.kill}[how]
    end = server.thaw if how == "frozen" else server.restart
    slowest, back = with_vault(server.create_database(), key, lambda vault: outage(vault, begin, end))
    assert slowest < 4
    assert back < 5


@pytest.mark.slow
def test_k04_server_that_is_not_there_is_unavailable_and_its_password_shows_nowhere(
    key: WalletKey, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as closed_port:
        closed_port.bind(("127.0.0.1", 0))
        port = closed_port.getsockname()[1]
    url = f"postgres://legation:correct%20horse@127.0.0.1:{port}/wallet?admin_account=boss&admin_password=battery"
    with caplog.at_level(1), pytest.raises(UnavailableError) as refusal:
        asyncio.run(AskarVault.open(url, key, create=True))
    frames = traceback.StackSummary.extract(traceback.walk_tb(refusal.value.__traceback__), capture_locals=True)
    told = "".join(str(frame.locals) for frame in frames if frame.filename != __file__)
    told += "".join(traceback.format_exception(refusal.value)) + caplog.text + "".join(capfd.readouterr())
    for secret in ("horse", "battery"):
        assert secret not in told


# ------------------------------------------------------------------ another key


def test_rekeyed_wallet_opens_with_its_new_key_alone_and_goes_on_meanwhile(
    location: Location, key: WalletKey, tmp_path: Path
) -> None:
    new_key = WalletKey.create_raw_file(tmp_path / "new.key")

    async def work(vault: AskarVault) -> dict[str, bytes]:
        made = await vault.create("a", {"1": KeyKind.ED25519})
        handle = await vault.signing_key("a", "1")
        busy = [vault.create(f"busy-{index}", {"1": KeyKind.ED25519}) for index in range(20)]
        looks = [vault.find_keys("a") for _ in range(20)]
        results = await asyncio.gather(*busy[:10], vault.rekey(new_key), *busy[10:], *looks)
        assert results[-1] == {"1"}
        handle.sign(b"message")
        assert vault.has_key(new_key)
        assert not vault.has_key(key)
        return made | {f"busy-{index}": public["1"] for index, public in enumerate([*results[:10], *results[11:21]])}

    made = with_vault(location, key, work)

    async def again(vault: AskarVault) -> None:
        assert await signs(vault, "a", "1", made["1"])
        for index in range(20):
            assert await signs(vault, f"busy-{index}", "1", made[f"busy-{index}"])

    with_vault(location, new_key, again)
    with pytest.raises(WalletError) as refusal:
        asyncio.run(AskarVault.open(location, key, create=False))
    assert refusal.value.code == "wallet_key_wrong"


def test_process_that_missed_a_rekey_makes_no_profile_that_nobody_could_read(
    location: Location, key: WalletKey, tmp_path: Path
) -> None:
    new_key = WalletKey.create_raw_file(tmp_path / "new.key")

    async def work(vault: AskarVault) -> None:
        public = await vault.create("known", {"1": KeyKind.ED25519})
        other = await AskarVault.open(location, key, create=False)
        unknown = await other.create("unknown", {"1": KeyKind.ED25519})
        await other.rekey(new_key)
        # what it has read it goes on with
        assert await signs(vault, "known", "1", public["1"])
        with pytest.raises(WalletError):
            await vault.find_keys("unknown")
        with pytest.raises(WalletError) as refusal:
            await vault.create("late", {"1": KeyKind.ED25519})
        assert refusal.value.code == "wallet_rekeyed"
        assert await other.find_keys("late") is None
        assert await signs(other, "unknown", "1", unknown["1"])
        await other.close()

    with_vault(location, key, work)


class Cut(Exception):
    """The power went."""


@pytest.mark.parametrize("step", ["key written", "rekeyed", "renamed", "nothing"])
def test_rotation_of_the_key_file_is_whole_whenever_it_is_cut_off(
    location: Location, key: WalletKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    key_file = tmp_path / "wallet.key"

    def reopen() -> Coroutine[Any, Any, AskarVault]:
        return open_with_key_file(
            key_file, lambda read: AskarVault.open(location, read, create=False), read=WalletKey.raw_file
        )

    def cut(*_: object) -> None:
        raise Cut

    async def rotate(vault: AskarVault) -> dict[str, bytes]:
        public = await vault.create("a", {"1": KeyKind.ED25519})
        with monkeypatch.context() as patch:
            if step == "key written":
                patch.setattr(AskarVault, "rekey", cut)
            elif step == "rekeyed":
                patch.setattr(key_files, "_finish", cut)
            elif step == "renamed":
                WalletKey.create_raw_file(next_key_file(key_file))
                patch.setattr(private_files, "_keep_names", cut)
            with suppress(Cut):
                await rotate_key_file(vault, key_file)
        return public

    public = with_vault(location, key, rotate)

    async def again() -> None:
        for _ in range(2):
            vault = await reopen()
            assert await signs(vault, "a", "1", public["1"])
            # and it can be rotated again, from whatever was left
            await rotate_key_file(vault, key_file)
            await vault.close()

    asyncio.run(again())
    assert not next_key_file(key_file).exists()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    with pytest.raises(WalletError):
        asyncio.run(AskarVault.open(location, key, create=False))


def test_key_file_of_another_wallet_is_not_replaced(tmp_path: Path, key: WalletKey) -> None:
    other = tmp_path / "other.key"
    WalletKey.create_raw_file(other)
    before = other.read_bytes()

    async def work(vault: AskarVault) -> None:
        with pytest.raises(SettingsError):
            await rotate_key_file(vault, other)

    with_vault(tmp_path / "wallet.db", key, work)
    assert other.read_bytes() == before
    assert not next_key_file(other).exists()


def test_wrong_key_file_is_wrong_whether_or_not_there_is_a_next(tmp_path: Path, key: WalletKey) -> None:
    with_vault(tmp_path / "wallet.db", key, lambda vault: vault.ping())
    other = tmp_path / "other.key"
    WalletKey.create_raw_file(other)
    for _ in range(2):
        with pytest.raises(WalletError) as refusal:
            asyncio.run(
                open_with_key_file(
                    other,
                    lambda read: AskarVault.open(tmp_path / "wallet.db", read, create=False),
                    read=WalletKey.raw_file,
                )
            )
        assert refusal.value.code == "wallet_key_wrong"
        if not next_key_file(other).exists():
            WalletKey.create_raw_file(next_key_file(other))


# ------------------------------------------------------------------ copies


def test_copy_is_a_whole_private_wallet_of_its_own_and_comes_back(
    location: Location, key: WalletKey, tmp_path: Path
) -> None:
    copy_key = WalletKey.create_raw_file(tmp_path / "copy.key")
    copy = tmp_path / "copy.db"

    async def fill(vault: AskarVault) -> list[dict[str, bytes]]:
        made = [await vault.create(f"agent-{index}", ALL_KINDS) for index in range(5)]
        await vault.copy_to(copy, copy_key)
        with pytest.raises(ConflictError):
            await vault.copy_to(copy, copy_key)
        return made

    made = with_vault(location, key, fill)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".copy")]

    async def check(vault: AskarVault) -> None:
        for index, public in enumerate(made):
            assert await vault.find_keys(f"agent-{index}") == frozenset(ALL_KINDS)
            assert await signs(vault, f"agent-{index}", "a-1", public["a-1"])
        assert len(await vault._store.handle.list_profiles()) == len(made) + 1

    with_vault(copy, copy_key, check)
    back = tmp_path / "back.db" if isinstance(location, Path) else shared_postgres().create_database()

    async def restore(vault: AskarVault) -> None:
        await vault.copy_into(back, key)
        with pytest.raises(ConflictError):
            await vault.copy_into(back, key)

    with_vault(copy, copy_key, restore)
    with_vault(back, key, check)


def test_copy_that_fails_leaves_no_file(tmp_path: Path, key: WalletKey, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(vault: AskarVault) -> None:
        await vault.create("a", {"1": KeyKind.ED25519})

        async def fail(*_: object) -> None:
            raise AskarError(AskarErrorCode.BACKEND, "disk (code: 13)")

        monkeypatch.setattr(Store, "copy_profile_to", fail)
        with pytest.raises(FullError):
            await vault.copy_to(tmp_path / "copy.db", key)

    with_vault(tmp_path / "wallet.db", key, work)
    assert sorted(os.listdir(tmp_path)) == ["wallet.db", "wallet.key"]


@pytest.mark.slow
def test_half_a_copy_in_a_database_is_no_wallet_and_the_next_copy_makes_it_whole(
    tmp_path: Path, key: WalletKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = shared_postgres().create_database()

    async def work(vault: AskarVault) -> None:
        for name in "abc":
            await vault.create(name, {"1": KeyKind.ED25519})
        whole, copied = Store.copy_profile_to, []

        async def fail(store: Store, target: Store, profile: str) -> None:
            copied.append(profile)
            if len(copied) == 2:
                raise AskarError(AskarErrorCode.BACKEND, "the connection is gone")
            await whole(store, target, profile)

        with monkeypatch.context() as patch:
            patch.setattr(Store, "copy_profile_to", fail)
            with pytest.raises(UnavailableError):
                await vault.copy_into(database, key)
        with pytest.raises(WalletError) as refusal:
            await AskarVault.open(database, key, create=True)
        assert refusal.value.code == "wallet_unreadable"
        await vault.copy_into(database, key)

    with_vault(tmp_path / "wallet.db", key, work)
    for name in "abc":
        assert with_vault(database, key, lambda vault, name=name: vault.find_keys(name)) == {"1"}


@pytest.mark.slow
def test_database_that_holds_a_wallet_takes_no_copy(tmp_path: Path, key: WalletKey) -> None:
    database = shared_postgres().create_database()
    with_vault(database, key, lambda vault: vault.create("theirs", {"1": KeyKind.ED25519}))

    async def work(vault: AskarVault) -> None:
        with pytest.raises(ConflictError):
            await vault.copy_into(database, key)

    with_vault(tmp_path / "wallet.db", key, work)
    assert with_vault(database, key, lambda vault: vault.find_keys("theirs")) == {"1"}
