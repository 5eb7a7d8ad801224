"""DID documents, where did:web looks for them."""

from __future__ import annotations

import asyncio

import pytest

from legation.domain.callers import LOCAL
from legation.standards.did.document import parse_did_document
from tests.support.nodes import NODE, ask, build_world


def test_nodes_document_is_one_that_verifiers_read() -> None:
    answer = ask("GET", "/.well-known/did.json")
    assert answer.headers["content-type"] == "application/did+json"
    assert (answer.headers["access-control-allow-origin"], answer.headers["cache-control"]) == (
        "*",
        "public, max-age=60",
    )
    assert parse_did_document(answer.json, did=NODE).relationships["authentication"]


def test_agents_document_is_served_and_others_are_not_found() -> None:
    world = asyncio.run(build_world())
    agent = asyncio.run(world.host("planner"))
    answer = ask("GET", "/agents/planner/did.json", world=world)
    assert parse_did_document(answer.json, did=agent.did).methods
    for name in ("nobody", "node", "-", "x" * 64):
        refused = ask("GET", f"/agents/{name}/did.json", world=world)
        assert (refused.status, refused.json["code"]) == (404, "not_found")
        assert refused.headers["cache-control"] == "no-store"


def test_document_of_a_suspended_agent_stays_and_that_of_a_retired_one_is_gone() -> None:
    world = asyncio.run(build_world())
    asyncio.run(world.host("planner"))
    asyncio.run(world.services.agents.suspend(LOCAL, "planner"))
    assert ask("GET", "/agents/planner/did.json", world=world).status == 200
    asyncio.run(world.services.agents.retire(LOCAL, "planner"))
    answer = ask("GET", "/agents/planner/did.json", world=world)
    assert (answer.status, answer.json["code"]) == (410, "gone")


@pytest.mark.parametrize("path", ["/healthz", "/.well-known/did.json"])
def test_head_answers_like_get_without_a_body(path: str) -> None:
    answer, full = ask("HEAD", path), ask("GET", path)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(full.body))
