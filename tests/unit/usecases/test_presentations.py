"""Presentations against challenges of this node: which are accepted, and which spend their challenge."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Verdict
from legation.errors import UnavailableError
from legation.usecases.challenges import Challenges
from legation.usecases.presentations import Presentations
from legation.usecases.verification import Policy, Verification
from tests.support.chains import forge_proof
from tests.support.clock import FakeClock
from tests.support.delegated import REQUEST, chain_of, hosted_document, hosted_signer, present_chain
from tests.support.keys import signer_of
from tests.support.verifying import MemoryChallenges, MemoryResolver

T = TypeVar("T")
ORIGIN, NODE = "https://node.example", "did:web:node.example"
ACME, WORKER, THIEF = signer_of("acme"), signer_of("worker"), signer_of("thief")


class World:
    """A verifier that trusts Acme, and what it stands on."""

    def __init__(self, documents: dict[str, dict[str, object]] | None = None) -> None:
        self.clock, self.store = FakeClock(), MemoryChallenges()
        self.resolver = MemoryResolver(documents or {}, self.clock)
        names = frozenset({ORIGIN, NODE})
        policy = Policy(TrustAnchors.of(ACME.did), domain=ORIGIN, names=names)
        self.challenges = Challenges(self.store, self.clock, domain=ORIGIN)
        verification = Verification(policy, resolver=self.resolver)
        self.presentations = Presentations(verification, self.challenges, self.clock, names=names)


def within(act: Callable[[World], Awaitable[T]]) -> T:
    """Do something with a new verifier."""

    async def run() -> T:
        return await act(World())

    return asyncio.run(run())


def chain(world: World) -> Chain:
    return chain_of(ACME, WORKER, at=world.clock.now())


async def give(world: World) -> str:
    return (await world.challenges.issue()).challenge.value


def shown(
    world: World, challenge: str, *, domain: str = ORIGIN, holder: Any = WORKER, form: Format | None = None
) -> str:
    links = chain(world) if holder is WORKER else chain_of(ACME, holder, at=world.clock.now())
    return present_chain(links, holder, challenge=challenge, domain=domain, at=world.clock.now(), form=form)


async def verify(world: World, presented: object, request: object = None) -> Verdict:
    if isinstance(presented, str) and presented.startswith("{"):
        presented = json.loads(presented)
    return await world.presentations.verify(presented, request=request)


def spent(world: World) -> int:
    return len(world.store.spent)


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


def test_nothing_is_fetched_for_a_challenge_that_this_verifier_never_gives() -> None:
    holder = hosted_signer("did:web:holder.example", "holder")
    document = hosted_document(holder.did, "holder")

    async def run() -> None:
        world = World({holder.did: document})
        foreign = await verify(world, shown(world, "a challenge of somebody else", holder=holder))
        assert (foreign.code, world.resolver.asked) == ("challenge_mismatch", [])
        for challenge, code in (("A" * 22, "challenge_mismatch"), (await give(world), None)):
            assert (await verify(world, shown(world, challenge, holder=holder))).code == code
        assert {did for did, _ in world.resolver.asked} == {holder.did}

    asyncio.run(run())


def test_store_is_asked_once_for_a_presentation_whose_proof_holds_and_never_for_another() -> None:
    async def act(world: World) -> None:
        asked: list[bytes] = []
        spend = world.store.spend

        async def count(digest: bytes, *, at: Any) -> None:
            asked.append(digest)
            await spend(digest, at=at)

        presented = json.loads(shown(world, await give(world)))
        forged = {**presented, "proof": {**presented["proof"], "proofValue": "z" + "1" * 88}}
        world.store.spend = count  # type: ignore[method-assign]  # as the port has it, and counting
        assert (await verify(world, forged)).code == "presentation_invalid"
        assert asked == []
        assert (await verify(world, presented)).accepted
        assert len(asked) == 1

    within(act)


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

        world.store.spend = fail  # type: ignore[method-assign]  # a store that is down
        with pytest.raises(UnavailableError):
            await verify(world, presented)

    within(act)


def test_challenge_that_expires_while_the_presentation_is_judged_is_a_mismatch() -> None:
    async def act(world: World) -> None:
        presented = shown(world, await give(world))
        spend = world.store.spend

        async def expire_and_spend(digest: bytes, *, at: Any) -> None:
            world.store.kept.clear()
            await spend(digest, at=at)

        world.store.spend = expire_and_spend  # type: ignore[method-assign]  # time passes meanwhile
        verdict = await verify(world, presented)
        assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "challenge_mismatch")

    within(act)


def test_unknown_challenge_hides_what_else_is_wrong_once_the_proof_holds() -> None:
    async def act(world: World) -> None:
        for presented in (
            shown(world, "A" * 22, domain="https://other.example"),
            _stolen(world, "A" * 22),
            present_chain(
                chain_of(THIEF, WORKER, at=world.clock.now()),
                WORKER,
                challenge="A" * 22,
                domain=ORIGIN,
                at=world.clock.now(),
            ),
        ):
            assert (await verify(world, presented)).code == "challenge_mismatch"
        assert spent(world) == 0

    within(act)
