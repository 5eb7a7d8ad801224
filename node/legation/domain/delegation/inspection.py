"""What a chain shows by itself, before anyone is asked: form, links, attenuation, and what DIDs sign for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from legation.domain.delegation.attenuation import check_attenuation
from legation.domain.delegation.links import MAX_HOPS, check_link, check_no_loop, check_root
from legation.domain.delegation.secured import ReadHop, Seal, SecuredCredential, read_hop
from legation.errors import LegationError, MalformedError, ProofError, TooLargeError
from legation.standards.did.methods import resolve_offline
from legation.standards.strict_json import MAX_NESTING, check_nesting


def check_chain(hops: Sequence[SecuredCredential]) -> None:
    """Check a chain, root first, as far as that takes nothing but the chain (design page §4, steps 1, 3, 4 and 6).

    A signature by a DID whose document is hosted is left to the verifier that fetches it; so are time, status and
    trust. Passing proves nothing to anybody else: a wallet thus keeps out what no verifier would take.

    Raises:
        TooLargeError, MalformedError, UnknownTermError: it is not a chain.
        ProofError: a signature does not hold.
        LegationError: ``method_not_authorized``, ``link_broken``; AttenuationError as for each child.
        ResolutionError: an issuer's DID is of an unknown method, or its method refuses it.
    """
    if not 1 <= len(hops) <= MAX_HOPS:
        raise TooLargeError(f"a chain has more than {MAX_HOPS} hops") if hops else MalformedError("the chain is empty")
    reads = [_read(secured) for secured in hops]
    check_no_loop([read.hop for read in reads])
    for read in reads:
        for seal in read.seals:
            _check_seal(seal, read.hop.issuer)
    check_root(reads[0].hop)
    for parent, child in pairwise(reads):
        check_link(parent, child)
        check_attenuation(parent.hop, child.hop)


def _read(secured: SecuredCredential) -> ReadHop:
    # two levels of a presentation enclose a hop
    check_nesting(secured.wire, MAX_NESTING - 2)
    return read_hop(secured)


def _check_seal(seal: Seal, issuer: str) -> None:
    if seal.did != issuer:
        raise LegationError("the verification method belongs to somebody else", code="method_not_authorized")
    document = resolve_offline(issuer)
    if document is None:
        return
    method = document.find_method(seal.method, seal.purpose)
    if method is None:
        raise LegationError("the issuer's DID lists no such verification method", code="method_not_authorized")
    if method.key is None:
        raise ProofError("the verification method's key is not one that this version may use")
    seal.verify(method.key)
