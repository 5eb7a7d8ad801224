"""Attacks between tenants (area "wallet"): whatever use case, whatever id, nothing of another owner is seen or done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from legation.domain.callers import Caller, CallerKind, Scope
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Terms, attenuate
from legation.domain.held_delegations import HeldDelegation, Role
from legation.domain.hosted_agents import HostedAgent
from legation.domain.pages import Page, PageRequest
from legation.domain.trust import Anchor
from legation.errors import AccessError, ConflictError, LegationError, MalformedError, NotFoundError
from legation.ports.state import AuditFilter
from legation.usecases.delegations import Grant
from legation.usecases.hosted_delegations import NewDelegation, NewPresentation
from tests.support.delegated import DETAILS
from tests.support.hosted import ADMIN, ANA, BEN, HostedWorld, agent_caller
from tests.support.keys import signer_of

OUTSIDE = signer_of("outside")
TEXTS = {"challenge": "c" * 22, "domain": "https://shop.example"}


@dataclass
class Tenants:
    """Ana has a planner and a worker and what passed between them; Ben has a spy."""

    world: HostedWorld
    planner: HostedAgent
    worker: HostedAgent
    spy: HostedAgent
    root: HeldDelegation
    child: HeldDelegation

    @classmethod
    async def build(cls) -> Tenants:
        world = HostedWorld()
        planner, worker, spy = await world.host("planner"), await world.host("worker"), await world.host("spy", "ben")
        root = await world.issue(ANA, planner, worker.did)
        child = await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did))
        return cls(world, planner, worker, spy, root, child)

    def snapshot(self) -> object:
        tables = self.world.state.tables
        return dict(tables.delegations), dict(tables.agents), list(tables.audit)


Attempt = Callable[[Tenants, Caller], Awaitable[object]]

FOREIGN: dict[str, Attempt] = {
    "issue": lambda it, caller: it.world.delegations.issue(
        caller, NewDelegation(agent="planner", to=OUTSIDE.did, details=DETAILS)
    ),
    "issue what is malformed": lambda it, caller: it.world.delegations.issue(
        caller, NewDelegation(agent="planner", to="nobody", details=[])
    ),
    "get": lambda it, caller: it.world.delegations.get(caller, it.root.id),
    "tree": lambda it, caller: it.world.delegations.tree(caller, it.root.id),
    "attenuate": lambda it, caller: it.world.delegations.attenuate(caller, it.root.id, None, Grant(OUTSIDE.did)),
    "attenuate by name": lambda it, caller: it.world.delegations.attenuate(
        caller, it.root.id, "worker", Grant(OUTSIDE.did)
    ),
    "attenuate by the caller's own agent": lambda it, caller: it.world.delegations.attenuate(
        caller, it.root.id, "spy", Grant(OUTSIDE.did)
    ),
    "present": lambda it, caller: it.world.delegations.present(caller, NewPresentation(delegation=it.root.id, **TEXTS)),
    "present by name": lambda it, caller: it.world.delegations.present(
        caller, NewPresentation(delegation=it.root.id, agent="worker", **TEXTS)
    ),
    "present the chain": lambda it, caller: it.world.delegations.present(
        caller, NewPresentation(chain=it.root.chain, **TEXTS)
    ),
    "present the chain by name": lambda it, caller: it.world.delegations.present(
        caller, NewPresentation(chain=it.root.chain, agent="worker", **TEXTS)
    ),
    "import": lambda it, caller: it.world.delegations.import_chain(caller, it.root.chain),
    "list by agent": lambda it, caller: it.world.delegations.list_page(caller, "planner", None, PageRequest()),
    "list by role": lambda it, caller: it.world.delegations.list_page(caller, "worker", Role.SUBJECT, PageRequest()),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("kind", ["operator", "agent"])
def test_k08_foreign_caller_is_told_that_nothing_is_there_and_nothing_happens(name: str, kind: str) -> None:
    async def run() -> None:
        it = await Tenants.build()
        caller = BEN if kind == "operator" else agent_caller(it.spy)
        before = it.snapshot()
        with pytest.raises(NotFoundError) as foreign:
            await FOREIGN[name](it, caller)
        assert it.snapshot() == before
        # nor does the answer tell what is another owner's from what never was
        absent = "there is no such"
        assert absent in foreign.value.detail or "none of your agents" in foreign.value.detail

    asyncio.run(run())


@pytest.mark.parametrize("name", [name for name in FOREIGN if "malformed" not in name and "own agent" not in name])
def test_k08_the_owner_and_the_operator_of_everything_reach_the_same(name: str) -> None:
    async def run() -> None:
        for caller in (ANA, ADMIN):
            it = await Tenants.build()
            await FOREIGN[name](it, caller)

    asyncio.run(run())


def test_k08_agent_reaches_its_own_delegations_and_no_other_agents_of_its_owner() -> None:
    async def run() -> None:
        it = await Tenants.build()
        other = await it.world.host("other")
        caller = agent_caller(it.planner)
        assert (await it.world.delegations.get(caller, it.root.id)).id == it.root.id
        for attempt in (
            it.world.delegations.get(caller, it.child.id),
            it.world.delegations.get(agent_caller(other), it.root.id),
            it.world.issue(caller, it.worker, OUTSIDE.did),
            it.world.delegations.attenuate(caller, it.root.id, None, Grant(OUTSIDE.did)),
            it.world.delegations.present(caller, NewPresentation(delegation=it.root.id, **TEXTS)),
        ):
            with pytest.raises(NotFoundError):
                await attempt
        assert (await it.world.delegations.tree(caller, it.root.id)).children == ()

    asyncio.run(run())


def test_k09_lists_trees_cursors_and_trails_show_nothing_foreign() -> None:
    async def run() -> None:
        it = await Tenants.build()
        mine = await it.world.issue(BEN, it.spy, OUTSIDE.did)
        for caller in (BEN, agent_caller(it.spy)):
            assert [held.id for held in (await pages(it, caller)).items] == [mine.id]
            ana = await it.world.delegations.list_page(ANA, None, None, PageRequest(limit=1))
            assert ana.next is not None
            # a cursor of another tenant's list is either none, or leads to one's own
            try:
                page = await it.world.delegations.list_page(caller, None, None, PageRequest(cursor=ana.next))
            except MalformedError:
                continue
            assert {held.id for held in page.items} <= {mine.id}
        trail = (await it.world.audits.list_page(BEN, AuditFilter(), PageRequest())).items
        assert [entry.target for entry in trail] == [mine.id]
        filtered = AuditFilter(target=it.root.id)
        assert (await it.world.audits.list_page(BEN, filtered, PageRequest())).items == ()
        assert len((await it.world.audits.list_page(ANA, filtered, PageRequest())).items) == 1

    asyncio.run(run())


async def pages(it: Tenants, caller: Caller) -> Page[HeldDelegation]:
    return await it.world.delegations.list_page(caller, None, None, PageRequest())


def test_k09_tree_goes_on_only_through_what_the_caller_sees() -> None:
    async def run() -> None:
        it = await Tenants.build()
        shared = await it.world.issue(ANA, it.planner, it.spy.did)
        below = await it.world.delegations.attenuate(BEN, shared.id, None, Grant(OUTSIDE.did))
        tree = await it.world.delegations.tree(ANA, shared.id)
        assert tree.children == ()
        assert [each.delegation.id for each in (await it.world.delegations.tree(BEN, shared.id)).children] == [below.id]
        assert [each.delegation.id for each in (await it.world.delegations.tree(ADMIN, shared.id)).children] == [
            below.id
        ]

    asyncio.run(run())


def test_k09_chain_that_another_tenant_holds_is_imported_for_ones_own_agent_alone() -> None:
    async def run() -> None:
        it = await Tenants.build()
        hops = Chain.parse(it.child.chain or "").hops
        terms = Terms(id="urn:uuid:3", subject=it.spy.did)
        chain = Chain(hops).extended(attenuate(hops, OUTSIDE, terms, at=it.world.clock.now()))
        held = await it.world.delegations.import_chain(BEN, chain.to_json())
        assert [each.id for each in (await pages(it, BEN)).items] == [held.id]
        with pytest.raises(NotFoundError):
            await it.world.delegations.get(BEN, str(held.parent))
        with pytest.raises(NotFoundError):
            await it.world.delegations.get(ANA, held.id)

    asyncio.run(run())


def test_what_one_caller_signed_with_is_not_remembered_for_another() -> None:
    async def run() -> None:
        it = await Tenants.build()
        new = NewDelegation(agent="planner", to=OUTSIDE.did, details=DETAILS)
        for caller in (ANA, ADMIN, agent_caller(it.planner)):
            await it.world.delegations.issue(caller, new)
        scopes = (Scope(owner="ben"), Scope("ana", it.worker.id), Scope("ben", it.planner.id), Scope(owner=""))
        for scope in scopes:
            with pytest.raises(NotFoundError):
                await it.world.delegations.issue(Caller(CallerKind.AGENT, "did:web:x", scope), new)

    asyncio.run(run())


def test_agent_that_went_to_another_owner_signs_no_more_for_the_first() -> None:
    async def run() -> None:
        it = await Tenants.build()
        new = NewDelegation(agent="planner", to=OUTSIDE.did, details=DETAILS)
        await it.world.delegations.issue(ANA, new)
        before = len(it.world.state.tables.delegations)
        it.world.set_agent(it.planner, owner="ben")
        with pytest.raises(NotFoundError):
            await it.world.delegations.issue(ANA, new)
        assert len(it.world.state.tables.delegations) == before
        await it.world.delegations.issue(BEN, new)

    asyncio.run(run())


def test_whoever_is_limited_manages_neither_operators_nor_trust() -> None:
    async def run() -> None:
        it = await Tenants.build()
        operator, _ = await it.world.operators.create(ADMIN, "first", None)
        for caller in (BEN, agent_caller(it.spy), Caller(CallerKind.AGENT, "did:web:x", Scope())):
            attempts: list[Awaitable[object]] = [
                it.world.operators.create(caller, "mine", None),
                it.world.operators.create(caller, "mine", caller.scope.owner),
                it.world.operators.list_all(caller),
                it.world.operators.revoke(caller, operator.id),
                it.world.trust.add(caller, Anchor("did:web:evil.example")),
                it.world.trust.remove(caller, "0" * 32),
            ]
            for attempt in attempts:
                with pytest.raises(AccessError):
                    await attempt
        assert "did:web:evil.example" not in await it.world.trust.current()

    asyncio.run(run())


def test_operator_of_one_owner_is_limited_to_it_from_its_token_on() -> None:
    async def run() -> None:
        it = await Tenants.build()
        _, text = await it.world.operators.create(ADMIN, "ben", "ben")
        caller = await it.world.authentication.authenticate(f"Bearer {text}", "GET", "https://node.example/v1/agents")
        assert caller.scope == Scope(owner="ben")
        with pytest.raises(NotFoundError):
            await it.world.delegations.get(caller, it.root.id)

    asyncio.run(run())


def test_expired_delegation_is_refused_to_its_owner_and_unknown_to_others() -> None:
    async def run() -> None:
        it = await Tenants.build()
        it.world.clock.advance(timedelta(hours=2))
        with pytest.raises(LegationError) as mine:
            await it.world.delegations.attenuate(ANA, it.root.id, None, Grant(OUTSIDE.did))
        assert mine.value.code == "expired"
        with pytest.raises(NotFoundError):
            await it.world.delegations.attenuate(BEN, it.root.id, None, Grant(OUTSIDE.did))

    asyncio.run(run())


def test_last_operator_is_kept_whoever_asks() -> None:
    async def run() -> None:
        it = await Tenants.build()
        operator, _ = await it.world.operators.create(ADMIN, "first", None)
        with pytest.raises(ConflictError):
            await it.world.operators.revoke(ADMIN, operator.id)

    asyncio.run(run())
