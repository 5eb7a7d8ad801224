"""``legation did resolve``: documents of DIDs that say it all, and of hosts that answer, or do not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from legation.standards.did.jwk import build_did_jwk
from tests.support.commands import Outcome, invoke
from tests.support.keys import signer_of

KEY = signer_of("acme")
LOOPBACK = "--dangerously-allow-loopback"


def resolve(did: str, *options: str) -> Outcome:
    return invoke("did", "resolve", did, "--format", "json", *options)


@contextmanager
def host(status: int, body: bytes | None = None) -> Iterator[str]:
    """Answer every request on a free port alike; yield the did:web of that origin, whose document is the body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = json.dumps({"id": did}).encode() if body is None else body
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    did = f"did:web:localhost%3A{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield did
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("did", [KEY.did, signer_of("p", p256=True).did, build_did_jwk(KEY.key.public_key)])
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
