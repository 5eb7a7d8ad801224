"""The DID documents that a node serves, read by the reader of others' documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from legation.domain.agent_keys import KeyKind, Purpose
from legation.domain.agent_lives import resume, suspend
from legation.domain.documents import build_agent_document, build_node_document
from legation.domain.hosted_agents import HostedAgent
from legation.domain.key_lives import MAX_KEYS, condemn, put_in_place, remove_access_key
from legation.standards.did.document import MAX_METHODS, parse_did_document
from legation.standards.timestamps import nanoseconds
from tests.support.planned import AT, build_agent, new_key

SERVES = {
    Purpose.SIGNING: {"assertionMethod", "authentication"},
    Purpose.BBS: {"assertionMethod"},
    Purpose.AGREEMENT: {"keyAgreement"},
    Purpose.ACCESS: {"authentication"},
}


def served(document: dict[str, Any], method: str) -> set[str]:
    return {name for name, ids in document.items() if isinstance(ids, list) and method in ids}


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
def test_each_key_serves_its_purpose_and_nothing_else(kind: KeyKind) -> None:
    agent = build_agent(signing_kind=kind)
    document: Any = build_agent_document(agent)
    assert [method["id"] for method in document["verificationMethod"]] == [agent.method_of(key) for key in agent.keys]
    for key in agent.keys:
        assert served(document, agent.method_of(key)) == SERVES[key.purpose]
    read = parse_did_document(document, did=agent.did)
    for key in agent.keys:
        for relationship in SERVES[key.purpose]:
            method = read.find_method(agent.method_of(key), relationship)
            assert method is not None
            # what no reader here signs or verifies with is listed, and verifies nothing
            assert (method.key is not None) == (key.purpose in (Purpose.SIGNING, Purpose.ACCESS))


def test_expired_key_stays_under_what_it_served_and_a_compromised_one_is_gone() -> None:
    agent = build_agent()
    old = agent.current_key(Purpose.SIGNING)
    agent, ended = put_in_place(agent, old, new_key(agent, "second"), at=AT, compromised=False)
    document: Any = build_agent_document(agent)
    assert served(document, agent.method_of(old)) == SERVES[Purpose.SIGNING]
    method = parse_did_document(document, did=agent.did).find_method(agent.method_of(old), "assertionMethod")
    assert ended.expires_at is not None
    assert (method and method.expires) == nanoseconds(ended.expires_at)
    agent, _ = condemn(agent, ended, at=AT)
    assert old.multikey not in str(build_agent_document(agent))


def test_removed_access_key_is_in_no_document() -> None:
    agent = build_agent()
    key = next(key for key in agent.keys if key.purpose is Purpose.ACCESS)
    assert key.multikey in str(build_agent_document(agent))
    assert key.multikey not in str(build_agent_document(remove_access_key(agent, key, at=AT)))


def test_suspended_agents_document_is_without_the_keys_that_it_holds_itself_until_it_is_resumed() -> None:
    agent = build_agent()
    suspended = suspend(agent, at=AT)
    own = next(key for key in agent.keys if key.purpose is Purpose.ACCESS)
    assert own.multikey not in str(build_agent_document(suspended))
    assert agent.current_key(Purpose.SIGNING).multikey in str(build_agent_document(suspended))
    assert build_agent_document(resume(suspended, at=AT)) == build_agent_document(agent)


def test_agent_with_every_key_that_it_may_have_is_one_that_readers_take() -> None:
    agent: HostedAgent = build_agent()
    for number in range(MAX_KEYS + 5):
        old = agent.current_key(Purpose.SIGNING)
        agent, _ = put_in_place(agent, old, new_key(agent, str(number)), at=AT, compromised=False)
    read = parse_did_document(build_agent_document(agent), did=agent.did)
    assert len(read.methods) == MAX_KEYS < MAX_METHODS


def test_nodes_document_says_where_it_answers() -> None:
    node = replace(build_agent(), did="did:web:node.example")
    document = build_node_document(node, public_url="https://node.example")
    assert document["service"] == [
        {"id": "did:web:node.example#node", "type": "LegationNode", "serviceEndpoint": "https://node.example"}
    ]
    assert parse_did_document(document, did=node.did).methods.keys() == {node.method_of(key) for key in node.keys}
