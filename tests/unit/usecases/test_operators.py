"""Operators: made, listed, revoked, and known by their tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from legation.domain.operators import OperatorToken, build_operator_token
from legation.errors import AccessError, ConflictError, LegationError, MalformedError, NotFoundError
from legation.usecases.operators import Operators
from tests.support.hosted import ADMIN, ANA, HostedWorld, agent_caller

FIRST = OperatorToken.parse(build_operator_token(bytes(range(32))))
UNKNOWN = OperatorToken.parse(build_operator_token(bytes(32)))


def within(act: Callable[[HostedWorld], Awaitable[None]]) -> None:
    """Do something with a new node."""

    async def run() -> None:
        await act(HostedWorld())

    asyncio.run(run())


def test_token_is_returned_once_and_only_its_digest_is_kept() -> None:
    async def act(world: HostedWorld) -> None:
        operator, text = await world.operators.create(ADMIN, "deploy-2", "ana")
        assert (operator.name, operator.owner, operator.revoked_at) == ("deploy-2", "ana", None)
        assert await world.operators.find_by_token(OperatorToken.parse(text)) == operator
        assert text not in repr(world.state.tables)
        assert list(world.state.tables.tokens) == [OperatorToken.parse(text).digest]
        assert world.audited() == [("operator.create", operator.id, None)]
        assert await world.operators.list_all(ADMIN) == [operator]
        _, other = await world.operators.create(ADMIN, "deploy-2", None)
        assert other != text

    within(act)


def test_only_who_manages_the_whole_node_manages_operators() -> None:
    async def act(world: HostedWorld) -> None:
        operator, _ = await world.operators.create(ADMIN, "first", None)
        await world.operators.create(ADMIN, "second", None)
        planner = await world.host("planner")
        for caller in (ANA, agent_caller(planner)):
            for attempt in (
                world.operators.create(caller, "mine", "ana"),
                world.operators.list_all(caller),
                world.operators.revoke(caller, operator.id),
            ):
                with pytest.raises(AccessError):
                    await attempt
        assert (await world.operators.revoke(ADMIN, operator.id)).revoked_at is not None

    within(act)


@pytest.mark.parametrize("name", ["", "-a", "Ana", "a" * 64, "a b", "a\n", "é"])
def test_name_or_owner_of_another_form_is_refused(name: str) -> None:
    async def act(world: HostedWorld) -> None:
        for names in ((name, None), ("ana", name)):
            with pytest.raises(MalformedError):
                await world.operators.create(ADMIN, *names)
        assert world.state.tables.operators == {}
        await world.operators.create(ADMIN, "a" * 63, "ana")

    within(act)


def test_revoked_token_is_refused_at_once_in_this_process_and_within_a_second_elsewhere() -> None:
    async def act(world: HostedWorld) -> None:
        await world.operators.create(ADMIN, "first", None)
        operator, text = await world.operators.create(ADMIN, "second", None)
        token, elsewhere = OperatorToken.parse(text), Operators(world.state, world.clock)
        for operators in (world.operators, elsewhere):
            assert await operators.find_by_token(token) == operator
        revoked = await world.operators.revoke(ADMIN, operator.id)
        assert revoked.revoked_at == world.clock.now()
        assert await world.operators.find_by_token(token) is None
        world.clock.advance(timedelta(seconds=1))
        assert await elsewhere.find_by_token(token) is None
        assert [act for act, _, _ in world.audited()].count("operator.revoke") == 1
        assert await world.operators.revoke(ADMIN, operator.id) == revoked
        assert [act for act, _, _ in world.audited()].count("operator.revoke") == 1

    within(act)


def test_good_token_is_looked_up_once_a_second_and_an_unknown_one_each_time() -> None:
    async def act(world: HostedWorld) -> None:
        _, text = await world.operators.create(ADMIN, "first", None)
        token, calls = OperatorToken.parse(text), world.state.calls.names
        for asked, looks in ((token, 1), (UNKNOWN, 5)):
            before = len(calls)
            for _ in range(5):
                await world.operators.find_by_token(asked)
            assert len(calls) - before == looks
        for moved in (timedelta(seconds=1), timedelta(hours=-1)):
            world.clock.advance(moved)
            before = len(calls)
            await world.operators.find_by_token(token)
            assert len(calls) == before + 1

    within(act)


def test_token_that_is_looked_up_while_it_is_revoked_is_not_remembered() -> None:
    async def act(world: HostedWorld) -> None:
        await world.operators.create(ADMIN, "first", None)
        operator, text = await world.operators.create(ADMIN, "second", None)
        look = world.state.look

        async def look_late(work):  # type: ignore[no-untyped-def]  # as the port has it
            found = await look(work)
            world.state.look = look  # type: ignore[method-assign]  # once
            await world.operators.revoke(ADMIN, operator.id)
            return found

        world.state.look = look_late  # type: ignore[method-assign]  # somebody else is quicker
        await world.operators.find_by_token(OperatorToken.parse(text))
        assert await world.operators.find_by_token(OperatorToken.parse(text)) is None

    within(act)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legation.usecases.operators._MAX_REMEMBERED", 3)

    async def act(world: HostedWorld) -> None:
        texts = [(await world.operators.create(ADMIN, "one", "ana"))[1] for _ in range(5)]
        for text in texts:
            await world.operators.find_by_token(OperatorToken.parse(text))
        assert len(world.operators._known) == 3

    within(act)


def test_last_operator_of_the_whole_node_cannot_be_revoked() -> None:
    async def act(world: HostedWorld) -> None:
        first, text = await world.operators.create(ADMIN, "first", None)
        limited, _ = await world.operators.create(ADMIN, "limited", "ana")
        with pytest.raises(ConflictError) as refusal:
            await world.operators.revoke(ADMIN, first.id)
        assert refusal.value.code == "last_operator"
        assert await world.operators.find_by_token(OperatorToken.parse(text)) == first
        await world.operators.revoke(ADMIN, limited.id)
        second, _ = await world.operators.create(ADMIN, "second", None)
        found = await asyncio.gather(
            *(world.operators.revoke(ADMIN, operator.id) for operator in (first, second)), return_exceptions=True
        )
        assert [type(each) for each in found if isinstance(each, LegationError)] == [ConflictError]

    within(act)


@pytest.mark.parametrize("operator_id", ["", "x", "0" * 32, "\x00", "A" * 32])
def test_operator_that_is_not_there_is_not_found(operator_id: str) -> None:
    async def act(world: HostedWorld) -> None:
        await world.operators.create(ADMIN, "first", None)
        with pytest.raises(NotFoundError):
            await world.operators.revoke(ADMIN, operator_id)

    within(act)


def test_first_token_is_adopted_only_where_there_was_never_an_operator() -> None:
    async def act(world: HostedWorld) -> None:
        found = await asyncio.gather(*(world.operators.adopt_first(token) for token in (FIRST, UNKNOWN, FIRST)))
        (first,) = [operator for operator in found if operator is not None]
        assert (first.owner, len(world.state.tables.operators)) == (None, 1)
        assert await world.operators.has_any()
        assert await world.operators.adopt_first(UNKNOWN) is None
        assert world.audited() == [("operator.create", first.id, None)]
        assert world.state.tables.audit[0].actor == "local:node"

    within(act)
