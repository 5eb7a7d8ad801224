"""Paths, queries and bodies: encoded once, bounded, and refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from legation.client.calls import delete, get, path_of, post
from legation.client.reading import read_nothing
from legation.client.writing import sendable
from legation.errors import MalformedError, TooLargeError
from tests.support.asking import BOTH, refusal
from tests.support.keys import signer_of
from tests.support.scripted import serving


@pytest.mark.parametrize(
    ("segments", "path"),
    [
        (("v1", "agents", "planner-2"), "/v1/agents/planner-2"),
        (("1.0", "identifiers", "did:web:a.example%3A8080:x"), "/1.0/identifiers/did:web:a.example%253A8080:x"),
        (("~a_b.c",), "/~a_b.c"),
        (("...",), "/..."),
    ],
)
def test_segments_are_encoded_once(segments: tuple[str, ...], path: str) -> None:
    assert path_of(*segments) == path


BAD = [
    "",
    ".",
    "..",
    "a/b",
    "/",
    "a?b",
    "a#b",
    "a b",
    "a\\b",
    "a\r\nb",
    "ä",
    "a;b",
    "a\x00",
    "a" * 2049,
    "../v1",
    "{x}",
]


@pytest.mark.parametrize("segment", BAD)
def test_segment_that_could_lead_elsewhere_is_refused(segment: str) -> None:
    with pytest.raises(MalformedError):
        path_of("v1", segment)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("get_agent", {}),
        ("update_agent", {"sponsor": None}),
        ("suspend_agent", {}),
        ("rotate_key", {}),
        ("remove_access_key", {}),
        ("attenuate_delegation", {"to": "did:key:z6Mk"}),
        ("get_delegation", {}),
        ("get_delegation_tree", {}),
        ("remove_anchor", {}),
        ("revoke_operator", {}),
        ("resolve_did", {}),
    ],
)
def test_name_that_could_lead_elsewhere_is_never_sent(kind: str, method: str, named: dict[str, Any]) -> None:
    with serving([]) as server:
        for bad in ("../operators", "a/b", "", "a?b=c"):
            assert refusal(kind, server.origin, method, bad, **named).code == "malformed"
    assert server.connections == 0


def test_query_is_encoded_and_what_is_none_left_out() -> None:
    call = get("v1", "audit", read=read_nothing, query={"a": "x y&z=/?#", "b": None, "c": 0, "d": "ä"})
    assert call.path == "/v1/audit?a=x%20y%26z%3D%2F%3F%23&c=0&d=%C3%A4"


def test_only_what_has_no_second_effect_is_repeatable() -> None:
    assert get("a", read=read_nothing).repeatable
    assert delete("a").repeatable
    assert not post("a", read=read_nothing, body={}).repeatable


def test_body_is_bounded_and_json() -> None:
    assert post("a", read=read_nothing, body={"a": "x" * 262_136}).body is not None
    with pytest.raises(TooLargeError):
        post("a", read=read_nothing, body={"a": "x" * 262_137})
    with pytest.raises(MalformedError):
        post("a", read=read_nothing, body={"a": object()})


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("a.b.c", "a.b.c"),
        (" a.b.c\n", "a.b.c"),
        (b"lgc1.x", "lgc1.x"),
        ('[{"a": 1}]', [{"a": 1}]),
        (b'{"a": 1.0}', {"a": 1.0}),
        ('"a.b.c"', "a.b.c"),
        ({"a": 1}, {"a": 1}),
        (("a", "b"), ["a", "b"]),
    ],
)
def test_what_was_received_is_sent_as_it_was(received: Any, sent: object) -> None:
    assert sendable(received) == sent


@pytest.mark.parametrize("received", [b"\xff", '{"a": 1, "a": 2}', "[", "\ud800", "[" + " " * 262_144 + "]"])
def test_what_nobody_could_verify_is_not_sent(received: Any) -> None:
    with pytest.raises((MalformedError, TooLargeError)):
        sendable(received)


def test_signer_is_not_a_chain() -> None:
    with pytest.raises(TypeError):
        sendable(signer_of("ana"))  # type: ignore[arg-type]  # what a type checker refuses
