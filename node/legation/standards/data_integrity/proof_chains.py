"""Proof chains (VC Data Integrity 1.0 §2.1.2): which proofs another one signs along with the document."""

from __future__ import annotations

from collections.abc import Sequence

from legation.errors import ProofError
from legation.standards.data_integrity.proofs import Proof


def previous_proofs(names: Sequence[str], proofs: Sequence[Proof]) -> list[object]:
    """Return the proofs that ``previousProof`` names, as they stand in the document and in its order (§4.3, §4.5).

    Raises:
        ProofError: one of them is not there.
    """
    found = [proof.raw for proof in proofs if proof.id is not None and proof.id in names]
    if len(found) != len(names):
        raise ProofError("previousProof names a proof that the document does not have")
    return list(found)


def check_acyclic(proofs: Sequence[Proof]) -> None:
    """Refuse proofs that follow each other in a circle: none was made first. Raises ProofError."""
    open_ = list(proofs)
    while open_:
        names = {proof.id for proof in open_}
        left = [proof for proof in open_ if not names.isdisjoint(proof.previous)]
        if len(left) == len(open_):
            raise ProofError("the proofs follow each other in a circle")
        open_ = left
