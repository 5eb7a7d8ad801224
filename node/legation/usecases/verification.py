"""Judging what others send, for one verifier: fetching the public material that it names, then asking the domain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from legation.domain.delegation.signatures import SignatureCache
from legation.domain.material import Material
from legation.domain.methods import Documents
from legation.domain.reading import Reading, needed_material, read_submission_hops
from legation.domain.submission import Submission
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Refusal, Step, Verdict
from legation.domain.verification import Expectation, StatusPolicy, judge
from legation.errors import LegationError, ResolutionError, UnavailableError
from legation.ports.resolver import VersionRequest
from legation.standards.timestamps import nanoseconds

if TYPE_CHECKING:
    from legation.ports.resolver import DIDResolver, VersionResolver
    from legation.standards.did.document import DIDDocument
    from legation.usecases.heavy_work import HeavyWork

TrustSource = Callable[[], Awaitable[TrustAnchors]]
# methods of which a document is known as it stood
_LOGGED = "did:webvh:"
DEFAULT_MAX_AGE = timedelta(minutes=5)
DEFAULT_MAX_UNREVOCABLE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Policy:
    """What one verifier holds to, whoever asks.

    ``domain`` is the origin or DID that presentations name, ``names`` what else the verifier goes by. DID documents
    count while younger than ``max_age``; ``max_unrevocable`` is how long a credential without a revocation entry may
    live.
    """

    trust: TrustAnchors
    domain: str | None = None
    names: frozenset[str] = frozenset()
    status: StatusPolicy = StatusPolicy.REQUIRE
    max_age: timedelta = DEFAULT_MAX_AGE
    max_unrevocable: timedelta = DEFAULT_MAX_UNREVOCABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about one submission: as of when, and what its presenter was given or wants.

    ``challenge`` is the one that the verifier gave, ``domain`` the name that it gave with it (the policy's by
    default), ``holder`` the DID that proved itself by other means, for a bare chain, ``request`` JSON as the design
    page has it. ``then`` says that ``at`` is not now: DIDs with a history count as they stood.
    """

    at: datetime
    then: bool = False
    challenge: str | None = None
    domain: str | None = None
    holder: str | None = None
    request: object = None


class Verification:
    """Judges submissions under one policy.

    ``resolver`` fetches DID documents; without one, only DIDs that say it all themselves serve. ``trust`` is asked for
    the anchors of each judgement that may fetch; without it, and offline, the policy's count. Signatures found good are
    remembered by the digest of the exact bytes; nothing else is. ``versions`` finds how documents stood at an earlier
    moment; ``heavy`` takes what would hold up the loop, by default any thread.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        resolver: DIDResolver | None = None,
        versions: VersionResolver | None = None,
        trust: TrustSource | None = None,
        heavy: HeavyWork | None = None,
    ):
        self._policy = policy
        self._resolver = resolver
        self._versions = versions
        self._heavy = heavy
        self._trust = trust
        self._cache = SignatureCache()

    def judge_offline(self, submission: Submission, question: Question, material: Material | None = None) -> Verdict:
        """Judge with what is at hand: asks nobody, whatever the chain names. Raises nothing for what it holds."""
        reading = read_submission_hops(submission, self._cache)
        documents = {} if material is None else material.documents(needed_material(reading).dids)
        return judge(reading, documents, self._expect(question, self._policy.trust), self._cache)

    async def judge(self, submission: Submission, question: Question) -> Verdict:
        """Judge after resolving what the chain needs, all at once. Raises nothing for what it holds.

        For a root that is no anchor nothing is fetched: the verdict is ``untrusted_root``, both answers false. What
        tells the anchors, and what takes heavy work, may raise UnavailableError.
        """
        trust = self._policy.trust if self._trust is None else await self._trust()
        reading = read_submission_hops(submission, self._cache)
        needs = needed_material(reading)
        if needs.dids and reading.root_issuer() not in trust:
            return _unfetched(reading)
        documents = await self._resolve_all(needs.dids, question) if needs.dids else {}
        expectation = self._expect(question, trust)
        if reading.is_heavy():
            run = asyncio.to_thread if self._heavy is None else self._heavy.run
            return await run(lambda: judge(reading, documents, expectation, self._cache))
        return judge(reading, documents, expectation, self._cache)

    async def _resolve_all(self, dids: Iterable[str], question: Question) -> Documents:
        if self._resolver is None:
            return {}
        names = list(dids)
        found = await asyncio.gather(*(self._resolve(self._resolver, did, question) for did in names))
        return dict(zip(names, found, strict=True))

    async def _resolve(self, resolver: DIDResolver, did: str, question: Question) -> DIDDocument | ResolutionError:
        try:
            if question.then and self._versions is not None and did.startswith(_LOGGED):
                then = VersionRequest(time=nanoseconds(question.at))
                found = await self._versions.resolve_version(did, then, max_age=self._policy.max_age)
                return found.document
            return (await resolver.resolve(did, max_age=self._policy.max_age)).document
        except ResolutionError as error:
            # whether it was not there then, or is not there now, a verdict has one code for
            return ResolutionError(error.detail, fix=error.fix)
        except UnavailableError as error:
            return ResolutionError(error.detail, fix=error.fix)

    def _expect(self, question: Question, trust: TrustAnchors) -> Expectation:
        policy = self._policy
        return Expectation(
            trust=trust,
            at=question.at,
            challenge=question.challenge,
            domain=question.domain or policy.domain,
            holder=question.holder,
            names=policy.names,
            request=question.request,
            status=policy.status,
            max_unrevocable=policy.max_unrevocable,
        )


def refuse_unread(error: LegationError) -> Verdict:
    """Return the verdict on bytes that are no submission."""
    return Verdict(False, False, Refusal.of(error, None), failed=Step.BOUNDS)


def _unfetched(reading: Reading) -> Verdict:
    root = reading.reads[0]
    if reading.too_deep is not None:
        return refuse_unread(reading.too_deep)
    if isinstance(root, LegationError):
        # whose it is cannot be read, so that it is nobody's
        return Verdict(False, False, Refusal.of(root, 0), failed=Step.BOUNDS)
    refusal = Refusal(
        "untrusted_root",
        "the root's issuer is no trust anchor, so nothing was fetched for it",
        hop=0,
        fix="Name it as an anchor if it may grant this.",
    )
    return Verdict(False, False, refusal, failed=Step.BOUNDS)
