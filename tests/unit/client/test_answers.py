"""Answers that no node gives: refused as the server's error, bounded, and never taken for something else."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from legation.client import transport
from legation.client.reading import (
    list_of,
    page_of,
    read_agent,
    read_anchor,
    read_audit_entry,
    read_challenge,
    read_delegation,
    read_health,
    read_key,
    read_new_operator,
    read_operator,
    read_presentation,
    read_readiness,
    read_resolution,
    read_rotation,
    read_tree,
    read_verdict,
)
from legation.errors import (
    GoneError,
    LegationError,
    MalformedError,
    NotFoundError,
    ResolutionError,
    UnavailableError,
)
from tests.support.asking import (
    AGENT,
    ANCHOR,
    BOTH,
    DELEGATION,
    ENTRY,
    KEY,
    MOMENT,
    NO,
    OPERATOR,
    TOKEN,
    YES,
    ask,
    quickly,
    refusal,
)
from tests.support.scripted import problem, reply, say_nothing, send, serving

CHALLENGE = {"challenge": "c", "domain": "d", "expiresAt": MOMENT}
READERS: list[tuple[Any, dict[str, Any], set[str]]] = [
    (read_agent, AGENT, {"sponsor", "agent_model"}),
    (read_key, KEY, {"expiresAt"}),
    (read_rotation, {"key": KEY, "replaced": KEY}, set()),
    (read_delegation, DELEGATION, {"parent"}),
    (read_tree, {"delegation": DELEGATION, "children": [], "truncated": False}, {"truncated"}),
    (read_challenge, CHALLENGE, set()),
    (read_presentation, {"presentation": "a.b.c"}, set()),
    (read_verdict, YES, {"principal", "holder", "error"}),
    (read_anchor, ANCHOR, {"id", "grants", "principals"}),
    (read_operator, OPERATOR, {"owner"}),
    (read_new_operator, {**OPERATOR, "token": TOKEN}, {"owner"}),
    (read_audit_entry, ENTRY, {"owner", "code", "requestId"}),
    (read_health, {"status": "ok"}, set()),
    (read_readiness, {"status": "ready", "checks": []}, set()),
    (page_of(read_key), {"items": [KEY], "next": "c"}, {"next"}),
    (list_of(read_key), {"items": [KEY]}, set()),
]
NAMES = [next(iter(sample)) + str(index) for index, (_, sample, _) in enumerate(READERS)]


def code_of(read: Any, value: object) -> str:
    """Return the code with which a value is refused."""
    with pytest.raises(MalformedError) as caught:
        read(value)
    return caught.value.code


@pytest.mark.parametrize(("read", "sample", "optional"), READERS, ids=NAMES)
def test_unknown_members_are_left_to_newer_clients(read: Any, sample: dict[str, Any], optional: set[str]) -> None:
    assert read({**sample, "x-new": {"a": [1]}}) == read(sample)


@pytest.mark.parametrize(("read", "sample", "optional"), READERS, ids=NAMES)
def test_missing_member_is_the_servers_error_and_an_optional_one_is_not(
    read: Any, sample: dict[str, Any], optional: set[str]
) -> None:
    for name in sample:
        lacking = {key: value for key, value in sample.items() if key != name}
        if name in optional:
            read(lacking)
            assert read({**sample, name: None}) == read(lacking)
        else:
            assert code_of(read, lacking) == "server_error", name
            assert code_of(read, {**sample, name: None}) == "server_error", name


def wrong_values(value: object) -> Iterator[object]:
    """Yield values of other types than this one's."""
    yield from (other for other in (7.5, -1, True, "?", [1], {"a": 1}) if type(other) is not type(value))


@pytest.mark.parametrize(("read", "sample", "optional"), READERS, ids=NAMES)
def test_member_of_another_type_is_the_servers_error(read: Any, sample: dict[str, Any], optional: set[str]) -> None:
    taken_as_they_are = {"presentation", "error"}  # an object or a text; looked into below
    for name, value in sample.items():
        for wrong in wrong_values(value):
            if name not in taken_as_they_are:
                assert code_of(read, {**sample, name: wrong}) == "server_error", (name, wrong)


@pytest.mark.parametrize("value", [None, 1, "a", [], True])
@pytest.mark.parametrize(("read", "sample", "optional"), READERS, ids=NAMES)
def test_answer_that_is_no_object_is_the_servers_error(
    read: Any, sample: dict[str, Any], optional: set[str], value: object
) -> None:
    assert code_of(read, value) == "server_error"


@pytest.mark.parametrize(
    ("read", "sample", "changes"),
    [
        (read_agent, AGENT, {"life": "asleep"}),
        (read_agent, AGENT, {"createdAt": "yesterday"}),
        (read_agent, AGENT, {"keys": [1]}),
        (read_key, KEY, {"heldBy": "somebody"}),
        (read_key, KEY, {"purpose": "anything"}),
        (read_delegation, DELEGATION, {"hops": -1}),
        (read_delegation, DELEGATION, {"chain": []}),
        (read_delegation, DELEGATION, {"chain": [1]}),
        (read_anchor, ANCHOR, {"source": "elsewhere"}),
        (read_anchor, ANCHOR, {"principals": [1]}),
        (read_anchor, ANCHOR, {"grants": [{"locations": []}]}),
        (read_presentation, {"presentation": "a"}, {"presentation": 1}),
        (read_verdict, YES, {"verified": False}),
        (read_verdict, YES, {"accepted": False}),
        (read_verdict, YES, {"error": NO["error"]}),
        (read_verdict, NO, {"error": None}),
        (read_verdict, NO, {"accepted": True}),
        (read_verdict, NO, {"error": {"code": "widened"}}),
        (read_verdict, NO, {"hops": [1]}),
    ],
)
def test_value_that_says_what_cannot_be_is_refused(read: Any, sample: dict[str, Any], changes: dict[str, Any]) -> None:
    read(copy.deepcopy(sample))
    assert code_of(read, {**sample, **changes}) == "server_error"


def test_node_is_ready_only_if_it_says_so_and_lacks_nothing() -> None:
    good, bad = {"name": "a", "ok": True}, {"name": "b", "ok": False}
    assert read_readiness({"status": "ready", "checks": [good]}).ready
    assert not read_readiness({"status": "ready", "checks": [good, bad]}).ready
    assert not read_readiness({"status": "not ready", "checks": [good]}).ready


def resolution(document: object, error: object = None, **metadata: object) -> dict[str, object]:
    """Return the result of a DID resolution."""
    about = {} if error is None else {"error": error}
    return {"didDocument": document, "didResolutionMetadata": about, "didDocumentMetadata": metadata}


def test_result_without_a_document_is_an_error_of_its_kind() -> None:
    assert read_resolution(resolution({"id": "did:x:1"})).document == {"id": "did:x:1"}
    with pytest.raises(GoneError):
        read_resolution(resolution(None, deactivated=True))
    assert code_of(read_resolution, resolution(None)) == "server_error"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("https://www.w3.org/ns/did#NOT_FOUND", "did_not_found"),
        ("https://www.w3.org/ns/did#INVALID_DID", "invalid_did"),
        ("https://elsewhere.example/ns#X", "did_unresolvable"),
    ],
)
def test_error_of_a_resolution_has_the_nodes_code(kind: str, code: str) -> None:
    with pytest.raises(ResolutionError) as caught:
        read_resolution(resolution(None, {"type": kind, "detail": "no\x1b[31m"}))
    assert caught.value.code == code
    assert caught.value.detail.isprintable()


# ------------------------------------------------------------------ on the wire


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    "step",
    [
        reply(body=b"{"),
        reply(body=b""),
        reply(body=b'{"status": "ok", "status": "ok"}'),
        reply(body=b'\xff{"status": "ok"}'),
        reply(body=b'{"status": "ok", "x": ' + b"[" * 200 + b"]" * 200 + b"}"),
        reply(body=b'{"status": NaN}'),
        reply([]),
        reply({"status": "ok"}, media="text/html"),
        reply({"status": "ok"}, media=""),
        reply({"status": "ok"}, media="application/problem+json"),
        reply({"status": "ok"}, headers={"Content-Encoding": "gzip"}),
        reply(status=204),
        reply({"status": "ok"}, status=202),
        send(b"nonsense\r\n\r\n"),
        send(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        send(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n"),
    ],
)
def test_answer_that_no_node_gives_is_the_servers_error_and_asked_once(kind: str, step: Any) -> None:
    with serving([step]) as server:
        error = refusal(kind, server.origin, "get_health")
    assert error.code == "server_error"
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", BOTH)
def test_media_type_may_have_parameters_and_any_case(kind: str) -> None:
    with serving([reply({"status": "ok"}, media="Application/JSON; charset=utf-8")]) as server:
        assert ask(kind, server.origin, "get_health") == "ok"


@pytest.mark.parametrize("kind", BOTH)
def test_answer_beyond_the_bound_is_refused_and_one_within_it_is_read(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1000)
    with serving([reply(body=b'{"status": "ok"}'.ljust(1000)), reply(body=b'{"status": "ok"}'.ljust(1001))]) as server:
        assert ask(kind, server.origin, "get_health") == "ok"
        assert refusal(kind, server.origin, "get_health").code == "server_error"


@pytest.mark.parametrize("kind", BOTH)
def test_endless_answer_ends_at_the_bound(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 100_000)

    async def pour(_: Any, writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        while True:
            writer.write(b"[" * 10_000)
            await writer.drain()

    with serving([pour]) as server:
        assert refusal(kind, server.origin, "get_health").code == "server_error"


@pytest.mark.parametrize("kind", BOTH)
def test_answer_that_does_not_come_in_time_is_unavailable(kind: str) -> None:
    with serving(
        [say_nothing, send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", end=False), say_nothing]
    ) as server:
        for _ in range(2):
            error = refusal(kind, server.origin, "get_health", settings=quickly())
            assert isinstance(error, UnavailableError)
            assert error.code == "unavailable"
    assert len(server.asked) == 2


@pytest.mark.parametrize("kind", BOTH)
def test_truncated_answer_is_unavailable(kind: str) -> None:
    cut = send(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"status"')
    with serving([cut]) as server:
        error = refusal(kind, server.origin, "get_health", settings={"retries": 0})
    assert isinstance(error, UnavailableError)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(kind: str, status: int) -> None:
    with serving([]) as elsewhere, serving([reply(status=status, headers={"Location": elsewhere.origin})]) as server:
        error = refusal(kind, server.origin, "get_health")
    assert (type(error), error.code) == (LegationError, "server_error")
    assert (len(server.asked), elsewhere.asked) == (1, [])


@pytest.mark.parametrize("kind", BOTH)
def test_problem_is_not_taken_for_the_result_of_a_resolution(kind: str) -> None:
    with serving([problem("not_found", status=404)]) as server:
        error = refusal(kind, server.origin, "resolve_did", "did:web:a.example")
    assert (type(error), error.code) == (NotFoundError, "not_found")


@pytest.mark.parametrize("kind", BOTH)
def test_page_of_a_proxy_is_not_taken_for_readiness(kind: str) -> None:
    with serving([reply(status=503, media="text/html")]) as server:
        error = refusal(kind, server.origin, "get_readiness", settings={"retries": 0})
    assert (type(error), error.code) == (UnavailableError, "server_error")


@pytest.mark.parametrize("kind", BOTH)
def test_cookies_are_not_kept(kind: str) -> None:
    with serving([reply({"items": [], "next": "c"}, headers={"Set-Cookie": "a=b"}), reply({"items": []})]) as server:
        ask(kind, server.origin, "iterate_agents")
    assert "cookie" not in server.asked[1].headers


@pytest.mark.parametrize("kind", BOTH)
def test_list_that_goes_round_is_the_servers_error(kind: str) -> None:
    with serving([reply({"items": [], "next": "c"})], repeat=True) as server:
        assert refusal(kind, server.origin, "iterate_agents").code == "server_error"
    assert len(server.asked) == 2
