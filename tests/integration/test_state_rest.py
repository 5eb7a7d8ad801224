"""The contracts of the ports ``OperatorRecords``, ``AnchorRecords``, ``Intents`` and ``DIDLogs``, on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from legation.adapters.sql.anchors import MAX_ANCHORS
from legation.adapters.sql.state import SQLState
from legation.domain.operators import Operator
from legation.domain.trust import Anchor, parse_anchor
from legation.errors import ConflictError, NotFoundError, TooLargeError
from legation.ports.state import Intent, KeptAnchor, Records
from tests.support.records import NOW, run_state

LATER = NOW + timedelta(microseconds=1)


def build_operator(number: int, *, owner: str | None = None) -> Operator:
    return Operator(f"{number:032x}", f"operator {number}", owner, NOW + timedelta(seconds=number))


def digest_of(number: int) -> bytes:
    return bytes([number]) * 32


async def add_operator(state: SQLState, operator: Operator, digest: bytes) -> None:
    await state.change(lambda records: records.operators.add(operator, digest))


# ------------------------------------------------------------------ operators


def test_operator_is_found_by_the_digest_of_its_token_until_that_is_revoked(database_url: str) -> None:
    one, two = build_operator(1), build_operator(2, owner="acme")

    async def act(state: SQLState) -> None:
        await add_operator(state, two, digest_of(2))
        await add_operator(state, one, digest_of(1))
        assert await state.look(lambda records: records.operators.list_all()) == [one, two]
        assert await state.look(lambda records: records.operators.find_by_token(digest_of(2))) == two
        assert await state.look(lambda records: records.operators.find_by_token(digest_of(3))) is None
        revoked = replace(two, revoked_at=NOW)
        assert await state.change(lambda records: records.operators.revoke(two.id, at=NOW)) == revoked
        # a second time changes nothing
        assert await state.change(lambda records: records.operators.revoke(two.id, at=LATER)) == revoked
        assert await state.look(lambda records: records.operators.find_by_token(digest_of(2))) is None
        assert await state.look(lambda records: records.operators.find_by_token(digest_of(1))) == one
        assert await state.look(lambda records: records.operators.list_all()) == [one, revoked]

    run_state(database_url, act)


def test_operator_and_token_are_kept_once(database_url: str) -> None:
    one = build_operator(1)

    async def act(state: SQLState) -> None:
        await add_operator(state, one, digest_of(1))
        for other, digest in ((one, digest_of(2)), (build_operator(2), digest_of(1))):
            with pytest.raises(ConflictError):
                await add_operator(state, other, digest)
        for unknown in ("f" * 32, "\0", ""):
            with pytest.raises(NotFoundError):
                await state.change(lambda records, unknown=unknown: records.operators.revoke(unknown, at=NOW))
        await add_operator(state, build_operator(2), digest_of(2))

    run_state(database_url, act)


def test_of_two_that_revoke_all_but_one_only_one_may(database_url: str) -> None:
    """A rule over several rows holds, because changes come one after the other."""

    async def revoke_if_another_stays(records: Records, operator_id: str) -> None:
        active = [operator for operator in await records.operators.list_all() if operator.revoked_at is None]
        if len(active) < 2:
            raise ConflictError("the last one stays")
        await records.operators.revoke(operator_id, at=NOW)

    async def act(state: SQLState) -> list[object]:
        for number in (1, 2):
            await add_operator(state, build_operator(number), digest_of(number))
        return await asyncio.gather(
            *(
                state.change(lambda records, number=number: revoke_if_another_stays(records, f"{number:032x}"))
                for number in (1, 2)
            ),
            return_exceptions=True,
        )

    outcomes = run_state(database_url, act)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], ConflictError)


# ------------------------------------------------------------------ anchors


def anchor(number: int) -> Anchor:
    grants = [{"type": "tool", "locations": ["https://a.example/x/", "https://b.example/"]}, {"type": "data"}]
    return parse_anchor(
        {"issuer": f"did:web:i{number}.example", "grants": grants, "principals": ["https://idp.example"]}
    )


def test_anchors_are_listed_as_they_were_kept_the_oldest_first_until_they_are_removed(database_url: str) -> None:
    # in an order that is not that of their ids
    kept = [KeptAnchor(f"{9 - number:032x}", anchor(number)) for number in range(3)]
    kept.append(KeptAnchor("f" * 32, Anchor("did:web:all.example")))

    async def act(state: SQLState) -> None:
        for each in kept:
            await state.change(lambda records, each=each: records.anchors.add(each))
        assert await state.look(lambda records: records.anchors.list_all()) == kept
        assert await state.change(lambda records: records.anchors.remove(kept[1].id)) == kept[1].anchor
        for gone in (kept[1].id, "\0"):
            with pytest.raises(NotFoundError):
                await state.change(lambda records, gone=gone: records.anchors.remove(gone))
        assert await state.look(lambda records: records.anchors.list_all()) == [kept[0], *kept[2:]]
        await state.change(lambda records: records.anchors.add(kept[1]))

    run_state(database_url, act)


def test_same_anchor_or_id_is_not_kept_twice(database_url: str) -> None:
    kept = KeptAnchor("a" * 32, anchor(1))

    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.anchors.add(kept))
        for other in (KeptAnchor("b" * 32, anchor(1)), KeptAnchor("a" * 32, anchor(2))):
            with pytest.raises(ConflictError):
                await state.change(lambda records, other=other: records.anchors.add(other))
        await state.change(lambda records: records.anchors.add(KeptAnchor("b" * 32, anchor(2))))

    run_state(database_url, act)


def test_anchors_are_a_thousand_at_most(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        async def work(records: Records) -> None:
            for number in range(MAX_ANCHORS):
                await records.anchors.add(KeptAnchor(f"{number:032x}", Anchor(f"did:web:i{number}.example")))

        await state.change(work)
        with pytest.raises(TooLargeError):
            await state.change(lambda records: records.anchors.add(KeptAnchor("f" * 32, anchor(1))))
        assert len(await state.look(lambda records: records.anchors.list_all())) == MAX_ANCHORS

    run_state(database_url, act)


# ------------------------------------------------------------------ intents


def test_intent_stands_alone_for_its_agent_until_exactly_it_is_ended(database_url: str) -> None:
    intent = Intent("a" * 32, NOW)

    async def act(state: SQLState) -> None:
        await state.change(lambda records: records.intents.begin(intent))
        for second in (intent, Intent(intent.agent_id, LATER)):
            with pytest.raises(ConflictError):
                await state.change(lambda records, second=second: records.intents.begin(second))
        assert not await state.change(lambda records: records.intents.end(Intent(intent.agent_id, LATER)))
        assert not await state.change(lambda records: records.intents.end(Intent("b" * 32, NOW)))
        assert await state.look(lambda records: records.intents.list_before(NOW)) == [intent]
        assert await state.change(lambda records: records.intents.end(intent))
        assert not await state.change(lambda records: records.intents.end(intent))
        await state.change(lambda records: records.intents.begin(Intent(intent.agent_id, LATER)))

    run_state(database_url, act)


def test_intents_are_listed_up_to_a_moment_the_oldest_first(database_url: str) -> None:
    intents = [Intent(f"{9 - number}" * 32, NOW + timedelta(microseconds=number)) for number in range(3)]

    async def act(state: SQLState) -> None:
        for intent in reversed(intents):
            await state.change(lambda records, intent=intent: records.intents.begin(intent))
        assert await state.look(lambda records: records.intents.list_before(NOW - timedelta(seconds=1))) == []
        assert await state.look(lambda records: records.intents.list_before(intents[1].at)) == intents[:2]
        assert await state.look(lambda records: records.intents.list_before(LATER + timedelta(days=1))) == intents

    run_state(database_url, act)


# ------------------------------------------------------------------ logs of DIDs


def test_entries_of_a_log_are_read_in_their_order_and_each_number_is_given_once(database_url: str) -> None:
    one, two = "1" * 32, "2" * 32

    async def act(state: SQLState) -> None:
        for number in range(1, 13):
            await state.change(lambda records, number=number: records.logs.add(one, number, f"entry {number}"))
        await state.change(lambda records: records.logs.add(two, 1, "ü"))
        assert await state.look(lambda records: records.logs.read(one)) == [f"entry {n}" for n in range(1, 13)]
        assert await state.look(lambda records: records.logs.read(two)) == ["ü"]
        assert await state.look(lambda records: records.logs.read("3" * 32)) == []
        with pytest.raises(ConflictError):
            await state.change(lambda records: records.logs.add(one, 12, "another"))
        assert (await state.look(lambda records: records.logs.read(one)))[-1] == "entry 12"

    run_state(database_url, act)
