"""``legation did resolve``: documents of DIDs that say it all, and of hosts that answer, or do not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from legation.standards.did.jwk import build_did_jwk
from legation.standards.did.key import build_did_key_of
from legation.standards.did.peer import PeerKey, build_did_peer_2, build_did_peer_4
from legation.standards.did.webvh.building import Changes, create_log, extend_log
from legation.standards.multiformats import Curve
from tests.support.commands import Outcome, invoke
from tests.support.keys import Ed25519Key, signer_of
from tests.support.webvh import BEGAN, DAY, document

KEY = signer_of("acme")
LOOPBACK = "--dangerously-allow-loopback"


def resolve(did: str, *options: str) -> Outcome:
    return invoke("did", "resolve", did, "--format", "json", *options)


@contextmanager
def host(status: int, body: bytes | Callable[[str], bytes] | None = None) -> Iterator[str]:
    """Answer every request on a free port alike; yield the did:web of that origin, whose document is the body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = json.dumps({"id": did}).encode() if written is None else written
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    did = f"did:web:localhost%3A{server.server_port}"
    written = body(did) if callable(body) else body
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield did
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "did",
    [
        KEY.did,
        signer_of("p", p256=True).did,
        build_did_jwk(KEY.key.public_key),
        build_did_key_of(Curve.X25519, bytes([9]) + bytes(31)),
        build_did_peer_2([PeerKey("authentication", KEY.did.removeprefix("did:key:"))]),
        build_did_peer_4({"service": [{"id": "#s", "type": "A", "serviceEndpoint": "https://a.example"}]}).long,
    ],
)
def test_did_that_says_it_all_is_resolved_without_a_network(did: str) -> None:
    outcome = resolve(did)
    assert outcome.code == 0
    assert outcome.json["id"] == did
    assert did in invoke("did", "resolve", did).out


def test_hosted_did_is_fetched_where_loopback_is_allowed() -> None:
    with host(200) as did:
        assert resolve(did, LOOPBACK).json == {"id": did}


def test_hosted_did_on_this_machine_is_refused_otherwise() -> None:
    with host(200) as did:
        outcome = resolve(did)
    assert (outcome.code, outcome.error["code"]) == (5, "did_unresolvable")
    assert LOOPBACK in outcome.error["fix"]


@pytest.mark.parametrize("did", ["", "acme", "did:foo:bar", "did:key:z1", "did:web:127.0.0.1", "did:web:a%2Fb"])
def test_did_that_is_none_or_of_another_method_is_invalid(did: str) -> None:
    assert resolve(did).code == 5


def test_document_that_is_not_there_is_a_server_error() -> None:
    with host(404, b"") as did:
        outcome = resolve(did, LOOPBACK)
    assert (outcome.code, outcome.error["code"]) == (2, "server_error")


def test_document_of_another_did_is_invalid() -> None:
    with host(200, b'{"id": "did:web:other.example"}') as did:
        assert resolve(did, LOOPBACK).code == 5


def test_host_that_does_not_answer_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = resolve(f"did:web:localhost%3A{port}", LOOPBACK)
    assert (outcome.code, outcome.error["code"]) == (4, "unavailable")


def test_file_of_certificates_that_cannot_be_used_is_a_local_error() -> None:
    outcome = resolve("did:web:acme.invalid", "--egress-ca-file", "absent.pem")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")


@pytest.mark.parametrize(
    "options",
    [
        ("--version-number", "1"),
        ("--version-time", "2026-11-01T12:00:00Z"),
        ("--version-number", "1", "--version-time", "2026-11-01T12:00:00Z"),
    ],
)
def test_earlier_version_is_refused_where_the_method_keeps_none(options: tuple[str, ...]) -> None:
    assert resolve(KEY.did).code == 0
    assert resolve(KEY.did, *options).code == 1


def test_logged_did_is_resolved_as_it_stands_and_as_it_stood() -> None:
    made: list[str] = []

    def write_log(web: str) -> bytes:
        planned = web.replace("did:web:", "did:webvh:{SCID}:")
        first = create_log(document(planned, "one"), Changes(), key=Ed25519Key("update"), at=BEGAN)
        made.append(first.version.did)
        second = extend_log(first.version, document(first.version.did, "two"), key=Ed25519Key("update"), at=BEGAN + DAY)
        return first.line + second.line

    with host(200, write_log):
        (did,) = made
        newest, first = resolve(did, LOOPBACK), resolve(did, LOOPBACK, "--version-number", "1")
        then = resolve(did, LOOPBACK, "--version-time", (BEGAN + DAY / 2).isoformat().replace("+00:00", "Z"))
    assert (newest.json["assertionMethod"], first.json["assertionMethod"]) == ([f"{did}#two"], [f"{did}#one"])
    assert then.json == first.json
