"""Resolving this node's own DIDs from its state, within the bound, and everything else elsewhere."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

import pytest

from legation.domain.hosted_agents import DIDMethod
from legation.errors import ResolutionError, UnavailableError
from legation.ports.resolver import Resolution, VersionRequest
from legation.usecases import own_histories, resolution
from legation.usecases.hosting import ensure_node
from legation.usecases.resolution import REMEMBERED, HostedResolver
from tests.support.delegated import hosted_document
from tests.support.lives import ADMIN, ORIGIN, LivesWorld, key_of, within
from tests.support.memory import unavailable
from tests.support.verifying import MemoryResolver

ACME = "did:web:acme.example"
PLANNER = "did:web:node.example:agents:planner"
MINUTES = timedelta(minutes=5)


def build(world: LivesWorld) -> tuple[HostedResolver, MemoryResolver]:
    inner = MemoryResolver({ACME: hosted_document(ACME, "acme")}, world.clock)
    return HostedResolver(world.hosting, inner, world.clock, public_url=ORIGIN), inner


def test_own_dids_come_from_the_state_and_others_from_where_they_stand() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, inner = build(world)
        node = await ensure_node(world.state, world.vault, world.clock, public_url=ORIGIN)
        agent = await world.create()
        for party in (node, agent):
            found = await resolver.resolve(party.did, max_age=MINUTES)
            assert (found.document.id, found.raw["id"]) == (party.did, party.did)
            assert found.fetched_at == world.clock.now()
            assert found.document.find_method(party.method_of(key_of(party)), "assertionMethod") is not None
        assert inner.asked == []
        assert (await resolver.resolve(ACME, max_age=MINUTES)).document.id == ACME
        assert inner.asked == [(ACME, MINUTES)]

    within(act)


def test_document_is_remembered_for_a_second_and_reused_while_nothing_changes() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        agent = await world.create()
        first = await resolver.resolve(PLANNER, max_age=MINUTES)
        asked = len(world.calls.names)
        world.clock.advance(REMEMBERED - timedelta(microseconds=1))
        assert await resolver.resolve(PLANNER, max_age=MINUTES) is first
        assert len(world.calls.names) == asked
        world.clock.advance(timedelta(microseconds=1))
        second = await resolver.resolve(PLANNER, max_age=MINUTES)
        assert second.fetched_at == world.clock.now()
        assert second.document is first.document
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=True)
        world.clock.advance(REMEMBERED)
        third = await resolver.resolve(PLANNER, max_age=MINUTES)
        assert agent.method_of(key_of(agent)) in second.document.methods
        assert agent.method_of(key_of(agent)) not in third.document.methods

    within(act)


def test_callers_bound_counts_where_it_is_tighter_and_a_clock_set_back_forgets() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        await world.create()
        for step, bound in ((0.0, 0.0), (0.5, 0.5), (-60.0, 300.0)):
            first = await resolver.resolve(PLANNER, max_age=MINUTES)
            world.clock.advance(timedelta(seconds=step))
            again = await resolver.resolve(PLANNER, max_age=timedelta(seconds=bound))
            assert (again is not first, again.fetched_at) == (True, world.clock.now())

    within(act)


def test_retired_agent_is_deactivated_within_the_second() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        await world.create()
        await resolver.resolve(PLANNER, max_age=MINUTES)
        await world.agents.suspend(ADMIN, "planner")
        await world.agents.retire(ADMIN, "planner")
        world.clock.advance(REMEMBERED)
        for _ in range(2):
            with pytest.raises(ResolutionError):
                await resolver.resolve(PLANNER, max_age=MINUTES)

    within(act)


@pytest.mark.parametrize(
    "did",
    [
        "did:web:node.example",
        "did:web:node.example:agents",
        "did:web:node.example:agents:worker",
        "did:web:node.example:agents:node",
        "did:web:node.example:agents:planner:x",
        "did:web:node.example:agents:planne%72",
        "did:web:node.example:other",
        "did:web:NODE.example:agents:planner",
        "did:web:node.example:agents:..",
    ],
)
def test_nobody_makes_the_node_fetch_from_itself(did: str) -> None:
    async def act(world: LivesWorld) -> None:
        resolver, inner = build(world)
        await world.create()
        with pytest.raises(ResolutionError):
            await resolver.resolve(did, max_age=MINUTES)
        assert inner.asked == []

    within(act)


@pytest.mark.parametrize(
    "did", ["did:web:node.example%3A8443:agents:planner", "did:web:other.node.example", "did:web:node.example.org"]
)
def test_other_origins_that_look_alike_are_others(did: str) -> None:
    async def act(world: LivesWorld) -> None:
        resolver, inner = build(world)
        with pytest.raises(ResolutionError):
            await resolver.resolve(did, max_age=MINUTES)
        assert inner.asked == [(did, MINUTES)]

    within(act)


def test_state_that_does_not_answer_is_no_verdict_on_a_did() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        await world.create()
        world.calls.plan(1, error=unavailable)
        with pytest.raises(UnavailableError):
            await resolver.resolve(PLANNER, max_age=MINUTES)
        assert (await resolver.resolve(PLANNER, max_age=MINUTES)).document.id == PLANNER

    within(act)


def test_no_more_is_remembered_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "_MAX_REMEMBERED", 2)

    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        for name in ("a", "b", "c"):
            await world.create(name)
        await resolver.resolve("did:web:node.example:agents:a", max_age=MINUTES)
        await resolver.resolve("did:web:node.example:agents:b", max_age=MINUTES)
        await resolver.resolve("did:web:node.example:agents:a", max_age=MINUTES)
        await resolver.resolve("did:web:node.example:agents:c", max_age=MINUTES)
        assert {did[-1] for did in resolver._kept} == {"a", "c"}

    within(act)


def test_remembered_document_costs_next_to_nothing() -> None:
    async def act(world: LivesWorld) -> None:
        resolver, _ = build(world)
        await world.create()
        await resolver.resolve(PLANNER, max_age=MINUTES)
        begin = perf_counter()
        for _ in range(1000):
            await resolver.resolve(PLANNER, max_age=MINUTES)
        # some microseconds each; the bound is for a machine that stalls
        assert perf_counter() - begin < 5

    within(act)


# ------------------------------------------------------------------ histories


class Versions:
    """The port ``VersionResolver``, which answers with what the other resolver knows."""

    def __init__(self, inner: MemoryResolver) -> None:
        self.asked: list[VersionRequest] = []
        self._inner = inner

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        self.asked.append(version)
        return await self._inner.resolve(did, max_age=max_age)


def test_versions_of_others_are_asked_of_who_keeps_their_histories_and_own_did_webs_have_none() -> None:
    async def act(world: LivesWorld) -> None:
        await world.create()
        plain, inner = build(world)
        versions = Versions(inner)
        resolver = HostedResolver(world.hosting, inner, world.clock, public_url=ORIGIN, versions=versions)
        first = VersionRequest(number=1)
        assert (await resolver.resolve_version(ACME, first, max_age=MINUTES)).document.id == ACME
        for asked, did in ((resolver, PLANNER), (plain, ACME)):
            with pytest.raises(ResolutionError) as refusal:
                await asked.resolve_version(did, first, max_age=MINUTES)
            assert refusal.value.code == "feature_not_supported"
        assert versions.asked == [first]

    within(act)


def test_own_did_with_a_log_is_found_and_one_that_never_was_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_histories, "_MAX_REMEMBERED", 1)

    async def act(world: LivesWorld) -> None:
        resolver, inner = build(world)
        dids = [(await world.create(name, method=DIDMethod.WEBVH)).did for name in ("one", "two", "one-more")]
        for did in [*dids, *dids]:
            assert resolver.is_own(did)
            assert (await resolver.resolve(did, max_age=timedelta(0))).metadata["versionNumber"] == 1
        nobody = dids[0].removesuffix("one") + "nobody"
        elsewhere = nobody.replace("node.example", "acme.example")
        assert (resolver.is_own(nobody), resolver.is_own(elsewhere)) == (True, False)
        for did in (nobody, dids[0].removesuffix("one") + "two", dids[0].removesuffix(":agents:one")):
            with pytest.raises(ResolutionError):
                await resolver.resolve(did, max_age=MINUTES)
        assert inner.asked == []

    within(act)
