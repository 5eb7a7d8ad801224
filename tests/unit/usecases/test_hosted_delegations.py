"""Delegations of a node's agents: issued, narrowed, taken in, listed and presented."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from legation.domain.agent_keys import KeyKind
from legation.domain.chain import Chain
from legation.domain.delegation.inspection import check_chain
from legation.domain.delegation.issuance import Format
from legation.domain.held_delegations import DelegationTree, Role
from legation.domain.hosted_agents import Life
from legation.domain.pages import PageRequest
from legation.domain.submission import parse_submission
from legation.errors import (
    AttenuationError,
    ConflictError,
    InvalidKeyError,
    LegationError,
    MalformedError,
    NotFoundError,
    ProofError,
    UnavailableError,
    WalletError,
)
from legation.usecases import hosted_delegations
from legation.usecases.delegations import Grant
from legation.usecases.hosted_delegations import NewDelegation, NewPresentation
from tests.support.delegated import DETAILS, chain_of
from tests.support.hosted import ADMIN, ANA, BEN, HostedWorld, agent_caller
from tests.support.keys import signer_of
from tests.support.memory import unavailable

T = TypeVar("T")
OUTSIDE = signer_of("outside")
NARROWED = [{**DETAILS[0], "actions": ["read"]}]
TEXTS = {"challenge": "c" * 22, "domain": "https://shop.example"}


def within(act: Callable[[HostedWorld], Awaitable[T]]) -> T:
    """Do something with a new node."""

    async def run() -> T:
        return await act(HostedWorld())

    return asyncio.run(run())


# ------------------------------------------------------------------ issuing


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
def test_issued_root_says_what_was_asked_and_is_held_with_one_audit_entry(kind: KeyKind) -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner", kind=kind)
        held = await world.issue(ANA, planner, OUTSIDE.did, max_depth=5, valid_for=timedelta(minutes=5))
        hops = Chain.parse(held.chain or "").hops
        hop = Chain(hops).leaf()
        assert (held.hops, held.parent, held.credential_id) == (1, None, hop.id)
        assert (hop.issuer, hop.subject, hop.principal, hop.max_depth) == (planner.did, OUTSIDE.did, planner.did, 5)
        assert held.issuer.owner == "ana"
        assert held.subject.agent_id is None
        assert held.valid_until - held.valid_from == timedelta(minutes=5)
        assert held.valid_from == held.created_at == world.clock.now()
        assert world.audited() == [("delegation.issue", held.id, "ana")]
        entry = world.state.tables.audit[0]
        assert (entry.actor, entry.request_id) == (f"operator:{ANA.id}", "request-2")
        check_chain(hops)

    within(act)


def test_signature_is_by_the_agents_own_key() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        held = await world.issue(agent_caller(planner), planner, OUTSIDE.did, form=Format.JWT)
        token = json.loads(held.chain or "")[0]
        from legation.standards.jose import parse_jws

        jws = parse_jws(token, typ="vc+jwt", cty="vc")
        signer = await world.signer(planner)
        jws.verify(signer.key.public_key)
        assert jws.method == signer.method
        with pytest.raises(ProofError):
            jws.verify(OUTSIDE.key.public_key)

    within(act)


def test_second_delegation_takes_one_transaction_and_no_second_look() -> None:
    async def act(world: HostedWorld) -> list[str]:
        planner = await world.host("planner")
        await world.issue(ANA, planner, OUTSIDE.did)
        before = len(world.state.calls.names)
        await world.issue(ANA, planner, OUTSIDE.did)
        return world.state.calls.names[before:]

    assert within(act) == ["state.change"]


def test_subject_that_is_hosted_here_and_its_owner_see_the_delegation_too() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner", "ana"), await world.host("worker", "ben")
        held = await world.issue(ANA, planner, worker.did)
        assert (held.subject.agent_id, held.subject.owner) == (worker.id, "ben")
        for caller in (ADMIN, ANA, BEN, agent_caller(planner), agent_caller(worker)):
            assert (await world.delegations.get(caller, held.id)).chain == held.chain
        lonely = await world.issue(ANA, planner, "did:web:node.example:agents:nobody")
        assert lonely.subject.agent_id is None
        with pytest.raises(NotFoundError):
            await world.delegations.get(BEN, lonely.id)

    within(act)


@pytest.mark.parametrize("life", [Life.SUSPENDED, Life.RETIRED])
def test_agent_that_is_not_active_signs_nothing_and_again_after_it_is_resumed(life: Life) -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        first = await world.issue(ANA, planner, planner.did.replace("planner", "other"))
        for known in (True, False):
            if not known:
                world.delegations = hosted_delegations.HostedDelegations(world.state, world.vault, world.clock)
            world.set_agent(planner, life=life)
            for attempt in (
                world.issue(ANA, planner, OUTSIDE.did),
                world.issue(agent_caller(planner), planner, OUTSIDE.did),
            ):
                with pytest.raises(ConflictError) as refusal:
                    await attempt
                assert refusal.value.code == f"agent_{life.value}"
        assert list(world.state.tables.delegations) == [first.id]
        world.set_agent(planner, life=Life.ACTIVE)
        await world.issue(ANA, planner, OUTSIDE.did)

    within(act)


def test_key_that_was_rotated_signs_nothing_that_is_kept() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        await world.issue(ANA, planner, OUTSIDE.did)
        planner = await world.rotate(planner)
        held = await world.issue(ANA, planner, OUTSIDE.did)
        seal = json.loads(held.chain or "")[0]["proof"]["verificationMethod"]
        assert seal == (await world.signer(planner)).method

    within(act)


def test_rotation_between_signing_and_keeping_has_the_new_key_sign() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        await world.issue(ANA, planner, OUTSIDE.did)
        change = world.state.change
        rotated = []

        async def change_late(work):  # type: ignore[no-untyped-def]  # as the port has it
            if not rotated:
                rotated.append(await world.rotate(planner))
            return await change(work)

        world.state.change = change_late  # type: ignore[method-assign]  # somebody else is quicker
        held = await world.issue(ANA, planner, OUTSIDE.did)
        seal = json.loads(held.chain or "")[0]["proof"]["verificationMethod"]
        assert seal == (await world.signer(rotated[0])).method

    within(act)


def test_agent_whose_key_the_vault_lost_is_a_fault_of_the_node() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        await world.vault.remove(planner.id)
        with pytest.raises(WalletError):
            await world.issue(ANA, planner, OUTSIDE.did)
        assert world.state.tables.delegations == {}

    within(act)


def test_state_that_does_not_answer_issues_nothing() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        await world.issue(ANA, planner, OUTSIDE.did)
        world.state.calls.plan(1, error=unavailable)
        with pytest.raises(UnavailableError):
            await world.issue(ANA, planner, OUTSIDE.did)
        assert len(world.state.tables.delegations) == 1

    within(act)


@pytest.mark.parametrize(
    "change",
    [
        {"to": "nobody"},
        {"to": "did:web:node.example:agents:planner"},
        {"details": []},
        {"details": [{"type": "x", "actions": ["read"], "unknown": 1}]},
        {"details": ["text"]},
        {"principal": "ana"},
        {"valid_for": timedelta(0)},
        {"valid_for": timedelta(days=9_000_000)},
        {"max_depth": -1},
        {"max_depth": 17},
    ],
)
def test_grant_that_no_verifier_would_take_is_refused_and_nothing_is_kept(change: dict[str, object]) -> None:
    async def act(world: HostedWorld) -> None:
        await world.host("planner")
        asked: dict[str, object] = {"agent": "planner", "to": OUTSIDE.did, "details": DETAILS} | change
        with pytest.raises(LegationError) as refusal:
            await world.delegations.issue(ANA, NewDelegation(**asked))  # type: ignore[arg-type]  # wrong on purpose
        assert refusal.value.code in {"malformed", "unknown_term"}
        assert world.state.tables.delegations == {}
        assert world.state.tables.audit == []

    within(act)


def test_chain_that_is_too_large_for_any_verifier_is_not_kept() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        actions = [f"{number:06}" + "a" * 250 for number in range(1500)]
        new = NewDelegation(agent=planner.name, to=OUTSIDE.did, details=[{**DETAILS[0], "actions": actions}])
        with pytest.raises(LegationError) as refusal:
            await world.delegations.issue(ANA, new)
        assert refusal.value.code in {"too_large", "malformed"}
        assert world.state.tables.delegations == {}

    within(act)


def test_p256_key_makes_no_data_integrity_proof() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner", kind=KeyKind.P256)
        with pytest.raises(InvalidKeyError):
            await world.issue(ANA, planner, OUTSIDE.did, form=Format.DATA_INTEGRITY)
        await world.issue(ANA, planner, OUTSIDE.did, form=Format.JWT)

    within(act)


@pytest.mark.parametrize("name", ["", "nobody", "Planner", "planner\x00", "did:web:node.example:agents:planner"])
def test_agent_that_is_not_there_is_not_found(name: str) -> None:
    async def act(world: HostedWorld) -> None:
        await world.host("planner")
        with pytest.raises(NotFoundError):
            await world.delegations.issue(ANA, NewDelegation(agent=name, to=OUTSIDE.did, details=DETAILS))

    within(act)


# ------------------------------------------------------------------ attenuating and trees


def test_holder_narrows_what_it_was_given_and_the_parent_is_linked() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did, form=Format.JWT)
        child = await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did, NARROWED))
        assert (child.hops, child.parent, child.issuer.agent_id) == (2, root.id, worker.id)
        check_chain(Chain.parse(child.chain or "").hops)
        assert world.audited()[-1] == ("delegation.attenuate", child.id, "ana")
        named = await world.delegations.attenuate(ANA, root.id, "worker", Grant(OUTSIDE.did))
        assert named.parent == root.id

    within(act)


def test_wider_grant_and_other_agent_than_the_holder_are_refused() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did)
        wider = [{**DETAILS[0], "actions": ["read", "write", "erase"]}]
        with pytest.raises(AttenuationError):
            await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did, wider))
        with pytest.raises(LegationError) as refusal:
            await world.delegations.attenuate(ANA, root.id, "planner", Grant(OUTSIDE.did))
        assert refusal.value.code == "holder_mismatch"
        world.clock.advance(timedelta(hours=2))
        with pytest.raises(LegationError) as refusal:
            await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did))
        assert refusal.value.code == "expired"
        assert list(world.state.tables.delegations) == [root.id]

    within(act)


def test_suspended_holder_passes_nothing_on_and_presents_nothing() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did)
        world.set_agent(worker, life=Life.SUSPENDED)
        for attempt in (
            world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did)),
            world.delegations.present(ANA, NewPresentation(delegation=root.id, **TEXTS)),
        ):
            with pytest.raises(ConflictError) as refusal:
                await attempt
            assert refusal.value.code == "agent_suspended"

    within(act)


def shape(tree: DelegationTree) -> dict[str, object]:
    return {child.delegation.id: shape(child) for child in tree.children}


def test_tree_shows_what_extends_a_delegation_level_by_level() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker, helper = [await world.host(name) for name in ("planner", "worker", "helper")]
        root = await world.issue(ANA, planner, worker.did)
        one = await world.delegations.attenuate(ANA, root.id, None, Grant(helper.did))
        two = await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did))
        leaf = await world.delegations.attenuate(ANA, one.id, None, Grant(OUTSIDE.did))
        tree = await world.delegations.tree(ANA, root.id)
        assert shape(tree) == {one.id: {leaf.id: {}}, two.id: {}}
        assert (tree.delegation.id, tree.delegation.chain, tree.truncated) == (root.id, None, False)
        assert shape(await world.delegations.tree(agent_caller(helper), one.id)) == {leaf.id: {}}

    within(act)


def test_tree_that_is_too_large_says_that_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did)
        for _ in range(4):
            await world.delegations.attenuate(ANA, root.id, None, Grant(OUTSIDE.did))
        for limit, shown, truncated in ((5, 4, False), (4, 4, False), (3, 3, True)):
            monkeypatch.setattr(hosted_delegations, "MAX_TREE", limit)
            tree = await world.delegations.tree(ANA, root.id)
            assert (len(tree.children), tree.truncated) == (shown, truncated)

    within(act)


# ------------------------------------------------------------------ importing


def test_imported_chain_is_held_once_for_its_subject() -> None:
    async def act(world: HostedWorld) -> None:
        worker = await world.host("worker")
        holder = await world.signer(worker)
        chain = chain_of(OUTSIDE, signer_of("between"), holder, at=world.clock.now())
        held = await world.delegations.import_chain(ANA, chain.to_json())
        assert (held.hops, held.parent, held.subject.agent_id, held.chain) == (2, None, worker.id, chain.to_json())
        again = await world.delegations.import_chain(agent_caller(worker), json.loads(chain.to_json()))
        assert again == held
        assert await world.delegations.import_chain(ANA, chain.to_json().encode()) == held
        assert world.audited() == [("delegation.import", held.id, "ana")]

    within(act)


def test_imported_chain_is_linked_to_the_one_above_that_the_node_holds() -> None:
    async def act(world: HostedWorld) -> None:
        from legation.domain.delegation.issuance import Terms, attenuate

        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, OUTSIDE.did)
        hops = Chain.parse(root.chain or "").hops
        child = attenuate(hops, OUTSIDE, Terms(id="urn:uuid:1", subject=worker.did), at=world.clock.now())
        held = await world.delegations.import_chain(ANA, Chain(hops).extended(child).to_json())
        assert (held.parent, held.hops) == (root.id, 2)

    within(act)


def test_chain_that_nobody_here_can_use_or_that_is_forged_is_not_kept() -> None:
    async def act(world: HostedWorld) -> None:
        worker = await world.host("worker")
        at = world.clock.now()
        with pytest.raises(NotFoundError):
            await world.delegations.import_chain(ANA, chain_of(signer_of("a"), OUTSIDE, at=at).to_json())
        good = chain_of(OUTSIDE, await world.signer(worker), at=at)
        forged = json.loads(good.to_json())
        forged[0]["credentialSubject"]["delegation"]["maxDepth"] = 9
        with pytest.raises(ProofError):
            await world.delegations.import_chain(ANA, forged)
        with pytest.raises(NotFoundError):
            await world.delegations.import_chain(BEN, good.to_json())
        for junk in ("", "x", b"\xff", None, 5, [], {}, "lgc1.AAAA"):
            with pytest.raises(LegationError):
                await world.delegations.import_chain(ANA, junk)
        world.set_agent(worker, life=Life.RETIRED)
        with pytest.raises(ConflictError):
            await world.delegations.import_chain(ANA, good.to_json())
        assert world.state.tables.delegations == {}
        world.set_agent(worker, life=Life.ACTIVE)
        await world.delegations.import_chain(ANA, good.to_json())

    within(act)


# ------------------------------------------------------------------ lists


def test_list_is_by_agent_and_role() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        first = await world.issue(ANA, planner, worker.did)
        second = await world.delegations.attenuate(ANA, first.id, None, Grant(OUTSIDE.did))
        cases = {
            (None, None): {first.id, second.id},
            ("planner", None): {first.id},
            ("worker", None): {first.id, second.id},
            ("worker", Role.ISSUER): {second.id},
            ("worker", Role.SUBJECT): {first.id},
        }
        for (agent, role), expected in cases.items():
            page = await world.delegations.list_page(ANA, agent, role, PageRequest())
            assert {held.id for held in page.items} == expected
            assert {held.chain for held in page.items} == {None}
        page = await world.delegations.list_page(agent_caller(worker), None, Role.ISSUER, PageRequest())
        assert [held.id for held in page.items] == [second.id]
        with pytest.raises(MalformedError):
            await world.delegations.list_page(ANA, None, Role.ISSUER, PageRequest())

    within(act)


@pytest.mark.parametrize("text", ["", "x", "urn:uuid:1", "\x00", "é" * 36, "0" * 36, "\ud800"])
def test_text_that_is_no_id_is_not_found(text: str) -> None:
    async def act(world: HostedWorld) -> None:
        for attempt in (
            world.delegations.get(ANA, text),
            world.delegations.tree(ANA, text),
            world.delegations.attenuate(ANA, text, None, Grant(OUTSIDE.did)),
            world.delegations.present(ANA, NewPresentation(delegation=text, **TEXTS)),
        ):
            with pytest.raises(NotFoundError):
                await attempt

    within(act)


# ------------------------------------------------------------------ presenting


@pytest.mark.parametrize("form", [None, Format.DATA_INTEGRITY, Format.JWT])
def test_held_chain_is_presented_by_its_holder_with_one_audit_entry(form: Format | None) -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did)
        new = NewPresentation(delegation=root.id, form=form, **TEXTS)
        shown = parse_submission(await world.delegations.present(ANA, new)).presentation
        assert shown is not None
        assert (shown.holder, shown.challenge, shown.domain) == (worker.did, TEXTS["challenge"], TEXTS["domain"])
        shown.seal.verify((await world.signer(worker)).key.public_key)
        assert world.audited()[-1] == ("presentation.create", root.id, "ana")

    within(act)


def test_chain_at_hand_is_presented_without_being_kept() -> None:
    async def act(world: HostedWorld) -> None:
        worker = await world.host("worker")
        chain = chain_of(OUTSIDE, await world.signer(worker), at=world.clock.now())
        for named in (None, "worker"):
            new = NewPresentation(chain=json.loads(chain.to_json()), agent=named, **TEXTS)
            assert parse_submission(await world.delegations.present(ANA, new)).presentation is not None
        assert world.audited() == [("presentation.create", chain.id, "ana")] * 2
        assert world.state.tables.delegations == {}

    within(act)


def test_presentation_by_somebody_else_or_of_nothing_is_refused() -> None:
    async def act(world: HostedWorld) -> None:
        planner, worker = await world.host("planner"), await world.host("worker")
        root = await world.issue(ANA, planner, worker.did)
        outside = await world.issue(ANA, planner, OUTSIDE.did)
        chain = json.loads(root.chain or "")
        wrong = {
            "holder_mismatch": NewPresentation(delegation=root.id, agent="planner", **TEXTS),
            "not_found": NewPresentation(delegation=outside.id, **TEXTS),
            "malformed": NewPresentation(delegation=root.id, chain=chain, **TEXTS),
        }
        for code, new in wrong.items():
            with pytest.raises(LegationError) as refusal:
                await world.delegations.present(ANA, new)
            assert refusal.value.code == code
        for texts in (
            {"challenge": "", "domain": "x"},
            {"challenge": "x", "domain": "\ud800"},
            {"challenge": "a\nb", "domain": "x"},
            {"challenge": "x", "domain": "x" * 2049},
        ):
            with pytest.raises(MalformedError):
                await world.delegations.present(ANA, NewPresentation(delegation=root.id, **texts))
        with pytest.raises(MalformedError):
            await world.delegations.present(ANA, NewPresentation(**TEXTS))
        assert "presentation.create" not in {act for act, _, _ in world.audited()}

    within(act)
