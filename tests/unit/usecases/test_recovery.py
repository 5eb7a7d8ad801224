"""State and vault stay one, whatever interrupts the work on them: laws over lives of agents, with a crash anywhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.agent_keys import UPDATE_PURPOSES, KeyKind, Purpose
from legation.domain.hosted_agents import DIDMethod, HostedAgent, Life
from legation.errors import ConflictError, LegationError, NotFoundError
from legation.ports.state import Intent
from legation.usecases.agents import AgentChange
from legation.usecases.profiles import clean_up, settle
from tests.support.lives import ADMIN, LivesWorld, access_key, check_keys, key_of, within
from tests.support.memory import Crash, unavailable

NAMES = ("a", "b")
PURPOSES = list(Purpose)


@dataclass(frozen=True)
class Act:
    """Something that an operator asks for; ``key`` chooses one of the agent's keys."""

    what: str
    name: str
    key: int = 0

    async def run(self, world: LivesWorld) -> None:
        """Do it, or be refused."""
        agents, keys = world.agents, world.keys
        if self.what == "create":
            method = [DIDMethod.WEB, DIDMethod.WEBVH, DIDMethod.KEY][self.key % 3]
            await world.create(self.name, signing_kind=[KeyKind.ED25519, KeyKind.P256][self.key % 2], method=method)
        elif self.what == "update":
            await agents.update(ADMIN, self.name, AgentChange({"agent_version": str(self.key)}))
        elif self.what == "add":
            await keys.add_access_key(ADMIN, self.name, access_key(str(self.key)))
        elif self.what in ("rotate", "condemn", "remove"):
            stored = world.stored(self.name)
            if stored is None:
                raise NotFoundError("nobody")
            key_id = stored.keys[self.key % len(stored.keys)].id
            if self.what == "remove":
                await keys.remove(ADMIN, key_id)
            else:
                await keys.rotate(ADMIN, key_id, compromised=self.what == "condemn")
        else:
            await {"suspend": agents.suspend, "resume": agents.resume, "retire": agents.retire}[self.what](
                ADMIN, self.name
            )


WHATS = ["create", "update", "suspend", "resume", "retire", "rotate", "condemn", "add", "remove"]
ACTS = st.builds(Act, st.sampled_from(WHATS), st.sampled_from(NAMES), st.integers(0, 9))
# lives that get somewhere: both agents are there
LIVES = st.lists(ACTS, max_size=12).map(lambda acts: [Act("create", "a"), Act("create", "b", 1), *acts])


def check_step(before: HostedAgent | None, after: HostedAgent | None) -> None:
    """Check what may become of an agent in one act."""
    if before is None:
        return
    assert after is not None
    assert (after.id, after.name, after.did, after.owner) == (before.id, before.name, before.did, before.owner)
    if before.life is Life.RETIRED:
        assert after == before
    assert after.version - before.version in (0, 1, 2, 3)
    # an id that was reserved for a key of which nothing came is a version too
    assert after.version != before.version or after == before
    for key in before.keys:
        if key.purpose in UPDATE_PURPOSES:
            continue  # each entry of the log names them, and takes the place of what the one before named
        kept = after.get_key(key.id)
        assert (kept.multikey, kept.purpose, kept.created_at) == (key.multikey, key.purpose, key.created_at)
        # nothing comes back: neither from its end nor from being compromised
        assert key.expires_at in (None, kept.expires_at)
        assert key.compromised_at in (None, kept.compromised_at)


@given(acts=LIVES)
def test_laws_hold_over_any_life(acts: list[Act]) -> None:
    async def act(world: LivesWorld) -> None:
        for one in acts:
            before = {name: world.stored(name) for name in NAMES}
            entries = len(world.state.tables.audit)
            done = False
            with suppress(LegationError):
                await one.run(world)
                done = True
            assert len(world.state.tables.audit) == entries + done
            for name in NAMES:
                check_step(before[name], world.stored(name))
            await world.check_whole()
            world.clock.advance(timedelta(seconds=0.4))

    within(act)


@given(acts=LIVES, at=st.integers(1, 9), before=st.booleans(), data=st.data())
def test_crash_at_any_call_leaves_the_old_or_the_new_state_whole(
    acts: list[Act], at: int, before: bool, data: st.DataObject
) -> None:
    async def act(world: LivesWorld) -> None:
        victim = data.draw(st.integers(0, len(acts) - 1))
        for number, one in enumerate(acts):
            old = {name: world.stored(name) for name in NAMES}
            if number == victim:
                world.calls.plan(at, before=before)
            with suppress(LegationError, Crash):
                await one.run(world)
            world.calls.revive()
            await world.recover()
            for name in NAMES:
                check_step(old[name], world.stored(name))
            await world.check_whole()
        # what was interrupted is in nobody's way: each agent that lives gets another key
        for name in NAMES:
            stored = world.stored(name)
            if stored is None:
                await world.create(name)
            elif stored.life is not Life.RETIRED and stored.method is not DIDMethod.KEY:
                await world.keys.rotate(ADMIN, key_of(stored).id, compromised=True)
        await world.check_whole()

    within(act)


@given(acts=st.lists(ACTS, min_size=2, max_size=8), at=st.integers(1, 12), before=st.booleans())
def test_laws_hold_where_acts_run_together_and_a_store_fails_one(acts: list[Act], at: int, before: bool) -> None:
    async def act(world: LivesWorld) -> None:
        await world.create("a")
        world.calls.plan(at, before=before, error=unavailable)
        await asyncio.gather(*(one.run(world) for one in acts), return_exceptions=True)
        world.calls.revive()
        await world.recover()
        await world.check_whole()

    within(act)


def test_only_what_is_old_enough_is_recovered() -> None:
    async def act(world: LivesWorld) -> None:
        minute = timedelta(minutes=1)
        world.calls.plan(3, before=True)
        with pytest.raises(Crash):
            await world.create()
        world.calls.revive()
        world.clock.advance(minute - timedelta(microseconds=1))
        assert await world.recover(minute) == 0
        assert len(world.vault.profiles) == 1
        world.clock.advance(timedelta(microseconds=1))
        assert await world.recover(minute) == 1
        assert await world.recover(minute) == 0
        await world.check_whole()

    within(act)


def test_who_is_alone_recovers_everything_also_after_the_clock_was_set_back() -> None:
    async def act(world: LivesWorld) -> None:
        world.calls.plan(3, before=True)
        with pytest.raises(Crash):
            await world.create()
        world.calls.revive()
        world.clock.advance(-timedelta(days=1))
        assert await world.recover() == 1
        await world.check_whole()

    within(act)


def test_one_that_cannot_be_ended_keeps_no_other_from_it() -> None:
    async def act(world: LivesWorld) -> None:
        for name in ("a", "b", "c"):
            world.calls.plan(3, before=True)
            with pytest.raises(Crash):
                await world.create(name)
            world.calls.revive()
        world.calls.plan(4, error=unavailable)  # the list, then finding, taking, removing of the first
        assert await world.recover() == 2
        assert await world.recover() == 1
        await world.check_whole()

    within(act)


def test_two_that_recover_at_the_same_time_do_each_work_once() -> None:
    async def act(world: LivesWorld) -> None:
        for name in ("a", "b"):
            world.calls.plan(3, before=True)
            with pytest.raises(Crash):
                await world.create(name)
            world.calls.revive()
        assert sum(await asyncio.gather(*(world.recover() for _ in range(3)))) == 2
        await world.check_whole()

    within(act)


@pytest.mark.parametrize("stalled", range(1, 8))
@pytest.mark.parametrize("what", ["create", "rotate", "retire"])
def test_work_that_stalls_until_another_has_taken_it_over_finishes_nothing(what: str, stalled: int) -> None:
    """A process is frozen for longer than others wait, and goes on as if nothing had happened."""

    async def act(world: LivesWorld) -> None:
        if what != "create":
            await world.create()
        reached, go_on, run = asyncio.Event(), asyncio.Event(), world.calls.run
        first = len(world.calls.names) + stalled

        async def stall(name, act):  # type: ignore[no-untyped-def]  # as Calls.run
            if len(world.calls.names) + 1 == first and not reached.is_set():
                reached.set()
                await go_on.wait()
            return await run(name, act)

        world.calls.run = stall  # type: ignore[method-assign]  # for this act
        act = Act({"create": "create", "rotate": "condemn", "retire": "retire"}[what], "planner")
        task = asyncio.ensure_future(act.run(world))
        ready = asyncio.ensure_future(reached.wait())
        await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        reached.set()  # it was done before it came so far: nobody else stalls
        world.clock.advance(timedelta(minutes=2))
        await world.recover(timedelta(minutes=1))
        stored = world.stored()
        if stored is not None and stored.life is Life.ACTIVE:
            # somebody else goes on with the agent
            with suppress(ConflictError):
                await world.keys.rotate(ADMIN, key_of(stored, Purpose.BBS).id, compromised=False)
        go_on.set()
        with suppress(ConflictError):
            await task
        await world.recover()
        await world.check_whole()

    within(act)


def test_work_that_was_taken_over_is_not_settled_twice() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        intent = Intent(agent.id, world.clock.now())
        assert not await settle(world.state, world.vault, world.clock, intent)
        world.state.tables.intents[agent.id] = intent
        assert not await settle(world.state, world.vault, world.clock, Intent(agent.id, intent.at + timedelta(1)))
        assert await settle(world.state, world.vault, world.clock, intent)
        await world.vault.add_key(agent.id, "left-behind", KeyKind.ED25519)
        await clean_up(world.state, world.vault, world.clock, intent)
        await world.check_whole()

    within(act)


def test_wallet_that_lost_an_agents_keys_is_told_and_recovery_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        await world.vault.remove(agent.id)
        world.state.tables.intents[agent.id] = Intent(agent.id, world.clock.now())
        assert await world.recover() == 1
        check_keys(agent)

    within(act)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
