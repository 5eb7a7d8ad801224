"""The verdict: two answers kept apart, every hop's checks, and one reason with its place (design page §4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from legation.domain.delegation.credential import Hop
from legation.errors import AttenuationError, LegationError


class Step(IntEnum):
    """The steps of verification, in their order (design page §4)."""

    BOUNDS = 1
    PRESENTATION = 2
    PROOF = 3
    LINK = 4
    VALIDITY = 5
    ATTENUATION = 6
    STATUS = 7
    TRUST = 8
    REQUEST = 9


# what each hop is asked, by the step that asks it
HOP_CHECKS = {
    "proof": Step.PROOF,
    "link": Step.LINK,
    "validity": Step.VALIDITY,
    "attenuation": Step.ATTENUATION,
    "status": Step.STATUS,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code, the hop (0 = root, None = the whole), a JSON Pointer into it, and both sides of it."""

    code: str
    detail: str
    hop: int | None = None
    pointer: str | None = None
    allowed: object = None
    claimed: object = None
    fix: str = ""

    @classmethod
    def of(cls, error: LegationError, hop: int | None) -> Refusal:
        """Turn the error that ended a verification into its reason."""
        allowed, claimed = (error.allowed, error.claimed) if isinstance(error, AttenuationError) else (None, None)
        return cls(error.code, error.detail, hop, error.pointer, allowed, claimed, error.fix)

    def to_json(self) -> dict[str, object]:
        """Return it as the JSON of verdicts has it."""
        shown: dict[str, object] = {"code": self.code, "hop": self.hop, "pointer": self.pointer, "message": self.detail}
        if self.allowed is not None or self.claimed is not None:
            shown |= {"allowed": self.allowed, "claimed": self.claimed}
        if self.fix:
            shown["fix"] = self.fix
        return shown


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier found.

    ``verified``: the chain is what it says (steps 1 to 7). ``accepted``: this verifier lets it do this (steps 8, 9).
    ``hops`` are those that could be read; what they say is only to be relied on where ``verified`` is true.
    """

    verified: bool
    accepted: bool
    refusal: Refusal | None
    hops: Sequence[Hop | None] = ()
    holder: str | None = None
    # the step that refused, and whether status entries were checked or passed over
    failed: Step | None = None
    status_skipped: bool = False

    @property
    def principal(self) -> str | None:
        """For whom the chain acts, where it is verified."""
        return self.hops[0].principal if self.verified and self.hops and self.hops[0] else None

    @property
    def authorization_details(self) -> list[dict[str, object]]:
        """The leaf's authority as received, where the chain is verified; the caller's own, to change as it likes."""
        return self.hops[-1].copy_details() if self.verified and self.hops and self.hops[-1] else []

    @property
    def code(self) -> str | None:
        """The code of the refusal, or None."""
        return None if self.refusal is None else self.refusal.code

    def check(self, hop: int, name: str) -> str:
        """Return ``passed``, ``failed``, ``skipped`` or ``not_reached`` for one check of one hop."""
        step = HOP_CHECKS[name]
        if step is Step.STATUS and self.status_skipped and self.verified:
            return "skipped"
        if self.failed is None or step < self.failed:
            return "passed"
        if step > self.failed or self.refusal is None or self.refusal.hop is None or hop > self.refusal.hop:
            return "not_reached"
        return "failed" if hop == self.refusal.hop else "passed"

    def to_json(self) -> dict[str, object]:
        """Return ``{verified, accepted, principal, holder, authorizationDetails, hops, error}``."""
        return {
            "verified": self.verified,
            "accepted": self.accepted,
            "principal": self.principal,
            "holder": self.holder if self.verified else None,
            "authorizationDetails": self.authorization_details,
            "hops": [self._hop_json(index, hop) for index, hop in enumerate(self.hops)],
            "error": None if self.refusal is None else self.refusal.to_json(),
        }

    def _hop_json(self, index: int, hop: Hop | None) -> dict[str, object]:
        shown: dict[str, object] = {"hop": index}
        if hop is not None:
            document = hop.document
            shown |= {
                "id": hop.id,
                "issuer": hop.issuer,
                "subject": hop.subject,
                "validFrom": document["validFrom"],
                "validUntil": document["validUntil"],
                "maxDepth": hop.max_depth,
                # absent = each verifier counts for itself (design page §1)
                "usageLedger": hop.usage_ledger or "each verifier counts for itself",
            }
        shown["checks"] = {name: self.check(index, name) for name in HOP_CHECKS}
        return shown
