"""Judging with what must be fetched in between: what is asked of whom, and what becomes of no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from legation.crypto.signing import Signer
from legation.domain.delegation.issuance import Format
from legation.domain.material import Material
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError, ResolutionError, UnavailableError
from legation.ports.resolver import DIDResolver, Resolution, VersionRequest
from legation.standards.did.webvh.log import Log
from legation.usecases.heavy_work import HeavyWork
from legation.usecases.verification import Policy, Question, Verification, refuse_unread
from tests.support.clock import FakeClock
from tests.support.delegated import REQUEST, chain_of, hosted_document, hosted_signer
from tests.support.keys import Ed25519Key, signer_of
from tests.support.verifying import MemoryResolver
from tests.support.webvh import BEGAN, History, document

T = TypeVar("T")
CLOCK = FakeClock()
AT = CLOCK.now()
ACME = "did:web:acme.example"
GLOBEX = "did:web:globex.example"
WORKER = signer_of("worker")
CHAIN = chain_of(hosted_signer(ACME, "acme"), hosted_signer(GLOBEX, "globex"), WORKER, at=AT)
DOCUMENTS = {did: hosted_document(did, name) for did, name in ((ACME, "acme"), (GLOBEX, "globex"))}


class Failing:
    """A resolver that always fails in one way."""

    def __init__(self, error: LegationError) -> None:
        self.error = error

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        raise self.error


def judge(trust: str, resolver: DIDResolver | None) -> tuple[bool, bool, str | None]:
    verification = Verification(Policy(TrustAnchors.of(trust)), resolver=resolver)
    question = Question(at=AT, holder=WORKER.did, request=REQUEST)
    verdict = asyncio.run(verification.judge(CHAIN.submission(), question))
    return verdict.verified, verdict.accepted, verdict.code


def test_documents_of_every_hosted_issuer_are_fetched_and_the_chain_is_accepted() -> None:
    resolver = MemoryResolver(DOCUMENTS, CLOCK)
    assert judge(ACME, resolver) == (True, True, None)
    assert sorted(did for did, _ in resolver.asked) == [ACME, GLOBEX]


def test_policy_says_how_old_a_document_may_be() -> None:
    resolver = MemoryResolver(DOCUMENTS, CLOCK)
    policy = Policy(TrustAnchors.of(ACME), max_age=timedelta(seconds=7))
    asyncio.run(Verification(policy, resolver=resolver).judge(CHAIN.submission(), Question(at=AT)))
    assert {bound for _, bound in resolver.asked} == {timedelta(seconds=7)}


def test_nothing_is_fetched_for_a_root_that_is_no_anchor() -> None:
    resolver = MemoryResolver(DOCUMENTS, CLOCK)
    assert judge("did:web:other.example", resolver) == (False, False, "untrusted_root")
    assert resolver.asked == []


@pytest.mark.parametrize("error", [ResolutionError("gone"), UnavailableError("no answer")])
def test_document_that_cannot_be_had_refuses_the_chain(error: LegationError) -> None:
    assert judge(ACME, Failing(error)) == (False, False, "did_unresolvable")


def test_without_a_resolver_hosted_issuers_are_refused() -> None:
    assert judge(ACME, None) == (False, False, "did_unresolvable")


def test_offline_judgement_takes_documents_from_material_and_asks_nobody() -> None:
    resolver = MemoryResolver(DOCUMENTS, CLOCK)
    verification = Verification(Policy(TrustAnchors.of(ACME)), resolver=resolver)
    question = Question(at=AT, holder=WORKER.did)
    with_material = verification.judge_offline(CHAIN.submission(), question, Material({"didDocuments": DOCUMENTS}))
    without = verification.judge_offline(CHAIN.submission(), question)
    assert (with_material.accepted, without.code) == (True, "did_unresolvable")
    assert resolver.asked == []


def test_bare_chain_is_accepted_for_the_holder_that_proved_itself_and_for_no_other() -> None:
    verification = Verification(Policy(TrustAnchors.of(ACME)), resolver=MemoryResolver(DOCUMENTS, CLOCK))

    def answer(holder: str | None) -> tuple[bool, str | None]:
        verdict = asyncio.run(verification.judge(CHAIN.submission(), Question(at=AT, holder=holder)))
        return verdict.accepted, verdict.code

    assert answer(WORKER.did) == (True, None)
    assert answer(None) == (False, "presentation_invalid")
    assert answer(signer_of("thief").did) == (False, "holder_mismatch")


def test_what_cannot_be_read_has_a_verdict_with_both_answers_false() -> None:
    verdict = refuse_unread(LegationError("no", code="malformed"))
    assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, "malformed")


def test_anchors_that_are_asked_for_count_for_each_judgement() -> None:
    trusted = [TrustAnchors.of(ACME), TrustAnchors()]

    async def tell() -> TrustAnchors:
        return trusted.pop()

    resolver = MemoryResolver(DOCUMENTS, CLOCK)
    # what the policy names does not count beside them
    verification = Verification(Policy(TrustAnchors.of(ACME)), resolver=resolver, trust=tell)

    async def run() -> list[str | None]:
        question = Question(at=AT, holder=WORKER.did)
        return [(await verification.judge(CHAIN.submission(), question)).code for _ in range(2)]

    assert asyncio.run(run()) == ["untrusted_root", None]


def test_anchors_that_cannot_be_told_are_no_anchors() -> None:
    async def tell() -> TrustAnchors:
        raise UnavailableError("down")

    verification = Verification(Policy(TrustAnchors.of(ACME)), resolver=MemoryResolver(DOCUMENTS, CLOCK), trust=tell)
    with pytest.raises(UnavailableError):
        asyncio.run(verification.judge(CHAIN.submission(), Question(at=AT, holder=WORKER.did)))


class Histories(MemoryResolver):
    """A resolver of one did:webvh that also knows how its document stood."""

    def __init__(self, log: Log) -> None:
        super().__init__({log.did: dict(log.latest.state)}, CLOCK)
        self.log = log

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        found = self.log.find(version_time=version.time)
        return Resolution(self.log.checked(found), dict(found.state), CLOCK.now())


@pytest.mark.parametrize(("then", "code"), [(True, None), (False, "method_not_authorized")])
def test_did_with_a_history_counts_as_it_stood_where_an_earlier_moment_is_asked_for(
    then: bool, code: str | None
) -> None:
    history = History.begin()
    root = Signer(history.did, f"{history.did}#one", Ed25519Key("one"))
    chain = chain_of(root, WORKER, at=BEGAN + timedelta(hours=1))
    history.extend(state=document(history.did, "two"))
    resolver = Histories(history.read())
    verification = Verification(Policy(TrustAnchors.of(history.did)), resolver=resolver, versions=resolver)
    asked = Question(at=BEGAN + timedelta(hours=1), then=then, holder=WORKER.did)
    verdict = asyncio.run(verification.judge(chain.submission(), asked))
    assert (verdict.accepted, verdict.code) == (then, code)


def test_did_that_was_not_there_yet_is_unresolvable() -> None:
    history = History.begin()
    root = Signer(history.did, f"{history.did}#one", Ed25519Key("one"))
    resolver = Histories(history.read())
    verification = Verification(Policy(TrustAnchors.of(history.did)), resolver=resolver, versions=resolver)
    for at, code in ((BEGAN - timedelta(hours=1), "did_unresolvable"), (BEGAN + timedelta(hours=1), None)):
        chain = chain_of(root, WORKER, at=at)
        verdict = asyncio.run(verification.judge(chain.submission(), Question(at=at, then=True, holder=WORKER.did)))
        assert verdict.code == code


class Counting(HeavyWork):
    """Heavy work that counts what it is given."""

    given = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.given += 1
        return await super().run(work)


@pytest.mark.parametrize(("form", "given"), [(Format.EDDSA_RDFC_2022, 1), (Format.DATA_INTEGRITY, 0), (Format.JWT, 0)])
def test_what_takes_the_canonical_form_of_a_graph_is_judged_off_the_loop(form: Format, given: int) -> None:
    heavy = Counting()
    verification = Verification(Policy(TrustAnchors.of(signer_of("acme").did)), heavy=heavy)
    chain = chain_of(signer_of("acme"), signer_of("globex"), WORKER, at=AT, form=form)
    question = Question(at=AT, holder=WORKER.did, request=REQUEST)
    assert asyncio.run(verification.judge(chain.submission(), question)).accepted
    assert heavy.given == given
    # what is known to be good needs no canonical form again
    assert asyncio.run(verification.judge(chain.submission(), question)).accepted
    assert heavy.given == given
