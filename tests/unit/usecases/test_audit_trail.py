"""The audit trail: who reads it, and that a refused act is written as well as it can be."""

from __future__ import annotations

import asyncio

import pytest

from legation.domain.audit import Outcome
from legation.domain.pages import PageRequest
from legation.errors import AccessError, ConflictError, MalformedError
from legation.ports.state import AuditFilter
from legation.usecases.audit_trail import done
from tests.support.hosted import ADMIN, ANA, BEN, HostedWorld, agent_caller
from tests.support.keys import signer_of
from tests.support.memory import unavailable

ERROR = ConflictError("no", code="agent_suspended")


def test_done_act_names_the_caller_and_its_request() -> None:
    world = HostedWorld()
    entry = done(world.clock.now(), ANA, "agent.create", "planner", owner="ana")
    assert (entry.actor, entry.act, entry.target, entry.outcome) == (
        f"operator:{ANA.id}",
        "agent.create",
        "planner",
        Outcome.DONE,
    )
    assert (entry.owner, entry.code, entry.request_id) == ("ana", None, "request-2")


def test_refused_act_is_one_entry_in_the_trail_of_the_callers_owner() -> None:
    async def run() -> None:
        world = HostedWorld()
        await world.audits.refused(BEN, "agent.update", "planner\n2026 done", ERROR)
        (entry,) = (await world.audits.list_page(BEN, AuditFilter(), PageRequest())).items
        assert (entry.outcome, entry.code, entry.owner) == (Outcome.REFUSED, "agent_suspended", "ben")
        assert entry.target == "planner\\u{a}2026 done"
        assert (await world.audits.list_page(ANA, AuditFilter(), PageRequest())).items == ()
        assert len((await world.audits.list_page(ADMIN, AuditFilter(), PageRequest())).items) == 1

    asyncio.run(run())


def test_store_that_takes_no_entry_does_not_hide_the_refusal(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        world = HostedWorld()
        world.state.calls.plan(1, error=unavailable)
        await world.audits.refused(BEN, "agent.update", "planner", ERROR)
        assert world.state.tables.audit == []
        await world.audits.refused(BEN, "agent.update", "planner", ERROR)
        assert len(world.state.tables.audit) == 1

    asyncio.run(run())
    assert "agent.update" in caplog.text


def test_agents_do_not_read_the_trail() -> None:
    async def run() -> None:
        world = HostedWorld()
        planner = await world.host("planner")
        await world.issue(ANA, planner, signer_of("outside").did)
        with pytest.raises(AccessError):
            await world.audits.list_page(agent_caller(planner), AuditFilter(), PageRequest())
        assert len((await world.audits.list_page(ANA, AuditFilter(), PageRequest())).items) == 1

    asyncio.run(run())


@pytest.mark.parametrize("name", ["actor", "act", "target"])
@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "\ud800", "a" * 2049])
def test_filter_that_no_entry_can_equal_is_refused(name: str, text: str) -> None:
    async def run() -> None:
        world = HostedWorld()
        with pytest.raises(MalformedError):
            await world.audits.list_page(ADMIN, AuditFilter(**{name: text}), PageRequest())  # type: ignore[arg-type]  # by name
        await world.audits.list_page(ADMIN, AuditFilter(**{name: "plain"}), PageRequest())  # type: ignore[arg-type]  # by name

    asyncio.run(run())
