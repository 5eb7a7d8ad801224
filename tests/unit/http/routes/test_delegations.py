"""``/v1/delegations`` and ``/v1/presentations``: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from legation.domain.trust import TrustAnchors
from tests.support.delegated import DETAILS, REQUEST, chain_of
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, NODE, ORIGIN, Answer, World, ask, build_world

WORKER = signer_of("worker").did
PLANNER = f"{NODE}:agents:planner"


def world() -> World:
    there = asyncio.run(build_world(trust=TrustAnchors.of(PLANNER)))
    for name in ("planner", "courier"):
        asyncio.run(there.host(name))
    return there


def call(there: World, method: str, target: str, body: Any = b"") -> Answer:
    return ask(method, target, world=there, body=body, headers=AUTHORIZED)


def issue(there: World, **more: Any) -> Answer:
    body = {"agent": "planner", "to": f"{NODE}:agents:courier", "details": DETAILS, **more}
    return call(there, "POST", "/v1/delegations", body)


def test_delegation_is_issued_with_its_chain_and_found_again() -> None:
    there = world()
    answer = issue(there, validFor=60, maxDepth=1)
    assert answer.status == 201
    held = answer.json
    assert answer.headers["location"] == f"/v1/delegations/{held['id']}"
    assert (held["issuer"], held["subject"], held["principal"], held["hops"]) == (
        PLANNER,
        f"{NODE}:agents:courier",
        PLANNER,
        1,
    )
    assert (held["validFrom"], held["validUntil"]) == ("2026-11-01T12:00:00Z", "2026-11-01T12:01:00Z")
    (credential,) = held["chain"]
    assert credential["id"] == held["credentialId"]
    assert credential["credentialSubject"]["delegation"]["authorizationDetails"] == DETAILS
    assert call(there, "GET", f"/v1/delegations/{held['id']}").json == held


def test_delegation_as_a_token_is_a_text_in_its_chain() -> None:
    (hop,) = issue(world(), secure="vc+jwt").json["chain"]
    assert hop.count(".") == 2


@pytest.mark.parametrize(
    ("member", "value", "code", "pointer"),
    [
        ("to", "nobody", "malformed", "/to"),
        ("details", [{"type": "x"}], "malformed", "/details/0"),
        ("details", [{"type": "x", "actions": ["a"], "surprise": 1}], "unknown_term", "/details/0/surprise"),
        ("principal", "ana", "malformed", "/principal"),
        ("validFor", 0, "malformed", "/validFor"),
        ("validFor", 10**9, "malformed", "/validFor"),
        ("validFor", True, "malformed", "/validFor"),
        ("validFrom", "yesterday at around noon", "malformed", "/validFrom"),
        ("validFrom", "2026-02-30T00:00:00Z", "malformed", "/validFrom"),
        ("maxDepth", 17, "malformed", "/maxDepth"),
        ("maxDepth", -1, "malformed", "/maxDepth"),
        ("secure", "jwt", "malformed", "/secure"),
        ("usageLedger", "x", "unknown_term", "/usageLedger"),
    ],
)
def test_member_of_another_form_is_refused_with_its_place_in_the_body(
    member: str, value: object, code: str, pointer: str
) -> None:
    there = world()
    answer = issue(there, **{member: value})
    assert (answer.status, answer.json["code"], answer.json.get("pointer")) == (400, code, pointer)
    assert call(there, "GET", "/v1/delegations").json == {"items": []}


def test_chain_is_narrowed_and_the_tree_shows_it() -> None:
    there = world()
    root = issue(there).json
    body = {"to": WORKER, "validFor": 60, "maxDepth": 0}
    child = call(there, "POST", f"/v1/delegations/{root['id']}/attenuate", body)
    assert (child.status, child.json["parent"], child.json["hops"]) == (201, root["id"], 2)
    assert child.json["chain"][0] == root["chain"][0]
    tree = call(there, "GET", f"/v1/delegations/{root['id']}/tree").json
    assert (tree["delegation"]["id"], tree["truncated"]) == (root["id"], False)
    assert [(below["delegation"]["id"], below["children"]) for below in tree["children"]] == [(child.json["id"], [])]
    assert "chain" not in tree["delegation"]


def test_chain_that_would_be_widened_is_refused_with_the_place() -> None:
    there = world()
    root = issue(there).json
    wide = [{**DETAILS[0], "actions": ["erase"]}]
    answer = call(there, "POST", f"/v1/delegations/{root['id']}/attenuate", {"to": WORKER, "details": wide})
    assert (answer.status, answer.json["code"]) == (422, "widened")
    assert answer.json["pointer"].startswith("/details/0")


def test_lists_show_one_agents_part_and_no_chains() -> None:
    there = world()
    held = issue(there).json
    for query, found in (
        ("", True),
        ("?agent=planner", True),
        ("?agent=planner&role=issuer", True),
        ("?agent=planner&role=subject", False),
        ("?agent=courier&role=subject", True),
    ):
        items = call(there, "GET", f"/v1/delegations{query}").json["items"]
        assert [item["id"] for item in items] == ([held["id"]] if found else [])
        assert not any("chain" in item for item in items)
    assert call(there, "GET", "/v1/delegations?agent=nobody").status == 404
    assert call(there, "GET", "/v1/delegations?agent=planner&role=holder").status == 400


@pytest.mark.parametrize("delegation_id", ["x", "import", "00000000-0000-7000-8000-000000000000"])
def test_delegation_that_is_not_there_is_not_found(delegation_id: str) -> None:
    there = world()
    answers = [call(there, "GET", f"/v1/delegations/{delegation_id}/tree")]
    if delegation_id != "import":
        answers.append(call(there, "GET", f"/v1/delegations/{delegation_id}"))
    assert {answer.status for answer in answers} == {404}


def test_chain_of_somebody_else_is_taken_in_for_an_agent_here() -> None:
    there = world()
    acme, planner = signer_of("acme"), asyncio.run(there.signer(there.state.tables.agents[_id(there, "planner")]))
    chain = chain_of(acme, planner, at=there.clock.now())
    answer = call(there, "POST", "/v1/delegations/import", {"chain": json.loads(chain.to_json())})
    assert (answer.status, answer.json["issuer"], answer.json["subject"]) == (201, acme.did, PLANNER)
    for what in ([], "x", {}):
        refused = call(there, "POST", "/v1/delegations/import", {"chain": what})
        assert (refused.status, refused.json["code"]) == (400, "malformed")


def _id(there: World, name: str) -> str:
    return next(agent.id for agent in there.state.tables.agents.values() if agent.name == name)


@pytest.mark.parametrize("secure", [None, "vp+jwt"])
def test_presentation_of_a_held_chain_is_one_that_this_node_accepts(secure: str | None) -> None:
    there = world()
    held = issue(there).json
    challenge = call(there, "POST", "/v1/challenges").json["challenge"]
    body = {"delegation": held["id"], "challenge": challenge, "domain": ORIGIN}
    answer = call(there, "POST", "/v1/presentations", body if secure is None else {**body, "secure": secure})
    assert answer.status == 201
    shown = answer.json["presentation"]
    assert isinstance(shown, dict if secure is None else str)
    verdict = call(there, "POST", "/v1/presentations/verify", {"presentation": shown, "request": REQUEST}).json
    assert (verdict["verified"], verdict["accepted"], verdict["error"]) == (True, True, None)


def test_presentation_of_a_chain_that_is_sent_along_is_signed_too_and_nothing_is_kept() -> None:
    there = world()
    chain = issue(there).json["chain"]
    body = {"chain": chain, "agent": "courier", "challenge": "c", "domain": "https://shop.example"}
    assert call(there, "POST", "/v1/presentations", body).status == 201
    assert len(call(there, "GET", "/v1/delegations").json["items"]) == 1


@pytest.mark.parametrize("missing", [{}, {"delegation": "00000000-0000-7000-8000-000000000000", "chain": []}])
def test_presentation_of_nothing_or_of_two_things_is_refused(missing: dict[str, Any]) -> None:
    answer = call(world(), "POST", "/v1/presentations", {**missing, "challenge": "c", "domain": ORIGIN})
    assert (answer.status, answer.json["code"]) == (400, "malformed")
