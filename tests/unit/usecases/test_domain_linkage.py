"""The node's DID configuration: signed by its key, the same at every replica, and new when that changes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.agent_keys import NODE_ID
from legation.domain.callers import LOCAL
from legation.errors import LegationError, WalletError
from legation.standards.did.document import parse_did_document
from legation.standards.domain_linkage import Linkage, check_linkage, read_configuration, read_linkage
from legation.standards.timestamps import nanoseconds
from legation.usecases.domain_linkage import VALIDITY, DomainLinkage
from legation.usecases.hosting import Hosting
from tests.support.nodes import NODE, ORIGIN, World, ask, build_world


def world() -> World:
    return asyncio.run(build_world())


def linkage_of(node: World) -> DomainLinkage:
    return DomainLinkage(Hosting(node.state, public_url=ORIGIN), node.vault, node.clock, public_url=ORIGIN)


def judge(node: World, configuration: object) -> Linkage:
    (entry,) = read_configuration(configuration)
    document = parse_did_document(asyncio.run(node.services.hosting.node_document()), did=NODE)
    return check_linkage(read_linkage(entry), origin=ORIGIN, document=document, at=nanoseconds(node.clock.now()))


def test_configuration_links_the_origin_with_the_node() -> None:
    node = world()
    found = judge(node, asyncio.run(node.services.linkage.configuration()))
    assert (found.did, found.origin) == (NODE, ORIGIN)
    assert timedelta(0) <= VALIDITY - timedelta(microseconds=(found.expires - nanoseconds(node.clock.now())) // 1000)


def test_configuration_is_remembered_for_the_day_and_alike_at_another_replica() -> None:
    node = world()

    async def act() -> list[dict[str, object]]:
        linkage, replica = linkage_of(node), linkage_of(node)
        first = await linkage.configuration()
        assert await linkage.configuration() is first
        assert await replica.configuration() == first
        node.clock.advance(timedelta(days=1))
        return [first, await linkage.configuration()]

    first, second = asyncio.run(act())
    assert first != second
    assert judge(node, second).did == NODE


def test_new_key_of_the_node_signs_at_once() -> None:
    node = world()

    async def act() -> tuple[Any, Any]:
        before = await node.services.linkage.configuration()
        key = (await node.services.hosting.find_agent("node")).signing_key()
        await node.services.keys.rotate(LOCAL, key.id, compromised=True)
        return before, await node.services.linkage.configuration()

    before, after = asyncio.run(act())
    assert before != after
    assert judge(node, after).did == NODE
    with pytest.raises(LegationError) as refusal:
        judge(node, before)
    assert refusal.value.code == "method_not_authorized"


def test_wallet_without_the_nodes_key_is_said() -> None:
    node = world()
    node.vault.profiles[NODE_ID].clear()
    with pytest.raises(WalletError):
        asyncio.run(node.services.linkage.configuration())


def test_anybody_may_read_it_at_its_place() -> None:
    node = world()
    answer = ask("GET", "/.well-known/did-configuration.json", world=node)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert judge(node, answer.json).did == NODE
