"""Held chains in an Askar store: exactly as they were signed, once under each id, and only as many as fit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.adapters.askar.chains import AskarChains
from legation.adapters.askar.store import AskarStore
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.delegation.secured import SecuredCredential
from legation.errors import ConflictError, LegationError, NotFoundError, TooLargeError
from tests.support.keys import signer_of
from tests.support.wallets import DETAILS, NARROWER, key_in

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def make_root(identifier: str, *, valid_for: timedelta = HOUR, to: str = "ben", form: Format | None = None) -> Chain:
    terms = Terms(identifier, signer_of(to).did, AT, AT + valid_for, DETAILS, max_depth=3)
    return Chain((issue_root(signer_of("ana"), terms, principal=signer_of("ana").did, at=AT, form=form),))


def with_chains(
    folder: Path, work: Callable[[AskarChains, AskarStore], Awaitable[None]], *, max_chains: int = 100
) -> None:
    async def run() -> None:
        store = await AskarStore.open(folder / "wallet.db", key_in(folder), create=True)
        try:
            await work(AskarChains(store, max_chains=max_chains), store)
        finally:
            await store.close()

    asyncio.run(run())


async def refusal_of(attempt: Awaitable[object]) -> LegationError:
    with pytest.raises(LegationError) as refusal:
        await attempt
    return refusal.value


async def ids(chains: AskarChains) -> list[str]:
    return [held.id for held in await chains.list_all()]


def test_chain_comes_back_exactly_as_it_was_added(tmp_path: Path) -> None:
    root = make_root("urn:example:root", form=Format.JWT)
    terms = Terms("urn:example:leaf", signer_of("eva").did, details=NARROWER)
    chain = root.extended(attenuate(root.hops, signer_of("ben"), terms, at=AT))
    made: list[str] = []

    async def add(chains: AskarChains, store: AskarStore) -> None:
        await chains.add(chain, at=AT)
        made.append(chain.to_json())

    async def get(chains: AskarChains, store: AskarStore) -> None:
        assert (await chains.get("urn:example:leaf")).to_json() == made[0]
        (held,) = await chains.list_all()
        assert (held.id, held.hops, held.valid_until) == ("urn:example:leaf", 2, AT + HOUR)
        assert (held.issuer, held.subject) == (signer_of("ben").did, signer_of("eva").did)

    with_chains(tmp_path, add)
    with_chains(tmp_path, get)


def test_list_begins_with_what_expires_first(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        for hours in (3, 1, 2):
            await chains.add(make_root(f"urn:example:{hours}", valid_for=hours * HOUR), at=AT)
        assert await ids(chains) == ["urn:example:1", "urn:example:2", "urn:example:3"]

    with_chains(tmp_path, work)


def test_same_chain_twice_is_held_once(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        chain = make_root("urn:example:a")
        await chains.add(chain, at=AT)
        await chains.add(Chain.parse(chain.to_json()), at=AT)
        (hop,) = chain.hops
        assert isinstance(hop.wire, dict)
        reordered = SecuredCredential(dict(reversed(hop.wire.items())))
        await chains.add(Chain((reordered,)), at=AT)
        assert (await chains.get("urn:example:a")).to_json() == chain.to_json()
        assert await ids(chains) == ["urn:example:a"]

    with_chains(tmp_path, work)


def test_another_chain_under_a_held_id_is_a_conflict_and_the_first_stays(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        first = make_root("urn:example:a")
        await chains.add(first, at=AT)
        for other in (make_root("urn:example:a", to="eva"), make_root("urn:example:a", form=Format.JWT)):
            assert isinstance(await refusal_of(chains.add(other, at=AT)), ConflictError)
        assert (await chains.get("urn:example:a")).to_json() == first.to_json()

    with_chains(tmp_path, work)


def test_many_who_add_one_chain_leave_it_once(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        chain = make_root("urn:example:a")
        await asyncio.gather(*(chains.add(chain, at=AT) for _ in range(20)))
        assert await ids(chains) == ["urn:example:a"]

    with_chains(tmp_path, work)


def test_removed_chain_is_gone_and_can_come_again(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        chain = make_root("urn:example:a")
        await chains.add(chain, at=AT)
        await chains.remove("urn:example:a")
        assert isinstance(await refusal_of(chains.get("urn:example:a")), NotFoundError)
        assert isinstance(await refusal_of(chains.remove("urn:example:a")), NotFoundError)
        await chains.add(chain, at=AT)
        assert await ids(chains) == ["urn:example:a"]

    with_chains(tmp_path, work)


def test_full_store_lets_go_of_what_has_expired_and_of_nothing_else(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        await chains.add(make_root("urn:example:short", valid_for=HOUR), at=AT)
        await chains.add(make_root("urn:example:long", valid_for=5 * HOUR), at=AT)
        new = make_root("urn:example:new", valid_for=6 * HOUR)
        just_before = AT + HOUR - timedelta(seconds=1)
        assert isinstance(await refusal_of(chains.add(new, at=just_before)), TooLargeError)
        assert await ids(chains) == ["urn:example:short", "urn:example:long"]
        await chains.add(new, at=AT + HOUR)
        assert await ids(chains) == ["urn:example:long", "urn:example:new"]

    with_chains(tmp_path, work, max_chains=2)


def test_chain_that_is_held_already_needs_no_room(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        chain = make_root("urn:example:a")
        await chains.add(chain, at=AT)
        await chains.add(chain, at=AT + 2 * HOUR)
        assert await ids(chains) == ["urn:example:a"]

    with_chains(tmp_path, work, max_chains=1)


def test_chain_that_could_not_be_read_back_is_not_taken(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        (hop,) = make_root("urn:example:a").hops
        assert isinstance(hop.wire, dict)
        large = Chain((SecuredCredential({**hop.wire, "evidence": "x" * 256 * 1024}),))
        assert isinstance(await refusal_of(chains.add(large, at=AT)), TooLargeError)
        assert await ids(chains) == []

    with_chains(tmp_path, work)


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b"\xff", b"[1]"])
def test_entry_that_is_no_chain_is_told_as_damage(tmp_path: Path, value: bytes) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        await chains.add(make_root("urn:example:a"), at=AT)
        await store.write(lambda session: session.replace("chain", "urn:example:a", value))
        assert (await refusal_of(chains.get("urn:example:a"))).code == "wallet_unreadable"
        assert (await refusal_of(chains.list_all())).code == "wallet_unreadable"

    with_chains(tmp_path, work)


def test_chain_under_the_id_of_another_is_told_as_damage(tmp_path: Path) -> None:
    async def work(chains: AskarChains, store: AskarStore) -> None:
        await chains.add(make_root("urn:example:a"), at=AT)
        other = make_root("urn:example:b").to_json()
        await store.write(lambda session: session.replace("chain", "urn:example:a", other))
        assert (await refusal_of(chains.get("urn:example:a"))).code == "wallet_unreadable"

    with_chains(tmp_path, work)
