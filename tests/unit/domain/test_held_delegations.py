"""Held delegations: their ids, and what is written of a chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from legation.domain.delegation.issuance import Format
from legation.domain.held_delegations import Draft, Party, build_delegation_id, is_delegation_id
from legation.errors import MalformedError
from tests.support.delegated import PRINCIPAL, chain_of
from tests.support.keys import signer_of

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_id_is_a_uuid_of_version_7_and_sorts_by_time() -> None:
    early = build_delegation_id(AT, b"\xff" * 10)
    late = build_delegation_id(AT + timedelta(milliseconds=1), bytes(10))
    assert early < late
    for text in (early, late):
        value = UUID(text)
        assert (value.version, value.variant, str(value)) == (7, "specified in RFC 4122", text)
        assert is_delegation_id(text)
    assert UUID(early).int >> 80 == int(AT.timestamp() * 1000)


def test_ids_of_one_moment_differ_by_74_random_bits() -> None:
    bits = {build_delegation_id(AT, (1 << bit).to_bytes(10, "big")) for bit in range(80)}
    assert len(bits) == 75  # six bits are version and variant, which give one more that has none of the others


@pytest.mark.parametrize(("at", "random"), [(AT, bytes(9)), (datetime(1969, 1, 1, tzinfo=UTC), bytes(10))])
def test_id_of_less_randomness_or_before_1970_is_not_made(at: datetime, random: bytes) -> None:
    with pytest.raises(MalformedError):
        build_delegation_id(at, random)


@pytest.mark.parametrize("text", ["", "x", None, 5, "A" * 36, str(UUID(int=5)).upper() + "0", "0" * 32])
def test_other_texts_are_no_ids(text: object) -> None:
    assert not is_delegation_id(text)


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.JWT])
def test_draft_describes_the_last_hop_and_keeps_the_chain_as_it_was_signed(form: Format) -> None:
    acme, worker = signer_of("acme"), signer_of("worker")
    chain = chain_of(acme, signer_of("between"), worker, at=AT, form=form)
    held = Draft.of(chain, at=AT, random=bytes(10)).between(Party(acme.did), Party(worker.did, "id", "ana"), parent="p")
    assert (held.credential_id, held.hops, held.principal, held.parent) == (chain.id, 2, PRINCIPAL, "p")
    assert held.chain == chain.to_json()
    assert (held.valid_until, held.created_at) == (AT + timedelta(minutes=50), AT)
