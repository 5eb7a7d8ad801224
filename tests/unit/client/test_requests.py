"""Every method: what goes out, and what comes of the answer, in both clients."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.client.models import (
    AnchorGrant,
    Claims,
    DelegationTree,
    KeyKind,
    KeyState,
    Life,
    Outcome,
    Page,
    Purpose,
    Readiness,
    RemoteVerdict,
    ResolvedDID,
)
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, issue_root
from tests.support.asking import (
    AGENT,
    AGENT_ID,
    ANCHOR,
    BOTH,
    DELEGATION,
    DELEGATION_ID,
    ENTRY,
    KEY,
    NO,
    OPERATOR,
    TOKEN,
    YES,
    ask,
)
from tests.support.keys import signer_of
from tests.support.scripted import reply, serving

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DETAILS = [{"type": "mail", "actions": ["read"]}]
WORKER = "did:key:z6MkWorker"
KEY_ID = f"{AGENT_ID}-1"
CHALLENGE = {"challenge": "c", "domain": "https://shop.example", "expiresAt": "2026-11-01T12:05:00Z"}
READY = {"status": "ready", "checks": [{"name": "state", "ok": True}]}
RESOLUTION: dict[str, Any] = {"didDocument": {"id": WORKER}, "didDocumentMetadata": {}, "didResolutionMetadata": {}}
SECURED = {"type": ["VerifiableCredential"], "proof": {"proofValue": "z1"}}
ENTRIES = "/v1/audit?actor=a%2F%26b&act=agent.create&target=planner&outcome=refused&limit=2&cursor=c%3D"


def root(form: Format = Format.JWT) -> Chain:
    """Return a chain of one hop."""
    terms = Terms("urn:uuid:1", WORKER, AT, AT + HOUR, DETAILS, 3)
    return Chain((issue_root(signer_of("ana"), terms, principal=signer_of("ana").did, at=AT, form=form),))


@dataclass(frozen=True)
class Case:
    """A method with its arguments, the request that it makes, and the node's answer to that."""

    method: str
    arguments: tuple[Any, ...]
    verb: str
    target: str
    answer: object
    body: object = None
    named: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    media: str = "application/json"


TOKEN_CHAIN, OBJECT_CHAIN = root(), root(Format.DATA_INTEGRITY)
CASES = [
    Case(
        "create_agent",
        ("planner",),
        "POST",
        "/v1/agents",
        AGENT,
        {
            "name": "planner",
            "owner": "acme",
            "sponsor": "did:web:a.example",
            "didMethod": "web",
            "keyType": "P-256",
            "accessKeys": ["z1"],
            "agent_model": "m",
        },
        {
            "owner": "acme",
            "sponsor": "did:web:a.example",
            "key_type": "P-256",
            "access_keys": ["z1"],
            "agent_model": "m",
        },
        status=201,
    ),
    Case(
        "create_agent",
        ("planner",),
        "POST",
        "/v1/agents",
        AGENT,
        {"name": "planner", "didMethod": "web", "keyType": "Ed25519"},
    ),
    Case("list_agents", (), "GET", "/v1/agents?limit=50", {"items": [AGENT], "next": "c"}),
    Case(
        "list_agents",
        (),
        "GET",
        "/v1/agents?owner=acme&life=active&name=pl&limit=2&cursor=x%20y",
        {"items": [AGENT]},
        named={"owner": "acme", "life": "active", "name": "pl", "limit": 2, "cursor": "x y"},
    ),
    Case("get_agent", ("planner",), "GET", "/v1/agents/planner", AGENT),
    Case(
        "update_agent",
        ("planner",),
        "PATCH",
        "/v1/agents/planner",
        AGENT,
        {"sponsor": None, "agent_model": "m-2"},
        {"sponsor": None, "agent_model": "m-2"},
    ),
    Case("suspend_agent", ("planner",), "POST", "/v1/agents/planner/suspend", AGENT, {}),
    Case("resume_agent", ("planner",), "POST", "/v1/agents/planner/resume", AGENT, {}),
    Case("retire_agent", ("planner",), "POST", "/v1/agents/planner/retire", AGENT, {}),
    Case("list_keys", ("planner",), "GET", "/v1/keys?agent=planner", {"items": [KEY]}),
    Case(
        "add_access_key",
        ("planner", "z6Mk"),
        "POST",
        "/v1/keys",
        KEY,
        {"agent": "planner", "publicKeyMultibase": "z6Mk"},
        status=201,
    ),
    Case(
        "rotate_key",
        (KEY_ID,),
        "POST",
        f"/v1/keys/{KEY_ID}/rotate",
        {"key": KEY, "replaced": KEY},
        {"compromised": True},
        {"compromised": True},
    ),
    Case("remove_access_key", (KEY_ID,), "DELETE", f"/v1/keys/{KEY_ID}", None, status=204),
    Case(
        "issue_delegation",
        ("planner",),
        "POST",
        "/v1/delegations",
        DELEGATION,
        {"agent": "planner", "to": WORKER, "details": DETAILS, "validFor": 3600, "maxDepth": 3},
        {"to": WORKER, "details": DETAILS},
        status=201,
    ),
    Case(
        "issue_delegation",
        ("planner",),
        "POST",
        "/v1/delegations",
        DELEGATION,
        {
            "agent": "planner",
            "to": WORKER,
            "details": DETAILS,
            "principal": "did:key:z6MkAna",
            "validFor": 90,
            "validFrom": "2026-11-01T12:00:00Z",
            "maxDepth": 0,
            "secure": "vc+jwt",
        },
        {
            "to": WORKER,
            "details": DETAILS,
            "principal": "did:key:z6MkAna",
            "valid_for": timedelta(seconds=90.9),
            "valid_from": AT,
            "max_depth": 0,
            "secure": "vc+jwt",
        },
    ),
    Case("import_delegation", ("lgc1.abc",), "POST", "/v1/delegations/import", DELEGATION, {"chain": "lgc1.abc"}),
    Case(
        "import_delegation",
        (OBJECT_CHAIN.to_json().encode(),),
        "POST",
        "/v1/delegations/import",
        DELEGATION,
        {"chain": json.loads(OBJECT_CHAIN.to_json())},
    ),
    Case(
        "attenuate_delegation",
        (DELEGATION_ID,),
        "POST",
        f"/v1/delegations/{DELEGATION_ID}/attenuate",
        DELEGATION,
        {"to": WORKER},
        {"to": WORKER},
    ),
    Case(
        "attenuate_delegation",
        (DELEGATION_ID,),
        "POST",
        f"/v1/delegations/{DELEGATION_ID}/attenuate",
        DELEGATION,
        {
            "agent": "planner",
            "to": WORKER,
            "details": DETAILS,
            "validFor": 60,
            "maxDepth": 0,
            "secure": "eddsa-jcs-2022",
        },
        {
            "agent": "planner",
            "to": WORKER,
            "details": DETAILS,
            "valid_for": timedelta(minutes=1),
            "max_depth": 0,
            "secure": "eddsa-jcs-2022",
        },
    ),
    Case("list_delegations", (), "GET", "/v1/delegations?limit=50", {"items": [DELEGATION]}),
    Case(
        "list_delegations",
        (),
        "GET",
        "/v1/delegations?agent=planner&role=issuer&limit=1&cursor=c",
        {"items": [DELEGATION]},
        named={"agent": "planner", "role": "issuer", "limit": 1, "cursor": "c"},
    ),
    Case("get_delegation", (DELEGATION_ID,), "GET", f"/v1/delegations/{DELEGATION_ID}", DELEGATION),
    Case(
        "get_delegation_tree",
        (DELEGATION_ID,),
        "GET",
        f"/v1/delegations/{DELEGATION_ID}/tree",
        {"delegation": DELEGATION, "children": [{"delegation": DELEGATION, "children": []}], "truncated": True},
    ),
    Case("create_challenge", (), "POST", "/v1/challenges", CHALLENGE, {}, status=201),
    Case(
        "create_presentation",
        (),
        "POST",
        "/v1/presentations",
        {"presentation": {"type": "VerifiablePresentation"}},
        {"delegation": DELEGATION_ID, "agent": "planner", "challenge": "c", "domain": "d", "secure": "vp+jwt"},
        {"delegation": DELEGATION_ID, "agent": "planner", "challenge": "c", "domain": "d", "secure": "vp+jwt"},
        status=201,
    ),
    Case(
        "create_presentation",
        (),
        "POST",
        "/v1/presentations",
        {"presentation": "a.b.c"},
        {"chain": json.loads(TOKEN_CHAIN.to_json()), "challenge": "c", "domain": "d"},
        {"chain": TOKEN_CHAIN, "challenge": "c", "domain": "d"},
    ),
    Case(
        "verify_presentation",
        ('{"type": "VerifiablePresentation"}',),
        "POST",
        "/v1/presentations/verify",
        YES,
        {"presentation": {"type": "VerifiablePresentation"}, "request": {"type": "mail"}},
        {"request": {"type": "mail"}},
    ),
    Case("verify_presentation", ("a.b.c",), "POST", "/v1/presentations/verify", NO, {"presentation": "a.b.c"}),
    Case(
        "verify_chain",
        ([{"id": 1}],),
        "POST",
        "/v1/verify",
        YES,
        {"chain": [{"id": 1}], "holder": WORKER, "request": {"type": "mail"}, "challenge": "c", "domain": "d"},
        {"holder": WORKER, "request": {"type": "mail"}, "challenge": "c", "domain": "d"},
    ),
    Case(
        "issue_credential",
        ("planner", {"type": ["VerifiableCredential"]}),
        "POST",
        "/agents/planner/credentials/issue",
        {"verifiableCredential": SECURED},
        {"credential": {"type": ["VerifiableCredential"]}},
        status=201,
    ),
    Case(
        "issue_credential",
        ("planner", b'{"type": ["VerifiableCredential"]}'),
        "POST",
        "/agents/planner/credentials/issue",
        {"verifiableCredential": SECURED},
        {
            "credential": {"type": ["VerifiableCredential"]},
            "options": {
                "cryptosuite": "ecdsa-sd-2023",
                "mandatoryPointers": ["/issuer"],
                "created": "2026-11-01T12:00:00Z",
                "expires": "2026-11-01T13:00:00Z",
                "nonce": "n",
                "proofId": "urn:uuid:2",
                "previousProof": ["urn:uuid:1"],
                "verificationMethod": "did:key:z6MkWorker#z6MkWorker",
                "challenge": "c",
                "domain": "d",
                "credentialId": "urn:uuid:3",
            },
        },
        {
            "cryptosuite": "ecdsa-sd-2023",
            "mandatory_pointers": ["/issuer"],
            "created": AT,
            "expires": AT + HOUR,
            "nonce": "n",
            "proof_id": "urn:uuid:2",
            "previous_proof": ("urn:uuid:1",),
            "verification_method": "did:key:z6MkWorker#z6MkWorker",
            "challenge": "c",
            "domain": "d",
            "credential_id": "urn:uuid:3",
        },
        status=201,
    ),
    Case(
        "present_credentials",
        ("planner", {"type": ["VerifiablePresentation"]}),
        "POST",
        "/agents/planner/presentations",
        {"verifiablePresentation": SECURED},
        {
            "presentation": {"type": ["VerifiablePresentation"]},
            "options": {"cryptosuite": "vp+jwt", "challenge": "c", "domain": "d", "expires": "2026-11-01T12:00:00Z"},
        },
        {"cryptosuite": "vp+jwt", "challenge": "c", "domain": "d", "expires": AT},
        status=201,
    ),
    Case(
        "derive_credential",
        ("a.b.c~d~", ["/credentialSubject/name"]),
        "POST",
        "/credentials/derive",
        {"verifiableCredential": SECURED},
        {"verifiableCredential": "a.b.c~d~", "options": {"selectivePointers": ["/credentialSubject/name"]}},
        status=201,
    ),
    Case(
        "verify_credential",
        (SECURED,),
        "POST",
        "/credentials/verify",
        {"verified": True},
        {"verifiableCredential": SECURED},
    ),
    Case(
        "verify_credential",
        ("a.b.c",),
        "POST",
        "/credentials/verify",
        {"verified": True, "problemDetails": [{"title": "schema_unknown"}]},
        {
            "verifiableCredential": "a.b.c",
            "options": {"challenge": "c", "domain": "d", "at": "2026-11-01T12:00:00Z"},
        },
        {"challenge": "c", "domain": "d", "at": AT},
    ),
    Case(
        "verify_presented_credentials",
        (SECURED,),
        "POST",
        "/presentations/verify",
        {"verified": True},
        {"verifiablePresentation": SECURED, "options": {"challenge": "c", "domain": "d"}},
        {"challenge": "c", "domain": "d"},
    ),
    Case(
        "verify_presented_credentials",
        (SECURED,),
        "POST",
        "/presentations/verify",
        {"verified": True},
        {"verifiablePresentation": SECURED},
        {"challenge": None, "domain": None},
    ),
    Case("list_anchors", (), "GET", "/v1/trust", {"items": [ANCHOR]}),
    Case(
        "add_anchor",
        (WORKER,),
        "POST",
        "/v1/trust",
        ANCHOR,
        {"issuer": WORKER, "grants": [{"type": "mail"}], "principals": ["did:key:z6MkAna"]},
        {"grants": [{"type": "mail"}], "principals": ["did:key:z6MkAna"]},
        status=201,
    ),
    Case("add_anchor", (WORKER,), "POST", "/v1/trust", ANCHOR, {"issuer": WORKER}),
    Case("remove_anchor", (AGENT_ID,), "DELETE", f"/v1/trust/{AGENT_ID}", None, status=204),
    Case(
        "create_operator",
        ("ana",),
        "POST",
        "/v1/operators",
        {**OPERATOR, "token": TOKEN},
        {"name": "ana", "owner": "acme"},
        {"owner": "acme"},
        status=201,
    ),
    Case("list_operators", (), "GET", "/v1/operators", {"items": [OPERATOR]}),
    Case("revoke_operator", (AGENT_ID,), "DELETE", f"/v1/operators/{AGENT_ID}", None, status=204),
    Case(
        "list_audit",
        (),
        "GET",
        ENTRIES,
        {"items": [ENTRY]},
        named={
            "actor": "a/&b",
            "act": "agent.create",
            "target": "planner",
            "outcome": "refused",
            "limit": 2,
            "cursor": "c=",
        },
    ),
    Case(
        "resolve_did",
        ("did:web:localhost%3A8080",),
        "GET",
        "/1.0/identifiers/did:web:localhost%253A8080",
        RESOLUTION,
        media="application/did-resolution",
    ),
    Case("get_health", (), "GET", "/healthz", {"status": "ok"}),
    Case("get_readiness", (), "GET", "/readyz", READY),
]


def answer_to(case: Case, kind: str = "async") -> Any:
    """Make the case's call, check the request, and return what came of the answer."""
    with serving([reply(case.answer, status=case.status, media=case.media)]) as server:
        found = ask(kind, server.origin, case.method, *case.arguments, **case.named)
    (asked,) = server.asked
    assert (asked.method, asked.target) == (case.verb, case.target)
    assert (json.loads(asked.body) if asked.body else None) == case.body
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["accept"] == f"{case.media}, application/problem+json"
    assert asked.headers.get("content-type") == ("application/json" if asked.body else None)
    return found


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.method)
def test_method_asks_what_the_node_expects_and_reads_the_answer(case: Case, kind: str) -> None:
    found = answer_to(case, kind)
    assert (found is None) == (case.answer is None)


def found_by(method: str) -> Any:
    """Return what the first case of a method finds."""
    return answer_to(next(case for case in CASES if case.method == method))


def test_every_method_has_a_case() -> None:
    iterating = {"iterate_agents", "iterate_delegations", "iterate_audit"}
    from legation.client import AsyncClient

    methods = {name for name in dir(AsyncClient) if not name.startswith("_")} - {"close"}
    assert {case.method for case in CASES} == methods - iterating


def test_agent_is_read_with_its_keys_and_claims() -> None:
    agent = found_by("get_agent")
    (key,) = agent.keys
    assert (agent.id, agent.name, agent.did) == (AGENT_ID, "planner", "did:web:node.example:agents:planner")
    assert (agent.owner, agent.life, agent.sponsor) == ("acme", Life.ACTIVE, "mailto:ana@acme.example")
    assert agent.claims == Claims(agent_model="m-1")
    assert (agent.created_at, agent.updated_at) == (AT, AT + HOUR)
    assert (key.purpose, key.kind, key.state) == (Purpose.SIGNING, KeyKind.ED25519, KeyState.EXPIRED)
    assert (key.id, key.agent, key.multikey, key.is_held_here) == (KEY_ID, "planner", "z6Mk", True)
    assert (key.expires_at, key.compromised_at) == (AT + HOUR, None)


def test_page_has_items_and_the_cursor_of_the_next() -> None:
    page = found_by("list_agents")
    assert isinstance(page, Page)
    assert ([agent.name for agent in page.items], page.next) == (["planner"], "c")


def test_delegation_is_read_without_and_with_its_chain() -> None:
    listed = found_by("get_delegation")
    assert (listed.credential_id, listed.hops, listed.parent) == ("urn:uuid:1", 2, DELEGATION["parent"])
    assert (listed.valid_from, listed.valid_until, listed.chain) == (AT, AT + HOUR, None)
    for chain in (TOKEN_CHAIN, OBJECT_CHAIN):
        whole = {**DELEGATION, "chain": json.loads(chain.to_json())}
        shown = answer_to(Case("get_delegation", ("d-1",), "GET", "/v1/delegations/d-1", whole))
        assert shown.chain.to_json() == chain.to_json()


def test_tree_is_read_to_its_leaves() -> None:
    tree = found_by("get_delegation_tree")
    assert isinstance(tree, DelegationTree)
    assert (tree.truncated, tree.children[0].truncated, tree.children[0].children) == (True, False, ())


def test_rotation_challenge_anchor_and_entry_are_read() -> None:
    assert found_by("rotate_key").replaced.id == KEY_ID
    challenge = found_by("create_challenge")
    assert (challenge.value, challenge.domain) == ("c", "https://shop.example")
    assert challenge.expires_at == AT + timedelta(minutes=5)
    (anchor,) = found_by("list_anchors")
    assert anchor.grants == (AnchorGrant("mail"), AnchorGrant("mcp_tool", ("https://ads.example/mcp",)))
    assert (anchor.id, anchor.source, anchor.principals) == (AGENT_ID, "node", ("did:key:z6MkAna",))
    (entry,) = found_by("list_audit").items
    assert (entry.id, entry.at, entry.act, entry.outcome) == (7, AT, "agent.create", Outcome.REFUSED)
    assert (entry.code, entry.request_id, entry.owner) == ("conflict", "r-1", "acme")


def test_new_operator_has_its_token_and_does_not_show_it() -> None:
    made = found_by("create_operator")
    assert (made.token, made.operator.name, made.operator.owner) == (TOKEN, "ana", "acme")
    assert TOKEN not in repr(made)


def test_presentation_is_the_text_that_a_verifier_takes() -> None:
    first, second = (answer_to(case) for case in CASES if case.method == "create_presentation")
    assert (first, second) == ('{"type":"VerifiablePresentation"}', "a.b.c")


def test_verdict_is_read_and_written_as_it_came() -> None:
    accepted = found_by("verify_chain")
    refused = answer_to(next(case for case in CASES if case.answer is NO))
    assert isinstance(accepted, RemoteVerdict)
    assert (accepted.verified, accepted.accepted, accepted.code, accepted.principal) == (
        True,
        True,
        None,
        "did:key:z6MkAna",
    )
    assert (refused.verified, refused.code, refused.hop, refused.fix) == (False, "widened", 1, "Ask for less.")
    assert (refused.allowed, refused.claimed) == (["read"], ["read", "send"])
    assert (accepted.to_json(), refused.to_json()) == (YES, NO)


def test_document_and_readiness_are_read() -> None:
    assert found_by("resolve_did") == ResolvedDID({"id": WORKER}, {}, {})
    assert found_by("get_readiness") == Readiness(True, {"state": None})
    assert found_by("get_health") == "ok"


@pytest.mark.parametrize("kind", BOTH)
def test_node_that_is_not_ready_is_an_answer_and_asked_once(kind: str) -> None:
    checks = [{"name": "state", "ok": False, "detail": "locked"}, {"name": "vault", "ok": True}]
    with serving([reply({"status": "not ready", "checks": checks}, status=503)]) as server:
        found = ask(kind, server.origin, "get_readiness")
    assert found == Readiness(False, {"state": "locked", "vault": None})
    assert len(server.asked) == 1


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("method", "item", "path"),
    [
        ("iterate_agents", AGENT, "/v1/agents?limit=200"),
        ("iterate_delegations", DELEGATION, "/v1/delegations?limit=200"),
        ("iterate_audit", ENTRY, "/v1/audit?limit=200"),
    ],
)
def test_iteration_goes_through_all_pages(kind: str, method: str, item: dict[str, Any], path: str) -> None:
    pages = [reply({"items": [item, item], "next": "c1"}), reply({"items": [], "next": "c2"}), reply({"items": [item]})]
    with serving(pages) as server:
        found = ask(kind, server.origin, method)
    assert len(found) == 3
    assert [asked.target for asked in server.asked] == [path, f"{path}&cursor=c1", f"{path}&cursor=c2"]
    assert server.connections == 1


@pytest.mark.parametrize("kind", BOTH)
def test_iteration_passes_its_filters_on(kind: str) -> None:
    with serving([reply({"items": []})], repeat=True) as server:
        ask(kind, server.origin, "iterate_agents", owner="acme", life="active", name="p")
        ask(kind, server.origin, "iterate_delegations", agent="planner", role="subject")
        ask(kind, server.origin, "iterate_audit", actor="a", act="b", target="c", outcome="done")
    assert [asked.target.partition("?")[2] for asked in server.asked] == [
        "owner=acme&life=active&name=p&limit=200",
        "agent=planner&role=subject&limit=200",
        "actor=a&act=b&target=c&outcome=done&limit=200",
    ]
