"""``legation did check-domain``: which DIDs an origin says are its own, and which of them it may."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from legation.standards.domain_linkage import (
    PATH,
    build_configuration,
    build_linkage_credential,
    build_linkage_token,
)
from legation.standards.jsonld.contexts import bundled_contexts
from tests.support.commands import Outcome, invoke
from tests.support.keys import signer_of
from tests.support.live import LiveNode

SIGNER = signer_of("acme")
THIEF = signer_of("thief")
LOOPBACK = "--dangerously-allow-loopback"
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
END = START + timedelta(days=30)


def check(origin: str, *options: str) -> Outcome:
    return invoke("did", "check-domain", origin, "--format", "json", LOOPBACK, *options)


@contextmanager
def origin_with(make: Any, status: int = 200) -> Iterator[str]:
    """Serve at a free port what ``make`` says of that origin, as its DID configuration."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = json.dumps(make(origin)).encode() if self.path == PATH else b"{}"
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    origin = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def linked(origin: str, *, until: datetime = END) -> str:
    return build_linkage_token(SIGNER, origin=origin, at=START, until=until)


def test_origin_is_linked_with_the_did_that_signed_for_it() -> None:
    with origin_with(lambda origin: build_configuration([linked(origin)])) as origin:
        outcome = check(origin)
        assert (outcome.code, outcome.json) == (0, [{"did": SIGNER.did, "origin": origin, "linked": True}])
        assert check(origin, "--did", SIGNER.did).code == 0
        refused = check(origin, "--did", THIEF.did)
        assert (refused.code, refused.error["code"]) == (5, "not_linked")
        assert SIGNER.did in invoke("did", "check-domain", origin, LOOPBACK).out


def test_credential_with_a_proof_links_too_and_one_bad_entry_spoils_no_other() -> None:
    def make(origin: str) -> dict[str, object]:
        good = build_linkage_credential(
            SIGNER, origin=origin, at=START, until=END, cryptosuite="eddsa-jcs-2022", contexts=bundled_contexts()
        )
        elsewhere = build_linkage_token(THIEF, origin="https://other.example", at=START, until=END)
        return build_configuration([elsewhere, "rubbish", good])

    with origin_with(make) as origin:
        outcome = check(origin)
    assert outcome.code == 0
    assert [(entry["did"], entry["linked"], entry.get("code")) for entry in outcome.json] == [
        (THIEF.did, False, "origin_mismatch"),
        (None, False, "malformed"),
        (SIGNER.did, True, None),
    ]


@pytest.mark.parametrize(
    ("make", "code", "exit_code"),
    [
        (lambda origin: build_configuration([linked("https://other.example")]), "origin_mismatch", 5),
        (lambda origin: build_configuration([linked(origin, until=START + timedelta(hours=1))]), "expired", 7),
        (lambda origin: build_configuration([linked(origin)[:-4] + "AAAA"]), "proof_invalid", 5),
        (lambda origin: build_configuration([]), "not_linked", 5),
        (lambda origin: {"linked_dids": []}, "malformed", 5),
    ],
)
def test_origin_that_is_linked_with_nothing_is_refused(make: Any, code: str, exit_code: int) -> None:
    with origin_with(make) as origin:
        outcome = check(origin)
    assert (outcome.code, outcome.error["code"]) == (exit_code, code)


def test_origin_without_a_configuration_is_not_linked() -> None:
    with origin_with(lambda origin: {}, status=404) as origin:
        assert check(origin).error["code"] == "not_linked"


@pytest.mark.parametrize("origin", ["", "ftp://a", "https://acme.example/path", "did:web:acme.example"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    assert check(origin).code == 5


def test_node_is_linked_with_its_own_did(node: LiveNode) -> None:
    outcome = check(node.url)
    assert outcome.code == 0
    assert outcome.json == [{"did": node.did, "origin": node.url, "linked": True}]
    assert invoke("did", "resolve", node.did, LOOPBACK).code == 0
