"""Verification (design page §4): which public material a chain needs, and the verdict once it is there.

The steps, in this order, each from the root on, the first failure ending it:
1 bounds · 2 presentation · 3 shape, proof, method · 4 link · 5 validity · 6 principal, depth, attenuation · 7 status ·
8 trust · 9 request.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from legation.crypto.keys import PublicKey
from legation.domain.authorization import check_request, check_without_request
from legation.domain.delegation.attenuation import check_attenuation
from legation.domain.delegation.constraints.audience import parse_verifier_name
from legation.domain.delegation.credential import Hop
from legation.domain.delegation.links import check_link, check_no_loop, check_root
from legation.domain.delegation.request import Circumstances, Request, parse_request
from legation.domain.delegation.secured import ProofSeal, ReadHop, Seal
from legation.domain.delegation.signatures import SignatureCache, SignedHop
from legation.domain.methods import Documents, find_method, unauthorized
from legation.domain.presentation import check_freshness, invalid
from legation.domain.reading import Reading, read_submission_hops
from legation.domain.submission import Submission
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Refusal, Step, Verdict
from legation.errors import LegationError, MalformedError, ProofError
from legation.standards.did.document import VerificationMethod
from legation.standards.timestamps import nanoseconds


class StatusPolicy(Enum):
    """What becomes of status entries: ``REQUIRE`` refuses one that cannot be checked, the other passes it over."""

    REQUIRE = "require"
    DANGEROUSLY_SKIP = "dangerously-skip"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one verifier expects of one submission.

    ``challenge`` and ``domain`` are those it gave the presenter. ``holder`` is the DID that proved itself by other
    means (DPoP, mTLS), for a bare chain. ``names`` are further names of the verifier, beside ``domain``. ``request`` is
    JSON as the design page has it, or None. ``max_unrevocable`` is how long a credential without a revocation entry
    may live.
    """

    trust: TrustAnchors
    at: datetime
    challenge: str | None = None
    domain: str | None = None
    holder: str | None = None
    names: frozenset[str] = frozenset()
    request: object = None
    status: StatusPolicy = StatusPolicy.REQUIRE
    max_unrevocable: timedelta = timedelta(hours=1)


def judge(
    submission: Submission | Reading,
    documents: Documents,
    expectation: Expectation,
    cache: SignatureCache | None = None,
) -> Verdict:
    """Judge a submission with the DID documents valid at ``expectation.at``; never raises for what a submission holds.

    Who needed a reading to learn which material to fetch passes the reading on.

    Whoever holds a verdict with ``accepted`` true knows that every step passed. Without a request, ``accepted`` answers
    step 8 alone. A bare chain without ``expectation.holder`` is never accepted.
    """
    reading = submission if isinstance(submission, Reading) else read_submission_hops(submission, cache)
    judgement = _Judgement(reading, documents, expectation, cache, reading.hops())
    try:
        judgement.run()
    except LegationError as error:
        return judgement.verdict(error)
    return judgement.verdict(None)


@dataclass(slots=True)
class _Judgement:
    reading: Reading
    documents: Documents
    expectation: Expectation
    cache: SignatureCache | None
    hops: list[Hop | None]
    step: Step = Step.BOUNDS
    at_hop: int | None = None
    holder: str | None = None
    proven: list[tuple[bytes, SignedHop]] = field(default_factory=list)

    def run(self) -> None:
        if self.reading.too_deep is not None:
            raise self.reading.too_deep
        check_no_loop([hop for hop in self.hops if hop is not None])
        at = nanoseconds(self.expectation.at)
        if self.reading.presentation is not None:
            self.step = Step.PRESENTATION
            self._check_presentation(at)
        self.step = Step.PROOF
        reads = self._check_proofs()
        self.step = Step.LINK
        self._check_links(reads)
        self.step = Step.VALIDITY
        self._check_validity(reads, at)
        self.step = Step.ATTENUATION
        for index in range(1, len(reads)):
            self.at_hop = index
            check_attenuation(reads[index - 1].hop, reads[index].hop)
        self.step = Step.STATUS
        self._check_status(reads)
        self.step, self.at_hop = Step.TRUST, None
        self._remember(reads)
        self._check_acceptance([read.hop for read in reads])

    def verdict(self, error: LegationError | None) -> Verdict:
        """Return the verdict on what was reached."""
        verified = error is None or self.step >= Step.TRUST
        return Verdict(
            verified,
            error is None,
            None if error is None else Refusal.of(error, self.at_hop),
            tuple(self.hops),
            self.holder,
            None if error is None else self.step,
            self.expectation.status is StatusPolicy.DANGEROUSLY_SKIP,
        )

    def _check_presentation(self, at: int) -> None:
        """Step 2: proof, purpose, challenge, domain, freshness, holder = leaf subject."""
        presentation, expected = self.reading.presentation, self.expectation
        if presentation is None:
            return
        seal = presentation.seal
        if isinstance(seal, ProofSeal):
            # hops of which every member was seen hold no number that the cheap canonicaliser could misspell
            seal = replace(seal, plain=all(hop is not None and hop.plain for hop in self.hops))
        try:
            self._check_seal(seal, presentation.holder)
        except ProofError as error:
            raise invalid("the presentation's proof does not hold") from error
        if expected.challenge is None or presentation.challenge != expected.challenge:
            raise LegationError("the presentation answers another challenge", code="challenge_mismatch")
        if expected.domain is None or presentation.domain != expected.domain:
            raise LegationError("the presentation is meant for another verifier", code="domain_mismatch")
        check_freshness(presentation, at)
        leaf = self.hops[-1]
        if leaf is not None and leaf.subject != presentation.holder:
            raise LegationError("the holder is not the subject of the last hop", code="holder_mismatch")
        self.holder = presentation.holder

    def _check_proofs(self) -> list[ReadHop]:
        """Step 3: shape, then every proof, by a method of the issuer that serves the purpose."""
        reads = []
        reading = self.reading
        for index, read in enumerate(reading.reads):
            self.at_hop = index
            if isinstance(read, LegationError):
                raise read
            known = reading.known[index]
            if known is None:
                keys = tuple([self._check_seal(seal, read.hop.issuer) for seal in read.seals])
                self.proven.append((reading.digests[index], SignedHop(read, keys)))
            else:
                for seal, key in zip(read.seals, known.keys, strict=True):
                    if self._find_method(seal, read.hop.issuer).key != key:
                        self._check_seal(seal, read.hop.issuer)
            reads.append(read)
        return reads

    def _check_seal(self, seal: Seal, party: str) -> PublicKey:
        key = self._find_method(seal, party).key
        if key is None:
            raise ProofError("the verification method's key is not one that this version may use")
        seal.verify(key)
        return key

    def _find_method(self, seal: Seal, party: str) -> VerificationMethod:
        """Return the method of a seal if it is the party's, listed under the purpose, and serves what is dated then."""
        if seal.did != party:
            raise unauthorized("the verification method belongs to somebody else")
        return find_method(self.documents, party, seal.method, purpose=seal.purpose, dated=seal.dated)

    def _check_links(self, reads: Sequence[ReadHop]) -> None:
        self.at_hop = 0
        check_root(reads[0].hop)
        for index in range(1, len(reads)):
            self.at_hop = index
            check_link(reads[index - 1], reads[index])

    def _check_validity(self, reads: Sequence[ReadHop], at: int) -> None:
        """Step 5: ``validFrom ≤ at < validUntil`` and proofs' ``expires``, without tolerance."""
        for index, read in enumerate(reads):
            hop = read.hop
            self.at_hop = index
            if at < hop.valid_from:
                raise LegationError("the hop is not valid yet", code="not_yet_valid", pointer="/validFrom")
            if at >= hop.valid_until:
                raise LegationError("the hop has expired", code="expired", pointer="/validUntil")
            for seal in read.seals:
                if seal.expires is not None and at >= seal.expires:
                    raise LegationError("a proof of the hop has expired", code="expired", pointer="/proof/expires")

    def _check_status(self, reads: Sequence[ReadHop]) -> None:
        """Step 7: an entry that cannot be checked refuses; one must be there if the credential lives long."""
        expected = self.expectation
        limit = expected.max_unrevocable // timedelta(microseconds=1) * 1000
        for index, read in enumerate(reads):
            hop = read.hop
            self.at_hop = index
            if hop.valid_until - hop.valid_from > limit and not any(map(_revokes, hop.status)):
                raise LegationError(
                    "the hop lives longer than a credential that cannot be revoked may",
                    code="status_missing",
                    pointer="/credentialStatus",
                    fix="Issue it for a shorter time, or with a revocation entry.",
                )
            if hop.status and expected.status is StatusPolicy.REQUIRE:
                raise LegationError(
                    "this version cannot check the hop's status entry, and unknown means no",
                    code="status_unknown",
                    pointer="/credentialStatus",
                )

    def _remember(self, reads: Sequence[ReadHop]) -> None:
        """Keep good signatures under anchors of ours only, so that strangers cannot crowd out what is in use."""
        if self.cache is not None and reads[0].hop.issuer in self.expectation.trust:
            for digest, signed in self.proven:
                self.cache.add(digest, signed)

    def _check_acceptance(self, hops: list[Hop]) -> None:
        """Steps 8 and 9."""
        expected = self.expectation
        if self.reading.presentation is None:
            if expected.holder is None:
                raise invalid("a bare chain proves nobody's possession")
            if expected.holder != hops[-1].subject:
                raise LegationError("the holder is not the subject of the last hop", code="holder_mismatch")
            self.holder = expected.holder
        circumstances = Circumstances(expected.at, _own_names(expected))
        if expected.request is None:
            check_without_request(hops, expected.trust, circumstances)
            return
        request = _read_request(expected.request)
        check_request(hops, request, expected.trust, circumstances, self._begin_request)

    def _begin_request(self) -> None:
        self.step = Step.REQUEST


def _read_request(value: object) -> Request:
    try:
        return value if isinstance(value, Request) else parse_request(value)
    except MalformedError as error:
        raise LegationError(
            f"the request cannot be covered: {error.detail}", code="request_not_covered", pointer=error.pointer
        ) from error


def _own_names(expected: Expectation) -> frozenset[str]:
    names = set()
    for name in (*expected.names, *([expected.domain] if expected.domain else [])):
        try:
            names.add(parse_verifier_name(name))
        except MalformedError:
            names.add(name)
    return frozenset(names)


def _revokes(entry: Mapping[str, object]) -> bool:
    return entry.get("type") == "BitstringStatusListEntry" and entry.get("statusPurpose") == "revocation"
