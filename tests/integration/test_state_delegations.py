"""The contract of the port ``DelegationRecords``, on every database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from legation.adapters.sql.state import SQLState
from legation.domain.callers import Scope
from legation.domain.held_delegations import HeldDelegation, Role
from legation.domain.pages import PageRequest
from legation.errors import ConflictError, MalformedError, NotFoundError
from legation.ports.state import DelegationFilter, Records
from tests.support.records import ALL, build_delegation, build_party, run_state

ANY = DelegationFilter()
ACME, OTHER = Scope(owner="acme"), Scope(owner="other")
AGENT = [f"{number:032x}" for number in range(10)]
ANA, BOB, EVE = build_party(1), build_party(2), build_party(3, owner="other")
STRANGER = build_party(None)


async def add(state: SQLState, *delegations: HeldDelegation) -> None:
    async def work(records: Records) -> None:
        for delegation in delegations:
            await records.delegations.add(delegation)

    await state.change(work)


async def listed(state: SQLState, scope: Scope, where: DelegationFilter = ANY, *, limit: int = 200) -> list[int]:
    page = await state.look(lambda records: records.delegations.list_page(scope, where, PageRequest(limit)))
    assert all(delegation.chain is None for delegation in page.items)
    return numbers(page.items)


def numbers(delegations: list[HeldDelegation] | tuple[HeldDelegation, ...]) -> list[int]:
    return [int(delegation.id[-12:], 16) for delegation in delegations]


def test_delegation_is_found_as_it_was_kept(database_url: str) -> None:
    first, second = build_delegation(1, STRANGER, ANA), build_delegation(2, ANA, BOB, parent="x")

    async def act(state: SQLState) -> None:
        await add(state, first, second)
        for kept in (first, second):
            assert await state.look(lambda records, kept=kept: records.delegations.get(ALL, kept.id)) == kept
        page = await state.look(lambda records: records.delegations.list_page(ALL, ANY, PageRequest()))
        assert page.items == (replace(second, chain=None), replace(first, chain=None))

    run_state(database_url, act)


def test_id_is_given_once_and_the_first_one_stays(database_url: str) -> None:
    first = build_delegation(1, ANA, BOB)

    async def act(state: SQLState) -> None:
        await add(state, first)
        with pytest.raises(ConflictError):
            await add(state, build_delegation(2, ANA, BOB), replace(first, chain='["other"]'))
        assert await listed(state, ALL) == [1]
        assert await state.look(lambda records: records.delegations.get(ALL, first.id)) == first

    run_state(database_url, act)


@pytest.mark.parametrize("scope", [OTHER, Scope(agent_id=AGENT[3]), Scope("other", AGENT[1]), Scope("acme", AGENT[3])])
def test_delegation_between_others_is_not_found(database_url: str, scope: Scope) -> None:
    kept = build_delegation(1, ANA, BOB)

    async def act(state: SQLState) -> None:
        await add(state, kept)
        with pytest.raises(NotFoundError):
            await state.look(lambda records: records.delegations.get(scope, kept.id))
        assert await state.look(lambda records: records.delegations.find_by_digest(scope, kept.digest)) is None
        for where in (ANY, DelegationFilter(AGENT[1]), DelegationFilter(AGENT[2], Role.SUBJECT)):
            assert await listed(state, scope, where) == []
        for own in (ALL, ACME, Scope(agent_id=AGENT[1]), Scope(agent_id=AGENT[2]), Scope("acme", AGENT[1])):
            assert await state.look(lambda records, own=own: records.delegations.get(own, kept.id)) == kept
            assert await listed(state, own) == [1]

    run_state(database_url, act)


def test_what_cannot_be_an_id_is_not_found(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        for text in ("", "x\0y", "\ud800"):
            with pytest.raises(NotFoundError):
                await state.look(lambda records, text=text: records.delegations.get(ALL, text))

    run_state(database_url, act)


def test_lists_show_what_scope_agent_and_role_say(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        await add(
            state,
            build_delegation(1, ANA, BOB),
            build_delegation(2, BOB, EVE),
            build_delegation(3, EVE, STRANGER),
            build_delegation(4, STRANGER, ANA),
            build_delegation(5, ANA, ANA),
        )
        ana, eve = DelegationFilter(AGENT[1]), DelegationFilter(AGENT[3])
        assert await listed(state, ALL) == [5, 4, 3, 2, 1]
        assert await listed(state, ALL, ana) == [5, 4, 1]
        assert await listed(state, ALL, replace(ana, role=Role.ISSUER)) == [5, 1]
        assert await listed(state, ALL, replace(ana, role=Role.SUBJECT)) == [5, 4]
        assert await listed(state, ACME) == [5, 4, 2, 1]
        assert await listed(state, OTHER) == [3, 2]
        # of a foreign agent only what one's own agents have a part in
        assert await listed(state, ACME, eve) == [2]
        assert await listed(state, Scope(agent_id=AGENT[2]), eve) == [2]
        assert await listed(state, Scope(agent_id=AGENT[2]), ana) == [1]
        assert await listed(state, Scope(agent_id=AGENT[2])) == [2, 1]

    run_state(database_url, act)


@pytest.mark.parametrize("scope", [ALL, ACME, Scope(agent_id=AGENT[1])])
@pytest.mark.parametrize("where", [ANY, DelegationFilter(AGENT[1]), DelegationFilter(AGENT[1], Role.ISSUER)])
def test_pages_show_every_delegation_once_the_newest_first(
    database_url: str, scope: Scope, where: DelegationFilter
) -> None:
    async def act(state: SQLState) -> None:
        # several of one moment, so that the id decides; and some of which the agent is both parts
        await add(state, *(build_delegation(n, ANA, ANA if n % 3 else BOB, age=n // 4) for n in range(11)))
        seen, cursor = list[HeldDelegation](), None
        while True:
            request = PageRequest(2, cursor)
            page = await state.look(lambda records: records.delegations.list_page(scope, where, request))  # noqa: B023 - now
            seen += page.items
            if (cursor := page.next) is None:
                break
        assert seen == sorted(seen, key=lambda shown: (shown.created_at, shown.id), reverse=True)
        assert sorted(numbers(seen)) == list(range(11))

    run_state(database_url, act)


def test_digest_finds_the_oldest_within_the_scope(database_url: str) -> None:
    async def act(state: SQLState) -> None:
        await add(
            state,
            build_delegation(1, EVE, EVE, digest="d"),
            build_delegation(2, ANA, STRANGER, digest="d"),
            build_delegation(3, BOB, ANA, digest="d"),
            build_delegation(4, BOB, ANA, digest="e"),
        )
        for scope, number in ((ALL, 1), (ACME, 2), (OTHER, 1), (Scope(agent_id=AGENT[2]), 3)):
            found = await state.look(lambda records, scope=scope: records.delegations.find_by_digest(scope, "d"))
            assert found is not None
            assert numbers([found]) == [number]
            assert found.chain is not None
        assert await state.look(lambda records: records.delegations.find_by_digest(ALL, "f")) is None

    run_state(database_url, act)


def test_children_are_those_of_the_parents_within_the_scope_the_oldest_first(database_url: str) -> None:
    first, second = build_delegation(1, STRANGER, ANA), build_delegation(2, STRANGER, BOB)

    async def children(state: SQLState, scope: Scope, *parents: str, limit: int = 100) -> list[int]:
        found = await state.look(lambda records: records.delegations.list_children(scope, parents, limit=limit))
        assert all(delegation.chain is None for delegation in found)
        return numbers(found)

    async def act(state: SQLState) -> None:
        kept = [first, second, build_delegation(99, ANA, EVE)]
        kept += [build_delegation(n, ANA, EVE if n % 2 else BOB, parent=first.id) for n in range(10, 16)]
        kept += [build_delegation(n, EVE, STRANGER, parent=second.id) for n in range(13 + 7, 23)]
        await add(state, *kept)
        assert await children(state, ALL, first.id, second.id) == [10, 11, 12, 13, 14, 15, 20, 21, 22]
        assert await children(state, ALL, first.id, second.id, limit=4) == [10, 11, 12, 13]
        assert await children(state, ALL, first.id, first.id) == [10, 11, 12, 13, 14, 15]
        assert await children(state, ACME, first.id, second.id) == [10, 11, 12, 13, 14, 15]
        assert await children(state, OTHER, first.id, second.id) == [11, 13, 15, 20, 21, 22]
        assert await children(state, Scope(agent_id=AGENT[2]), first.id) == [10, 12, 14]
        assert await children(state, ALL) == []
        assert await children(state, ALL, *(f"nothing-{n}" for n in range(100)), second.id, limit=2) == [20, 21]

    run_state(database_url, act)


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhZ2VudHMiLCJhIl0", "WyJkZWxlZ2F0aW9ucyIsMSwyXQ"])
def test_cursor_that_is_none_of_this_list_is_refused(database_url: str, cursor: str) -> None:
    async def act(state: SQLState) -> None:
        with pytest.raises(MalformedError):
            await state.look(lambda records: records.delegations.list_page(ALL, ANY, PageRequest(cursor=cursor)))

    run_state(database_url, act)
