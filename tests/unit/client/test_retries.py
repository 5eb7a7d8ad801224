"""What is asked again, how often and after how long; and what never is, because it may have been done."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from legation.client import AsyncClient, transport
from legation.errors import EgressError, LegationError, NotFoundError, UnavailableError
from tests.support.asking import AGENT, AGENT_ID, BOTH, DELEGATION_ID, KEY, TOKEN, YES, ask, quickly, refusal
from tests.support.hosts import Authority
from tests.support.nodes import free_port
from tests.support.scripted import Step, hang_up, problem, reply, say_nothing, send, serving

OK = reply({"status": "ok"})
BUSY = problem("unavailable", status=503)
CUT = send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
# each with what a node answers where it is done
CHANGES: list[tuple[str, tuple[Any, ...], dict[str, Any], object]] = [
    ("create_agent", ("planner",), {}, AGENT),
    ("update_agent", ("planner",), {"sponsor": None}, AGENT),
    ("suspend_agent", ("planner",), {}, AGENT),
    ("resume_agent", ("planner",), {}, AGENT),
    ("retire_agent", ("planner",), {}, AGENT),
    ("add_access_key", ("planner", "z6Mk"), {}, KEY),
    ("rotate_key", ("k-1",), {}, {"key": KEY, "replaced": KEY}),
    ("issue_delegation", ("planner",), {"to": "did:key:z6Mk", "details": []}, None),
    ("attenuate_delegation", (DELEGATION_ID,), {"to": "did:key:z6Mk"}, None),
    ("import_delegation", ("a.b.c",), {}, None),
    ("create_presentation", (), {"challenge": "c", "domain": "d"}, {"presentation": "a.b.c"}),
    ("verify_presentation", ("a.b.c",), {}, YES),
    ("issue_credential", ("planner", {}), {}, {"verifiableCredential": {}}),
    ("present_credentials", ("planner", {}), {"challenge": "c", "domain": "d"}, {"verifiablePresentation": {}}),
    ("create_challenge", (), {}, None),
    ("add_anchor", ("did:key:z6Mk",), {}, None),
    ("create_operator", ("ana",), {}, None),
]


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait, and return how long they would have."""
    taken: list[float] = []

    async def note(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr(transport, "_sleep", note)
    return taken


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("step", [BUSY, problem("x", status=502), reply(status=504, media="text/html"), hang_up, CUT])
def test_look_is_repeated_where_it_brought_no_answer(kind: str, step: Step, pauses: list[float]) -> None:
    with serving([step, step, OK]) as server:
        assert ask(kind, server.origin, "get_health") == "ok"
    assert len(server.asked) == 3
    assert 0.05 <= pauses[0] <= 0.15
    assert 0.1 <= pauses[1] <= 0.3


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("retries", [0, 1, 3])
def test_look_is_repeated_as_often_as_was_said(kind: str, retries: int) -> None:
    with serving([BUSY], repeat=True) as server:
        error = refusal(kind, server.origin, "get_health", settings={"retries": retries})
    assert (type(error), error.code) == (UnavailableError, "unavailable")
    assert len(server.asked) == 1 + retries


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 501])
def test_look_that_was_answered_is_not_repeated(kind: str, status: int) -> None:
    with serving([problem("some_code", status=status)], repeat=True) as server:
        assert refusal(kind, server.origin, "get_agent", "planner").code == "some_code"
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("step", [BUSY, problem("x", status=502), reply(status=504), hang_up, CUT])
@pytest.mark.parametrize(("method", "arguments", "named", "answer"), CHANGES, ids=[change[0] for change in CHANGES])
def test_change_that_was_sent_is_never_repeated(
    kind: str, step: Step, method: str, arguments: tuple[Any, ...], named: dict[str, Any], answer: object
) -> None:
    with serving([step, reply(answer)]) as server:
        error = refusal(kind, server.origin, method, *arguments, settings={"retries": 5}, **named)
    assert isinstance(error, LegationError)
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", BOTH)
def test_change_of_which_nothing_was_heard_says_that_it_may_have_been_done(kind: str) -> None:
    with serving([hang_up, say_nothing]) as server:
        fixes = {refusal(kind, server.origin, "create_challenge", settings=quickly()).fix for _ in range(2)}
    with serving([hang_up]) as server:
        harmless = refusal(kind, server.origin, "get_health", settings={"retries": 0}).fix
    assert len(fixes) == 1
    assert harmless not in fixes


@pytest.mark.parametrize("kind", BOTH)
def test_judging_without_effect_is_repeated(kind: str) -> None:
    with serving([BUSY, hang_up, reply(YES)]) as server:
        assert ask(kind, server.origin, "verify_chain", "a.b.c").accepted
    assert {asked.body for asked in server.asked} == {b'{"chain":"a.b.c"}'}
    assert len(server.asked) == 3


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", ["remove_access_key", "remove_anchor", "revoke_operator"])
def test_removal_is_repeated_and_what_is_gone_then_was_removed(kind: str, method: str) -> None:
    gone = problem("not_found", status=404)
    with serving([hang_up, gone]) as server:
        assert ask(kind, server.origin, method, AGENT_ID) is None
    assert [asked.method for asked in server.asked] == ["DELETE", "DELETE"]
    with serving([gone]) as server:
        assert isinstance(refusal(kind, server.origin, method, AGENT_ID), NotFoundError)


@pytest.mark.parametrize("kind", BOTH)
def test_pause_is_as_long_as_the_server_asks_for(kind: str, pauses: list[float]) -> None:
    with serving([problem("unavailable", status=503, headers={"Retry-After": "5"}), OK]) as server:
        assert ask(kind, server.origin, "get_health") == "ok"
    assert 5 <= pauses[0] <= 5.2


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("after", ["10", "3600", "99999999999999999999"])
def test_who_would_have_to_wait_beyond_the_timeout_is_told_at_once(kind: str, after: str, pauses: list[float]) -> None:
    expected = 2 if len(after) > 6 else 1  # what is no number of seconds says nothing
    with serving([problem("unavailable", status=503, headers={"Retry-After": after}), BUSY]) as server:
        refusal(kind, server.origin, "get_health", settings={"retries": 1})
    assert len(server.asked) == expected
    assert len(pauses) == expected - 1


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("after", ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
def test_retry_after_that_is_no_number_is_not_looked_at(kind: str, after: str, pauses: list[float]) -> None:
    busy = f"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: {after}\r\n\r\n".encode()
    with serving([send(busy, end=False), OK]) as server:
        assert ask(kind, server.origin, "get_health") == "ok"
    assert pauses[0] < 1


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", ["get_health", "create_challenge"])
def test_server_that_is_not_there_is_asked_again_whatever_is_asked(kind: str, method: str, pauses: list[float]) -> None:
    error = refusal(kind, f"http://localhost:{free_port()}", method)
    assert (type(error), error.code) == (UnavailableError, "unavailable")
    assert len(pauses) == 2


def test_change_that_was_not_sent_is_made_once_the_server_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> int:
        started = asyncio.Event()
        heard: list[bytes] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            body = b'{"challenge":"c","domain":"d","expiresAt":"2026-11-01T12:00:00Z"}'
            head = f"HTTP/1.1 201 Made\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
            writer.close()

        port = free_port()

        async def start(_: float) -> None:
            if not started.is_set():
                started.set()
                servers.append(await asyncio.start_server(answer, "127.0.0.1", port))

        servers: list[asyncio.Server] = []
        monkeypatch.setattr(transport, "_sleep", start)
        async with AsyncClient(f"http://127.0.0.1:{port}", token=TOKEN) as client:
            assert (await client.create_challenge()).value == "c"
        servers[0].close()
        return len(heard)

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("kind", BOTH)
def test_name_that_does_not_exist_is_unavailable(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "nobody")

    monkeypatch.setattr(socket, "getaddrinfo", find_nothing)
    settings = {"dangerously_allow_http": True, "retries": 0}
    error = refusal(kind, "http://nobody.invalid", "get_health", settings=settings)
    assert (type(error), error.code) == (UnavailableError, "unavailable")


@pytest.mark.parametrize("method", ["get_agent", "remove_anchor", "suspend_agent"])
def test_connection_that_ends_as_it_is_used_again_is_not_papered_over_unseen(method: str) -> None:
    with serving([reply({"items": [], "next": "c"}), hang_up], name="127.0.0.1") as server:

        async def run() -> None:
            async with AsyncClient(server.origin, token=TOKEN, retries=0) as client:
                await client.list_agents()
                with pytest.raises(UnavailableError):
                    await getattr(client, method)("planner")

        asyncio.run(run())
    # one attempt is one request: no library repeats it behind our back, with a token that serves once
    assert [asked.connection for asked in server.asked] == [0, 0]


@pytest.mark.parametrize("kind", BOTH)
def test_certificate_that_nobody_vouches_for_is_refused_and_not_tried_again(
    kind: str, tmp_path: Path, pauses: list[float]
) -> None:
    authority = Authority.create(tmp_path)
    with serving([OK], tls=authority.issue("localhost"), repeat=True) as server:
        error = refusal(kind, server.origin, "get_health")
        assert (type(error), error.code, pauses) == (EgressError, "egress_refused", [])
        assert ask(kind, server.origin, "get_health", settings={"ca_file": authority.ca_file}) == "ok"


@pytest.mark.parametrize("kind", BOTH)
def test_certificate_of_another_name_is_refused(kind: str, tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    with serving([OK], tls=authority.issue("other.example"), repeat=True) as server:
        error = refusal(kind, server.origin, "create_challenge", settings={"ca_file": authority.ca_file})
    assert isinstance(error, EgressError)
    assert server.asked == []


@pytest.mark.parametrize("kind", BOTH)
def test_server_without_tls_where_it_was_expected_gets_nothing(kind: str) -> None:
    with serving([OK], repeat=True) as server:
        error = refusal(kind, server.origin.replace("http:", "https:"), "get_health", settings=quickly())
    assert isinstance(error, EgressError | UnavailableError)
    assert server.asked == []


def test_all_attempts_have_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    deadlines: list[float] = []
    bound = asyncio.timeout_at

    def note(when: float | None) -> asyncio.Timeout:
        if when is not None:
            deadlines.append(when)
        return bound(when)

    monkeypatch.setattr(asyncio, "timeout_at", note)

    async def run(origin: str) -> None:
        begun = asyncio.get_running_loop().time()
        async with AsyncClient(origin, timeout=timedelta(seconds=7)) as client:
            with pytest.raises(UnavailableError):
                await client.get_health()
        assert 7 <= deadlines[0] - begun < 8

    with serving([BUSY], repeat=True) as server:
        asyncio.run(run(server.origin))
    assert len(server.asked) == len(deadlines) == 3
    assert len(set(deadlines)) == 1
