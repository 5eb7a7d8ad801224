"""Who calls: one way at a time, only to the server that was named, and never to be read anywhere else."""

from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from legation.client import AsyncClient, Client, transport
from legation.client.credentials import BearerToken, find_credentials
from legation.domain.calls import read_call_token
from legation.errors import LegationError, NotFoundError, SettingsError, WalletError
from legation.standards.multiformats import decode_base64url
from tests.support.asking import BOTH, TOKEN, YES, ask, quickly, refusal
from tests.support.clock import FakeClock
from tests.support.keys import signer_of
from tests.support.scripted import hang_up, problem, reply, say_nothing, serving

OK = reply({"status": "ok"})


def token_file(folder: Path, text: str = f"{TOKEN}\n", mode: int = 0o600) -> Path:
    path = folder / "operator-token"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("kind", BOTH)
def test_token_of_a_private_file_is_sent(kind: str, tmp_path: Path) -> None:
    with serving([OK]) as server:
        ask(kind, server.origin, "get_health", settings={"token": None, "token_file": token_file(tmp_path)})
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("kind", BOTH)
def test_who_gives_nothing_sends_nothing(kind: str) -> None:
    with serving([OK]) as server:
        ask(kind, server.origin, "get_health", settings={"token": None})
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("client", [AsyncClient, Client])
def test_file_that_others_may_read_or_that_is_not_there_is_refused(client: Any, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        client("https://node.example", token_file=token_file(tmp_path, mode=0o644))
    with pytest.raises(NotFoundError):
        client("https://node.example", token_file=tmp_path / "nothing")


@pytest.mark.parametrize(
    "given",
    [
        {"token": TOKEN, "token_file": "file"},
        {"token": TOKEN, "signer": signer_of("ana")},
        {"token_file": "file", "signer": signer_of("ana")},
    ],
)
@pytest.mark.parametrize("client", [AsyncClient, Client])
def test_two_ways_at_once_are_refused(client: Any, given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        client("https://node.example", **given)


@pytest.mark.parametrize("text", ["", " ", "a b", "a\r\nX: y", "a\x00", "ä", "a" * 4097, "=a", "Bearer abc"])
def test_token_of_another_form_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        AsyncClient("https://node.example", token=text)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value.__cause__)
    assert not text.strip() or repr(text) not in shown.replace(f"token={text!r}", "")


@pytest.mark.parametrize("text", [TOKEN, "eyJh.eyJp.c2ln", "abc=="])
def test_token_of_any_bearer_form_is_taken(text: str) -> None:
    clock = FakeClock()
    found = find_credentials(token=text, token_file=None, signer=None, audience="https://a.example", clock=clock)
    assert found.authorize("GET", "https://a.example/") == f"Bearer {text}"


def test_token_is_in_no_text_of_the_client() -> None:
    client = AsyncClient("https://node.example", token=TOKEN)
    sync = Client("https://node.example", token=TOKEN)
    sync.close()
    texts = [repr(client), repr(sync), repr(BearerToken(TOKEN)), repr(vars(client)), repr(vars(sync))]
    assert not any(TOKEN in text for text in texts)
    assert not any(TOKEN in repr(vars(value)) for value in (client._transport,))


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    "step", [problem("authentication_required", status=401), hang_up, reply(status=302), reply([]), say_nothing]
)
def test_token_is_in_no_error_and_no_log(kind: str, step: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving([step]) as server:
        error = refusal(kind, server.origin, "get_health", settings=quickly(retries=0))
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    shown = "".join(traceback.format_exception(error)) + "".join(repr(found) + repr(found.args) for found in seen)
    assert TOKEN not in shown + caplog.text


# ------------------------------------------------------------------ agents


@pytest.mark.parametrize("p256", [False, True])
@pytest.mark.parametrize("kind", BOTH)
def test_agent_signs_a_token_of_its_own_for_every_attempt(
    kind: str, p256: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def go_on(_: float) -> None:
        clock.advance(timedelta(seconds=7))

    monkeypatch.setattr(transport, "_sleep", go_on)
    clock, signer = FakeClock(), signer_of("worker", p256=p256)
    begun = clock.now()
    with serving([hang_up, problem("unavailable", status=503), reply({"items": []})]) as server:
        settings = {"token": None, "signer": signer, "clock": clock}
        ask(kind, server.origin, "list_agents", name="planner", settings=settings)
        seen = set()
        for index, asked in enumerate(server.asked):
            scheme, _, text = asked.headers["authorization"].partition(" ")
            at = begun + timedelta(seconds=7 * index)
            url = f"{server.origin}/v1/agents"
            token = read_call_token(text, audience=server.origin, method="GET", url=url, at=at)
            token.verify(signer.key.public_key)
            assert (scheme, token.did, token.method) == ("Bearer", signer.did, signer.method)
            seen.add(token.jti)
    assert len(seen) == 3


@pytest.mark.parametrize("kind", BOTH)
def test_token_of_a_call_names_its_method_and_path_as_they_were_sent(kind: str) -> None:
    clock, signer = FakeClock(), signer_of("worker")
    settings = {"token": None, "signer": signer, "clock": clock}
    with serving(
        [reply(YES), reply({"didDocument": {}, "didDocumentMetadata": {}, "didResolutionMetadata": {}})]
    ) as server:
        ask(kind, server.origin, "verify_chain", "a.b.c", settings=settings)
        refusal(kind, server.origin, "resolve_did", "did:web:a%3A1", settings=settings)
        claims = [decode_base64url(asked.headers["authorization"].split(".")[1]).decode() for asked in server.asked]
    assert '"htm":"POST"' in claims[0]
    assert f'"htu":"{server.origin}/v1/verify"' in claims[0]
    assert f'"htu":"{server.origin}/1.0/identifiers/did:web:a%253A1"' in claims[1]


def test_error_of_a_wallet_that_cannot_sign_comes_through() -> None:
    class Closed:
        public_key = signer_of("worker").key.public_key

        def sign(self, message: bytes) -> bytes:
            raise WalletError("closed", code="wallet_closed")

    from legation.crypto.signing import Signer

    real = signer_of("worker")

    async def run() -> LegationError:
        async with AsyncClient("https://node.example", signer=Signer(real.did, real.method, Closed())) as client:
            with pytest.raises(WalletError) as caught:
                await client.get_agent("planner")
        return caught.value

    assert asyncio.run(run()).code == "wallet_closed"
