"""Giving out challenges and spending them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from legation.domain.challenges import Challenge
from legation.errors import ConflictError, NotFoundError
from legation.usecases.challenges import Challenges
from tests.support.clock import FakeClock
from tests.support.verifying import MemoryChallenges

DOMAIN = "https://node.example"


def build() -> tuple[Challenges, MemoryChallenges, FakeClock]:
    store, clock = MemoryChallenges(), FakeClock()
    return Challenges(store, clock, domain=DOMAIN), store, clock


def test_challenges_are_new_each_time_and_good_for_five_minutes() -> None:
    challenges, _, clock = build()

    async def run() -> None:
        issued = [await challenges.issue() for _ in range(50)]
        assert len({each.challenge.value for each in issued}) == 50
        assert {each.domain for each in issued} == {DOMAIN}
        assert {each.expires_at - clock.now() for each in issued} == {timedelta(minutes=5)}

    asyncio.run(run())


def test_challenge_is_spent_once() -> None:
    challenges, _, _ = build()

    async def run() -> None:
        challenge = (await challenges.issue()).challenge
        await challenges.spend(challenge)
        with pytest.raises(ConflictError):
            await challenges.spend(challenge)

    asyncio.run(run())


def test_challenge_that_was_never_given_is_not_spent() -> None:
    challenges, store, _ = build()

    async def run() -> None:
        await challenges.issue()
        with pytest.raises(NotFoundError):
            await challenges.spend(Challenge("A" * 22))
        assert store.spent == set()

    asyncio.run(run())


def test_expired_challenge_is_not_spent() -> None:
    challenges, _, clock = build()

    async def run() -> None:
        issued = await challenges.issue()
        clock.advance(timedelta(minutes=5))
        with pytest.raises(NotFoundError):
            await challenges.spend(issued.challenge)

    asyncio.run(run())


def test_store_keeps_digests_only_and_what_has_expired_is_purged() -> None:
    challenges, store, clock = build()

    async def run() -> None:
        first = await challenges.issue()
        assert set(store.kept) == {first.challenge.digest}
        clock.advance(timedelta(minutes=6))
        second = await challenges.issue()
        assert set(store.kept) == {second.challenge.digest}

    asyncio.run(run())


def test_clock_that_is_set_back_reopens_no_spent_challenge() -> None:
    challenges, store, clock = build()

    async def run() -> None:
        issued = await challenges.issue()
        await challenges.spend(issued.challenge)
        clock.advance(timedelta(minutes=6))
        await challenges.issue()
        clock.advance(timedelta(hours=-1))
        with pytest.raises(NotFoundError):
            await challenges.spend(issued.challenge)
        await challenges.issue()
        assert len(store.kept) == 2

    asyncio.run(run())
