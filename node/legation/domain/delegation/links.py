"""How hops hang together: no loop, each issued by the one above, each naming it by id and digest (design page §2)."""

from __future__ import annotations

from collections.abc import Sequence

from legation.domain.delegation.credential import DELEGATION, Hop
from legation.domain.delegation.secured import ReadHop
from legation.errors import LegationError, MalformedError

MAX_HOPS = 16


def check_no_loop(hops: Sequence[Hop]) -> None:
    """Refuse a chain in which an identifier or a party comes twice. Raises MalformedError."""
    if len({hop.id for hop in hops}) != len(hops):
        raise MalformedError("two hops have the same id", pointer="/id")
    if not hops:
        return
    parties = {hop.subject for hop in hops} | {hops[0].issuer}
    if len(parties) != len(hops) + 1:
        raise MalformedError("a party stands in the chain twice", pointer="/credentialSubject/id")


def check_link(parent: ReadHop, child: ReadHop) -> None:
    """Check that a child was issued by its parent's subject and names its parent. Raises LegationError link_broken."""
    above, below = parent.hop, child.hop
    if below.issuer != above.subject:
        raise _broken("the issuer is not the subject of the hop above", "/issuer")
    named = below.parent
    if named is None:
        raise _broken("the hop names no parent", DELEGATION)
    if named.id != above.id:
        raise _broken("the hop names another parent", DELEGATION + "/parent/id")
    if named.digest != parent.digest:
        raise _broken("the hop's digest is not that of the hop above", DELEGATION + "/parent/digestMultibase")


def check_root(root: Hop) -> None:
    """Check that the first hop is a root. Raises LegationError link_broken."""
    if root.parent is not None:
        raise _broken("the first hop names a parent that is not here", DELEGATION + "/parent")


def _broken(detail: str, pointer: str) -> LegationError:
    return LegationError(
        detail, code="link_broken", pointer=pointer, fix="Send the whole chain, root first, as it was signed."
    )
