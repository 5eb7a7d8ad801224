"""The API's own description: of every route, of nothing else, and true of what is answered."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema_rs import validator_for

from legation.domain.trust import TrustAnchors
from legation.http.access import ROUTES, Access
from legation.http.examples import EXAMPLES
from legation.http.operations import OPERATIONS
from tests.support.delegated import chain_of
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, ORIGIN, ask, build_world
from tests.support.secured import issued, presentation


@pytest.fixture(scope="module")
def document() -> Any:
    return ask("GET", "/openapi.json").json


def pointed(document: Any, name: str) -> Any:
    """Return a schema of the document that can be validated with."""
    return validator_for({**document, "$ref": f"#/components/schemas/{name}"})


def test_every_route_is_described_and_nothing_else(document: Any) -> None:
    described = {(method.upper(), path) for path, found in document["paths"].items() for method in found}
    assert described == set(ROUTES) == set(OPERATIONS)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": ORIGIN}]


def test_operations_have_names_of_their_own(document: Any) -> None:
    names = [operation["operationId"] for found in document["paths"].values() for operation in found.values()]
    assert len(set(names)) == len(names) == len(ROUTES)


def test_whatever_is_named_is_there(document: Any) -> None:
    for name in re.findall(r'"\$ref": ?"#/([^"]+)"', json.dumps(document)):
        place = document
        for part in name.split("/"):
            place = place[part]
    tags = {tag["name"] for tag in document["tags"]}
    assert {operation.tag for operation in OPERATIONS.values()} == tags


def test_closed_routes_ask_for_a_token_and_can_refuse_it(document: Any) -> None:
    for (method, path), route in ROUTES.items():
        operation = document["paths"][path][method.lower()]
        closed = route.access is not Access.ANYONE
        assert ("401" in operation["responses"]) is (closed or path.startswith("/1.0/"))
        assert (operation["security"] != [] and {} not in operation["security"]) is closed
        schemes = {name for choice in operation["security"] for name in choice}
        assert ("agentToken" in schemes) is (route.access is Access.CALLER or path.startswith("/1.0/"))


def test_parts_of_a_path_are_parameters(document: Any) -> None:
    for path, found in document["paths"].items():
        for operation in found.values():
            named = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_examples_are_of_the_form_that_they_show(document: Any) -> None:
    for model, example in EXAMPLES.items():
        assert pointed(document, model.__name__).is_valid(example), model
        model.model_validate(example)


def test_answers_are_of_the_form_that_is_described(document: Any) -> None:
    acme, worker = signer_of("acme"), signer_of("worker")
    world = asyncio.run(build_world(trust=TrustAnchors.of(acme.did)))
    chain = json.loads(chain_of(acme, worker, at=world.clock.now()).to_json())
    calls: list[tuple[str, str, Any, str]] = [
        ("POST", "/v1/agents", EXAMPLES[type_of("AgentBody")], "Agent"),
        ("GET", "/v1/agents", b"", "AgentPage"),
        ("GET", "/v1/keys?agent=planner", b"", "KeyPage"),
        ("POST", "/v1/delegations", EXAMPLES[type_of("DelegationBody")], "Delegation"),
        ("GET", "/v1/delegations", b"", "DelegationPage"),
        ("POST", "/v1/challenges", {}, "Challenge"),
        ("POST", "/v1/verify", {"chain": chain, "holder": worker.did}, "Verdict"),
        ("POST", "/v1/verify", {"chain": chain}, "Verdict"),
        ("POST", "/v1/verify", {"chain": []}, "Verdict"),
        ("POST", "/v1/verify", {"chain": [{}]}, "Verdict"),
        ("POST", "/agents/planner/credentials/issue", EXAMPLES[type_of("IssueBody")], "SecuredCredential"),
        ("POST", "/agents/planner/presentations", EXAMPLES[type_of("PresentBody")], "SecuredPresentation"),
        ("POST", "/agents/planner/credentials/issue", {"credential": {}}, "Problem"),
        ("POST", "/credentials/verify", {"verifiableCredential": issued()}, "Verified"),
        ("POST", "/credentials/verify", {"verifiableCredential": {}}, "Problem"),
        ("POST", "/presentations/verify", {"verifiablePresentation": presentation()}, "Verified"),
        ("POST", "/credentials/derive", {"verifiableCredential": issued(mechanism="vc+sd-jwt")}, "SecuredCredential"),
        ("POST", "/v1/trust", EXAMPLES[type_of("AnchorBody")], "Anchor"),
        ("GET", "/v1/trust", b"", "AnchorPage"),
        ("POST", "/v1/operators", EXAMPLES[type_of("OperatorBody")], "NewOperator"),
        ("GET", "/v1/operators", b"", "OperatorPage"),
        ("GET", "/v1/audit", b"", "AuditEntryPage"),
        ("GET", "/readyz", b"", "Readiness"),
        ("GET", "/.well-known/did.json", b"", "DIDDocument"),
        ("GET", "/v1/agents/nobody", b"", "Problem"),
        ("POST", "/v1/agents", {"name": 5}, "Problem"),
    ]
    for method, target, body, name in calls:
        answer = ask(method, target, world=world, body=body, headers=AUTHORIZED)
        pointed(document, name).validate(answer.json)
        path = target.partition("?")[0].replace("/agents/planner/", "/agents/{name}/")
        if path in document["paths"]:
            assert str(answer.status) in document["paths"][path][method.lower()]["responses"]


def type_of(name: str) -> Any:
    return next(model for model in EXAMPLES if model.__name__ == name)


def test_descriptions_refuse_what_the_door_refuses(document: Any) -> None:
    agent = pointed(document, "AgentBody")
    for body in ({}, {"name": "UPPER"}, {"name": "a", "surprise": 1}, {"name": "a", "keyType": "X25519"}):
        assert not agent.is_valid(body)
    detail = pointed(document, "Detail")
    assert detail.is_valid({"type": "t", "actions": ["*"]})
    for value in ({"type": "t"}, {"type": "t", "actions": []}, {"type": "t", "actions": ["a"], "x": 1}):
        assert not detail.is_valid(value)


# ------------------------------------------------------------------ the page


class Links(HTMLParser):
    """What a page points to, and what it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.tags: set[str] = set()
        self.style = ""
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_style = tag == "style"
        values = dict(attrs)
        self.ids |= {values["id"] or ""} if "id" in values else set()
        self.targets |= {values[name] or "" for name in ("href", "src") if name in values}
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.style += data if self._in_style else ""

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False


def test_page_needs_no_script_and_nothing_from_anywhere_else() -> None:
    answer = ask("GET", "/docs")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    page = Links()
    page.feed(answer.body.decode())
    assert page.tags.isdisjoint({"script", "iframe", "img", "link", "form", "object"})
    assert page.targets - {"/openapi.json"} <= {f"#{name}" for name in page.ids}
    digest = base64.b64encode(sha256(page.style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_page_shows_every_operation(document: Any) -> None:
    page = Links()
    page.feed(ask("GET", "/docs").body.decode())
    assert {op["operationId"] for found in document["paths"].values() for op in found.values()} <= page.ids
