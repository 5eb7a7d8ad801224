"""Attacks on agents and their keys: thieves of old keys, texts that steer a terminal, crashes, other tenants."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from legation.domain.agent_keys import KeyKind, Purpose
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, issue_root
from legation.domain.hosted_agents import Claims, HostedAgent
from legation.domain.pages import PageRequest
from legation.domain.submission import parse_submission
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError, NotFoundError
from legation.ports.resolver import Resolution
from legation.ports.state import AgentFilter
from legation.usecases.agents import AgentChange
from legation.usecases.resolution import HostedResolver
from legation.usecases.verification import Policy, Question, Verification
from tests.support.delegated import DETAILS, PRINCIPAL, present_chain
from tests.support.keys import signer_of
from tests.support.lives import ADMIN, ANA, BEN, ORIGIN, LivesWorld, access_key, agent_caller, key_of, within
from tests.support.memory import Crash
from tests.support.verifying import MemoryResolver

FORMS = pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.JWT])
WORKER = signer_of("worker")
SECOND = timedelta(seconds=1)


async def issue(world: LivesWorld, agent: HostedAgent, form: Format, **terms: Any) -> Chain:
    """Let an agent delegate to the worker with the key that it has now."""
    now = world.clock.now()
    wanted = {"valid_from": now, "valid_until": now + timedelta(minutes=50), "max_depth": 3, **terms}
    hop = issue_root(
        await world.signer(agent),
        Terms(id="urn:uuid:1", subject=WORKER.did, details=DETAILS, **wanted),
        principal=PRINCIPAL,
        at=now,
        form=form,
    )
    return Chain((hop,))


async def judge(world: LivesWorld, chain: Chain, agent: HostedAgent) -> str | None:
    """Return what a verifier on this node says of a chain; None where it is accepted."""
    resolver = HostedResolver(world.hosting, MemoryResolver({}, world.clock), world.clock, public_url=ORIGIN)
    verification = Verification(Policy(TrustAnchors.of(agent.did)), resolver=resolver)
    question = Question(at=world.clock.now(), holder=WORKER.did)
    return (await verification.judge(chain.submission(), question)).code


@FORMS
def test_R23_rotated_keys_hops_stand_and_later_ones_of_its_thief_fall(form: Format) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        thief = await world.signer(agent)
        world.clock.advance(timedelta(microseconds=999_999))
        # in the very second of the rotation, before it
        before = await issue(world, agent, form)
        rotated = (await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)).agent
        world.clock.advance(timedelta(microseconds=1))
        new = await issue(world, rotated, form)
        now = world.clock.now()
        terms = Terms("urn:uuid:2", WORKER.did, now, now + SECOND * 60, DETAILS, 3)
        stolen = Chain((issue_root(thief, terms, principal=PRINCIPAL, at=now, form=form),))
        assert await judge(world, before, agent) is None
        assert await judge(world, new, agent) is None
        assert await judge(world, stolen, agent) == "method_not_authorized"

    within(act)


@FORMS
@pytest.mark.parametrize("late", [True, False])
def test_R23_everything_that_a_compromised_key_signed_falls_for_a_thief_can_antedate(form: Format, late: bool) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        chain = await issue(world, agent, form)
        world.clock.advance(timedelta(minutes=5))
        assert await judge(world, chain, agent) is None
        if late:
            # replaced first, and found to be stolen afterwards
            await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
            assert await judge(world, chain, agent) is None
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=True)
        assert await judge(world, chain, agent) == "method_not_authorized"

    within(act)


@FORMS
def test_R23_compromised_key_is_refused_within_a_second_by_who_remembers_the_document(form: Format) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        resolver = HostedResolver(world.hosting, MemoryResolver({}, world.clock), world.clock, public_url=ORIGIN)
        verification = Verification(Policy(TrustAnchors.of(agent.did)), resolver=resolver)
        chain = await issue(world, agent, form)

        async def accepted() -> bool:
            question = Question(at=world.clock.now(), holder=WORKER.did)
            return (await verification.judge(chain.submission(), question)).accepted

        assert await accepted()
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=True)
        world.clock.advance(SECOND)
        assert not await accepted()

    within(act)


@FORMS
def test_R23_hop_for_later_that_was_signed_before_the_rotation_stands(form: Format) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        begin = world.clock.now() + timedelta(minutes=10)
        chain = await issue(world, agent, form, valid_from=begin, valid_until=begin + timedelta(minutes=5))
        world.clock.advance(timedelta(minutes=1))
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        world.clock.advance(timedelta(minutes=9))
        assert await judge(world, chain, agent) is None

    within(act)


def test_R23_presentation_by_a_rotated_or_removed_key_is_refused() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create("holder", access_keys=(access_key("mine"),))
        root = signer_of("root")
        now = world.clock.now()
        terms = Terms("urn:uuid:1", agent.did, now, now + timedelta(minutes=50), DETAILS, 3)
        chain = Chain((issue_root(root, terms, principal=PRINCIPAL, at=now),))
        mine = next(key for key in agent.keys if key.purpose is Purpose.ACCESS)
        signers = [await world.signer(agent), type(WORKER)(agent.did, agent.method_of(mine), signer_of("mine").key)]

        async def shown() -> list[str | None]:
            resolver = HostedResolver(world.hosting, MemoryResolver({}, world.clock), world.clock, public_url=ORIGIN)
            policy = Policy(TrustAnchors.of(root.did), domain=ORIGIN)
            verification, at = Verification(policy, resolver=resolver), world.clock.now()
            codes = []
            for signer in signers:
                text = present_chain(chain, signer, challenge="c" * 22, domain=ORIGIN, at=at)
                question = Question(at=at, challenge="c" * 22)
                codes.append((await verification.judge(parse_submission(text), question)).code)
            return codes

        assert await shown() == [None, None]
        await world.keys.rotate(ADMIN, key_of(agent).id, compromised=False)
        await world.keys.remove(ADMIN, mine.id)
        world.clock.advance(SECOND)
        assert await shown() == ["method_not_authorized", "method_not_authorized"]

    within(act)


HOSTILE = ["a\nb", "a\r\nb", "\x1b[2J", "a\0b", "a\x7f", "\u202egpj.exe", "a\u2028b", "\u200b", "a\u0301\x08", "\ud800"]


@pytest.mark.parametrize("text", HOSTILE)
def test_G06_text_that_steers_a_terminal_or_a_log_is_kept_nowhere(text: str) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(claims=Claims(agent_model="plain"))
        for members in (
            {"name": text},
            {"name": "x", "owner": text},
            {"name": "x", "sponsor": text},
            {"name": "x", "sponsor": "mailto:ana@acme.example" + text},
            {"name": "x", "access_keys": (text,)},
            *({"name": "x", "claims": Claims(**{claim: text})} for claim in agent.claims.__slots__),
        ):
            with pytest.raises(LegationError) as refused:
                await world.create(members.pop("name"), **members)
            # nor does the refusal say it again
            assert text not in refused.value.detail + refused.value.fix
        for member in ("sponsor", *agent.claims.__slots__, text):
            with pytest.raises(LegationError):
                await world.agents.update(ADMIN, "planner", AgentChange({member: text}))
        for where in (AgentFilter(name=text), AgentFilter(owner=text)):
            with pytest.raises(LegationError):
                await world.agents.list_page(ADMIN, where, PageRequest())
        assert world.stored() == agent
        assert len(world.state.tables.audit) == 1

    within(act)


def test_G06_json_in_a_claim_stays_the_text_that_it_is() -> None:
    async def act(world: LivesWorld) -> None:
        text = '","life":"active","agent_model":"'
        agent = await world.create(claims=Claims(agent_model=text))
        assert json.loads(json.dumps(agent.claims.to_json())) == {"agent_model": text}

    within(act)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("compromised", [True, False])
@pytest.mark.parametrize("call", range(1, 8))
def test_K12_kill_at_any_point_of_a_rotation_leaves_old_or_new_whole(
    call: int, compromised: bool, before: bool
) -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        chain = await issue(world, agent, Format.DATA_INTEGRITY)
        world.calls.plan(call, before=before)
        acknowledged = False
        with suppress(Crash):
            await world.keys.rotate(ADMIN, key_of(agent).id, compromised=compromised)
            acknowledged = True
        world.calls.revive()
        await world.recover()
        await world.check_whole()
        stored = world.stored()
        assert stored is not None
        rotated = key_of(stored) != key_of(agent)
        assert rotated or not acknowledged
        assert (await judge(world, chain, agent) is None) == (not (rotated and compromised))
        assert await judge(world, await issue(world, stored, Format.JWT), agent) is None

    within(act)


def test_K08_nobody_reaches_the_keys_or_the_life_of_anothers_agent() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create("planner", ANA, access_keys=(access_key("mine"),))
        stranger = await world.create("worker", BEN)
        sibling = await world.create("scout", ANA)
        for caller in (BEN, agent_caller(stranger), agent_caller(sibling)):
            for key in agent.keys:
                for work in (
                    world.keys.rotate(caller, key.id, compromised=True),
                    world.keys.remove(caller, key.id),
                ):
                    with pytest.raises(NotFoundError):
                        await work
            for look in (world.agents.get(caller, "planner"), world.keys.list_all(caller, "planner")):
                with pytest.raises(NotFoundError):
                    await look
            with pytest.raises(NotFoundError):
                await world.keys.add_access_key(caller, "planner", access_key("x"))
        with pytest.raises(NotFoundError):
            await world.agents.retire(BEN, "planner")
        assert world.stored() == agent

    within(act)


def test_K08_agents_scope_without_its_owner_serves_no_better() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create("planner", ANA)
        posing = type(BEN)(BEN.kind, BEN.id, type(BEN.scope)(owner=None, agent_id=agent.id))
        for ask in (world.agents.suspend, world.agents.resume, world.agents.retire):
            with pytest.raises(LegationError) as refused:
                await ask(posing, "planner")
            assert refused.value.code == "access_denied"

    within(act)


def test_K17_retired_agents_private_keys_are_gone_and_its_trail_stays() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create()
        await world.agents.retire(ADMIN, "planner")
        assert world.vault.profiles == {}
        with pytest.raises(NotFoundError):
            await world.vault.signing_key(agent.id, key_of(agent).id)
        assert [act for act, _, _ in world.audited()] == ["agent.create", "agent.retire"]

    within(act)


def test_K12_client_that_goes_away_in_the_middle_leaves_nothing_half_done() -> None:
    async def gone_after(ticks: int) -> None:
        world = LivesWorld()
        agent = await world.create(signing_kind=KeyKind.P256)
        task = asyncio.ensure_future(world.keys.rotate(ADMIN, key_of(agent).id, compromised=True))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        while world.state.tables.intents:
            await asyncio.sleep(0)
        await world.check_whole()

    async def run() -> None:
        for ticks in range(30):
            await gone_after(ticks)

    asyncio.run(run())


def test_resolution_shows_no_more_than_the_document() -> None:
    async def act(world: LivesWorld) -> None:
        agent = await world.create(sponsor="mailto:ana@acme.example", owner="secret-owner")
        resolver = HostedResolver(world.hosting, MemoryResolver({}, world.clock), world.clock, public_url=ORIGIN)
        found: Resolution = await resolver.resolve(agent.did, max_age=SECOND)
        text = json.dumps(found.raw)
        assert "ana" not in text
        assert "secret-owner" not in text
        assert agent.id not in text

    within(act)
