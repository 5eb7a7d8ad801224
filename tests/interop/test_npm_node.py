"""A node as it runs: @digitalbazaar/vc and jose judge what its agents issue, and it judges what they issue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from legation.client import Client
from tests.interop.documents import (
    CHANGES,
    DIGITAL_BAZAAR,
    KEY_NAMES,
    SUITES,
    VOCABULARY,
    Document,
    changed,
    credential,
    fault_there,
    presentation,
    presentation_fault_there,
)
from tests.interop.foreign import CHALLENGE, DOMAIN, JWT, Foreign, altered_token
from tests.interop.table import Way, tries
from tests.support.live import live_node

METHODS = ["web", "key", "webvh"]
SELECTIVE = ("ecdsa-sd-2023", "p256")


@dataclass
class Node:
    """A node that answers, with an agent for each type of key and each DID method; and the moment of the tests."""

    url: str
    token: str
    dids: dict[tuple[str, str], str]
    now: str

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """Ask it for something as its operator."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            with urlopen(Request(self.url + path, json.dumps(body).encode(), headers, method="POST")) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def issue(self, kind: str, method: str, suite: str, **options: object) -> Document:
        document = credential("", vocabulary="jcs" not in suite)
        del document["issuer"]
        path = f"/agents/{kind}-{method}/credentials/issue?cryptosuite={suite.replace('+', '%2B')}"
        status, answer = self.post(path, {"credential": document, "options": options})
        assert status == 201, answer
        found: Document = answer["verifiableCredential"]
        return found

    def judge(self, secured: object) -> str | None:
        return _fault(*self.post("/credentials/verify", {"verifiableCredential": secured}))

    def judge_presentation(self, secured: object, *, challenge: str = CHALLENGE, domain: str = DOMAIN) -> str | None:
        body = {"verifiablePresentation": secured, "options": {"challenge": challenge, "domain": domain}}
        return _fault(*self.post("/presentations/verify", body))


def _fault(status: int, verdict: Any) -> str | None:
    """Return why something does not hold, as a code, or None where it does."""
    if status == 200:
        return None
    assert status == 400
    assert verdict["verified"] is False
    return str(verdict["problemDetails"][0]["title"])


@pytest.fixture(scope="module")
def node(foreign: Foreign, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder: Path = tmp_path_factory.mktemp("node")
    dids, documents = {}, {}
    with live_node(folder) as live:
        token = live.token_file.read_text(encoding="ascii").strip()
        with Client(live.url, token=token) as client:
            for method in METHODS:
                for kind, key_type in KEY_NAMES.items():
                    agent = client.create_agent(f"{kind}-{method}", did_method=method, key_type=key_type)  # type: ignore[arg-type]  # names of both are literals there
                    dids[kind, method] = agent.did
                    documents[agent.did] = client.resolve_did(agent.did).document
        foreign.ask("contexts", documents=documents)
        yield Node(live.url, token, dids, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")


def cases(way: Way) -> list[Any]:
    return [
        pytest.param(
            *suite, id="-".join(suite), marks=tries(f"node: {suite[0]}, {KEY_NAMES[suite[1]]}", way, DIGITAL_BAZAAR)
        )
        for suite in SUITES
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("suite", "kind"), cases(Way.OURS))
def test_what_the_nodes_agent_issues_holds_there(
    foreign: Foreign, node: Node, suite: str, kind: str, method: str
) -> None:
    secured = node.issue(kind, method, suite)
    assert secured["issuer"] == node.dids[kind, method]
    assert fault_there(foreign, secured, node.now) is None
    assert node.judge(secured) is None
    for name in ("claim_altered", "dated_otherwise", "other_signature"):
        altered = changed(secured, CHANGES[name])
        assert fault_there(foreign, altered, node.now) is not None, name
        assert node.judge(altered) == "proof_invalid", name


@tries("node: presentation, eddsa-rdfc-2022", Way.OURS, DIGITAL_BAZAAR)
@pytest.mark.parametrize("method", METHODS)
def test_what_the_nodes_agent_presents_holds_there_for_its_verifier_alone(
    foreign: Foreign, node: Node, method: str
) -> None:
    held = node.issue("ed25519", method, "eddsa-rdfc-2022")
    document = presentation(node.dids["ed25519", method], held)
    status, answer = node.post(
        f"/agents/ed25519-{method}/presentations",
        {"presentation": document, "options": {"challenge": CHALLENGE, "domain": DOMAIN}},
    )
    assert status == 201
    secured = answer["verifiablePresentation"]
    assert presentation_fault_there(foreign, secured, at=node.now) is None
    assert presentation_fault_there(foreign, secured, at=node.now, challenge="another") is not None
    altered = changed(secured, lambda it: it.update(id="urn:example:another"))
    assert presentation_fault_there(foreign, altered, at=node.now) is not None
    assert node.judge_presentation(secured) is None
    assert node.judge_presentation(altered) == "proof_invalid"


@tries("node: ecdsa-sd-2023, P-256", Way.OURS, DIGITAL_BAZAAR)
@pytest.mark.parametrize("method", METHODS)
def test_what_the_nodes_agent_issues_to_be_shown_in_part_holds_there_derived_by_either(
    foreign: Foreign, node: Node, method: str
) -> None:
    base = node.issue("p256", method, "ecdsa-sd-2023", mandatoryPointers=["/issuer"])
    pointers = ["/credentialSubject/boards/1"]
    status, answer = node.post(
        "/credentials/derive", {"verifiableCredential": base, "options": {"selectivePointers": pointers}}
    )
    assert status == 201
    ours, theirs = answer["verifiableCredential"], foreign.ask("deriveCredential", document=base, pointers=pointers)
    assert ours == theirs
    assert fault_there(foreign, ours, node.now) is None
    assert [node.judge(ours), node.judge(theirs), node.judge(base)] == [None, None, "proof_invalid"]
    altered = changed(ours, lambda it: it["credentialSubject"].update(name="Eve"))
    assert fault_there(foreign, altered, node.now) is not None
    assert node.judge(altered) == "proof_invalid"


@tries("node: `vc+jwt`, EdDSA", Way.OURS, "jose")
def test_token_that_the_nodes_agent_issues_holds_there(foreign: Foreign, node: Node) -> None:
    secured = node.issue("ed25519", "key", JWT)
    token = secured["id"].partition(",")[2]
    assert foreign.holds(token, node.dids["ed25519", "key"])
    assert node.judge(secured) is None
    altered = altered_token(token, id="urn:example:another")
    assert not foreign.holds(altered, node.dids["ed25519", "key"])
    assert node.judge(altered) == "proof_invalid"


@pytest.mark.parametrize(("suite", "kind"), cases(Way.THEIRS))
def test_what_they_issue_the_node_accepts_and_altered_refuses(
    foreign: Foreign, node: Node, suite: str, kind: str
) -> None:
    party = f"{kind}:issuer"
    document = credential(foreign.did(party), vocabulary="jcs" not in suite)
    secured = foreign.ask("issueCredential", document=document, by=party, suite=suite, at=node.now)
    assert node.judge(secured) is None
    for name, change in CHANGES.items():
        assert node.judge(changed(secured, change)) == "proof_invalid", name
    held = presentation(foreign.did(party), secured)
    asked = {"by": party, "suite": suite, "at": node.now, "challenge": CHALLENGE, "domain": DOMAIN}
    presented = foreign.ask("presentCredentials", document=held, **asked)
    assert node.judge_presentation(presented) is None
    assert node.judge_presentation(presented, challenge="another") == "challenge_mismatch"
    assert node.judge_presentation(presented, domain="https://other.example") == "domain_mismatch"


@tries("node: ecdsa-sd-2023, P-256", Way.THEIRS, DIGITAL_BAZAAR)
def test_what_they_derive_the_node_accepts_and_altered_refuses(foreign: Foreign, node: Node) -> None:
    party = "p256:issuer"
    options: dict[str, Any] = {"suite": "ecdsa-sd-2023", "at": node.now, "mandatory": ["/issuer", "/validUntil"]}
    base = foreign.ask("issueCredential", document=credential(foreign.did(party)), by=party, **options)
    derived = foreign.ask("deriveCredential", document=base, pointers=["/credentialSubject/boards/1"])
    assert derived["@context"][-1] == VOCABULARY
    assert node.judge(derived) is None
    assert node.judge(base) == "proof_invalid"
    assert node.judge(changed(derived, lambda it: it["credentialSubject"].update(name="Eve"))) == "proof_invalid"


@tries("node: `vc+jwt`, EdDSA", Way.THEIRS, "jose")
def test_token_that_they_issue_the_node_accepts_and_altered_refuses(foreign: Foreign, node: Node) -> None:
    document = credential(foreign.did("ed25519:issuer"))
    token = foreign.ask("token", document=document, by="ed25519:issuer", typ=JWT)
    assert node.judge(token) is None
    assert node.judge(altered_token(token, id="urn:example:another")) == "proof_invalid"
