"""``/v1/agents``: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, JSON, NODE, Answer, World, ask, build_world

MULTIKEY = signer_of("own").did.removeprefix("did:key:")


def world() -> World:
    return asyncio.run(build_world())


def call(there: World, method: str, target: str, body: Any = b"") -> Answer:
    return ask(method, target, world=there, body=body, headers=AUTHORIZED)


def test_agent_is_made_with_all_that_is_said_of_it() -> None:
    there = world()
    body = {
        "name": "planner",
        "owner": "ana",
        "sponsor": "mailto:ana@acme.example",
        "keyType": "P-256",
        "accessKeys": [MULTIKEY],
        "agent_model": "m",
        "agent_provider": "p",
        "agent_version": "1",
        "agent_instance_id": "i",
    }
    answer = call(there, "POST", "/v1/agents", body)
    assert (answer.status, answer.headers["location"]) == (201, "/v1/agents/planner")
    shown = answer.json
    named = ("name", "owner", "sponsor", "agent_model", "agent_provider", "agent_version", "agent_instance_id")
    assert {name: shown[name] for name in named} == {name: body[name] for name in named}
    assert (shown["did"], shown["life"]) == (f"{NODE}:agents:planner", "active")
    assert [(key["purpose"], key["type"], key["heldBy"]) for key in shown["keys"]] == [
        ("signing", "P-256", "node"),
        ("bbs", "BLS12-381-G2", "node"),
        ("agreement", "X25519", "node"),
        ("access", "Ed25519", "agent"),
    ]
    assert shown["keys"][3]["publicKeyMultibase"] == MULTIKEY
    assert all(key["method"] == f"{shown['did']}#{key['publicKeyMultibase']}" for key in shown["keys"])
    assert call(there, "GET", "/v1/agents/planner").json == shown


def test_agent_of_whom_nothing_is_said_has_nothing_to_show_of_it() -> None:
    shown = call(world(), "POST", "/v1/agents", {"name": "planner"}).json
    assert set(shown) == {"id", "name", "did", "life", "owner", "keys", "createdAt", "updatedAt"}
    assert shown["owner"] == "default"
    assert shown["createdAt"] == "2026-11-01T12:00:00Z"


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("name", "UPPER", "malformed"),
        ("name", "", "malformed"),
        ("name", "a" * 64, "malformed"),
        ("name", "planner\n", "malformed"),
        ("owner", "Ana", "malformed"),
        ("sponsor", "nobody", "malformed"),
        ("keyType", "X25519", "malformed"),
        ("accessKeys", ["x"], "malformed"),
        ("accessKeys", [MULTIKEY] * 9, "malformed"),
        ("agent_model", "", "malformed"),
        ("agent_model", "a\u202eb", "malformed"),
        ("agentModel", "m", "unknown_term"),
        ("id", "x", "unknown_term"),
    ],
)
def test_member_of_another_form_is_refused(member: str, value: object, code: str) -> None:
    there = world()
    answer = call(there, "POST", "/v1/agents", {"name": "planner", member: value})
    assert (answer.status, answer.json["code"]) == (400, code)
    assert [item["name"] for item in call(there, "GET", "/v1/agents").json["items"]] == ["node"]


def test_name_that_is_taken_is_a_conflict() -> None:
    there = world()
    assert call(there, "POST", "/v1/agents", {"name": "planner"}).status == 201
    assert call(there, "POST", "/v1/agents", {"name": "planner"}).status == 409


def test_agents_are_listed_a_page_at_a_time_and_filtered() -> None:
    there = world()
    for name, owner in (("a-one", "ana"), ("a-two", "ana"), ("b-one", "ben")):
        asyncio.run(there.host(name, owner))
    call(there, "POST", "/v1/agents/a-two/suspend")

    def names(query: str) -> list[str]:
        return [item["name"] for item in call(there, "GET", f"/v1/agents{query}").json["items"]]

    first = call(there, "GET", "/v1/agents?limit=2").json
    assert [item["name"] for item in first["items"]] == ["a-one", "a-two"]
    second = call(there, "GET", f"/v1/agents?limit=2&cursor={first['next']}").json
    assert ([item["name"] for item in second["items"]], "next" in second) == (["b-one", "node"], False)
    assert names("?owner=ben") == ["b-one"]
    assert names("?life=suspended") == ["a-two"]
    assert names("?name=a-") == ["a-one", "a-two"]
    assert names("?owner=nobody") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=+5", "limit=x", "life=dead", "owner=", "name=%20", "cursor=x"]
)
def test_parameter_of_another_form_is_refused(query: str) -> None:
    answer = call(world(), "GET", f"/v1/agents?{query}")
    assert (answer.status, answer.json["code"]) == (400, "malformed")


def test_change_sets_what_is_given_takes_away_what_is_null_and_leaves_the_rest() -> None:
    there = world()
    call(there, "POST", "/v1/agents", {"name": "planner", "agent_model": "m", "agent_version": "1"})
    answer = call(there, "PATCH", "/v1/agents/planner", {"agent_model": None, "sponsor": "did:web:acme.example"})
    assert answer.status == 200
    assert "agent_model" not in answer.json
    assert (answer.json["sponsor"], answer.json["agent_version"]) == ("did:web:acme.example", "1")
    refused = call(there, "PATCH", "/v1/agents/planner", {"owner": "ben"})
    assert (refused.status, refused.json["code"]) == (400, "unknown_term")


@pytest.mark.parametrize("body", [b"", {}])
def test_life_is_led_step_by_step_and_ends_for_good(body: object) -> None:
    there = world()
    asyncio.run(there.host("planner"))
    steps = [("suspend", 200, "suspended"), ("suspend", 409, "agent_suspended"), ("resume", 200, "active")]
    steps += [("retire", 200, "retired"), ("resume", 409, "agent_retired"), ("retire", 409, "agent_retired")]
    for step, status, word in steps:
        answer = call(there, "POST", f"/v1/agents/planner/{step}", body)
        assert (answer.status, answer.json.get("life", answer.json.get("code"))) == (status, word)
    refused = ask("POST", "/v1/agents/planner/retire", world=there, body={"now": True}, headers={**AUTHORIZED, **JSON})
    assert (refused.status, refused.json["code"]) == (400, "unknown_term")
