"""Attacks on the service (area "service" of the adversarial cases), as far as the small node meets them."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import timedelta

import pytest

from legation.http.bodies import MAX_BODY_BYTES
from legation.http.server import Limits
from tests.support.nodes import AUTHORIZED, HOST, JSON, ORIGIN, Answer, ask, build_world, parse_answer, serving

SOON = timedelta(milliseconds=300)
GET = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n".encode()
POST = f"POST /v1/verify HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {AUTHORIZED['Authorization']}\r\n".encode()


def send(data: bytes) -> Answer:
    """Send bytes to a node."""

    async def run() -> Answer:
        async with serving(await build_world()) as client:
            return await client.send(data)

    return asyncio.run(run())


# ------------------------------------------------------------------ Y01: slow clients


@pytest.mark.slow
def test_y01_slow_connections_are_closed_while_honest_requests_are_answered() -> None:
    async def run() -> tuple[list[int], int]:
        limits = Limits(idle=SOON, lingering=SOON, answer=SOON)
        async with serving(await build_world(), deadline=SOON, limits=limits) as client:
            body = b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            kinds = (b"", b"G", GET, POST, POST + body)
            slow = [asyncio.create_task(drip(client.port, kinds[number % len(kinds)])) for number in range(200)]
            honest = [(await client.ask("GET", "/healthz")).status for _ in range(50)]
            closed = await asyncio.wait_for(asyncio.gather(*slow), 20)
            return honest, sum(closed)

    statuses, closed = asyncio.run(run())
    assert statuses == [200] * 50
    assert closed == 200


async def drip(port: int, start: bytes) -> bool:
    """Send one byte after another, and say whether the server ended the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.create_task(reader.read())
    try:
        writer.write(start)
        for _ in range(100):
            done, _ = await asyncio.wait({reading}, timeout=0.1)
            if done:
                return True
            writer.write(b"a")
    except OSError:
        return True
    finally:
        reading.cancel()
        writer.close()
    return False


# ------------------------------------------------------------------ Y02: too much


def test_y02_oversized_body_is_refused_by_its_length_and_by_its_chunks() -> None:
    large = b'{"chain": "' + b"a" * MAX_BODY_BYTES + b'"}'
    by_length = ask("POST", "/v1/verify", body=large, headers={**AUTHORIZED, **JSON})
    chunks = b"".join(b"1000\r\n" + b"a" * 4096 + b"\r\n" for _ in range(100))
    by_chunks = ask("POST", "/v1/verify", body=chunks, headers={**AUTHORIZED, **JSON, "Transfer-Encoding": "chunked"})
    for answer in (by_length, by_chunks):
        assert (answer.status, answer.json["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "fields",
    [
        b"".join(b"X-%d: a\r\n" % number for number in range(10_000)),
        b"X-A: " + b"a" * 65_536 + b"\r\n",
        b"X" * 65_536 + b": a\r\n",
    ],
)
def test_y02_too_many_or_too_long_headers_are_refused(fields: bytes) -> None:
    assert send(GET + fields + b"\r\n").status in (400, 431)


def test_y02_too_long_target_is_refused() -> None:
    assert send(b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\n\r\n").status in (400, 414)


def test_y02_endless_trailers_are_refused() -> None:
    trailers = b"".join(b"X-%d: a\r\n" % number for number in range(10_000))
    data = POST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert send(data + b'd\r\n{"chain": []}\r\n0\r\n' + trailers + b"\r\n").status in (400, 431)


# ------------------------------------------------------------------ Y04: framing


@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 13\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 13\r\nContent-Length: 14\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length: +13\r\n",
        b"X: a\nY: b\r\n",
    ],
)
def test_y04_ambiguous_framing_is_refused(fields: bytes) -> None:
    data = POST + b"Content-Type: application/json\r\nConnection: close\r\n" + fields + b"\r\n" + b'{"chain": []}'
    assert send(data).status == 400


def test_y04_plain_framing_is_accepted() -> None:
    data = (
        POST + b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: 13\r\n\r\n" + b'{"chain": []}'
    )
    assert send(data).status == 200


# ------------------------------------------------------------------ Y05: bombs


@pytest.mark.slow
def test_y05_body_in_single_bytes_is_bounded() -> None:
    body = b"1\r\na\r\n" * (MAX_BODY_BYTES + 1) + b"0\r\n\r\n"
    answer = ask("POST", "/v1/verify", body=body, headers={**AUTHORIZED, **JSON, "Transfer-Encoding": "chunked"})
    assert answer.status == 413


def test_y05_compressed_body_is_not_inflated() -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    answer = ask("POST", "/v1/verify", body=bomb, headers={**AUTHORIZED, **JSON, "Content-Encoding": "gzip"})
    assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")


# ------------------------------------------------------------------ Y06: callers


@pytest.mark.parametrize("path", ["/v1/challenges", "/v1/verify", "/v1/presentations/verify"])
def test_y06_nothing_under_v1_answers_without_credentials(path: str) -> None:
    answer = ask("POST", path, body={"chain": [], "presentation": {}})
    assert (answer.status, answer.json["code"]) == (401, "authentication_required")


def test_y06_operator_is_let_in() -> None:
    assert ask("POST", "/v1/verify", body={"chain": []}, headers=AUTHORIZED).status == 200


# ------------------------------------------------------------------ Y07: what proxies say


def test_y07_forwarded_headers_change_nothing() -> None:
    forged = {
        "Forwarded": "host=evil.example;proto=https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Prefix": "/v1",
        "X-Original-URL": "/healthz",
        "X-Rewrite-URL": "/healthz",
        "X-HTTP-Method-Override": "GET",
    }
    issued = ask("POST", "/v1/challenges", headers={**AUTHORIZED, **forged})
    assert issued.json["domain"] == ORIGIN
    document = ask("GET", "/.well-known/did.json", headers=forged)
    assert b"evil" not in document.body
    assert ask("POST", "/v1/challenges", headers=forged).status == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "", f"{HOST}.evil.example", f"{HOST}:8080", f"{HOST}@evil.example", "127.0.0.1"]
)
def test_y07_host_that_is_not_this_nodes_is_misdirected(host: str) -> None:
    answer = ask("GET", "/.well-known/did.json", headers={"Host": host})
    assert (answer.status, answer.json["code"]) == (421, "misdirected_request")


def test_y07_request_with_two_hosts_or_none_is_refused() -> None:
    two = b"GET /healthz HTTP/1.1\r\nHost: " + HOST.encode() + b"\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert send(two).status in (400, 421)
    assert send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").status in (400, 421)
    assert send(GET + b"\r\n").status == 200


def test_y07_host_in_another_case_is_this_node() -> None:
    assert ask("GET", "/healthz", headers={"Host": HOST.upper()}).status == 200


# ------------------------------------------------------------------ Y14: paths

OTHER_SPELLINGS = [
    "/v1/../healthz",
    "/healthz/../v1/challenges",
    "/v1/%2e%2e/healthz",
    "/agents/..%2f..%2fhealthz",
    "//healthz",
    "/healthz//",
    "/healthz/",
    "/%68ealthz",
    "/%2fhealthz",
    "/Healthz",
    "/healthz.",
    "/healthz%00",
    "/healthz;a=b",
    "/healthz%3Fa",
    "/./healthz",
    "/.well-known/./did.json",
    "/.WELL-KNOWN/did.json",
    "/agents/planner%2Fdid.json",
    "/agents//did.json",
    "/agents/.well-known/did.json",
    "/healthz\\",
    "http://node.example/healthz",
    "https://evil.example/healthz",
    "*",
    "healthz",
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("target", OTHER_SPELLINGS)
def test_y14_path_in_another_spelling_reaches_no_route(method: str, target: str) -> None:
    answer = ask(method, target, body={} if method == "POST" else b"", headers=AUTHORIZED)
    assert answer.status in (400, 404)
    assert answer.json["code"] in ("malformed", "not_found")


@pytest.mark.parametrize(
    "target", ["/healthz", "/healthz?", "/healthz?a=/v1/challenges&b=%2e%2e", "/.well-known/did.json"]
)
def test_y14_path_in_its_one_spelling_is_served_whatever_the_query(target: str) -> None:
    assert ask("GET", target).status == 200


def test_y14_path_in_another_spelling_opens_nothing_that_asks_for_a_caller() -> None:
    for target in (
        "/healthz/../v1/challenges",
        "//v1/challenges",
        "/v1/challenges/",
        "/V1/challenges",
        "/v1//challenges",
    ):
        assert ask("POST", target).status in (400, 401, 404)


# ------------------------------------------------------------------ what every answer carries


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/healthz", {}),
        ("GET", "/.well-known/did.json", {}),
        ("GET", "/nothing", {}),
        ("POST", "/v1/challenges", {}),
        ("POST", "/v1/challenges", AUTHORIZED),
        ("GET", "/healthz", {"Host": "evil.example"}),
    ],
)
def test_every_answer_carries_an_id_and_what_keeps_browsers_from_misusing_it(
    method: str, target: str, headers: dict[str, str]
) -> None:
    answer = ask(method, target, headers={**headers, "X-Request-Id": "forged\tid"})
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["server"] == "legation"


# ------------------------------------------------------------------ bodies that parsers read differently


@pytest.mark.parametrize(
    "body",
    [
        b'{"chain": [], "chain": [{}]}',
        b'{"presentation": {}, "presentation": {"type": "VerifiablePresentation"}}',
        b'{"chain": "\xc0\xaf"}',
        b'{"chain": "\xed\xa0\x80"}',
        b'{"chain": [NaN]}',
        b'{"chain": [1e999]}',
        b"\xff\xfe{\x00}\x00",
    ],
)
@pytest.mark.parametrize("path", ["/v1/verify", "/v1/presentations/verify"])
def test_body_that_parsers_read_differently_is_refused(path: str, body: bytes) -> None:
    answer = ask("POST", path, body=body, headers={**AUTHORIZED, **JSON})
    assert (answer.status, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\u202e", "\x1b[31m"])
def test_text_that_steers_a_terminal_or_breaks_an_encoding_is_no_500(text: str) -> None:
    escaped = json.dumps(text)
    bodies = (
        f'{{"chain": {escaped}}}',
        f'{{"chain": [], "holder": {escaped}}}',
        f'{{"chain": [], "challenge": {escaped}, "domain": {escaped}}}',
        f'{{"chain": [{{"id": {escaped}}}]}}',
        f'{{{escaped}: 1, "chain": []}}',
    )
    for body in bodies:
        answer = ask("POST", "/v1/verify", body=body.encode(), headers={**AUTHORIZED, **JSON})
        assert answer.status in (200, 400)
        assert answer.json.get("code") != "internal_error"


def test_parse_answer_reads_what_the_server_writes() -> None:
    assert parse_answer(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody") == Answer(200, {"a": "b"}, b"body")
