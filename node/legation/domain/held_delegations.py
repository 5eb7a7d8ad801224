"""Held delegations: a chain that a node keeps for its agents, with what lists and trees show of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from legation.domain.chain import Chain
from legation.domain.delegation.secured import ReadHop, read_hop
from legation.errors import MalformedError, TooLargeError
from legation.standards.strict_json import MAX_BYTES
from legation.standards.timestamps import SECOND, moment_of, nanoseconds

ID_RANDOM_BYTES = 10
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


class Role(Enum):
    """An agent's part in a delegation."""

    ISSUER = "issuer"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Party:
    """A party to a delegation; ``agent_id`` and ``owner`` are None for who is not an agent of this node."""

    did: str
    agent_id: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class HeldDelegation:
    """A chain under the id of its last hop, of which everything but ``chain`` describes that last hop.

    ``id`` is the node's (a UUID in its usual form); ``credential_id`` and ``digest`` are the hop's own; ``parent`` is
    the id of the held chain that it extends, if the node has that. ``chain`` is its JSON array, exactly as the hops
    were signed, root first; None in lists and trees. Whoever's agent issued or received it can reach it.
    """

    id: str
    credential_id: str
    digest: str
    parent: str | None
    hops: int
    issuer: Party
    subject: Party
    principal: str
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    chain: str | None = None


@dataclass(frozen=True, slots=True)
class DelegationTree:
    """A delegation without its chain, and what extends it; ``truncated`` says, at the top, that there is more."""

    delegation: HeldDelegation
    children: tuple[DelegationTree, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A chain that is to be held, read and written once, before it is known whose agents its parties are."""

    id: str
    leaf: ReadHop
    hops: int
    text: str
    at: datetime

    @classmethod
    def of(cls, chain: Chain, *, at: datetime, random: bytes) -> Draft:
        """Read the last hop of a chain and write the chain.

        Raises:
            MalformedError, UnknownTermError: the last hop cannot be read.
            TooLargeError: no verifier would read a chain of that size.
        """
        text = chain.to_json()
        # characters are at most as many as bytes
        if len(text) > MAX_BYTES or len(text.encode("utf-8")) > MAX_BYTES:
            raise TooLargeError(f"the chain is larger than {MAX_BYTES} bytes")
        return cls(build_delegation_id(at, random), read_hop(chain.hops[-1]), len(chain), text, at)

    def between(self, issuer: Party, subject: Party, *, parent: str | None = None) -> HeldDelegation:
        """Return it as it is held."""
        hop = self.leaf.hop
        return HeldDelegation(
            self.id,
            hop.id,
            self.leaf.digest,
            parent,
            self.hops,
            issuer,
            subject,
            hop.principal,
            moment_of(hop.valid_from),
            moment_of(hop.valid_until),
            self.at,
            self.text,
        )


def build_delegation_id(at: datetime, random: bytes) -> str:
    """Return a UUID of version 7 (RFC 9562 §5.7): by time, so that a store of millions appends instead of searching.

    Raises:
        MalformedError: other than 10 random bytes, a naive moment, or one before 1970.
    """
    milliseconds = nanoseconds(at) // (SECOND // 1000)
    if len(random) != ID_RANDOM_BYTES or not 0 <= milliseconds < 1 << 48:
        raise MalformedError(f"a delegation's id is a moment since 1970 and {ID_RANDOM_BYTES} random bytes")
    bits = milliseconds << 80 | int.from_bytes(random, "big")
    # the version, and the variant of RFC 9562
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=bits))


def is_delegation_id(text: object) -> bool:
    """Say whether a text can be the id of a held delegation."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None
