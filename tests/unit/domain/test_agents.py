"""Agents: which names and DIDs they may have, and their record."""

from __future__ import annotations

import pytest

from legation.crypto.keys import KeyType, PublicKey
from legation.domain.agents import Agent, check_hosted_did, describe_agent, parse_agent, parse_agent_name
from legation.errors import MalformedError, ResolutionError
from legation.standards.did.key import resolve_did_key
from legation.standards.multiformats import encode_multikey
from tests.support.keys import signer_of

KEYS = [signer_of("ana").key.public_key, signer_of("ana", p256=True).key.public_key]


@pytest.mark.parametrize("name", ["a", "0", "planner", "invoice-bot-2", "a-", "a" * 63])
def test_name_of_small_letters_digits_and_hyphens_is_accepted(name: str) -> None:
    assert parse_agent_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "-a", "Planner", "a b", "a.b", "a_b", "a/b", "../a", "did:key:z", "ä", "a\n", "a" * 64, None, 5, b"a"]
)
def test_any_other_name_is_refused(name: object) -> None:
    with pytest.raises(MalformedError):
        parse_agent_name(name)


@pytest.mark.parametrize("key", KEYS)
def test_agent_without_a_did_is_the_did_key_of_its_key(key: PublicKey) -> None:
    agent = describe_agent("planner", key)
    assert (agent.name, agent.key_type) == ("planner", key.type)
    (method,) = resolve_did_key(agent.did).methods.values()
    assert (method.id, method.key) == (agent.method, key)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("did", ["did:web:acme.example:agents:planner", "did:web:localhost%3A8080"])
def test_agent_with_a_hosted_did_has_its_key_as_fragment(key: PublicKey, did: str) -> None:
    agent = describe_agent("planner", key, did)
    assert (agent.did, agent.method) == (did, f"{did}#{encode_multikey(key)}")


def test_did_that_is_its_own_key_is_no_new_agents() -> None:
    for did in (signer_of("ana").did, describe_agent("a", KEYS[0]).did):
        with pytest.raises(MalformedError):
            check_hosted_did(did)


@pytest.mark.parametrize(
    "did",
    ["", "acme.example", "did:web:", "did:nosuch:x", "did:web:acme.example#key", "did:web:acme.example/x", None, 5],
)
def test_what_is_no_hosted_did_is_refused(did: object) -> None:
    with pytest.raises(ResolutionError):
        check_hosted_did(did)
    check_hosted_did("did:web:acme.example")


@pytest.mark.parametrize("key", KEYS)
def test_record_reads_back(key: PublicKey) -> None:
    agent = describe_agent("planner", key)
    assert parse_agent(agent.to_record()) == agent


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Planner"},
        {"did": "not a DID"},
        {"did": "did:web:other.example"},
        {"method": "did:web:other.example#key"},
        {"method": "did:web:acme.example"},
        {"method": None},
        {"keyType": "RSA"},
        {"keyType": None},
        {"more": "x"},
    ],
)
def test_record_of_another_form_is_refused(change: dict[str, object]) -> None:
    record = Agent("planner", "did:web:acme.example", "did:web:acme.example#key", KeyType.P256).to_record()
    assert parse_agent(record).name == "planner"
    with pytest.raises(MalformedError):
        parse_agent({**record, **change})


@pytest.mark.parametrize("record", [None, [], "x", {}, {"name": "planner"}])
def test_what_is_no_record_is_refused(record: object) -> None:
    with pytest.raises(MalformedError):
        parse_agent(record)
