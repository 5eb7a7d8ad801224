"""Judging a file: with the material at hand, or with DID documents fetched in between where the chain needs some."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from legation.domain.submission import Submission
from legation.domain.verdict import Verdict
from legation.domain.verification import Expectation, judge, needed_material

if TYPE_CHECKING:
    from legation.domain.material import Material


@dataclass(frozen=True, slots=True)
class Egress:
    """How documents of other hosts may be fetched."""

    dangerously_allow_loopback: bool = False
    ca_file: Path | None = None


def judge_submission(
    submission: Submission, expectation: Expectation, *, material: Material | None, egress: Egress | None
) -> Verdict:
    """Judge with ``material``, else with what ``egress`` lets be fetched; without both, with what DIDs say themselves.

    Raises:
        SettingsError: the file of certificates cannot be used.
    """
    dids = needed_material(submission).dids
    if material is not None:
        return judge(submission, material.documents(dids), expectation)
    if egress is None or not dids:
        return judge(submission, {}, expectation)
    # a tenth of a second of imports that only a chain with hosted DIDs pays for
    import asyncio

    return asyncio.run(_fetch_and_judge(submission, expectation, egress))


async def _fetch_and_judge(submission: Submission, expectation: Expectation, egress: Egress) -> Verdict:
    from legation.adapters.fetch import Fetcher
    from legation.adapters.resolvers import NetworkResolver
    from legation.adapters.system_clock import SystemClock
    from legation.verifier.verifier import Verifier

    async with Fetcher(
        dangerously_allow_loopback=egress.dangerously_allow_loopback, ca_file=egress.ca_file
    ) as fetcher:
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
            at=expectation.at,
        )
