"""The DID documents that a node serves, read by the reader of others' documents."""

from __future__ import annotations

from legation.crypto.keys import KeyType
from legation.domain.agents import Agent, describe_agent
from legation.domain.documents import build_agent_document, build_node_document
from legation.standards.did.document import parse_did_document
from tests.support.keys import Ed25519Key, P256Key

DID = "did:web:node.example:agents:planner"


def describe(*, p256: bool = False) -> Agent:
    key = P256Key("planner") if p256 else Ed25519Key("planner")
    return describe_agent("planner", key.public_key, DID)


def test_agents_key_signs_credentials_and_presentations_and_nothing_else() -> None:
    agent = describe()
    document = parse_did_document(build_agent_document(agent), did=DID)
    assert set(document.relationships) == {"assertionMethod", "authentication"}
    for relationship in document.relationships:
        method = document.find_method(agent.method, relationship)
        assert method is not None
        assert method.key == Ed25519Key("planner").public_key


def test_p256_agent_has_a_document_too() -> None:
    agent = describe(p256=True)
    method = parse_did_document(build_agent_document(agent), did=DID).find_method(agent.method, "assertionMethod")
    assert agent.key_type is KeyType.P256
    assert method is not None
    assert method.key == P256Key("planner").public_key


def test_nodes_document_says_where_it_answers() -> None:
    node = describe_agent("node", Ed25519Key("node").public_key, "did:web:node.example")
    document = build_node_document(node, public_url="https://node.example")
    assert document["service"] == [
        {"id": "did:web:node.example#node", "type": "LegationNode", "serviceEndpoint": "https://node.example"}
    ]
    assert parse_did_document(document, did=node.did).find_method(node.method, "assertionMethod") is not None
