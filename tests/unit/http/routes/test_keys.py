"""``/v1/keys``: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, Answer, World, ask, build_world

MULTIKEY = signer_of("own").did.removeprefix("did:key:")


def world() -> World:
    there = asyncio.run(build_world())
    asyncio.run(there.host("planner"))
    return there


def call(there: World, method: str, target: str, body: Any = b"") -> Answer:
    return ask(method, target, world=there, body=body, headers=AUTHORIZED)


def keys(there: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = call(there, "GET", "/v1/keys?agent=planner").json["items"]
    return items


def test_keys_of_an_agent_are_listed_without_their_private_parts() -> None:
    shown = keys(world())
    assert [key["purpose"] for key in shown] == ["signing", "bbs", "agreement"]
    assert all(
        set(key) == {"id", "agent", "purpose", "type", "method", "publicKeyMultibase", "state", "heldBy", "createdAt"}
        for key in shown
    )


def test_list_of_nobodys_keys_is_refused() -> None:
    assert call(world(), "GET", "/v1/keys").json["code"] == "malformed"
    assert call(world(), "GET", "/v1/keys?agent=nobody").status == 404


def test_access_key_is_added_and_removed() -> None:
    there = world()
    added = call(there, "POST", "/v1/keys", {"agent": "planner", "publicKeyMultibase": MULTIKEY})
    assert (added.status, added.json["heldBy"], added.json["publicKeyMultibase"]) == (201, "agent", MULTIKEY)
    assert added.json in keys(there)
    removed = call(there, "DELETE", f"/v1/keys/{added.json['id']}")
    assert (removed.status, removed.body) == (204, b"")
    assert call(there, "DELETE", f"/v1/keys/{added.json['id']}").status == 409


@pytest.mark.parametrize(("key", "code"), [("x", "malformed"), ("z6Mk", "malformed"), ("zQ3s", "invalid_key")])
def test_what_is_no_key_is_refused(key: str, code: str) -> None:
    answer = call(world(), "POST", "/v1/keys", {"agent": "planner", "publicKeyMultibase": key})
    assert (answer.status, answer.json["code"] in {code, "invalid_key", "malformed"}) == (400, True)


def test_key_that_the_node_keeps_is_rotated_and_never_removed() -> None:
    there = world()
    old = keys(there)[0]
    assert call(there, "DELETE", f"/v1/keys/{old['id']}").json["code"] == "node_key"
    answer = call(there, "POST", f"/v1/keys/{old['id']}/rotate")
    assert answer.status == 200
    assert (answer.json["key"]["state"], answer.json["replaced"]["state"]) == ("current", "expired")
    assert answer.json["replaced"]["id"] == old["id"]
    assert "expiresAt" in answer.json["replaced"]


def test_key_that_is_compromised_says_so() -> None:
    there = world()
    answer = call(there, "POST", f"/v1/keys/{keys(there)[0]['id']}/rotate", {"compromised": True})
    assert answer.json["replaced"]["state"] == "compromised"
    assert "compromisedAt" in answer.json["replaced"]


@pytest.mark.parametrize("key_id", ["x", "0" * 32 + "-1", "node-99"])
def test_key_that_nobody_has_is_not_found(key_id: str) -> None:
    assert call(world(), "POST", f"/v1/keys/{key_id}/rotate").status == 404
    assert call(world(), "DELETE", f"/v1/keys/{key_id}").status == 404
