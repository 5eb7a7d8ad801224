"""From a command line to a verdict on a file, fetching DID documents only where the chain needs some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from legation.cli.exit_codes import Exit, exit_of_verdict
from legation.cli.explain import Question, build_explanation, build_summary
from legation.cli.failures import UsageError
from legation.cli.inputs import (
    faulty_file,
    read_bounded,
    read_did,
    read_json_argument,
    read_json_file,
    read_moment,
)
from legation.cli.terminal import print_json, print_tree
from legation.domain.material import Material
from legation.domain.reading import needed_material, read_submission_hops
from legation.domain.submission import Submission, parse_submission
from legation.domain.trust import TrustAnchors, parse_trust_anchors
from legation.domain.verdict import Refusal, Step, Verdict
from legation.domain.verification import Expectation, StatusPolicy, judge
from legation.errors import LegationError, MalformedError, UnknownTermError

_MAX_SECONDS = 10**9


@dataclass(frozen=True, slots=True)
class Egress:
    """How documents of other hosts may be fetched."""

    dangerously_allow_loopback: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a command line asks for, as it says it; ``egress`` None = nothing is fetched."""

    file: str
    trust: Sequence[str]
    challenge: str | None
    domain: str | None
    holder: str | None
    request: str | None
    at: str | None
    material: str | None
    names: Sequence[str]
    status: str
    max_unrevocable: int
    egress: Egress | None


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the question that it answers."""

    verdict: Verdict
    question: Question


def judge_file(order: Order) -> Judged:
    """Judge the file of an order; whatever bytes it holds, there is a verdict.

    Raises:
        UsageError: the command line does not say what to do.
        LegationError: ``file_unusable`` for a file of the operator's own, ``settings_invalid`` for certificates.
    """
    expectation = _read_expectation(order)
    material = None if order.material is None else _read_material(order.material)
    data = read_bounded(order.file)
    names = [*order.names, *([] if order.domain is None else [order.domain])]
    try:
        submission = parse_submission(data)
    except LegationError as error:
        unreadable = Verdict(False, False, Refusal.of(error, None), failed=Step.BOUNDS)
        return Judged(unreadable, Question(False, expectation.at))
    presented = submission.presentation is not None
    if presented and (order.challenge is None or order.domain is None):
        raise UsageError(
            "the file holds a presentation, so --challenge and --domain are needed",
            fix="Give both as you gave them to the holder.",
        )
    verdict = _judge(submission, expectation, material, order)
    return Judged(verdict, Question(presented, expectation.at, names, expectation.request))


def show(judged: Judged, output: str, *, in_full: bool) -> Exit:
    """Write a verdict to standard output, and return what the process exits with."""
    verdict = judged.verdict
    if output == "json":
        print_json(verdict.to_json())
    elif in_full:
        print_tree(build_explanation(verdict, judged.question))
    else:
        print_tree(build_summary(verdict))
    return exit_of_verdict(verdict)


def _read_expectation(order: Order) -> Expectation:
    if order.holder is not None and order.challenge is not None:
        raise UsageError("--holder is for a bare chain, --challenge for a presentation; give one of them")
    if order.challenge is not None and order.domain is None:
        raise UsageError("--challenge needs --domain", fix="Give both as you gave them to the holder.")
    if not 0 <= order.max_unrevocable <= _MAX_SECONDS:
        raise UsageError(f"--max-unrevocable is not a number of seconds from 0 to {_MAX_SECONDS}")
    request = None
    if order.request is not None:
        request = read_json_argument(order.request, "--request")
        # null is a request, which nothing covers; None would be no request at all
        request = [] if request is None else request
    return Expectation(
        trust=_read_trust(order.trust),
        at=datetime.now(UTC) if order.at is None else read_moment(order.at, "--at"),
        challenge=order.challenge,
        domain=order.domain,
        holder=None if order.holder is None else read_did(order.holder, "--holder"),
        names=frozenset(order.names),
        request=request,
        status=StatusPolicy(order.status),
        max_unrevocable=timedelta(seconds=order.max_unrevocable),
    )


def _read_trust(values: Sequence[str]) -> TrustAnchors:
    trust = TrustAnchors()
    for value in values:
        if value.startswith("@"):
            anchors = read_json_file(value, "the file of trust anchors")
            try:
                trust |= parse_trust_anchors(anchors)
            except (MalformedError, UnknownTermError) as error:
                raise faulty_file(value, "the file of trust anchors", error) from error
        else:
            trust |= TrustAnchors.of(read_did(value, "--trust"))
    return trust


def _read_material(name: str) -> Material:
    value = read_json_file(name, "the material")
    try:
        return Material(value)
    except (MalformedError, UnknownTermError) as error:
        raise faulty_file(name, "the material", error) from error


def _judge(submission: Submission, expectation: Expectation, material: Material | None, order: Order) -> Verdict:
    reading = read_submission_hops(submission)
    dids = needed_material(reading).dids
    if material is not None:
        return judge(reading, material.documents(dids), expectation)
    if order.egress is None or not dids:
        return judge(reading, {}, expectation)
    # only a chain with hosted DIDs pays for what it takes to fetch
    import asyncio

    return asyncio.run(_fetch_and_judge(submission, expectation, order.egress, then=order.at is not None))


async def _fetch_and_judge(submission: Submission, expectation: Expectation, egress: Egress, *, then: bool) -> Verdict:
    from legation.adapters.fetch import Fetcher
    from legation.adapters.resolvers import NetworkResolver
    from legation.adapters.system_clock import SystemClock
    from legation.verifier.verifier import Verifier

    async with Fetcher(dangerously_allow_loopback=egress.dangerously_allow_loopback, ca_file=egress.ca_file) as fetcher:
        verifier = Verifier(
            trust=expectation.trust,
            domain=expectation.domain,
            names=expectation.names,
            status=expectation.status,
            resolver=NetworkResolver(fetcher, clock=SystemClock()),
            max_unrevocable=expectation.max_unrevocable,
        )
        return await verifier.verify(
            submission,
            challenge=expectation.challenge,
            holder=expectation.holder,
            request=expectation.request,
            at=expectation.at if then else None,
        )
