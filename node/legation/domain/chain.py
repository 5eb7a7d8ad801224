"""A chain as its holder keeps it: secured credentials, root first, exactly as they were signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from legation.domain.delegation.compact import compress
from legation.domain.delegation.credential import Hop
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.domain.submission import Submission, parse_submission
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Chain:
    """Hops, root first; safe to log and to pass on: it holds no secret and proves nobody's possession."""

    hops: tuple[SecuredCredential, ...]

    @classmethod
    def parse(cls, data: bytes | str) -> Chain:
        """Read a JSON array of hops, one hop, the compact form, or the hops of a presentation.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: it is none of these.
        """
        return cls(parse_submission(data).hops)

    def leaf(self) -> Hop:
        """Return the last hop, unverified. Raises MalformedError or UnknownTermError."""
        return read_hop(self.hops[-1]).hop

    @property
    def id(self) -> str:
        """The id of the last hop, under which a wallet keeps the chain."""
        return self.leaf().id

    def extended(self, hop: SecuredCredential) -> Chain:
        """Return this chain with one hop more."""
        return Chain((*self.hops, hop))

    def submission(self) -> Submission:
        """Return it as a verifier is handed a bare chain."""
        return Submission(self.hops, None, enclosing=1)

    def to_json(self) -> str:
        """Write it as a JSON array of objects and compact tokens, root first."""
        return json.dumps([hop.wire for hop in self.hops], ensure_ascii=False, separators=(",", ":"))

    def to_compact(self) -> str:
        """Write it in the compact form. Raises MalformedError where a hop is not a ``vc+jwt``."""
        if not all(isinstance(hop.wire, str) and "~" not in hop.wire for hop in self.hops):
            raise MalformedError("the compact form carries vc+jwt hops only")
        return compress(self.to_json())

    def __len__(self) -> int:
        return len(self.hops)

    def __iter__(self) -> Iterator[SecuredCredential]:
        return iter(self.hops)
