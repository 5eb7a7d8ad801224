"""The VC API over HTTP: shapes, statuses, problem details, and options as the W3C test suites send them."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import pytest

from legation.domain.agent_keys import KeyKind
from tests.support.nodes import AUTHORIZED, NODE, Answer, World, ask, build_world
from tests.support.secured import ACME, credential, issued, presentation, presented

PLANNER = f"{NODE}:agents:planner"
ISSUE, PRESENT = "/agents/planner/credentials/issue", "/agents/planner/presentations"
DATA_MODEL, SECURITY = "https://www.w3.org/TR/vc-data-model#", "https://w3id.org/security#"


def world(**more: Any) -> World:
    there = asyncio.run(build_world(**more))
    asyncio.run(there.host("planner"))
    asyncio.run(there.host("pea", signing_kind=KeyKind.P256))
    return there


@cache
def shared(*, may_choose_time: bool = False) -> World:
    """Return a node of whose state nothing is asked."""
    return world(may_choose_time=may_choose_time)


def post(there: World, target: str, body: object) -> Answer:
    return ask("POST", target, world=there, body=body, headers=AUTHORIZED)


def issue(there: World, query: str = "", document: dict[str, Any] | None = None, **options: Any) -> Answer:
    return post(there, ISSUE + query, {"credential": document or credential(), "options": options})


def check(there: World, document: object, **options: Any) -> Answer:
    return post(there, "/credentials/verify", {"verifiableCredential": document, "options": options})


def judge(there: World, document: object, **options: Any) -> Answer:
    return post(there, "/presentations/verify", {"verifiablePresentation": document, "options": options})


# ------------------------------------------------------------------ issuing


@pytest.mark.parametrize("name", ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "vc%2Bjwt", "vc+sd-jwt"])
def test_credential_is_issued_as_the_query_says_and_holds(name: str) -> None:
    there = shared()
    answer = issue(there, f"?cryptosuite={name}")
    assert answer.status == 201
    secured = answer.json["verifiableCredential"]
    if name.startswith("vc"):
        assert (secured["type"], secured["id"].partition(",")[0]) == (
            "EnvelopedVerifiableCredential",
            f"data:application/{name.replace('%2B', '+')}",
        )
    else:
        assert secured["proof"]["cryptosuite"] == name
        assert secured["issuer"] == PLANNER
    verdict = check(there, secured)
    assert (verdict.status, verdict.json) == (200, {"verified": True})


def test_credential_is_issued_without_options_and_without_a_cryptosuite() -> None:
    answer = post(shared(), ISSUE, {"credential": credential()})
    assert answer.status == 201
    assert answer.json["verifiableCredential"]["proof"]["cryptosuite"] == "eddsa-rdfc-2022"


def test_cryptosuite_may_stand_in_the_body_where_the_query_does_not_contradict() -> None:
    there = shared()
    assert issue(there, cryptosuite="eddsa-jcs-2022").status == 201
    assert issue(there, "?cryptosuite=eddsa-jcs-2022", cryptosuite="eddsa-jcs-2022").status == 201
    answer = issue(there, "?cryptosuite=eddsa-jcs-2022", cryptosuite="eddsa-rdfc-2022")
    assert (answer.status, answer.json["pointer"]) == (400, "/options/cryptosuite")


@pytest.mark.parametrize(
    ("target", "body", "code", "problem", "pointer"),
    [
        (ISSUE, {"issuer": ACME.did}, "issuer_mismatch", None, "/credential/issuer"),
        (ISSUE, {"type": []}, "malformed", DATA_MODEL + "MALFORMED_VALUE_ERROR", "/credential/type"),
        (f"{ISSUE}?cryptosuite=ecdsa-rdfc-2019", {}, "invalid_key", SECURITY + "PROOF_GENERATION_ERROR", None),
        (f"{ISSUE}?cryptosuite=nope", {}, "unknown_term", DATA_MODEL + "MALFORMED_VALUE_ERROR", "/options/cryptosuite"),
    ],
)
def test_credential_that_cannot_be_issued_is_a_problem(
    target: str, body: dict[str, Any], code: str, problem: str | None, pointer: str | None
) -> None:
    answer = post(shared(), target, {"credential": {**credential(), **body}})
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (answer.status, answer.json["code"], answer.json.get("pointer")) == (400, code, pointer)
    assert answer.json["type"] == (problem or f"urn:legation:error:{code}")
    assert "verified" not in answer.json


@pytest.mark.parametrize(
    ("options", "pointer"),
    [
        ({"surprise": 1}, "/options"),
        ({"type": "Ed25519Signature2020"}, "/options"),
        ({"proofPurpose": "authentication"}, "/options"),
        ({"created": "yesterday at around noon"}, "/options/created"),
        ({"created": "2020-01-01T00:00:00Z"}, "/options/created"),
        ({"expires": "2026-02-30T00:00:00Z"}, "/options/expires"),
        ({"verificationMethod": f"{PLANNER}#other"}, "/options/verificationMethod"),
        ({"mandatoryPointers": ["/issuer"]}, "/options/mandatoryPointers"),
        ({"mandatoryPointers": "/issuer"}, "/options"),
        ({"previousProof": "urn:uuid:1"}, None),
    ],
)
def test_option_that_cannot_be_kept_is_refused(options: dict[str, Any], pointer: str | None) -> None:
    answer = issue(shared(), **options)
    assert (answer.status, answer.json.get("pointer")) == (400, pointer)


@pytest.mark.parametrize("query", ["?cryptosuite=", "?cryptosuite=a&cryptosuite=b", "?status=x", "?cryptosuite=a%00b"])
def test_query_of_another_form_is_refused(query: str) -> None:
    answer = issue(shared(), query)
    assert (answer.status, answer.json["code"]) == (400, "malformed")


def test_act_is_audited_under_the_credentials_id_done_or_refused() -> None:
    there = world()
    assert issue(there, document=credential(id="urn:uuid:1")).status == 201
    assert issue(there, credentialId="urn:uuid:2").status == 201
    assert issue(there, document=credential(type=["No"])).status == 400
    entries = [(entry.act, entry.target, entry.outcome.value) for entry in there.state.tables.audit]
    assert entries[-3:] == [
        ("credential.issue", "urn:uuid:1", "done"),
        ("credential.issue", "urn:uuid:2", "done"),
        ("credential.issue", "planner", "refused"),
    ]


def test_pointers_that_stay_in_sight_are_taken_by_the_suite_that_has_them() -> None:
    there = shared()
    target = "/agents/pea/credentials/issue?cryptosuite=ecdsa-sd-2023"
    base = post(there, target, {"credential": credential(), "options": {"mandatoryPointers": ["/issuer"]}})
    assert base.status == 201
    secured = base.json["verifiableCredential"]
    assert check(there, secured).status == 400
    body = {"verifiableCredential": secured, "options": {"selectivePointers": ["/credentialSubject/name"]}}
    derived = post(there, "/credentials/derive", body)
    assert derived.status == 201
    assert check(there, derived.json["verifiableCredential"]).status == 200
    nothing = post(there, "/credentials/derive", {"verifiableCredential": issued()})
    assert (nothing.status, nothing.json["code"]) == (400, "proof_invalid")


# ------------------------------------------------------------------ verifying


def test_every_option_of_the_suites_is_taken_and_none_turns_a_check_off() -> None:
    there = shared()
    options = {"checks": ["proof"], "returnProblemDetails": True, "expectedProofPurpose": "assertionMethod"}
    assert check(there, issued(), **options).status == 200
    expired = issued(credential(validUntil="2026-01-01T00:00:00Z"))
    assert check(there, expired, **options).status == 400
    assert check(there, issued(), checks=[]).status == 200


def test_verdict_returns_what_was_judged_where_it_is_asked_for() -> None:
    there = shared()
    document, shown = issued(), presented()
    assert check(there, document, returnCredential=True).json["verifiableCredential"] == document
    assert judge(there, shown, returnPresentation=True).json["verifiablePresentation"] == shown


@pytest.mark.parametrize(
    ("change", "options", "code", "problem"),
    [
        ({"proof": None}, {}, "malformed", DATA_MODEL + "MALFORMED_VALUE_ERROR"),
        ({"type": 5}, {}, "malformed", DATA_MODEL + "MALFORMED_VALUE_ERROR"),
        ({"issuer": "did:example:other"}, {}, "method_not_authorized", DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR"),
        ({"credentialSubject": {"id": "did:example:x"}}, {}, "proof_invalid", SECURITY + "PROOF_VERIFICATION_ERROR"),
        ({}, {"challenge": "c"}, "challenge_mismatch", SECURITY + "INVALID_CHALLENGE_ERROR"),
        ({}, {"domain": "d"}, "domain_mismatch", SECURITY + "INVALID_DOMAIN_ERROR"),
        ({}, {"expectedProofPurpose": "authentication"}, "proof_invalid", SECURITY + "PROOF_VERIFICATION_ERROR"),
    ],
)
def test_credential_that_does_not_hold_is_a_problem_with_a_verdict(
    change: dict[str, Any], options: dict[str, Any], code: str, problem: str | None
) -> None:
    there = shared()
    assert check(there, issued()).status == 200
    answer = check(there, {**issued(), **change}, **options)
    assert (answer.status, answer.json["code"], answer.json["verified"]) == (400, code, False)
    assert answer.json["type"] == (problem or f"urn:legation:error:{code}")
    (detail,) = answer.json["problemDetails"]
    assert (detail.get("type"), detail["title"]) == (problem, code)


def test_moment_is_chosen_by_operators_of_the_whole_node_and_by_others_where_those_let_them() -> None:
    there = world()
    expired = issued(credential(validUntil="2026-01-01T00:00:00Z"))
    assert check(there, expired, at="2025-12-31T00:00:00Z").status == 200
    body = {"verifiableCredential": expired, "options": {"at": "2025-12-31T00:00:00Z"}}

    def ask_as_agent(node: World) -> Answer:
        agent = asyncio.run(node.host("caller"))
        headers = asyncio.run(node.call_as(agent, "POST", "/credentials/verify"))
        return ask("POST", "/credentials/verify", world=node, body=body, headers=headers)

    refused = ask_as_agent(there)
    assert (refused.status, refused.json["code"]) == (400, "option_not_allowed")
    assert ask_as_agent(world(may_choose_time=True)).status == 200
    assert check(there, expired).json["type"] == DATA_MODEL + "RANGE_ERROR"
    answer = check(there, expired, at="2025-02-30T00:00:00Z")
    assert (answer.status, answer.json["pointer"]) == (400, "/options/at")


def test_what_nobody_here_knows_is_told_beside_the_verdict() -> None:
    context = ["https://www.w3.org/ns/credentials/v2", {"Other": "https://other.example/#Other"}]
    entry = {"type": "Other", "id": "https://other.example/1"}
    document = issued(credential(credentialStatus=entry, **{"@context": context}))
    there = shared()
    answer = check(there, document)
    assert (answer.status, answer.json["verified"]) == (200, True)
    (notice,) = answer.json["problemDetails"]
    assert (notice["type"], notice["pointer"]) == ("urn:legation:error:status_unknown", "/credentialStatus")
    assert "problemDetails" not in check(there, document, returnProblemDetails=False).json


def test_pointer_leads_into_the_body_or_to_the_token_in_it() -> None:
    there = shared()
    expired = credential(validUntil="2026-01-01T00:00:00Z")
    assert check(there, issued(expired)).json["pointer"] == "/verifiableCredential/validUntil"
    assert check(there, issued(expired, mechanism="vc+jwt")).json["pointer"] == "/verifiableCredential"
    answer = judge(there, presentation(issued(), issued(expired)))
    assert answer.json["pointer"] == "/verifiablePresentation/verifiableCredential/1/validUntil"


@pytest.mark.parametrize("value", [None, 5, [], True])
def test_body_that_holds_no_document_is_refused(value: object) -> None:
    answer = check(shared(), value)
    assert (answer.status, answer.json["code"], answer.json["pointer"]) == (400, "malformed", "/verifiableCredential")


def test_document_that_is_nested_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(60):
        deep = {"name": deep}
    there = shared()
    for target, member in (
        (ISSUE, "credential"),
        (PRESENT, "presentation"),
        ("/credentials/verify", "verifiableCredential"),
        ("/presentations/verify", "verifiablePresentation"),
        ("/credentials/derive", "verifiableCredential"),
    ):
        answer = post(there, target, {member: {**credential(), "credentialSubject": deep}})
        assert (answer.status, answer.json["code"]) == (400, "malformed"), target


# ------------------------------------------------------------------ presentations


def test_presentation_is_made_for_a_challenge_and_verified() -> None:
    there = shared()
    for query in ("", "?cryptosuite=eddsa-jcs-2022", "?cryptosuite=vp+jwt"):
        options = {"challenge": "c", "domain": "https://v.example"}
        answer = post(there, PRESENT + query, {"presentation": presentation(issued()), "options": options})
        assert answer.status == 201
        secured = answer.json["verifiablePresentation"]
        assert judge(there, secured, **options).json == {"verified": True}
        refused = judge(there, secured, challenge="d", domain="https://v.example")
        assert (refused.status, refused.json["code"]) == (400, "challenge_mismatch")


def test_presentation_of_another_holder_is_not_made() -> None:
    answer = post(shared(), PRESENT, {"presentation": presentation(issued(), holder=ACME.did)})
    assert (answer.status, answer.json["code"], answer.json["pointer"]) == (
        400,
        "holder_mismatch",
        "/presentation/holder",
    )


def test_unsecured_presentation_is_judged_until_a_challenge_is_expected() -> None:
    there = shared()
    answer = judge(there, presentation(issued()))
    assert (answer.status, answer.json["verified"]) == (200, True)
    assert answer.json["problemDetails"][0]["title"] == "proof_missing"
    for options in ({"challenge": "c"}, {"domain": "d"}):
        refused = judge(there, presentation(issued()), **options)
        assert (refused.status, refused.json["code"]) == (400, "proof_missing")


@pytest.mark.parametrize("name", ["nobody", "x" * 80])
def test_agent_that_is_not_there_is_not_found(name: str) -> None:
    there = shared()
    assert post(there, f"/agents/{name}/credentials/issue", {"credential": credential()}).status == 404
    assert post(there, f"/agents/{name}/presentations", {"presentation": presentation()}).status == 404
