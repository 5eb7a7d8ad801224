"""DID Resolution over HTTP: which DID a path says, in which form it is answered, and for whom."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote

import pytest

from legation.domain.callers import LOCAL
from legation.errors import LegationError, UnavailableError
from legation.http.resolving import read_target
from legation.ports.resolver import Resolution
from legation.standards.did.dereferencing import DIDURL
from tests.support.clock import FakeClock
from tests.support.delegated import hosted_document
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, NODE, Answer, World, ask, build_world
from tests.support.verifying import MemoryResolver

RESULT = {"Accept": "application/did-resolution"}
DOCUMENT = {"Accept": "application/did"}
OLD_RESULT = {"Accept": 'application/ld+json;profile="https://w3id.org/did-resolution"'}
OTHER = "did:web:other.example"
KEY = signer_of("worker").did
ERROR = "https://www.w3.org/ns/did#"


@cache
def plain_world() -> World:
    """Return a node that nothing here changes."""
    return asyncio.run(build_world())


def resolve(did: str, *, world: World | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    return ask("GET", f"/1.0/identifiers/{did}", world=world or plain_world(), headers=headers or {})


def with_planner() -> World:
    world = asyncio.run(build_world())
    asyncio.run(world.host("planner"))
    return world


# ------------------------------------------------------------------ spellings (§12.1 steps 2.1 and 4.1.1)


@pytest.mark.parametrize(
    ("segment", "did"),
    [
        ("did:web:acme.example", "did:web:acme.example"),
        ("did%3Aweb%3Aacme.example", "did:web:acme.example"),
        ("did%3aweb%3aacme.example", "did:web:acme.example"),
        # as it is
        ("did:web:localhost%3A8080", "did:web:localhost%3A8080"),
        ("did:web:localhost%3A8080:agents:planner", "did:web:localhost%3A8080:agents:planner"),
        # encoded, of which the percent sign is told alone
        ("did:web:localhost%253A8080", "did:web:localhost%3A8080"),
        ("did%3Aweb%3Alocalhost%253A8080", "did:web:localhost%3A8080"),
        ("did%3Aweb%3Alocalhost%253a8080", "did:web:localhost%3a8080"),
        # once, and never again
        ("did:web:localhost%25253A8080", "did:web:localhost%253A8080"),
        ("did%3Aweb%3Alocalhost%3A8080", "did:web:localhost:8080"),
        ("did:key:zABCdef", "did:key:zABCdef"),
    ],
)
def test_did_is_read_from_a_path_as_it_stands_or_decoded_once(segment: str, did: str) -> None:
    assert read_target(segment) == DIDURL(did)


@pytest.mark.parametrize("octet", ["%2F", "%23", "%3F", "%00", "%20", "%C3%A4"])
def test_percent_encoded_octets_of_a_did_are_its_own_and_stay(octet: str) -> None:
    did = f"did:web:acme.example:{octet}"
    assert read_target(did) == DIDURL(did)
    # and an encoded one has them encoded twice
    assert read_target(did.replace("%", "%25").replace(":", "%3A")) == DIDURL(did)


@pytest.mark.parametrize(
    "segment",
    [
        "",
        "x",
        "did",
        "did:",
        "did:web",
        "did:web:",
        "DID:web:acme.example",
        "did:WEB:acme.example",
        "did%3Aweb%3Aacme.example%00",
        "did%3Aweb%3A%C3%A4",
        "did:web%3Aacme.example:%C3%A4",
        "did:web:%zz",
        "..%2F..%2Fv1%2Fagents",
        "did:web:" + "a" * 3000,
    ],
)
def test_path_that_says_no_did_is_refused(segment: str) -> None:
    with pytest.raises(LegationError) as refusal:
        read_target(segment)
    assert refusal.value.code == "invalid_did"


@pytest.mark.parametrize("segment", [NODE, NODE.replace(":", "%3A"), NODE.replace(":", "%3a")])
def test_each_spelling_of_a_did_is_answered_alike(segment: str) -> None:
    assert resolve(segment, headers=DOCUMENT).json["id"] == NODE


@pytest.mark.parametrize(
    "path", ["/1.0/identifiers", "/1.0/identifiers/..", "/1.0/identifiers/%2e%2E", "/1.0/identifiers/a/b"]
)
def test_path_of_other_segments_is_nobodys(path: str) -> None:
    answer = ask("GET", path)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


# ------------------------------------------------------------------ forms (§12.1 steps 2 and 8)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("application/did", "application/did"),
        ("application/did+json", "application/did+json"),
        ("application/did+ld+json", "application/did+ld+json"),
        ("application/json", "application/json"),
        ("text/html, application/json;q=0.5, */*;q=0.1", "application/json"),
    ],
)
def test_document_alone_is_given_in_the_form_that_is_asked_for(accept: str, form: str) -> None:
    answer = resolve(NODE, headers={"Accept": accept})
    assert (answer.status, answer.headers["content-type"], answer.json["id"]) == (200, form, NODE)
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("headers", [RESULT, OLD_RESULT, {}, {"Accept": "*/*"}, {"Accept": "application/*"}])
def test_result_is_given_with_its_metadata(headers: dict[str, str]) -> None:
    answer = resolve(NODE, headers=headers)
    form = headers.get("Accept", "*/*")
    assert answer.headers["content-type"] == (RESULT["Accept"] if form.endswith("*") else form)
    assert answer.status == 200
    assert answer.json["didDocument"]["id"] == NODE
    assert answer.json["didResolutionMetadata"] == {"contentType": "application/did"}
    assert answer.json["didDocumentMetadata"] == {}


@pytest.mark.parametrize("accept", ["text/html", "application/did+cbor", "application/ld+json", "*/*;q=0", "x", ","])
def test_other_forms_are_not_supported(accept: str) -> None:
    answer = resolve(NODE, headers={"Accept": accept})
    assert (answer.status, answer.json["type"]) == (406, f"{ERROR}REPRESENTATION_NOT_SUPPORTED")


# ------------------------------------------------------------------ errors (§11, §12.1 step 6)


@pytest.mark.parametrize(
    ("segment", "status", "kind"),
    [
        ("x", 400, "INVALID_DID"),
        ("%7B%7D", 400, "INVALID_DID"),
        ("did:key:z6Mk", 400, "INVALID_DID"),
        ("did:web:127.0.0.1", 400, "INVALID_DID"),
        ("did:foo:bar", 501, "METHOD_NOT_SUPPORTED"),
        (f"{NODE}:agents:nobody", 404, "NOT_FOUND"),
        (f"{NODE}:agents:node", 404, "NOT_FOUND"),
        (f"{NODE}?versionId=1", 501, "FEATURE_NOT_SUPPORTED"),
        (f"{NODE}?surprise=1", 400, "INVALID_OPTIONS"),
        ("", 400, "INVALID_DID"),
    ],
)
def test_error_has_the_type_and_the_status_of_the_specification(segment: str, status: int, kind: str) -> None:
    problem = resolve(segment, headers=DOCUMENT)
    assert (problem.status, problem.json["type"]) == (status, ERROR + kind)
    assert problem.headers["content-type"].startswith("application/problem+json")
    result = resolve(segment, headers=RESULT)
    assert (result.status, result.headers["content-type"]) == (status, "application/did-resolution")
    assert result.json["didDocument"] is None
    assert result.json["didResolutionMetadata"]["error"]["type"] == ERROR + kind
    assert result.json["didDocumentMetadata"] == {}


def test_retired_agents_did_is_deactivated() -> None:
    world = with_planner()
    did = f"{NODE}:agents:planner"
    assert resolve(did, world=world).status == 200
    asyncio.run(world.services.agents.retire(LOCAL, "planner"))
    problem, result = resolve(did, world=world, headers=DOCUMENT), resolve(did, world=world, headers=RESULT)
    assert (problem.status, problem.json["code"]) == (410, "gone")
    assert result.status == 410
    assert result.json == {
        "didDocument": None,
        "didResolutionMetadata": {},
        "didDocumentMetadata": {"deactivated": True},
    }


# ------------------------------------------------------------------ what the W3C's test suite asks


@pytest.mark.parametrize("headers", [RESULT, {}, {"Accept": "*/*"}])
@pytest.mark.parametrize("did", [NODE, KEY])
def test_suite_finds_a_conformant_result(did: str, headers: dict[str, str]) -> None:
    for segment in (did, quote(did, safe="")):
        answer = resolve(segment, headers=headers)
        assert answer.status == 200
        assert answer.json["didDocument"]["id"] == did
        assert answer.json["didResolutionMetadata"]["contentType"] in answer.headers["content-type"]
        assert isinstance(answer.json["didDocumentMetadata"], dict)


@pytest.mark.parametrize("headers", [RESULT, {}, {"Accept": "*/*"}])
@pytest.mark.parametrize(
    ("segment", "status", "kind"),
    [
        ("", 400, "INVALID_DID"),
        ("not-a-did", 400, "INVALID_DID"),
        ("did:example", 400, "INVALID_DID"),
        ("did:unsupported:123456789abcdefghi", 501, "METHOD_NOT_SUPPORTED"),
        (f"{NODE}:agents:nobody", 404, "NOT_FOUND"),
    ],
)
def test_suite_finds_an_error_in_the_result(segment: str, status: int, kind: str, headers: dict[str, str]) -> None:
    answer = resolve(segment, headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (status, RESULT["Accept"])
    assert answer.json["didResolutionMetadata"]["error"]["type"] == ERROR + kind
    assert answer.json["didDocument"] is None
    assert answer.json["didDocumentMetadata"] == {}


@pytest.mark.parametrize("service", ["linkedDomain", "LinkedDomain"])
def test_suite_may_ask_for_a_service_that_is_not_there(service: str) -> None:
    assert resolve(f"{KEY}?service={service}", headers={"Accept": "*/*"}).status == 200
    assert resolve(f"{KEY}?service=%F0%9F%94%A5", headers={"Accept": "*/*"}).status == 400


# ------------------------------------------------------------------ for whom


def foreign(documents: Mapping[str, dict[str, object]]) -> tuple[World, MemoryResolver]:
    resolver = MemoryResolver(documents, FakeClock())
    return asyncio.run(build_world(resolver=resolver)), resolver


@pytest.mark.parametrize("headers", [{}, RESULT, {"Authorization": "Bearer nonsense"}])
def test_nobody_who_is_unknown_makes_the_node_ask_other_hosts(headers: dict[str, str]) -> None:
    world, resolver = foreign({OTHER: hosted_document(OTHER, "other")})
    answer = resolve(OTHER, world=world, headers=headers)
    assert (answer.status, answer.json["code"]) == (401, "authentication_required")
    assert resolver.asked == []


def test_caller_has_other_dids_resolved_and_no_cache_keeps_them() -> None:
    world, _ = foreign({OTHER: hosted_document(OTHER, "other")})
    answer = resolve(OTHER, world=world, headers={**AUTHORIZED, **DOCUMENT})
    assert (answer.status, answer.json["id"]) == (200, OTHER)
    assert answer.headers["cache-control"] == "no-store"
    missing = resolve("did:web:nobody.example", world=world, headers={**AUTHORIZED, **DOCUMENT})
    assert (missing.status, missing.json["type"]) == (404, f"{ERROR}NOT_FOUND")


def test_host_that_does_not_answer_is_a_503_in_every_form() -> None:
    class Silent:
        async def resolve(self, did: str, *, max_age: object) -> Resolution:
            raise UnavailableError("no answer")

    world = asyncio.run(build_world(resolver=Silent()))
    for headers in (AUTHORIZED, {**AUTHORIZED, **RESULT}):
        answer = resolve(OTHER, world=world, headers=headers)
        assert (answer.status, answer.json["code"]) == (503, "unavailable")


def test_did_that_says_it_all_itself_is_resolved_for_anybody_and_asks_nobody() -> None:
    world, resolver = foreign({})
    answer = resolve(KEY, world=world, headers=DOCUMENT)
    assert (answer.status, answer.json["id"]) == (200, KEY)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert resolver.asked == []
