"""Trust anchors: who may grant what, where and for whom, and the one JSON form that says so."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.delegation.location import Location, parse_location
from legation.domain.trust import Anchor, TrustAnchors, parse_anchor, parse_trust_anchors
from legation.errors import MalformedError, UnknownTermError

ACME, OTHER = "did:web:acme.example", "did:web:other.example"
ANA = "https://idp.acme.example#ana"
MCP, API = "https://a.example/mcp/", "https://a.example/api/"


def places(*texts: str) -> tuple[Location, ...]:
    return tuple(parse_location(text) for text in texts)


def anchors(*entries: dict[str, Any]) -> TrustAnchors:
    return parse_trust_anchors({"anchors": list(entries)})


def test_bare_did_is_trusted_for_everything() -> None:
    trust = TrustAnchors.of(ACME)
    assert trust.may_grant(ACME, ANA, "anything", None)
    assert trust.may_grant(ACME, ACME, "mcp_tool", places(MCP))
    assert not trust.may_grant(OTHER, ANA, "anything", None)
    assert ACME in trust
    assert OTHER not in trust


def test_nobody_is_trusted_by_nobody() -> None:
    for trust in (TrustAnchors(), TrustAnchors.of(), anchors()):
        assert not trust.may_grant(ACME, ANA, "mcp_tool", None)


@pytest.mark.parametrize("did", ["acme.example", "", "did:web:acme.example#key", "DID:web:acme.example"])
def test_what_is_no_did_is_no_anchor(did: str) -> None:
    with pytest.raises(MalformedError):
        TrustAnchors.of(did)


def test_grant_is_of_a_type_at_locations() -> None:
    trust = anchors({"issuer": ACME, "grants": [{"type": "mcp_tool", "locations": [MCP]}, {"type": "api"}]})
    assert trust.may_grant(ACME, ANA, "mcp_tool", places(MCP))
    assert trust.may_grant(ACME, ANA, "mcp_tool", places(MCP + "x"))
    assert not trust.may_grant(ACME, ANA, "mcp_tool", places(API))
    assert not trust.may_grant(ACME, ANA, "mcp_tool", places(MCP, API))
    assert not trust.may_grant(ACME, ANA, "mcp_tool", None)
    assert not trust.may_grant(ACME, ANA, "MCP_tool", places(MCP))
    assert trust.may_grant(ACME, ANA, "api", None)
    assert trust.may_grant(ACME, ANA, "api", places(API))
    assert not trust.may_grant(ACME, ANA, "other", None)


def test_every_location_may_come_by_a_grant_or_anchor_of_its_own() -> None:
    mcp, api = {"type": "t", "locations": [MCP]}, {"type": "t", "locations": [API]}
    for trust in (
        anchors({"issuer": ACME, "grants": [mcp, api]}),
        anchors({"issuer": ACME, "grants": [mcp]}, {"issuer": ACME, "grants": [api]}),
    ):
        assert trust.may_grant(ACME, ANA, "t", places(MCP, API))
        assert not trust.may_grant(ACME, ANA, "t", places(MCP, API, "https://b.example"))
        assert not trust.may_grant(ACME, ANA, "t", None)
    other = anchors({"issuer": ACME, "grants": [mcp]}, {"issuer": OTHER, "grants": [api]})
    assert not other.may_grant(ACME, ANA, "t", places(MCP, API))


def test_no_location_at_all_is_every_location() -> None:
    trust = anchors({"issuer": ACME, "grants": [{"type": "t", "locations": [MCP]}]})
    assert not trust.may_grant(ACME, ANA, "t", ())


def test_principal_is_named_whole_or_by_its_identity_provider() -> None:
    for principals in ([ANA], ["https://idp.acme.example"], [OTHER, ANA]):
        trust = anchors({"issuer": ACME, "principals": principals})
        assert trust.may_grant(ACME, ANA, "t", None)
        assert not trust.may_grant(ACME, "https://idp.acme.example.evil.example#ana", "t", None)
        assert not trust.may_grant(ACME, ACME, "t", None)
    assert not anchors({"issuer": ACME, "principals": [ANA]}).may_grant(ACME, "https://idp.acme.example#bob", "t", None)


def test_anchors_are_joined() -> None:
    trust = TrustAnchors.of(ACME) | anchors({"issuer": OTHER, "principals": [ANA]})
    assert trust.may_grant(ACME, OTHER, "t", None)
    assert trust.may_grant(OTHER, ANA, "t", None)
    assert not trust.may_grant(OTHER, ACME, "t", None)
    assert {anchor.issuer for anchor in trust.anchors()} == {ACME, OTHER}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"anchors": None},
        {"anchors": {}},
        {"anchors": [], "version": 1},
        {"anchors": [None]},
        {"anchors": [ACME]},
        {"anchors": [{}]},
        {"anchors": [{"issuer": "acme"}]},
        {"anchors": [{"issuer": ACME, "grants": []}]},
        {"anchors": [{"issuer": ACME, "grants": None}]},
        {"anchors": [{"issuer": ACME, "grants": ["t"]}]},
        {"anchors": [{"issuer": ACME, "grants": [{}]}]},
        {"anchors": [{"issuer": ACME, "grants": [{"type": ""}]}]},
        {"anchors": [{"issuer": ACME, "grants": [{"type": "t", "locations": []}]}]},
        {"anchors": [{"issuer": ACME, "grants": [{"type": "t", "locations": ["x"]}]}]},
        {"anchors": [{"issuer": ACME, "principals": []}]},
        {"anchors": [{"issuer": ACME, "principals": ["ana"]}]},
        {"anchors": [{"issuer": ACME, "principals": ["https://idp.acme.example#"]}]},
        {"anchors": [{"issuer": ACME}] * 4097},
    ],
)
def test_malformed_anchors_are_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_trust_anchors(value)


@pytest.mark.parametrize(
    "entry", [{"issuer": ACME, "until": "2027"}, {"issuer": ACME, "grants": [{"type": "t", "actions": ["a"]}]}]
)
def test_anchor_with_an_unknown_member_is_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(UnknownTermError):
        anchors(entry)


def test_4096_anchors_are_read() -> None:
    assert len(parse_trust_anchors({"anchors": [{"issuer": ACME}] * 4096}).anchors()) == 4096


def test_anchor_without_grants_serves_anybody_for_anything() -> None:
    anchor = Anchor(ACME)
    assert anchor.serves(ANA)
    assert anchor.may_grant("t", None)


@pytest.mark.parametrize(
    "value",
    [
        {"issuer": "did:web:acme.example"},
        {"issuer": "did:web:acme.example", "principals": ["https://idp.example#ana", "https://idp.example"]},
        {
            "issuer": "did:web:acme.example",
            "grants": [{"type": "mcp_tool"}, {"type": "x", "locations": ["https://a.example/b/"]}],
        },
    ],
)
def test_anchor_is_read_as_it_was_written(value: dict[str, object]) -> None:
    anchor = parse_anchor(value)
    assert parse_anchor(anchor.to_json()) == anchor


def test_anchor_that_stands_alone_is_refused_with_its_own_pointers() -> None:
    with pytest.raises(MalformedError) as refusal:
        parse_anchor({"issuer": "nobody"})
    assert refusal.value.pointer == "/issuer"
