"""Which proofs follow which."""

from __future__ import annotations

from itertools import permutations

import pytest

from legation.errors import ProofError
from legation.standards.data_integrity.proof_chains import check_acyclic, previous_proofs
from legation.standards.data_integrity.proofs import Proof


def proof(name: str | None, *previous: str) -> Proof:
    return Proof({"id": name}, "", None, "", "", "", None, None, None, (), previous, name, "")


CHAIN = [proof("a"), proof("b", "a"), proof("c", "a", "b"), proof(None), proof("d", "c")]


def test_previous_proofs_come_in_the_order_of_the_document() -> None:
    assert previous_proofs(("b", "a"), CHAIN) == [{"id": "a"}, {"id": "b"}]
    assert previous_proofs((), CHAIN) == []
    for missing in (("x",), ("a", "x"), ("None",)):
        with pytest.raises(ProofError):
            previous_proofs(missing, CHAIN)


def test_chain_in_any_order_is_no_circle() -> None:
    for order in permutations(CHAIN):
        check_acyclic(order)


@pytest.mark.parametrize(
    "circle",
    [
        [proof("a", "a")],
        [proof("a", "b"), proof("b", "a")],
        [proof("a"), proof("b", "a", "d"), proof("c", "b"), proof("d", "c"), proof(None, "d")],
    ],
)
def test_circle_is_refused(circle: list[Proof]) -> None:
    with pytest.raises(ProofError):
        check_acyclic(circle)
