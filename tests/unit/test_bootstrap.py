"""The composition root: a first start, a second one, and starts that are refused."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from legation.bootstrap import Files, Ready, host_names, serve
from legation.errors import SettingsError, WalletError
from legation.settings import Address, Settings, load_settings
from legation.wallet import Wallet, WalletKey
from tests.support.delegated import chain_of
from tests.support.keys import signer_of
from tests.support.nodes import Client, free_port

T = TypeVar("T")


def settings_of(folder: Path, **more: object) -> Settings:
    flags = {
        "public_url": f"http://localhost:{free_port()}",
        "dangerously_allow_loopback": True,
        "data_dir": folder / "d",
    }
    return load_settings({**flags, **more})


def run(settings: Settings, act: Callable[[Ready, Client], Awaitable[T]]) -> T:
    """Start a node, do something, and stop it."""

    async def within() -> T:
        started: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        node = asyncio.create_task(serve(settings, ready=started.set_result, stop=stop))
        waited: set[asyncio.Future[Any]] = {node, started}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if node.done():
            await node
        try:
            address = settings.address
            return await act(started.result(), Client(address.port, f"localhost:{address.port}"))
        finally:
            stop.set()
            await node

    return asyncio.run(within())


async def nothing(ready: Ready, _: Client) -> Ready:
    return ready


def test_first_start_writes_its_files_for_the_owner_alone_and_says_so(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    ready = run(settings, nothing)
    files = Files.of(settings)
    assert set(ready.written) == {files.wallet, files.wallet_key, files.state, files.operator_token}
    assert {stat.S_IMODE(path.stat().st_mode) for path in ready.written} == {0o600}
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    *warnings, last = ready.lines()
    assert settings.public_url in last
    assert ready.did in last
    assert any("DANGER" in line for line in warnings)


def test_second_start_is_the_same_node_and_writes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = run(settings, nothing)
    token = Files.of(settings).operator_token.read_text(encoding="ascii")
    second = run(settings, nothing)
    assert (second.did, second.written) == (first.did, ())
    assert Files.of(settings).operator_token.read_text(encoding="ascii") == token


def test_node_serves_its_own_document_and_those_of_agents_in_its_wallet(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def act(ready: Ready, client: Client) -> None:
        files = Files.of(settings)
        did = f"{ready.did}:agents:planner"
        assert (await client.ask("GET", "/agents/planner/did.json")).status == 404
        async with Wallet.open(files.wallet, WalletKey.raw_file(files.wallet_key), create=False) as wallet:
            await wallet.create_agent("planner", did=did)
        assert (await client.ask("GET", "/agents/planner/did.json")).json["id"] == did
        assert (await client.ask("GET", "/.well-known/did.json")).json["id"] == ready.did

    run(settings, act)


def test_wallet_that_was_there_before_is_used(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    files = Files.of(settings)
    settings.data_dir.mkdir()

    async def prepare() -> None:
        async with Wallet.open(files.wallet, WalletKey.create_raw_file(files.wallet_key)) as wallet:
            await wallet.create_agent("worker")

    asyncio.run(prepare())
    assert set(run(settings, nothing).written) == {files.state, files.operator_token}


def test_trust_file_says_whose_roots_are_accepted(tmp_path: Path) -> None:
    trust = tmp_path / "anchors.json"
    trust.write_text(json.dumps({"anchors": [{"issuer": signer_of("acme").did}]}), encoding="utf-8")
    (tmp_path / "other").mkdir()
    worker = signer_of("worker")
    chain = chain_of(signer_of("acme"), worker, at=datetime.now(UTC))
    body = {"chain": json.loads(chain.to_json()), "holder": worker.did}

    def answer(settings: Settings) -> tuple[bool, str | None]:
        async def act(_: Ready, client: Client) -> dict[str, Any]:
            token = Files.of(settings).operator_token.read_text(encoding="ascii").strip()
            headers = {"Authorization": f"Bearer {token}"}
            verdict: dict[str, Any] = (await client.ask("POST", "/v1/verify", body=body, headers=headers)).json
            return verdict

        verdict = run(settings, act)
        return verdict["accepted"], (verdict["error"] or {}).get("code")

    assert answer(settings_of(tmp_path, trust_file=trust)) == (True, None)
    assert answer(settings_of(tmp_path / "other")) == (False, "untrusted_root")


# ------------------------------------------------------------------ refused


def refuse(settings: Settings, error: type[Exception] = SettingsError) -> None:
    with pytest.raises(error):
        run(settings, nothing)


def test_data_of_another_origin_is_refused(tmp_path: Path) -> None:
    run(settings_of(tmp_path), nothing)
    refuse(settings_of(tmp_path))


def test_wallet_without_its_key_is_refused_and_no_key_is_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    run(settings, nothing)
    Files.of(settings).wallet_key.unlink()
    refuse(settings)
    assert not Files.of(settings).wallet_key.exists()


def test_wallet_with_another_key_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    run(settings, nothing)
    Files.of(settings).wallet_key.unlink()
    WalletKey.create_raw_file(Files.of(settings).wallet_key)
    refuse(settings, WalletError)


def test_key_file_of_a_given_name_is_used_and_never_made(tmp_path: Path) -> None:
    key = tmp_path / "somewhere.key"
    settings = settings_of(tmp_path, wallet_key_file=key)
    refuse(settings)
    WalletKey.create_raw_file(key)
    assert key not in run(settings, nothing).written


@pytest.mark.parametrize("name", ["wallet_key", "operator_token"])
def test_secret_that_others_may_read_is_refused(tmp_path: Path, name: str) -> None:
    settings = settings_of(tmp_path)
    run(settings, nothing)
    getattr(Files.of(settings), name).chmod(0o640)
    refuse(settings)


def test_address_that_is_taken_is_refused(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def act(_: Ready, __: Client) -> None:
        with pytest.raises(SettingsError):
            await serve(settings, ready=lambda _: None, stop=asyncio.Event())

    run(settings, act)


def test_trust_file_of_another_form_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    trust = tmp_path / "trust.json"
    trust.write_text('{"anchors": [{"issuer": "nobody"}]}', encoding="utf-8")
    settings = settings_of(tmp_path, trust_file=trust)
    refuse(settings)
    assert not settings.data_dir.exists()


# ------------------------------------------------------------------ names


@pytest.mark.parametrize(
    ("public_url", "address", "names"),
    [
        (
            "http://localhost:8080",
            Address("127.0.0.1", 8080),
            {"localhost:8080", "127.0.0.1:8080"},
        ),
        (
            "https://node.example",
            Address("127.0.0.1", 8080),
            {"node.example", "node.example:443", "127.0.0.1:8080", "localhost:8080"},
        ),
        ("https://node.example:8443", Address("10.0.0.5", 80), {"node.example:8443", "10.0.0.5:80"}),
        (
            "https://node.example",
            Address("::1", 9000),
            {"node.example", "node.example:443", "[::1]:9000", "localhost:9000"},
        ),
    ],
)
def test_node_goes_by_its_public_name_and_by_where_it_listens(
    public_url: str, address: Address, names: set[str]
) -> None:
    assert host_names(public_url, address) == names
