"""The composition root: a first start, a second one, and starts that are refused."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from legation.adapters.askar.key import WalletKey
from legation.adapters.folder_lock import FolderLock
from legation.adapters.private_files import write_private
from legation.adapters.system_clock import write_mark
from legation.bootstrap import Files, Ready, host_names, serve
from legation.domain.operators import build_operator_token
from legation.errors import SettingsError, WalletError
from legation.settings import Address, Settings, load_settings
from tests.support.delegated import DETAILS, chain_of
from tests.support.keys import signer_of
from tests.support.nodes import Client, free_port
from tests.support.secured import credential, presentation

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


def operator_of(settings: Settings) -> dict[str, str]:
    """Return the header of a call with the token of the node's file."""
    token = Files.of(settings).operator_token.read_text(encoding="ascii").strip()
    return {"Authorization": f"Bearer {token}"}


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


def test_clock_begins_where_the_operator_says_and_the_node_says_so_loudly(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, dangerously_now="2036-11-01T12:00:00Z")

    async def ask(ready: Ready, client: Client) -> tuple[Ready, Any]:
        answer = await client.ask("POST", "/v1/challenges", body={}, headers=operator_of(settings))
        return ready, answer.json

    ready, challenge = run(settings, ask)
    assert challenge["expiresAt"].startswith("2036-11-01T12:")
    assert any(line.startswith("DANGER") and "2036-11-01T12:00:00" in line for line in ready.lines())
    # an honest start afterwards is not held up by a mark of that clock
    assert not Files.of(settings).clock.exists()


def test_credential_of_a_hosted_agent_is_issued_on_real_stores_and_verified_with_its_document(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, allow_verification_at=True)

    async def act(_: Ready, client: Client) -> list[int]:
        async def post(target: str, body: object) -> Any:
            answer = await client.ask("POST", target, body=body, headers=operator_of(settings))
            answers.append(answer.status)
            return answer.json

        answers: list[int] = []
        await post("/v1/agents", {"name": "planner", "keyType": "P-256"})
        made = await post("/agents/planner/credentials/issue?cryptosuite=ecdsa-jcs-2019", {"credential": credential()})
        secured = made["verifiableCredential"]
        await post("/credentials/verify", {"verifiableCredential": secured})
        past = {"at": "2020-01-01T00:00:00Z"}
        await post("/credentials/verify", {"verifiableCredential": secured, "options": past})
        shown = await post("/agents/planner/presentations", {"presentation": presentation(secured)})
        await post("/presentations/verify", shown)
        return answers

    # what was made now was not there in the past
    assert run(settings, act) == [201, 201, 200, 400, 201, 200]


def test_second_start_is_the_same_node_and_writes_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    first = run(settings, nothing)
    token = Files.of(settings).operator_token.read_text(encoding="ascii")
    second = run(settings, nothing)
    assert (second.did, second.written) == (first.did, ())
    assert Files.of(settings).operator_token.read_text(encoding="ascii") == token


def test_node_serves_its_own_document_and_those_of_agents_that_it_hosts(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def act(ready: Ready, client: Client) -> None:
        did = f"{ready.did}:agents:planner"
        assert (await client.ask("GET", "/agents/planner/did.json")).status == 404
        made = await client.ask("POST", "/v1/agents", body={"name": "planner"}, headers=operator_of(settings))
        assert (made.status, made.json["did"]) == (201, did)
        assert (await client.ask("GET", "/agents/planner/did.json")).json["id"] == did
        assert (await client.ask("GET", "/.well-known/did.json")).json["id"] == ready.did

    run(settings, act)


def test_agent_of_one_start_is_there_at_the_next_and_signs(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def first(_: Ready, client: Client) -> int:
        made = await client.ask("POST", "/v1/agents", body={"name": "planner"}, headers=operator_of(settings))
        return made.status

    async def second(ready: Ready, client: Client) -> int:
        body = {"agent": "planner", "to": ready.did, "details": DETAILS}
        return (await client.ask("POST", "/v1/delegations", body=body, headers=operator_of(settings))).status

    assert (run(settings, first), run(settings, second)) == (201, 201)


def test_operator_token_of_a_first_start_opens_the_node_and_no_other_does(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def act(_: Ready, client: Client) -> list[int]:
        forged = {"Authorization": f"Bearer {build_operator_token(bytes(32))}"}
        return [
            (await client.ask("GET", "/v1/operators", headers=headers)).status
            for headers in (operator_of(settings), forged, {})
        ]

    assert run(settings, act) == [200, 401, 401]


def test_token_file_that_was_removed_is_not_made_anew_for_a_node_that_has_operators(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    run(settings, nothing)
    Files.of(settings).operator_token.unlink()
    assert run(settings, nothing).written == ()
    assert not Files.of(settings).operator_token.exists()


def test_token_that_stood_in_the_file_before_the_first_start_is_the_first_operators(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir(mode=0o700)
    token = build_operator_token(bytes(range(32)))
    write_private(Files.of(settings).operator_token, token.encode())

    async def act(_: Ready, client: Client) -> int:
        return (await client.ask("GET", "/v1/operators", headers={"Authorization": f"Bearer {token}"})).status

    assert run(settings, act) == 200


def test_folder_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    settings.data_dir.mkdir(mode=0o755)
    run(settings, nothing)
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


def test_ready_node_says_so_by_each_of_its_checks(tmp_path: Path) -> None:
    async def act(_: Ready, client: Client) -> tuple[int, dict[str, bool]]:
        answer = await client.ask("GET", "/readyz")
        return answer.status, {check["name"]: check["ok"] for check in answer.json["checks"]}

    status, checks = run(settings_of(tmp_path), act)
    assert status == 200
    assert checks == dict.fromkeys(("state", "wallet", "document", "clock", "serving"), True)


def test_node_whose_clock_was_ahead_before_its_restart_is_not_ready_and_takes_nothing_back(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    run(settings, nothing)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    write_mark(Files.of(settings).clock, ahead)

    async def act(_: Ready, client: Client) -> tuple[int, list[str], str]:
        answer = await client.ask("GET", "/readyz")
        given = await client.ask("POST", "/v1/challenges", body={}, headers=operator_of(settings))
        failing = [check["name"] for check in answer.json["checks"] if not check["ok"]]
        return answer.status, failing, given.json["expiresAt"]

    status, failing, expires_at = run(settings, act)
    assert (status, failing) == (503, ["clock"])
    assert datetime.fromisoformat(expires_at) > ahead


def test_trust_file_says_whose_roots_are_accepted(tmp_path: Path) -> None:
    trust = tmp_path / "anchors.json"
    trust.write_text(json.dumps({"anchors": [{"issuer": signer_of("acme").did}]}), encoding="utf-8")
    (tmp_path / "other").mkdir()
    worker = signer_of("worker")
    chain = chain_of(signer_of("acme"), worker, at=datetime.now(UTC))
    body = {"chain": json.loads(chain.to_json()), "holder": worker.did}

    def answer(settings: Settings) -> tuple[bool, str | None]:
        async def act(_: Ready, client: Client) -> dict[str, Any]:
            answer = await client.ask("POST", "/v1/verify", body=body, headers=operator_of(settings))
            verdict: dict[str, Any] = answer.json
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
    other = settings_of(tmp_path, data_dir=tmp_path / "other", public_url=settings.public_url)

    async def act(_: Ready, __: Client) -> None:
        with pytest.raises(SettingsError):
            await serve(other, ready=lambda _: None, stop=asyncio.Event())

    run(settings, act)


def test_second_node_in_one_folder_is_refused_whatever_its_address(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    async def act(_: Ready, client: Client) -> int:
        with pytest.raises(SettingsError):
            await serve(settings_of(tmp_path), ready=lambda _: None, stop=asyncio.Event())
        return (await client.ask("GET", "/readyz")).status

    assert run(settings, act) == 200
    FolderLock.take(settings.data_dir).release()


def test_all_files_that_cannot_be_used_are_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    key.write_text("x", encoding="ascii")
    key.chmod(0o644)
    settings = settings_of(
        tmp_path,
        trust_file=tmp_path / "absent.json",
        wallet_key_file=key,
        egress_ca_file=tmp_path / "absent.pem",
        public_url="https://node.example",
        tls_cert=tmp_path / "absent.crt",
        tls_key=tmp_path / "absent.key",
    )
    with pytest.raises(SettingsError) as refusal:
        run(settings, nothing)
    for name in ("absent.json", "open.key", "absent.pem", "tls_key"):
        assert name in refusal.value.detail
    assert not settings.data_dir.exists()


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
