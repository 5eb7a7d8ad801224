"""Presentations against challenges of this node: which are accepted, and which spend their challenge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from legation.domain.agents import describe_agent
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format
from legation.domain.documents import build_agent_document
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Verdict
from legation.errors import UnavailableError
from tests.support.chains import forge_proof
from tests.support.delegated import REQUEST, chain_of, hosted_signer, present_chain
from tests.support.keys import Ed25519Key, signer_of
from tests.support.nodes import NODE, ORIGIN, MemoryResolver, World, build_world

T = TypeVar("T")
ACME, WORKER, THIEF = signer_of("acme"), signer_of("worker"), signer_of("thief")


def within(act: Callable[[World], Awaitable[T]]) -> T:
    """Do something with a node that trusts Acme."""

    async def run() -> T:
        return await act(await build_world(trust=TrustAnchors.of(ACME.did)))

    return asyncio.run(run())


def chain(world: World) -> Chain:
    return chain_of(ACME, WORKER, at=world.clock.now())


async def give(world: World) -> str:
    return (await world.services.challenges.issue()).challenge.value


def shown(
    world: World, challenge: str, *, domain: str = ORIGIN, holder: Any = WORKER, form: Format | None = None
) -> str:
    links = chain(world) if holder is WORKER else chain_of(ACME, holder, at=world.clock.now())
    return present_chain(links, holder, challenge=challenge, domain=domain, at=world.clock.now(), form=form)


async def verify(world: World, presented: object, request: object = None) -> Verdict:
    if isinstance(presented, str) and presented.startswith("{"):
        presented = json.loads(presented)
    return await world.services.presentations.verify(presented, request=request)


def spent(world: World) -> int:
    return len(world.challenges.spent)


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.JWT])
@pytest.mark.parametrize("domain", [ORIGIN, NODE])
def test_presentation_for_the_nodes_origin_or_did_is_accepted_once(form: Format, domain: str) -> None:
    async def act(world: World) -> None:
        presented = shown(world, await give(world), domain=domain, form=form)
        first, second = await verify(world, presented, REQUEST), await verify(world, presented, REQUEST)
        assert (first.verified, first.accepted, first.code) == (True, True, None)
        assert (second.verified, second.accepted, second.code) == (False, False, "replayed")

    within(act)


def test_challenge_serves_once_also_for_two_different_presentations() -> None:
    async def act(world: World) -> None:
        challenge = await give(world)
        verdicts = [await verify(world, shown(world, challenge)) for _ in range(2)]
        assert [verdict.code for verdict in verdicts] == [None, "replayed"]

    within(act)


def test_of_many_presentations_at_once_exactly_one_is_accepted() -> None:
    async def act(world: World) -> None:
        presented = shown(world, await give(world))
        verdicts = await asyncio.gather(*(verify(world, presented) for _ in range(20)))
        assert sorted(str(verdict.code) for verdict in verdicts) == ["None", *["replayed"] * 19]

    within(act)


def test_presentation_whose_proof_does_not_hold_spends_nothing() -> None:
    async def act(world: World) -> None:
        challenge = await give(world)
        forged = json.loads(shown(world, challenge))
        forged["proof"]["proofValue"] = json.loads(shown(world, await give(world)))["proof"]["proofValue"]
        assert (await verify(world, forged)).code == "presentation_invalid"
        assert spent(world) == 0
        assert (await verify(world, shown(world, challenge))).accepted

    within(act)


def test_presentation_whose_proof_holds_spends_its_challenge_whatever_else_is_wrong() -> None:
    async def act(world: World) -> None:
        wrong: dict[str, Callable[[str], Any]] = {
            "domain_mismatch": lambda challenge: shown(world, challenge, domain="https://other.example"),
            "holder_mismatch": lambda challenge: _stolen(world, challenge),
            "untrusted_root": lambda challenge: present_chain(
                chain_of(THIEF, WORKER, at=world.clock.now()),
                WORKER,
                challenge=challenge,
                domain=ORIGIN,
                at=world.clock.now(),
            ),
        }
        for code, build in wrong.items():
            challenge = await give(world)
            assert (await verify(world, build(challenge))).code == code
            assert (await verify(world, shown(world, challenge))).code == "replayed"

    within(act)


def _stolen(world: World, challenge: str) -> dict[str, Any]:
    """The thief's own presentation, with the worker's chain in it, signed again by the thief."""
    presentation = json.loads(shown(world, challenge))
    del presentation["proof"]
    presentation["holder"] = THIEF.did
    moment = world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    proof = forge_proof(
        presentation, THIEF, created=moment, proofPurpose="authentication", challenge=challenge, domain=ORIGIN
    )
    return {**presentation, "proof": proof}


def test_request_that_is_not_covered_is_refused_and_spends_the_challenge() -> None:
    async def act(world: World) -> None:
        challenge = await give(world)
        verdict = await verify(world, shown(world, challenge), {**REQUEST, "action": "erase"})
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "request_not_covered")
        assert (await verify(world, shown(world, challenge), REQUEST)).code == "replayed"

    within(act)


def test_challenge_that_was_never_given_or_has_expired_is_a_mismatch() -> None:
    async def act(world: World) -> None:
        challenge = await give(world)
        world.clock.advance(timedelta(minutes=5))
        for presented in (shown(world, challenge), shown(world, "A" * 22), shown(world, "whatever")):
            verdict = await verify(world, presented)
            assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "challenge_mismatch")
        assert spent(world) == 0

    within(act)


def test_stale_presentation_is_refused_and_spends_nothing() -> None:
    async def act(world: World) -> None:
        old = world.clock.now() - timedelta(minutes=6)
        challenge = await give(world)
        presented = present_chain(chain(world), WORKER, challenge=challenge, domain=ORIGIN, at=old)
        assert (await verify(world, presented)).code == "presentation_invalid"
        assert (await verify(world, shown(world, challenge))).accepted

    within(act)


def test_nothing_is_fetched_for_a_challenge_that_was_never_given() -> None:
    holder = hosted_signer("did:web:holder.example", "holder")
    document = build_agent_document(describe_agent("holder", Ed25519Key("holder").public_key, holder.did))

    async def run() -> None:
        world = await build_world(trust=TrustAnchors.of(ACME.did))
        resolver = MemoryResolver({holder.did: document}, world.clock)
        world = await build_world(trust=TrustAnchors.of(ACME.did), resolver=resolver)
        unknown = await verify(world, shown(world, "A" * 22, holder=holder))
        assert (unknown.code, resolver.asked) == ("challenge_mismatch", [])
        given = await verify(world, shown(world, await give(world), holder=holder))
        assert given.accepted
        assert {did for did, _ in resolver.asked} == {holder.did}

    asyncio.run(run())


@pytest.mark.parametrize("presented", ["", "x", "eyJ", 5, None, {}, [], {"type": "VerifiablePresentation"}, [[]]])
def test_what_is_no_presentation_gets_a_verdict(presented: object) -> None:
    async def act(world: World) -> None:
        verdict = await verify(world, presented)
        assert (verdict.verified, verdict.accepted) == (False, False)
        assert verdict.code == "malformed"

    within(act)


def test_bare_chain_proves_nobodys_possession() -> None:
    async def act(world: World) -> None:
        verdict = await verify(world, json.loads(chain(world).to_json()))
        assert (verdict.verified, verdict.accepted, verdict.code) == (True, False, "presentation_invalid")

    within(act)


def test_store_that_does_not_answer_accepts_nothing() -> None:
    async def act(world: World) -> None:
        presented = shown(world, await give(world))

        async def fail(digest: bytes, *, at: object) -> None:
            raise UnavailableError("down")

        world.challenges.spend = fail  # type: ignore[method-assign]  # a store that is down
        with pytest.raises(UnavailableError):
            await verify(world, presented)

    within(act)


def test_challenge_that_expires_while_the_presentation_is_judged_is_a_mismatch() -> None:
    async def act(world: World) -> None:
        presented = shown(world, await give(world))
        world.challenges.kept = dict.fromkeys(world.challenges.kept, world.clock.now() + timedelta(minutes=5))
        knows = world.challenges.knows

        async def know_and_expire(digest: bytes, *, at: Any) -> bool:
            known = await knows(digest, at=at)
            world.challenges.kept.clear()
            return known

        world.challenges.knows = know_and_expire  # type: ignore[method-assign]  # time passes meanwhile
        assert (await verify(world, presented)).code == "challenge_mismatch"

    within(act)
