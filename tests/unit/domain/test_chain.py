"""A chain as its holder keeps it."""

from __future__ import annotations

import json

import pytest

from legation.domain.chain import Chain
from legation.domain.delegation.secured import SecuredCredential
from legation.errors import LegationError, MalformedError
from tests.support.chains import EMBEDDED, TOKEN, forge_chain, forge_presentation, honest_chain, hop_id, parties, wires


def test_chain_comes_back_from_its_json_as_it_was_signed() -> None:
    for forms in ((EMBEDDED,), (TOKEN,), (EMBEDDED, TOKEN)):
        made = forge_chain(3, {1: lambda made: made.update(name="Caf\u00e9 \U0001f600")}, forms=forms)
        chain = Chain.parse(json.dumps(made))
        assert wires(chain) == made
        assert wires(Chain.parse(chain.to_json())) == made
        assert wires(Chain.parse(chain.to_json().encode())) == made


def test_chain_is_taken_from_a_presentation() -> None:
    made = forge_chain(2)
    assert wires(Chain.parse(json.dumps(forge_presentation(made, parties(2)[2])))) == made


def test_chain_is_known_by_its_last_hop() -> None:
    chain = honest_chain(3)
    assert (len(chain), chain.id, chain.leaf().subject) == (3, hop_id(2), parties(3)[3].did)
    assert list(chain) == list(chain.hops)
    assert chain.submission().presentation is None
    assert Chain(chain.hops[:2]).extended(chain.hops[2]) == chain


def test_last_hop_that_cannot_be_read_is_malformed() -> None:
    with pytest.raises(MalformedError):
        _ = Chain((SecuredCredential("no.token.here"),)).id


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "7", '"x"', "[7]", "[null]", "hello", b"\xff\xfe", "\ud800"])
def test_what_is_no_chain_is_refused(text: str | bytes) -> None:
    with pytest.raises(LegationError):
        Chain.parse(text)
