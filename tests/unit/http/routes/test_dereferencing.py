"""DID URL dereferencing and versions over HTTP: what a DID URL names, in which form, and for whom."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest

from legation.domain.callers import LOCAL
from legation.domain.hosted_agents import DIDMethod
from legation.standards.did.document import RELATIONSHIPS
from legation.standards.did.key import build_did_key_of
from legation.standards.did.peer import build_did_peer_2
from legation.standards.multiformats import Curve
from tests.support.clock import FakeClock
from tests.support.delegated import hosted_document
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, NODE, ORIGIN, Answer, World, ask, build_world
from tests.support.verifying import MemoryResolver

DEREFERENCED = {"Accept": "application/did-url-dereferencing"}
RESULT = {"Accept": "application/did-resolution"}
DOCUMENT = {"Accept": "application/did"}
URLS = {"Accept": "text/uri-list"}
KEY = signer_of("worker")
X25519 = build_did_key_of(Curve.X25519, bytes([9]) + bytes(31))
PEER = build_did_peer_2([], [{"type": "Files", "serviceEndpoint": "https://files.example/a/b"}])
OTHER = "did:web:other.example"
ERROR = "https://www.w3.org/ns/did#"


@cache
def plain_world() -> World:
    """Return a node that nothing here changes."""
    return asyncio.run(build_world())


def get(target: str, *, world: World | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    return ask("GET", f"/1.0/identifiers/{target}", world=world or plain_world(), headers=headers or {})


def encoded(did_url: str) -> str:
    return quote(did_url, safe="")


# ------------------------------------------------------------------ fragments (§5.4.2)


def test_fragment_gives_the_verification_method_in_every_form() -> None:
    result = get(encoded(KEY.method), headers=DEREFERENCED)
    assert (result.status, result.headers["content-type"]) == (200, "application/did-url-dereferencing")
    method = result.json["contentStream"]
    assert (method["id"], method["type"], method["controller"]) == (KEY.method, "Multikey", KEY.did)
    assert result.json["content"] == method
    assert result.json["dereferencingMetadata"] == {"contentType": "application/did"}
    assert result.json["contentMetadata"] == {}
    for accept in ("application/json", "application/did", "application/did+json"):
        plain = get(encoded(KEY.method), headers={"Accept": accept})
        assert (plain.status, plain.headers["content-type"], plain.json) == (200, accept, method)
    assert get(encoded(KEY.method)).json == result.json


def test_fragment_of_this_nodes_document_gives_its_service() -> None:
    result = get(encoded(f"{NODE}#node"), headers=DEREFERENCED)
    assert result.json["contentStream"]["serviceEndpoint"] == ORIGIN
    assert result.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "did_url", [f"{NODE}#nothing", f"{NODE}#", f"{NODE}/path", f"{NODE}/path#node", f"{NODE}?custom=1", f"{KEY.did}#x"]
)
def test_what_names_nothing_is_not_found(did_url: str) -> None:
    result = get(encoded(did_url), headers=DEREFERENCED)
    assert (result.status, result.headers["content-type"]) == (404, "application/did-url-dereferencing")
    assert result.json["contentStream"] is None
    assert result.json["dereferencingMetadata"]["error"]["type"] == f"{ERROR}NOT_FOUND"
    assert result.json["contentMetadata"] == {}
    problem = get(encoded(did_url), headers=DOCUMENT)
    assert (problem.status, problem.json["type"]) == (404, f"{ERROR}NOT_FOUND")


@pytest.mark.parametrize("relationship", RELATIONSHIPS)
def test_relationship_that_is_asked_for_must_list_the_method(relationship: str) -> None:
    for did, serves in ((KEY.did, relationship != "keyAgreement"), (X25519, relationship == "keyAgreement")):
        url = encoded(f"{did}#{did.removeprefix('did:key:')}")
        answer = get(f"{url}?verificationRelationship={relationship}", headers=DEREFERENCED)
        assert answer.status == (200 if serves else 404)


def test_did_url_is_no_did_for_who_asks_for_a_resolution() -> None:
    answer = get(encoded(KEY.method), headers=RESULT)
    assert (answer.status, answer.headers["content-type"]) == (400, RESULT["Accept"])
    assert answer.json["didResolutionMetadata"]["error"]["type"] == f"{ERROR}INVALID_DID"


@pytest.mark.parametrize("did_url", [f"{NODE}#a#b", f"{NODE}#a b", f"{NODE}?a=1&a=2", f"{NODE}?a=ä", f"{NODE}/ä"])
def test_what_is_no_did_url_is_refused(did_url: str) -> None:
    answer = get(encoded(did_url), headers=DEREFERENCED)
    error = answer.json["dereferencingMetadata"]["error"]["type"] if "contentStream" in answer.json else None
    # what is no ASCII is not even a DID at first sight
    assert answer.status == 400
    assert error in (f"{ERROR}INVALID_DID_URL", f"{ERROR}INVALID_DID", None)


def test_did_by_itself_dereferences_to_its_document() -> None:
    answer = get(NODE, headers=DEREFERENCED)
    assert (answer.status, answer.json["contentStream"]["id"]) == (200, NODE)


# ------------------------------------------------------------------ services (§5.4.1 step 7, §12.1 step 9)


@pytest.mark.parametrize("accept", [DEREFERENCED, URLS])
@pytest.mark.parametrize(
    ("did_url", "location"),
    [
        (f"{NODE}?service=node", ORIGIN),
        (f"{NODE}?service=%23node", ORIGIN),
        (f"{NODE}?service={NODE}%23node", ORIGIN),
        (f"{NODE}?serviceType=LegationNode", ORIGIN),
        (f"{NODE}?service=node&relativeRef=%2Fsome%2Fpath%3Fquery#frag", f"{ORIGIN}/some/path?query#frag"),
    ],
)
def test_service_leads_to_its_endpoint(did_url: str, location: str, accept: dict[str, str]) -> None:
    for target in (encoded(did_url), *([did_url] if "#" not in did_url else [])):
        answer = get(target, headers=accept)
        assert (answer.status, answer.headers["location"], answer.body) == (303, location, b"")


def test_service_in_a_form_of_documents_is_the_document_with_the_selected_services() -> None:
    everything = get(NODE, headers=DOCUMENT).json
    assert get(encoded(f"{NODE}?service=node"), headers=DOCUMENT).json == everything
    assert get(f"{NODE}?service=node", headers=DOCUMENT).json == everything
    assert get(encoded(f"{NODE}?service=none"), headers=DOCUMENT).json == {**everything, "service": []}
    assert get(encoded(f"{NODE}?service=node&serviceType=X"), headers=DOCUMENT).json["service"] == []


def test_service_that_is_none_leads_nowhere() -> None:
    assert get(encoded(f"{NODE}?service=none"), headers=URLS).status == 404
    result = get(encoded(f"{NODE}?service=none"), headers=DEREFERENCED)
    assert (result.status, result.json["contentStream"]["service"]) == (200, [])


def test_two_fragments_are_an_invalid_did_url() -> None:
    answer = get(encoded(f"{NODE}?service=node&relativeRef=%23one#two"), headers=DEREFERENCED)
    assert answer.status == 400
    assert answer.json["dereferencingMetadata"]["error"]["type"] == f"{ERROR}INVALID_DID_URL"


def test_nobody_who_is_unknown_has_this_origin_lead_where_a_stranger_wants() -> None:
    target = encoded(f"{PEER}?service=service&relativeRef=c")
    anonymous = get(target, headers=URLS)
    assert (anonymous.status, anonymous.json["code"]) == (401, "authentication_required")
    caller = get(target, headers={**URLS, **AUTHORIZED})
    assert (caller.status, caller.headers["location"]) == (303, "https://files.example/a/c")
    # and what it says is there for anybody
    assert get(target, headers=DOCUMENT).json["service"][0]["serviceEndpoint"] == "https://files.example/a/b"


@pytest.mark.parametrize("reference", ["//evil.example", "https://evil.example", "a:b", "a b", "%25zz", "\\\\evil"])
def test_reference_that_leaves_the_endpoints_host_is_refused(reference: str) -> None:
    answer = get(f"{encoded(NODE)}?service=node&relativeRef={quote(reference, safe='%')}", headers=DEREFERENCED)
    assert answer.status == 400
    assert answer.json["dereferencingMetadata"]["error"]["type"] == f"{ERROR}INVALID_OPTIONS"


# ------------------------------------------------------------------ options and versions (§4.1, §3, §13.4)


@pytest.mark.parametrize(
    "query",
    [
        "versionId=1&versionTime=2025-10-07T14:30:00Z",
        "versionTime=2025-10-07",
        "versionTime=2025-10-07T14:30:00",
        "versionTime=2025-10-07T14:30:00.5Z",
        "versionTime=2025-10-07T14:30:00%2B02:00",
        "versionTime=2025-13-07T14:30:00Z",
        "versionTime=2025-10-07T12:30:60Z",
        "versionTime=%F0%9F%94%A5",
        "versionId=%F0%9F%94%A5",
        "versionNumber=0",
        "service=%F0%9F%94%A5",
        "serviceType=%D0%9F",
        "relativeRef=%E3%81%93",
        "expandRelativeUrls=yes",
        "noCache=1",
        "verificationRelationship=proof",
        "surprise=1",
        "versionId=1&versionId=1",
    ],
)
def test_option_that_is_none_is_refused(query: str) -> None:
    answer = get(f"{encoded(KEY.did)}?{query}", headers=RESULT)
    assert answer.status == 400
    assert answer.json["didResolutionMetadata"]["error"]["type"] == f"{ERROR}INVALID_OPTIONS"


def test_parameter_stands_in_the_did_url_or_in_the_query_and_not_in_both() -> None:
    moment = "versionTime=2025-10-07T14:30:00Z"
    for target in (f"{KEY.did}?{moment}", encoded(f"{KEY.did}?{moment}"), f"{encoded(KEY.did)}?{moment}"):
        assert get(target, headers=RESULT).json["didDocument"]["id"] == KEY.did
    assert get(f"{encoded(f'{KEY.did}?{moment}')}?{moment}", headers=RESULT).status == 400


@pytest.mark.parametrize(
    ("did", "query"),
    [
        (KEY.did, "versionId=1"),
        (NODE, "versionId=1"),
        (NODE, "versionTime=2025-10-07T14:30:00Z"),
        (NODE, "versionNumber=1"),
        (NODE, "hl=zQm"),
    ],
)
def test_history_that_is_not_kept_is_a_feature_that_is_not_supported(did: str, query: str) -> None:
    answer = get(f"{encoded(did)}?{query}", headers=RESULT)
    assert answer.status == 501
    assert answer.json["didResolutionMetadata"]["error"]["type"] == f"{ERROR}FEATURE_NOT_SUPPORTED"
    assert get(encoded(did), headers=RESULT).status == 200


def test_relative_urls_are_expanded_where_that_is_asked_for() -> None:
    relative = get(encoded(PEER), headers=DOCUMENT).json
    expanded = get(f"{encoded(PEER)}?expandRelativeUrls=true", headers=DOCUMENT).json
    assert [service["id"] for service in relative["service"]] == ["#service"]
    assert [service["id"] for service in expanded["service"]] == [f"{PEER}#service"]
    assert get(f"{encoded(PEER)}?expandRelativeUrls=false", headers=DOCUMENT).json == relative


def test_fresh_document_is_asked_for_where_nothing_older_is_wanted() -> None:
    resolver = MemoryResolver({OTHER: hosted_document(OTHER, "other")}, FakeClock())
    world = asyncio.run(build_world(resolver=resolver))
    for query in ("", "?noCache=true", "?noCache=false"):
        assert get(encoded(OTHER) + query, world=world, headers={**RESULT, **AUTHORIZED}).status == 200
    assert [bound for _, bound in resolver.asked] == [timedelta(minutes=5), timedelta(0), timedelta(minutes=5)]


# ------------------------------------------------------------------ histories of this node's own


def with_history() -> tuple[World, str, list[str]]:
    """Return a world with an agent whose DID has a log of two entries, a day apart."""

    async def build() -> tuple[World, str, list[str]]:
        world = await build_world()
        agent = await world.host("planner", method=DIDMethod.WEBVH)
        world.clock.advance(timedelta(days=1))
        await world.services.keys.rotate(LOCAL, agent.signing_key().id, compromised=False)
        entries = await world.services.hosting.agent_log("planner")
        return world, agent.did, entries

    return asyncio.run(build())


def test_hosted_did_with_a_log_is_resolved_with_its_metadata_and_in_each_version() -> None:
    world, did, entries = with_history()
    first, second = (json.loads(entry) for entry in entries)
    newest = get(encoded(did), world=world, headers=RESULT)
    assert (newest.status, newest.json["didDocument"]["id"]) == (200, did)
    assert newest.json["didDocumentMetadata"]["versionId"] == second["versionId"]
    assert newest.headers["access-control-allow-origin"] == "*"
    for query, versions in (
        (f"versionId={first['versionId']}", first),
        (f"versionId={second['versionId']}", second),
        ("versionNumber=1", first),
        (f"versionTime={first['versionTime']}", first),
        (f"versionTime={second['versionTime']}", second),
    ):
        answer: Any = get(f"{encoded(did)}?{query}", world=world, headers=RESULT).json
        assert answer["didDocument"]["verificationMethod"] == versions["state"]["verificationMethod"]
        assert answer["didDocumentMetadata"]["versionId"] == versions["versionId"]
    assert first["state"]["verificationMethod"] != second["state"]["verificationMethod"]
    in_url = get(encoded(f"{did}?versionId={first['versionId']}"), world=world, headers=DEREFERENCED)
    assert in_url.json["contentMetadata"]["versionId"] == first["versionId"]


def test_version_that_never_was_is_not_found() -> None:
    world, did, _ = with_history()
    for query in ("versionId=3-Qm", "versionNumber=3", "versionTime=2001-01-01T00:00:00Z"):
        answer = get(f"{encoded(did)}?{query}", world=world, headers=RESULT)
        assert answer.status == 404
        assert answer.json["didResolutionMetadata"]["error"]["type"] == f"{ERROR}NOT_FOUND"


def test_did_with_a_log_that_was_ended_is_deactivated() -> None:
    world, did, _ = with_history()
    asyncio.run(world.services.agents.retire(LOCAL, "planner"))
    result = get(encoded(did), world=world, headers=RESULT)
    assert (result.status, result.json["didDocument"]) == (410, None)
    assert result.json["didDocumentMetadata"] == {"deactivated": True}
    result = get(encoded(did), world=world, headers=DEREFERENCED)
    assert (result.status, result.json["contentStream"]) == (410, None)
    assert result.json["contentMetadata"] == {"deactivated": True}


def test_earlier_versions_of_a_did_that_was_ended_stay_what_they_were() -> None:
    world, did, entries = with_history()
    asyncio.run(world.services.agents.retire(LOCAL, "planner"))
    answer: Any = get(f"{encoded(did)}?versionNumber=1", world=world, headers=RESULT)
    assert answer.status == 200
    assert answer.json["didDocument"]["verificationMethod"] == json.loads(entries[0])["state"]["verificationMethod"]
    assert answer.json["didDocumentMetadata"]["deactivated"] is True
    assert get(f"{encoded(did)}?versionNumber=4", world=world, headers=RESULT).status == 410


def test_did_with_another_scid_at_the_place_of_a_log_is_not_found() -> None:
    world, did, _ = with_history()
    other = did.replace(did.split(":")[2], "Qm" + "1" * 44)
    answer = get(encoded(other), world=world, headers=RESULT)
    assert answer.status == 404
    assert get(encoded(did), world=world, headers=RESULT).status == 200
