"""Trust anchors: those of the file, and those that operators add and remove."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from legation.domain.trust import Anchor
from legation.errors import AccessError, ConflictError, NotFoundError, UnavailableError
from legation.usecases.trust import Trust
from tests.support.hosted import ADMIN, ANA, HostedWorld, agent_caller
from tests.support.memory import unavailable

FIXED, ADDED = Anchor("did:web:fixed.example"), Anchor("did:web:added.example")


def within(act: Callable[[HostedWorld, Trust], Awaitable[None]]) -> None:
    """Do something with a new node that has one fixed anchor."""

    async def run() -> None:
        world = HostedWorld()
        await act(world, Trust(world.state, world.clock, [FIXED]))

    asyncio.run(run())


def test_anchor_counts_from_when_it_is_added_until_it_is_removed() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        assert ADDED.issuer not in await trust.current()
        kept = await trust.add(ADMIN, ADDED)
        assert (await trust.current()).anchors() == [FIXED, ADDED]
        assert await trust.list_all(ANA) == [(None, FIXED), (kept.id, ADDED)]
        with pytest.raises(ConflictError):
            await trust.add(ADMIN, ADDED)
        assert await trust.remove(ADMIN, kept.id) == ADDED
        assert (await trust.current()).anchors() == [FIXED]
        with pytest.raises(NotFoundError):
            await trust.remove(ADMIN, kept.id)
        assert world.audited() == [("trust.add", ADDED.issuer, None), ("trust.remove", ADDED.issuer, None)]

    within(act)


def test_change_elsewhere_counts_within_a_second_and_the_store_is_asked_once_in_it() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        elsewhere = Trust(world.state, world.clock, [])
        await trust.current()
        await elsewhere.add(ADMIN, ADDED)
        before = len(world.state.calls.names)
        assert ADDED.issuer not in await trust.current()
        assert len(world.state.calls.names) == before
        world.clock.advance(timedelta(seconds=1))
        assert ADDED.issuer in await trust.current()
        assert len(world.state.calls.names) == before + 1

    within(act)


def test_clock_that_is_set_back_keeps_no_anchor_alive() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        kept = await trust.add(ADMIN, ADDED)
        assert ADDED.issuer in await trust.current()
        await Trust(world.state, world.clock, []).remove(ADMIN, kept.id)
        world.clock.advance(timedelta(hours=-1))
        assert ADDED.issuer not in await trust.current()

    within(act)


def test_anchors_that_were_read_before_a_change_are_not_remembered() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        kept = await trust.add(ADMIN, ADDED)
        look = world.state.look

        async def look_late(work):  # type: ignore[no-untyped-def]  # as the port has it
            found = await look(work)
            world.state.look = look  # type: ignore[method-assign]  # once
            await trust.remove(ADMIN, kept.id)
            return found

        world.state.look = look_late  # type: ignore[method-assign]  # somebody else is quicker
        await trust.current()
        assert ADDED.issuer not in await trust.current()

    within(act)


def test_store_that_does_not_answer_trusts_nobody() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        await trust.current()
        world.clock.advance(timedelta(seconds=1))
        world.state.calls.plan(1, error=unavailable)
        with pytest.raises(UnavailableError):
            await trust.current()

    within(act)


def test_operators_of_one_owner_read_anchors_and_agents_do_not() -> None:
    async def act(world: HostedWorld, trust: Trust) -> None:
        kept = await trust.add(ADMIN, ADDED)
        planner = await world.host("planner")
        assert len(await trust.list_all(ANA)) == 2
        attempts = [
            trust.list_all(agent_caller(planner)),
            *(trust.add(caller, Anchor("did:web:evil.example")) for caller in (ANA, agent_caller(planner))),
            *(trust.remove(caller, kept.id) for caller in (ANA, agent_caller(planner))),
        ]
        for attempt in attempts:
            with pytest.raises(AccessError):
                await attempt
        assert (await trust.current()).anchors() == [FIXED, ADDED]

    within(act)


@pytest.mark.parametrize("anchor_id", ["", "x", "\x00", "0" * 32, "A" * 32])
def test_anchor_that_is_not_there_is_not_found(anchor_id: str) -> None:
    async def act(_: HostedWorld, trust: Trust) -> None:
        with pytest.raises(NotFoundError):
            await trust.remove(ADMIN, anchor_id)

    within(act)
