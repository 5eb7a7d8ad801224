"""The wallet: create agents, delegate, narrow, present and keep, with a verifier that has never heard of them."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.crypto.keys import KeyType
from legation.domain.agents import Agent
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, issue_root
from legation.domain.verdict import Verdict
from legation.errors import ConflictError, LegationError, MalformedError, NotFoundError, ResolutionError, WalletError
from legation.verifier import Verifier
from legation.wallet import Wallet, WalletKey
from tests.support.clock import FakeClock
from tests.support.keys import signer_of
from tests.support.wallets import DETAILS, NARROWER, WIDER, key_in, with_wallet

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEN = signer_of("ben").did
SHOP = "https://ads.example"
READ = {"type": "mcp_tool", "action": "read", "location": "https://ads.example/mcp"}
BOTH = [KeyType.ED25519, KeyType.P256]
Work = Callable[[Wallet], Awaitable[None]]


def run(folder: Path, work: Work, clock: FakeClock | None = None) -> None:
    with_wallet(folder, work, clock=clock or FakeClock(AT))


async def refusal_of(attempt: Awaitable[object]) -> LegationError:
    with pytest.raises(LegationError) as refusal:
        await attempt
    return refusal.value


def verify(text: str, root: str, *, request: object = None, at: datetime = AT) -> Verdict:
    return Verifier(trust=[root], domain=SHOP).verify_offline(text, challenge="challenge-1", request=request, at=at)


async def three(wallet: Wallet, key_type: KeyType = KeyType.ED25519) -> list[Agent]:
    return [await wallet.create_agent(name, key_type=key_type) for name in ("ana", "ben", "eva")]


# ------------------------------------------------------------------ the whole way


@pytest.mark.parametrize("key_type", BOTH)
@pytest.mark.parametrize("form", [None, Format.JWT])
def test_root_narrowed_and_presented_is_accepted_by_a_stranger(
    tmp_path: Path, key_type: KeyType, form: Format | None
) -> None:
    async def work(wallet: Wallet) -> None:
        ana, ben, eva = await three(wallet, key_type)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS, form=form)
        leaf = await wallet.attenuate("ben", root.id, to=eva.did, details=NARROWER, form=form)
        text = await wallet.present("eva", leaf.id, challenge="challenge-1", domain=SHOP, form=form)
        assert verify(text, ana.did, request=READ).accepted
        wide = verify(text, ana.did, request={**READ, "action": "write"})
        assert wide.refusal is not None
        assert (wide.verified, wide.accepted, wide.refusal.code) == (True, False, "request_not_covered")

    run(tmp_path, work)


def test_three_wallets_that_share_nothing_hand_a_chain_on(tmp_path: Path) -> None:
    made: dict[str, str] = {}
    for name in ("one", "two", "three"):
        (tmp_path / name).mkdir()

        async def create(wallet: Wallet, name: str = name) -> None:
            made[name] = (await wallet.create_agent("agent")).did

        run(tmp_path / name, create)

    async def first(wallet: Wallet) -> None:
        root = await wallet.delegate("agent", to=made["two"], details=DETAILS)
        made["chain"] = await wallet.export_chain(root.id)

    async def second(wallet: Wallet) -> None:
        root = await wallet.import_chain(made["chain"].encode())
        leaf = await wallet.attenuate(None, root, to=made["three"], details=NARROWER)
        made["chain"] = await wallet.export_chain(leaf.id)

    async def third(wallet: Wallet) -> None:
        leaf = await wallet.import_chain(made["chain"])
        made["presentation"] = await wallet.present(None, leaf, challenge="challenge-1", domain=SHOP)

    for name, work in (("one", first), ("two", second), ("three", third)):
        run(tmp_path / name, work)
    assert verify(made["presentation"], made["one"], request=READ).accepted


def test_agents_chains_and_keys_are_there_when_the_wallet_is_opened_again(tmp_path: Path) -> None:
    made: list[object] = []

    async def before(wallet: Wallet) -> None:
        agents = await three(wallet)
        made.extend([agents, await wallet.delegate("ana", to=agents[1].did, details=DETAILS)])

    async def after(wallet: Wallet) -> None:
        agents, chain = made
        assert isinstance(chain, Chain)
        assert await wallet.list_agents() == agents
        assert await wallet.get_chain(chain.id) == chain
        text = await wallet.present("ben", chain.id, challenge="challenge-1", domain=SHOP)
        assert verify(text, (await wallet.get_agent("ana")).did).accepted

    run(tmp_path, before)
    run(tmp_path, after)


# ------------------------------------------------------------------ opening


def test_wallet_is_made_where_there_is_none_unless_that_is_forbidden(tmp_path: Path) -> None:
    async def open_it(*, create: bool) -> None:
        async with Wallet.open(str(tmp_path / "wallet.db"), key_in(tmp_path), create=create):
            pass

    with pytest.raises(NotFoundError):
        asyncio.run(open_it(create=False))
    assert not (tmp_path / "wallet.db").exists()
    asyncio.run(open_it(create=True))
    asyncio.run(open_it(create=False))


def test_wallet_that_was_left_is_closed_and_so_are_its_signers(tmp_path: Path) -> None:
    async def leave() -> None:
        async with Wallet.open(tmp_path / "wallet.db", key_in(tmp_path)) as wallet:
            await wallet.create_agent("ana")
            signer = await wallet.signer("ana")
            signer.key.sign(b"message")
        with pytest.raises(WalletError) as refusal:
            signer.key.sign(b"message")
        assert refusal.value.code == "wallet_closed"
        calls = [
            wallet.create_agent("ben"),
            wallet.list_agents(),
            wallet.get_agent("ana"),
            wallet.signer("ana"),
            wallet.delegate("ana", to=BEN, details=DETAILS),
            wallet.attenuate("ana", "urn:example:a", to=BEN),
            wallet.present("ana", "urn:example:a", challenge="c", domain=SHOP),
            wallet.list_chains(),
            wallet.get_chain("urn:example:a"),
            wallet.remove_chain("urn:example:a"),
            wallet.export_chain("urn:example:a"),
            wallet.import_chain(foreign_root().to_json()),
        ]
        methods = [name for name, _ in inspect.getmembers(Wallet, inspect.iscoroutinefunction)]
        assert len(calls) == len(methods)
        for call in calls:
            assert (await refusal_of(call)).code == "wallet_closed"

    asyncio.run(leave())


def test_error_inside_closes_the_wallet_and_comes_out(tmp_path: Path) -> None:
    async def fail(wallet: Wallet) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError):
        run(tmp_path, fail)
    assert not (tmp_path / "wallet.db-wal").exists()


def test_wrong_key_and_file_that_is_no_wallet_are_told_apart(tmp_path: Path) -> None:
    async def nothing(wallet: Wallet) -> None:
        pass

    run(tmp_path, nothing)
    whole = (tmp_path / "wallet.db").read_bytes()
    (tmp_path / "wallet.key").unlink()
    with pytest.raises(WalletError) as refusal:
        run(tmp_path, nothing)
    assert refusal.value.code == "wallet_key_wrong"
    (tmp_path / "wallet.db").write_bytes(whole[::-1])
    with pytest.raises(WalletError) as refusal:
        run(tmp_path, nothing)
    assert refusal.value.code == "wallet_unreadable"


# ------------------------------------------------------------------ agents


def test_agent_is_a_did_key_or_the_hosted_did_that_was_given(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        own = await wallet.create_agent("own")
        hosted = await wallet.create_agent("hosted", key_type=KeyType.P256, did="did:web:acme.example:agents:hosted")
        assert own.did.startswith("did:key:z6Mk")
        assert own.method == f"{own.did}#{own.did.removeprefix('did:key:')}"
        assert hosted.method.startswith("did:web:acme.example:agents:hosted#zDn")
        assert [agent.key_type for agent in await wallet.list_agents()] == [KeyType.P256, KeyType.ED25519]
        assert await wallet.get_agent(hosted.did) == hosted
        assert (await wallet.signer("hosted")).method == hosted.method

    run(tmp_path, work)


def test_agent_that_cannot_be_is_refused_and_not_kept(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        assert isinstance(await refusal_of(wallet.create_agent("Not A Name")), MalformedError)
        assert isinstance(await refusal_of(wallet.create_agent("ana", did="acme.example")), ResolutionError)
        assert isinstance(await refusal_of(wallet.create_agent("ana", did=BEN)), MalformedError)
        assert await wallet.list_agents() == []
        await wallet.create_agent("ana")
        assert isinstance(await refusal_of(wallet.create_agent("ana")), ConflictError)

    run(tmp_path, work)


# ------------------------------------------------------------------ delegating


def test_root_is_from_now_for_an_hour_for_the_agent_itself_unless_told_otherwise(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ana = await wallet.create_agent("ana")
        hop = (await wallet.delegate("ana", to=BEN, details=DETAILS)).leaf()
        assert (hop.document["validFrom"], hop.document["validUntil"]) == (
            "2026-11-01T12:00:00Z",
            "2026-11-01T13:00:00Z",
        )
        assert (hop.principal, hop.max_depth, hop.usage_ledger, hop.status) == (ana.did, 3, None, ())
        assert hop.id.startswith("urn:uuid:")
        entry = {"id": "https://acme.example/s#1", "type": "BitstringStatusListEntry", "statusPurpose": "revocation"}
        status = {**entry, "statusListIndex": "1", "statusListCredential": "https://acme.example/s"}
        other = await wallet.delegate(
            ana.did,
            to=BEN,
            details=DETAILS,
            principal="https://idp.example#ana",
            valid_from=AT + HOUR,
            valid_for=2 * HOUR,
            max_depth=0,
            usage_ledger="did:web:acme.example",
            status=status,
        )
        hop = other.leaf()
        assert (hop.document["validFrom"], hop.document["validUntil"]) == (
            "2026-11-01T13:00:00Z",
            "2026-11-01T15:00:00Z",
        )
        assert (hop.principal, hop.max_depth) == ("https://idp.example#ana", 0)
        assert (hop.usage_ledger, hop.status) == ("did:web:acme.example", (status,))

    run(tmp_path, work)


def test_what_was_issued_is_held_under_an_id_of_its_own(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ana, ben, eva = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS, valid_for=2 * HOUR)
        leaf = await wallet.attenuate("ben", root, to=eva.did, valid_for=HOUR)
        assert len({root.id, leaf.id}) == 2
        assert (len(root), len(leaf)) == (1, 2)
        assert leaf.hops[0] == root.hops[0]
        first, second = await wallet.list_chains()
        assert (first.id, first.hops, first.issuer, first.subject) == (leaf.id, 2, ben.did, eva.did)
        assert (second.id, second.hops, second.issuer, second.subject) == (root.id, 1, ana.did, ben.did)
        assert (first.valid_until, second.valid_until) == (AT + HOUR, AT + 2 * HOUR)

    run(tmp_path, work)


def test_grant_that_the_format_does_not_allow_is_refused_and_nothing_is_held(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ana = await wallet.create_agent("ana")
        refusals = [
            await refusal_of(wallet.delegate("ana", to=ana.did, details=DETAILS)),
            await refusal_of(wallet.delegate("ana", to="ben", details=DETAILS)),
            await refusal_of(wallet.delegate("ana", to=BEN, details=[])),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, valid_for=timedelta(0))),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, valid_for=timedelta.max)),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, max_depth=17)),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, principal="ana")),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, principal="")),
            await refusal_of(wallet.delegate("ana", to=BEN, details=DETAILS, valid_from=datetime(2026, 11, 1))),  # noqa: DTZ001 - naive on purpose
        ]
        assert {refusal.code for refusal in refusals} == {"malformed"}
        assert (
            await refusal_of(wallet.delegate("ana", to=BEN, details=[{**DETAILS[0], "x": 1}]))
        ).code == "unknown_term"
        assert (await refusal_of(wallet.delegate("nobody", to=BEN, details=DETAILS))).code == "not_found"
        assert await wallet.list_chains() == []

    run(tmp_path, work)


# ------------------------------------------------------------------ attenuating


def test_child_without_terms_has_its_parents(tmp_path: Path) -> None:
    clock = FakeClock(AT)

    async def work(wallet: Wallet) -> None:
        _, ben, eva = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS)
        clock.advance(timedelta(minutes=20, seconds=30))
        hop = (await wallet.attenuate("ben", root.id, to=eva.did)).leaf()
        assert hop.raw_details() == DETAILS
        assert (hop.document["validFrom"], hop.document["validUntil"]) == (
            "2026-11-01T12:20:30Z",
            "2026-11-01T13:00:00Z",
        )
        assert hop.max_depth == 2

    run(tmp_path, work, clock)


def test_child_of_a_parent_that_begins_later_lasts_from_then(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        _, ben, eva = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS, valid_from=AT + HOUR)
        hop = (await wallet.attenuate("ben", root.id, to=eva.did, valid_for=timedelta(minutes=10))).leaf()
        assert (hop.document["validFrom"], hop.document["validUntil"]) == (
            "2026-11-01T13:00:00Z",
            "2026-11-01T13:10:00Z",
        )

    run(tmp_path, work)


def test_child_that_takes_more_is_refused_and_not_held(tmp_path: Path) -> None:
    clock = FakeClock(AT)

    async def work(wallet: Wallet) -> None:
        _, ben, eva = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS, max_depth=1)
        held = await wallet.list_chains()
        codes = [
            (await refusal_of(wallet.attenuate("ben", root.id, to=eva.did, details=WIDER))).code,
            (await refusal_of(wallet.attenuate("ben", root.id, to=eva.did, valid_for=2 * HOUR))).code,
            (await refusal_of(wallet.attenuate("ben", root.id, to=eva.did, max_depth=1))).code,
            (await refusal_of(wallet.attenuate("ana", root.id, to=eva.did))).code,
            (await refusal_of(wallet.attenuate("ben", root.id, to=ben.did))).code,
            (await refusal_of(wallet.attenuate("ben", "urn:example:absent", to=eva.did))).code,
            (await refusal_of(wallet.attenuate("nobody", root.id, to=eva.did))).code,
            (await refusal_of(wallet.attenuate("", root.id, to=eva.did))).code,
        ]
        assert codes == [
            "widened",
            "widened",
            "depth_exceeded",
            "holder_mismatch",
            "malformed",
            "not_found",
            "not_found",
            "not_found",
        ]
        clock.advance(HOUR)
        assert (await refusal_of(wallet.attenuate("ben", root.id, to=eva.did))).code == "expired"
        assert await wallet.list_chains() == held

    run(tmp_path, work, clock)


def test_chain_that_is_handed_over_is_checked_before_it_is_passed_on(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ben = await wallet.create_agent("ben")
        honest = foreign_root(to=ben.did)
        await wallet.attenuate("ben", honest, to=signer_of("eva").did)
        (hop,) = honest.hops
        assert isinstance(hop.wire, dict)
        forged = Chain.parse(json.dumps([{**hop.wire, "validUntil": "2026-11-01T18:00:00Z"}]))
        assert (await refusal_of(wallet.attenuate("ben", forged, to=signer_of("eva").did))).code == "proof_invalid"
        assert [held.hops for held in await wallet.list_chains()] == [2]

    run(tmp_path, work)


# ------------------------------------------------------------------ presenting


def test_holder_is_the_leafs_subject_whether_named_or_not(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ana, ben, eva = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS)
        for agent in (None, "ben", ben.did):
            text = await wallet.present(agent, root, challenge="challenge-1", domain=SHOP)
            assert verify(text, ana.did).accepted
        leaf = await wallet.attenuate(None, root.id, to=eva.did)
        assert leaf.leaf().issuer == ben.did
        refusal = await refusal_of(wallet.present("ana", root.id, challenge="challenge-1", domain=SHOP))
        assert refusal.code == "holder_mismatch"
        absent = foreign_root(to=BEN)
        assert (await refusal_of(wallet.present(None, absent, challenge="c", domain=SHOP))).code == "not_found"
        assert (await refusal_of(wallet.attenuate(None, absent, to=ana.did))).code == "not_found"

    run(tmp_path, work)


def test_presentation_is_dated_by_the_wallets_clock(tmp_path: Path) -> None:
    clock = FakeClock(AT)

    async def work(wallet: Wallet) -> None:
        ana, ben, _ = await three(wallet)
        root = await wallet.delegate("ana", to=ben.did, details=DETAILS)
        clock.advance(timedelta(minutes=30))
        text = await wallet.present("ben", root.id, challenge="challenge-1", domain=SHOP)
        assert verify(text, ana.did, at=AT + timedelta(minutes=30)).accepted
        early = verify(text, ana.did)
        assert early.refusal is not None
        assert early.refusal.code == "presentation_invalid"

    run(tmp_path, work, clock)


# ------------------------------------------------------------------ keeping


def foreign_root(*, to: str = BEN, form: Format | None = None, signer: str = "ana") -> Chain:
    terms = Terms("urn:example:root", to, AT, AT + HOUR, DETAILS, max_depth=3)
    return Chain((issue_root(signer_of(signer), terms, principal=signer_of("ana").did, at=AT, form=form),))


def test_chain_is_taken_in_from_every_form_and_given_out_again(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ben = await wallet.create_agent("ben")
        chain = foreign_root(to=ben.did, form=Format.JWT)
        (hop,) = chain.hops
        presented = await wallet.present("ben", chain, challenge="challenge-1", domain=SHOP)
        assert isinstance(hop.wire, str)
        for text in (chain.to_json(), chain.to_compact(), hop.wire, presented, presented.encode()):
            assert await wallet.import_chain(text) == chain
        assert [held.id for held in await wallet.list_chains()] == ["urn:example:root"]
        assert await wallet.export_chain("urn:example:root") == chain.to_json()
        assert await wallet.export_chain("urn:example:root", compact=True) == chain.to_compact()

    run(tmp_path, work)


def test_chain_that_no_verifier_would_take_is_not_taken_in(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        chain = foreign_root()
        (hop,) = chain.hops
        assert isinstance(hop.wire, dict)
        refused: dict[str, bytes | str] = {
            "malformed": b"\xff",
            "too_large": b" " * (256 * 1024 + 1),
            "unknown_term": json.dumps([{**hop.wire, "termsOfUse": {}}]),
            "proof_invalid": json.dumps([{**hop.wire, "validUntil": "2026-11-01T14:00:00Z"}]),
        }
        for code, received in refused.items():
            assert (await refusal_of(wallet.import_chain(received))).code == code
        assert await wallet.list_chains() == []
        assert await wallet.import_chain(chain.to_json()) == chain

    run(tmp_path, work)


def test_another_chain_under_a_held_id_is_not_taken_in(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        chain = await wallet.import_chain(foreign_root().to_json())
        other = foreign_root(to=signer_of("eva").did).to_json()
        assert isinstance(await refusal_of(wallet.import_chain(other)), ConflictError)
        assert await wallet.get_chain(chain.id) == chain
        await wallet.remove_chain(chain.id)
        await wallet.import_chain(other)

    run(tmp_path, work)


def test_chain_that_is_not_held_is_not_found(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        for call in (wallet.get_chain, wallet.remove_chain, wallet.export_chain):
            for chain_id in ("urn:example:absent", ""):
                assert isinstance(await refusal_of(call(chain_id)), NotFoundError)

    run(tmp_path, work)


def test_compact_form_of_embedded_hops_is_refused(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        chain = await wallet.import_chain(foreign_root().to_json())
        assert isinstance(await refusal_of(wallet.export_chain(chain.id, compact=True)), MalformedError)

    run(tmp_path, work)


def test_wallet_without_a_clock_takes_the_machines(tmp_path: Path) -> None:
    async def work(wallet: Wallet) -> None:
        ana = await wallet.create_agent("ana")
        text = await wallet.delegate("ana", to=BEN, details=DETAILS)
        verdict = Verifier(trust=[ana.did], domain=SHOP).verify_offline(text, holder=BEN)
        assert verdict.accepted

    with_wallet(tmp_path, work)


def test_two_wallets_of_one_process_do_not_know_each_other(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    async def both() -> None:
        async with (
            Wallet.open(tmp_path / "wallet.db", key_in(tmp_path)) as one,
            Wallet.open(tmp_path / "other/wallet.db", WalletKey.create_raw_file(tmp_path / "other.key")) as two,
        ):
            mine, theirs = await one.create_agent("ana"), await two.create_agent("ana")
            assert mine.did != theirs.did
            assert isinstance(await refusal_of(one.signer(theirs.did)), NotFoundError)

    asyncio.run(both())
