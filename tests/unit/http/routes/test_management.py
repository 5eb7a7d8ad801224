"""``/v1/trust``, ``/v1/operators``, ``/v1/audit`` and readiness: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from legation.domain.trust import TrustAnchors
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, TOKEN, Answer, World, ask, build_world

ACME = signer_of("acme").did
GRANTS = [{"type": "shop", "locations": ["https://shop.example/"]}, {"type": "other"}]


def world() -> World:
    return asyncio.run(build_world())


def call(there: World, method: str, target: str, body: Any = b"") -> Answer:
    return ask(method, target, world=there, body=body, headers=AUTHORIZED)


# ------------------------------------------------------------------ trust


def test_anchor_is_added_listed_and_removed() -> None:
    there = world()
    body = {"issuer": ACME, "grants": GRANTS, "principals": ["did:web:acme.example"]}
    added = call(there, "POST", "/v1/trust", body)
    assert added.status == 201
    assert added.json == {"id": added.json["id"], "source": "node", **body}
    assert call(there, "GET", "/v1/trust").json == {"items": [added.json]}
    assert call(there, "POST", "/v1/trust", body).status == 409
    assert call(there, "DELETE", f"/v1/trust/{added.json['id']}").status == 204
    assert call(there, "DELETE", f"/v1/trust/{added.json['id']}").status == 404
    assert call(there, "GET", "/v1/trust").json == {"items": []}


def test_anchor_of_the_file_is_shown_without_an_id() -> None:
    there = asyncio.run(build_world(trust=TrustAnchors.of(ACME)))
    assert call(there, "GET", "/v1/trust").json == {"items": [{"source": "file", "issuer": ACME}]}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"issuer": "acme"}, "/issuer"),
        ({"issuer": ACME, "grants": []}, "/grants"),
        ({"issuer": ACME, "grants": [{"type": "shop", "locations": ["x"]}]}, "/grants/0/locations"),
        ({"issuer": ACME, "principals": ["ana"]}, "/principals"),
    ],
)
def test_what_is_no_anchor_is_refused_with_its_place_in_the_body(body: dict[str, Any], pointer: str) -> None:
    answer = call(world(), "POST", "/v1/trust", body)
    assert (answer.status, answer.json["code"], answer.json["pointer"]) == (400, "malformed", pointer)


# ------------------------------------------------------------------ operators


def test_operators_token_is_shown_once_serves_and_is_revoked() -> None:
    there = world()
    made = call(there, "POST", "/v1/operators", {"name": "deploy", "owner": "ana"})
    assert made.status == 201
    token = made.json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert ask("GET", "/v1/agents", world=there, headers=headers).status == 200
    listed = call(there, "GET", "/v1/operators")
    assert token.encode() not in listed.body
    assert TOKEN.encode() not in listed.body
    assert {name: made.json[name] for name in ("id", "name", "owner", "createdAt")} in listed.json["items"]
    assert call(there, "DELETE", f"/v1/operators/{made.json['id']}").status == 204
    assert ask("GET", "/v1/agents", world=there, headers=headers).status == 401
    shown = call(there, "GET", "/v1/operators").json["items"]
    assert [("revokedAt" in item) for item in shown if item["id"] == made.json["id"]] == [True]


def test_last_operator_of_the_whole_node_stays() -> None:
    there = world()
    (only,) = call(there, "GET", "/v1/operators").json["items"]
    answer = call(there, "DELETE", f"/v1/operators/{only['id']}")
    assert (answer.status, answer.json["code"]) == (409, "last_operator")
    assert call(there, "GET", "/v1/operators").status == 200


# ------------------------------------------------------------------ audit


def test_acts_are_listed_the_newest_first_and_filtered() -> None:
    there = world()
    call(there, "POST", "/v1/agents", {"name": "planner"})
    call(there, "POST", "/v1/agents/planner/resume", {})
    newest, before = call(there, "GET", "/v1/audit?limit=2").json["items"]
    assert (newest["act"], newest["outcome"], newest["code"]) == ("agent.resume", "refused", "agent_active")
    assert (before["act"], before["outcome"], before["target"]) == ("agent.create", "done", "planner")
    assert newest["actor"].startswith("operator:")
    for query in ("outcome=refused", "act=agent.resume", "outcome=refused&target=planner"):
        assert call(there, "GET", f"/v1/audit?{query}").json["items"] == [newest]
    assert call(there, "GET", "/v1/audit?outcome=lost").status == 400


# ------------------------------------------------------------------ health


def test_health_is_told_to_anyone() -> None:
    answer = ask("GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})


def test_readiness_tells_what_is_missing_and_is_a_503_then() -> None:
    there = world()
    ready = ask("GET", "/readyz", world=there)
    assert (ready.status, ready.json["status"]) == (200, "ready")
    assert ready.json["checks"] == [{"name": "state", "ok": True}, {"name": "wallet", "ok": True}]
    there.missing["wallet"] = "closed"
    answer = ask("GET", "/readyz", world=there)
    assert (answer.status, answer.json["status"]) == (503, "not ready")
    assert {"name": "wallet", "ok": False, "detail": "closed"} in answer.json["checks"]
    assert answer.headers["retry-after"].isdigit()
