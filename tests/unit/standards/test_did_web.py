"""The did:web method: from a DID to the one place of its document, and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError, ResolutionError
from legation.standards.did.syntax import is_did
from legation.standards.did.web import build_did_web, did_web_url, is_loopback_did_web


@pytest.mark.parametrize(
    ("did", "url"),
    [
        # did:web Method Specification §2.5.2
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:EXAMPLE.com:Alice", "https://example.com/Alice/did.json"),
        ("did:web:xn--bcher-kva.example", "https://xn--bcher-kva.example/.well-known/did.json"),
        ("did:web:1.2.3.4.example", "https://1.2.3.4.example/.well-known/did.json"),
        ("did:web:localhost%3A8080:agents:planner", "https://localhost:8080/agents/planner/did.json"),
        ("did:web:a.example:caf%C3%A9", "https://a.example/caf%C3%A9/did.json"),
        ("did:web:a.example:x%20y", "https://a.example/x%20y/did.json"),
        ("did:web:a.example:%61b", "https://a.example/ab/did.json"),
        ("did:web:a.example:x%40y%3A1", "https://a.example/x%40y%3A1/did.json"),
        ("did:web:a.example:...", "https://a.example/.../did.json"),
    ],
)
def test_did_has_one_place(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:key:z6Mk",
        "did:web:",
        "did:web:a_b.example",
        "did:web:-a.example",
        "did:web:a-.example",
        "did:web:a..example",
        "did:web:.example",
        "did:web:a.example.",
        "did:web:a.example%3A",
        "did:web:a.example%3A0",
        "did:web:a.example%3A080",
        "did:web:a.example%3A65536",
        "did:web:a.example%3A80%3A80",
        "did:web:a.example%3Ahttp",
        "did:web:" + "a" * 64 + ".example",
        "did:web:" + "a." * 127 + "example",
        "did:web:a.example#x",
        "did:web:a.example/x",
        "did:web:a.example:%ff",
        "did:web:user%40a.example",
        "did:web:%61.example",
        "did:web:b%C3%BCcher.example",
        "did:web:127.0.0.1",
        "did:web:example.1",
        "did:web:example.0x",
        "did:web:%5B%3A%3A1%5D",
    ],
)
def test_did_that_has_no_place_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        did_web_url(did)


@pytest.mark.parametrize(
    ("origin", "segments", "did"),
    [
        ("https://acme.example", (), "did:web:acme.example"),
        ("https://acme.example/", ("agents", "planner"), "did:web:acme.example:agents:planner"),
        ("https://acme.example:443", (), "did:web:acme.example"),
        ("https://ACME.example:8443", (), "did:web:acme.example%3A8443"),
        ("http://localhost:8080", ("agents", "planner"), "did:web:localhost%3A8080:agents:planner"),
        ("http://localhost", (), "did:web:localhost"),
        ("https://acme.example", ("a b~ü",), "did:web:acme.example:a%20b%7E%C3%BC"),
    ],
)
def test_origin_and_path_have_a_did(origin: str, segments: tuple[str, ...], did: str) -> None:
    assert build_did_web(origin, *segments) == did
    assert is_did(did)


@pytest.mark.parametrize(
    ("origin", "segments"),
    [
        ("", ()),
        ("acme.example", ()),
        ("http://acme.example", ()),
        ("ftp://acme.example", ()),
        ("https://acme.example/x", ()),
        ("https://acme.example?", ()),
        ("https://acme.example#", ()),
        ("https://user@acme.example", ()),
        ("https://acme.example:0", ()),
        ("https://acme.example:99999", ()),
        ("https://acme.example:x", ()),
        ("https://acme.example:", ()),
        ("https://127.0.0.1", ()),
        ("http://127.0.0.1:8080", ()),
        ("https://[::1]", ()),
        ("https://[", ()),
        ("https://ac\nme.example", ()),
        ("https://acme.example", ("",)),
        ("https://acme.example", ("..",)),
        ("https://acme.example", ("a/b",)),
        ("https://acme.example", ("a%2Fb",)),
        ("https://acme.example", ("\0",)),
        ("https://acme.example", ("\ud800",)),
    ],
)
def test_what_no_did_web_can_name_is_malformed(origin: str, segments: tuple[str, ...]) -> None:
    with pytest.raises(MalformedError):
        build_did_web(origin, *segments)


def test_only_localhost_is_loopback() -> None:
    assert is_loopback_did_web("did:web:localhost")
    assert is_loopback_did_web("did:web:LOCALHOST%3A8080:agents:planner")
    assert not is_loopback_did_web("did:web:localhost.example")
    assert not is_loopback_did_web("did:web:acme.example:localhost")
    assert not is_loopback_did_web("did:key:localhost")
    with pytest.raises(ResolutionError):
        is_loopback_did_web("did:web:127.0.0.1")


@given(st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_a_path_that_has_a_did_comes_back_in_its_url(segments: list[str]) -> None:
    try:
        did = build_did_web("https://acme.example:8443", *segments)
    except MalformedError:
        return
    assert did_web_url(did).count("/") == 3 + max(len(segments), 1)


@given(st.from_regex(r"did:web:[a-zA-Z0-9.%:_-]{0,40}", fullmatch=True))
def test_any_did_is_refused_or_stays_under_its_host(did: str) -> None:
    try:
        url = did_web_url(did)
    except ResolutionError:
        return
    host = re.split(r":|%3[Aa]", did.removeprefix("did:web:"))[0].lower()
    assert re.fullmatch(rf"https://{re.escape(host)}(:[0-9]+)?(/[^/?#\\]+)+/did\.json", url)
    assert not {".", ".."} & set(url.split("/"))
