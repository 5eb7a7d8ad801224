"""The W3C test suite of the VC Data Model 2.0: its inputs, as its harness sends them, to a node's VC API.

What the suite's harness does to an input is done here too: the issuer is that of the endpoint, the placeholders PAST
DATE and FUTURE DATE are dates, a presentation and the credentials in it that carry no proof are secured with one
local key.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from legation.domain.credentials.securing import Securing, secure_credential
from legation.standards.data_integrity.documents import add_proof
from tests.support.contexts import suite_contexts
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, NODE, Answer, World, ask, build_world
from tests.support.secured import entropy
from tests.support.vectors import vector_path

PLANNER = f"{NODE}:agents:planner"
CHALLENGE = {
    "challenge": "08cf4ce0-2bd0-11ee-8622-83054936f200",
    "domain": "github.com/w3c/vc-data-model-2.0-test-suite",
}
# whom the inputs name as holder and issuer, with a key of the suite's; here it is somebody with a key of these tests
SUITE, LOCAL = "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj", signer_of("suite")

# issued, and then refused by a verifier for what they say: the reason for each
NOT_VERIFIED = {
    "credential-proof-ok": "malformed",  # its own proof names no verification method
    "credential-status-ok": "status_unknown",  # a status list, which this version cannot look anything up in
    "credential-status-missing-id-ok": "status_unknown",
    "credential-validuntil-ok": "expired",
    "credential-validuntil-ms-ok": "expired",
}


def names(pattern: str) -> list[str]:
    try:
        root = vector_path("vcdm-2.0-inputs")
    except pytest.skip.Exception:
        return []
    return sorted(path.relative_to(root).as_posix().removesuffix(".json") for path in root.rglob(f"{pattern}.json"))


def read(name: str) -> dict[str, Any]:
    text = Path(vector_path("vcdm-2.0-inputs", f"{name}.json")).read_text(encoding="utf-8")
    text = text.replace("PAST DATE", "2020-01-01T00:00:00Z").replace("FUTURE DATE", "2046-01-01T00:00:00Z")
    text = text.replace(SUITE, LOCAL.did)
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def world() -> World:
    there = asyncio.run(build_world(contexts=suite_contexts()))
    asyncio.run(there.host("planner"))
    return there


def post(target: str, body: object) -> Answer:
    return ask("POST", target, world=world(), body=body, headers=AUTHORIZED)


def with_issuer(name: str, document: dict[str, Any]) -> dict[str, Any]:
    """Name the endpoint's issuer, as the harness does, unless the issuer is what the input is about."""
    if name.startswith("credential-issuer") and not name.endswith("-ok"):
        return document
    issuer = document.get("issuer")
    return {**document, "issuer": {**issuer, "id": PLANNER} if isinstance(issuer, dict) else PLANNER}


def secured(presentation: dict[str, Any]) -> dict[str, Any]:
    """Secure a presentation as the harness does, whatever is wrong with it."""
    how = Securing(created=None, entropy=entropy, mechanism="eddsa-rdfc-2022")
    inner = [
        entry if "proof" in entry else secure_credential({**entry, "issuer": LOCAL.did}, LOCAL, how, suite_contexts())
        for entry in presentation.get("verifiableCredential", [])
    ]
    document = {**presentation, "verifiableCredential": inner} if inner else presentation
    return prove(document)


def prove(document: dict[str, Any]) -> dict[str, Any]:
    return add_proof(
        document,
        LOCAL,
        cryptosuite="eddsa-jcs-2022",
        purpose="authentication",
        created=None,
        contexts=suite_contexts(),
        options=CHALLENGE,
    )


def judge(document: dict[str, Any], options: dict[str, str] | None = None) -> Answer:
    return post("/presentations/verify", {"verifiablePresentation": document, "options": options or {"checks": []}})


@pytest.mark.parametrize("name", [*names("credential-*-ok"), *names("credential-ok"), *names("issuer-*-ok")])
def test_credential_is_issued_and_holds(name: str) -> None:
    answer = post("/agents/planner/credentials/issue", {"credential": with_issuer(name, read(name)), "options": {}})
    assert answer.status == 201, answer.body
    verdict = post("/credentials/verify", {"verifiableCredential": answer.json["verifiableCredential"], "options": {}})
    expected = NOT_VERIFIED.get(name)
    assert (verdict.status, verdict.json.get("code")) == ((200, None) if expected is None else (400, expected))


@pytest.mark.parametrize("name", [*names("credential-*-fail*"), *names("*-extra-prop-en-fail")])
def test_credential_that_is_none_is_neither_issued_nor_accepted(name: str) -> None:
    # of the input without an issuer one is filled in; what makes it fail then is its subject, that has no claim
    document = with_issuer(name, read(name))
    answer = post("/agents/planner/credentials/issue", {"credential": document, "options": {}})
    assert (answer.status, "code" in answer.json) == (400, True), answer.body
    received = {**document, "proof": {"type": "DataIntegrityProof"}}
    verdict = post("/credentials/verify", {"verifiableCredential": received, "options": {"checks": ["proof"]}})
    assert (verdict.status, verdict.json["verified"]) == (400, False)


@pytest.mark.parametrize("name", names("presentation-*-ok"))
def test_presentation_holds_for_its_challenge_and_for_no_other(name: str) -> None:
    shown = secured(read(name))
    assert judge(shown).status == 200
    assert judge(shown, CHALLENGE).status == 200
    other = judge(shown, {**CHALLENGE, "challenge": "other"})
    assert (other.status, other.json["code"]) == (400, "challenge_mismatch")


@pytest.mark.parametrize("name", names("presentation-*-ok"))
def test_presentation_without_a_proof_is_judged_by_its_form_and_its_credentials(name: str) -> None:
    stripped = {member: value for member, value in secured(read(name)).items() if member != "proof"}
    assert judge(stripped).status == 200
    assert judge(stripped, CHALLENGE).status == 400


@pytest.mark.parametrize("name", names("presentation-*-fail*"))
def test_presentation_that_is_none_is_refused_secured_or_not(name: str) -> None:
    document = read(name)
    assert judge(document).status == 400
    answer = judge(prove(document))
    assert (answer.status, answer.json["verified"]) == (400, False)


@pytest.mark.parametrize(
    ("name", "status"), [("ok", 200), ("no-holder", 400), ("holder-mismatch", 400), ("issuer-mismatch", 400)]
)
def test_self_asserted_credential_is_that_of_its_holder(name: str, status: int) -> None:
    document = read(f"presentation-self-asserted-vc-{name}")
    assert judge(prove(document)).status == status
    assert judge(document).status == 400
