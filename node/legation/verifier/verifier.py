"""The verifier of one organisation: its anchors, its names, its bounds, and what it remembers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from legation.domain.chain import Chain
from legation.domain.material import Material
from legation.domain.submission import Submission, parse_submission
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Verdict
from legation.domain.verification import StatusPolicy
from legation.errors import LegationError
from legation.ports.resolver import VersionResolver
from legation.usecases.verification import (
    DEFAULT_MAX_AGE,
    DEFAULT_MAX_UNREVOCABLE,
    Policy,
    Question,
    Verification,
    refuse_unread,
)

if TYPE_CHECKING:
    from legation.ports.resolver import DIDResolver


class Verifier:
    """Judges chains and presentations for one verifier.

    ``trust`` are anchors, or DIDs that are trusted for everything. ``domain`` is the origin or DID that presentations
    must name; ``names`` are further names for the ``audience`` constraint. ``resolver`` fetches DID documents, which
    count while younger than ``max_age``; without one, only DIDs that say it all themselves and ``material`` serve.
    ``max_unrevocable`` is how long a credential without a revocation entry may live. Signatures found good are
    remembered by the digest of the exact bytes; nothing else is.
    """

    def __init__(
        self,
        *,
        trust: TrustAnchors | Iterable[str],
        domain: str | None = None,
        names: Iterable[str] = (),
        status: StatusPolicy = StatusPolicy.REQUIRE,
        resolver: DIDResolver | None = None,
        max_age: timedelta = DEFAULT_MAX_AGE,
        max_unrevocable: timedelta = DEFAULT_MAX_UNREVOCABLE,
    ):
        anchors = trust if isinstance(trust, TrustAnchors) else TrustAnchors.of(*trust)
        policy = Policy(anchors, domain, frozenset(names), status, max_age, max_unrevocable)
        # what was valid at an earlier moment, only some can tell
        versions = resolver if isinstance(resolver, VersionResolver) else None
        self._verification = Verification(policy, resolver=resolver, versions=versions)

    def verify_offline(
        self,
        received: bytes | str | Chain | Submission,
        *,
        challenge: str | None = None,
        holder: str | None = None,
        request: object = None,
        at: datetime | None = None,
        material: Material | None = None,
    ) -> Verdict:
        """Judge with what is at hand: asks nobody, whatever the chain names.

        ``challenge`` is the one that this verifier gave; ``holder`` the DID that proved itself by other means, for a
        bare chain; ``request`` JSON as the specification page has it; ``at`` an aware datetime, now by default.
        Returns a verdict for whatever bytes come; raises nothing for them.
        """
        try:
            submission = _read(received)
        except LegationError as error:
            return refuse_unread(error)
        question = Question(at=at or datetime.now(UTC), challenge=challenge, holder=holder, request=request)
        return self._verification.judge_offline(submission, question, material)

    async def verify(
        self,
        received: bytes | str | Chain | Submission,
        *,
        challenge: str | None = None,
        holder: str | None = None,
        request: object = None,
        at: datetime | None = None,
    ) -> Verdict:
        """Judge as :meth:`verify_offline`, resolving what the chain needs first, all at once, each within its deadline.

        For a root that is no anchor nothing is fetched: the verdict is ``untrusted_root``, both answers false.
        """
        try:
            submission = _read(received)
        except LegationError as error:
            return refuse_unread(error)
        question = Question(
            at=at or datetime.now(UTC), then=at is not None, challenge=challenge, holder=holder, request=request
        )
        return await self._verification.judge(submission, question)


def _read(received: bytes | str | Chain | Submission) -> Submission:
    if isinstance(received, Submission):
        return received
    return received.submission() if isinstance(received, Chain) else parse_submission(received)
