"""The verifier of one organisation: its anchors, its names, its bounds, and what it remembers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from legation.domain.delegation.chain import Chain
from legation.domain.delegation.signatures import SignatureCache
from legation.domain.material import Material
from legation.domain.reading import needed_material, read_submission_hops
from legation.domain.submission import Submission, parse_submission
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Refusal, Step, Verdict
from legation.domain.verification import Documents, Expectation, StatusPolicy, judge
from legation.errors import LegationError, ResolutionError, UnavailableError

if TYPE_CHECKING:
    from legation.ports.resolver import DIDResolver
    from legation.standards.did.document import DIDDocument

DEFAULT_MAX_AGE = timedelta(minutes=5)
DEFAULT_MAX_UNREVOCABLE = timedelta(hours=1)


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
        self._trust = trust if isinstance(trust, TrustAnchors) else TrustAnchors.of(*trust)
        self._domain, self._names = domain, frozenset(names)
        self._status, self._max_unrevocable = status, max_unrevocable
        self._resolver, self._max_age = resolver, max_age
        self._cache = SignatureCache()

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
            return _unreadable(error)
        reading = read_submission_hops(submission, self._cache)
        documents = {} if material is None else material.documents(needed_material(reading).dids)
        return judge(reading, documents, self._expect(challenge, holder, request, at), self._cache)

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
            return _unreadable(error)
        reading = read_submission_hops(submission, self._cache)
        needs = needed_material(reading)
        if needs.dids and reading.root_issuer() not in self._trust:
            return _unfetched()
        documents = await self._resolve_all(needs.dids)
        return judge(reading, documents, self._expect(challenge, holder, request, at), self._cache)

    async def _resolve_all(self, dids: Iterable[str]) -> Documents:
        if self._resolver is None:
            return {}
        names = list(dids)
        found = await asyncio.gather(*(self._resolve(self._resolver, did) for did in names))
        return dict(zip(names, found, strict=True))

    async def _resolve(self, resolver: DIDResolver, did: str) -> DIDDocument | ResolutionError:
        try:
            return (await resolver.resolve(did, max_age=self._max_age)).document
        except ResolutionError as error:
            return error
        except UnavailableError as error:
            return ResolutionError(error.detail, fix=error.fix)

    def _expect(self, challenge: str | None, holder: str | None, request: object, at: datetime | None) -> Expectation:
        return Expectation(
            self._trust,
            at or datetime.now(UTC),
            challenge,
            self._domain,
            holder,
            self._names,
            request,
            self._status,
            self._max_unrevocable,
        )


def _read(received: bytes | str | Chain | Submission) -> Submission:
    if isinstance(received, Submission):
        return received
    return received.submission() if isinstance(received, Chain) else parse_submission(received)


def _unreadable(error: LegationError) -> Verdict:
    return Verdict(False, False, Refusal.of(error, None), failed=Step.BOUNDS)


def _unfetched() -> Verdict:
    refusal = Refusal(
        "untrusted_root",
        "the root's issuer is no trust anchor, so nothing was fetched for it",
        hop=0,
        fix="Name it as an anchor if it may grant this.",
    )
    return Verdict(False, False, refusal, failed=Step.BOUNDS)
