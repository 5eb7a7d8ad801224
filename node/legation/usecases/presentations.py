"""Verifying presentations against challenges that this node gave, each of which serves once."""

from __future__ import annotations

from legation.domain.challenges import find_challenge
from legation.domain.presentation import Presentation
from legation.domain.submission import Submission, read_submission
from legation.domain.verdict import Refusal, Step, Verdict
from legation.errors import ConflictError, LegationError, NotFoundError
from legation.ports.clock import Clock
from legation.usecases.challenges import Challenges
from legation.usecases.verification import Question, Verification, refuse_unread

# what step 2 looks at once the proof holds; a stale presentation is told like a broken proof, and spends nothing
_AFTER_THE_PROOF = frozenset({"challenge_mismatch", "domain_mismatch", "holder_mismatch"})
# with no document at hand a hosted holder's proof cannot be looked at, nor need it be
_UNSEEN = frozenset({"did_unresolvable", "challenge_mismatch"})


class Presentations:
    """Judges presentations for one verifier, which goes by ``names`` (its origin and its DID)."""

    def __init__(self, verification: Verification, challenges: Challenges, clock: Clock, *, names: frozenset[str]):
        self._verification = verification
        self._challenges = challenges
        self._clock = clock
        self._names = names

    async def verify(self, received: object, *, request: object = None) -> Verdict:
        """Judge a presentation, parsed JSON or the text of a token; the first whose proof holds spends its challenge.

        A challenge that is not ours, or has expired, is ``challenge_mismatch``, one that was spent ``replayed``.

        Raises:
            UnavailableError: the store of challenges did not answer; nothing was accepted.
        """
        try:
            submission = read_submission(received)
        except LegationError as error:
            return refuse_unread(error)
        presentation = submission.presentation
        if presentation is None:
            return await self._verification.judge(submission, Question(at=self._clock.now(), request=request))
        return await self._verify(submission, presentation, request)

    async def _verify(self, submission: Submission, presentation: Presentation, request: object) -> Verdict:
        # by its form alone: whether it was given here shows where it is spent, which is the one exact answer
        challenge = find_challenge(presentation.challenge)
        if challenge is None:
            return self._refuse_unknown(submission)
        question = Question(
            at=self._clock.now(),
            challenge=challenge.value,
            # design page §2: the verifier's origin or its DID
            domain=presentation.domain if presentation.domain in self._names else None,
            request=request,
        )
        verdict = await self._verification.judge(submission, question)
        if not _proof_holds(verdict):
            return verdict
        try:
            await self._challenges.spend(challenge)
        except ConflictError:
            return _refuse("replayed", "the challenge was answered before")
        except NotFoundError:
            return _mismatch()
        return verdict

    def _refuse_unknown(self, submission: Submission) -> Verdict:
        """Judge what answers no challenge of ours without fetching anything: nothing could come of it."""
        verdict = self._verification.judge_offline(submission, Question(at=self._clock.now()))
        return _mismatch() if verdict.code in _UNSEEN else verdict


def _proof_holds(verdict: Verdict) -> bool:
    """Say whether the presentation's own proof was found to hold, whatever came of the rest (§2, §4 step 2)."""
    if verdict.failed is Step.PRESENTATION:
        return verdict.code in _AFTER_THE_PROOF
    return verdict.failed is None or verdict.failed > Step.PRESENTATION


def _mismatch() -> Verdict:
    return _refuse("challenge_mismatch", "the presentation answers no challenge of this verifier that still holds")


def _refuse(code: str, detail: str) -> Verdict:
    refusal = Refusal(code, detail, fix="Ask for a new challenge and present the chain anew.")
    return Verdict(False, False, refusal, failed=Step.PRESENTATION)
