"""A verdict as a tree that a person understands: who passes what on to whom, what was checked, and why it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from legation.cli.advice import advise
from legation.cli.plain_words import add_detail, describe_member
from legation.cli.request_words import add_counters, add_objections
from legation.cli.terminal import Branch
from legation.domain.delegation.constraints.audience import parse_verifier_name
from legation.domain.delegation.credential import Hop
from legation.domain.delegation.request import Circumstances, parse_request
from legation.domain.verdict import HOP_CHECKS, Refusal, Step, Verdict
from legation.errors import MalformedError

_QUESTIONS = {
    "proof": "signed by its issuer, with a key that its DID document lists",
    "link": "issued by the subject of the hop above, which it names",
    "validity": "valid at this moment",
    "attenuation": "within the hop above",
    "status": "not revoked, as far as it can be revoked",
}
_ROOT_QUESTIONS = {"link": "a root: it names no parent", "attenuation": "a root: nothing stands above it"}
# the steps that concern no single hop, and what each of them asks
_WHOLE = {
    Step.BOUNDS: "it can be read, and is no larger than it may be",
    Step.PRESENTATION: "presented by its holder, to this verifier, just now",
    Step.TRUST: "shown by whoever holds it, and granted by somebody who is trusted for this",
    Step.REQUEST: "the request is covered",
}


def build_summary(verdict: Verdict) -> Branch:
    """Return a verdict in short: the answer, one line a hop, and the reason."""
    root = _headline(verdict)
    for index, hop in enumerate(verdict.hops):
        root.add(title_of(index, hop), _worst(verdict, index))
    if verdict.refusal is not None:
        _add_refusal(root, verdict.refusal)
    return root


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked of the verifier: of a presentation or of a bare chain, as of when, under which names, for what."""

    presented: bool
    at: datetime
    names: Sequence[str] = ()
    request: object = None


def build_explanation(verdict: Verdict, question: Question) -> Branch:
    """Return a verdict field by field."""
    root = _headline(verdict)
    failed = _failed_step(verdict)
    if failed is Step.BOUNDS:
        _add_whole(root, verdict, Step.BOUNDS)
    elif question.presented and verdict.hops:
        _add_whole(root, verdict, Step.PRESENTATION)
    for index, hop in enumerate(verdict.hops):
        _add_hop(root, verdict, index, hop)
    if failed is not Step.BOUNDS:
        _add_whole(root, verdict, Step.TRUST)
        if question.request is not None:
            _add_objections(_add_whole(root, verdict, Step.REQUEST), verdict, question)
    return root


def _add_objections(branch: Branch, verdict: Verdict, question: Question) -> None:
    """Say which object of the last hop objects to what; nothing, where the request was not reached or has no sense."""
    if verdict.failed is not Step.REQUEST or not isinstance(question.request, dict):
        return
    hops = [hop for hop in verdict.hops if hop is not None]
    if verdict.code == "charge_required":
        for index, hop in enumerate(hops):
            add_counters(branch, index, hop)
        return
    request = parse_request(question.request)
    add_objections(branch, hops[-1], request, Circumstances(question.at, frozenset(map(_own_name, question.names))))


def _own_name(name: str) -> str:
    try:
        return parse_verifier_name(name)
    except MalformedError:
        return name


def _failed_step(verdict: Verdict) -> Step | None:
    """Return the step that refused; a root that no one trusts may be refused before anything else is looked at."""
    return Step.TRUST if verdict.code == "untrusted_root" else verdict.failed


def _headline(verdict: Verdict) -> Branch:
    if verdict.accepted:
        principal = f" for {verdict.principal}" if verdict.principal else ""
        return Branch(f"ACCEPTED{principal}: the chain is what it says, and this verifier lets it do this", "passed")
    code = verdict.code or "refused"
    if verdict.verified:
        return Branch(f"REFUSED {code}: the chain is what it says, but this verifier does not let it do this", "failed")
    return Branch(f"REFUSED {code}: do not rely on anything that it says", "failed")


def title_of(index: int, hop: Hop | None) -> str:
    """Return who passes on to whom in a hop."""
    kind = f"hop {index} (root)" if index == 0 else f"hop {index}"
    return f"{kind} cannot be read" if hop is None else f"{kind} {hop.issuer} → {hop.subject}"


def _worst(verdict: Verdict, index: int) -> str:
    marks = [verdict.check(index, name) for name in HOP_CHECKS]
    return next((mark for mark in ("failed", "not_reached", "skipped") if mark in marks), "passed")


def _add_hop(root: Branch, verdict: Verdict, index: int, hop: Hop | None) -> None:
    branch = root.add(title_of(index, hop), _worst(verdict, index))
    if hop is not None:
        add_claims(branch, hop)
    questions = _QUESTIONS | _ROOT_QUESTIONS if index == 0 else _QUESTIONS
    for name in HOP_CHECKS:
        mark = verdict.check(index, name)
        check = branch.add(f"{name}: {questions[name]}", mark)
        if mark == "failed" and verdict.refusal is not None:
            _add_refusal(check, verdict.refusal)
        elif mark == "skipped":
            check.add("passed over, as you asked: it may have been revoked")


def add_claims(branch: Branch, hop: Hop) -> None:
    """Hang on a branch what a hop says: for whom, what for, from when to when, how deep."""
    branch.add(f"for {hop.principal}")
    for detail in hop.raw_details():
        add_detail(branch, detail)
    branch.add(f"valid from {hop.document['validFrom']} until {hop.document['validUntil']}")
    branch.add(_depth(hop.max_depth))
    if hop.usage_ledger is not None:
        branch.add(f"uses are counted by {hop.usage_ledger}")
    elif any(not _COUNTED.isdisjoint(detail.constraints) for detail in hop.details):
        branch.add("uses are counted by each verifier for itself")
    branch.add(f"id {hop.id}")


_COUNTED = frozenset({"maxUses", "budget", "rate"})


def _depth(depth: int) -> str:
    if depth == 0:
        return "may not be passed on"
    return f"may be passed on, {depth} more {'hop' if depth == 1 else 'hops'} deep"


def _add_whole(root: Branch, verdict: Verdict, step: Step) -> Branch:
    failed = _failed_step(verdict)
    mark = "failed" if failed is step else "passed" if failed is None or step < failed else "not_reached"
    name = {Step.BOUNDS: "input"}.get(step, step.name.lower())
    branch = root.add(f"{name}: {_WHOLE[step]}", mark)
    if mark == "failed" and verdict.refusal is not None:
        _add_refusal(branch, verdict.refusal)
    return branch


def _add_refusal(branch: Branch, refusal: Refusal) -> None:
    reason = branch.add(f"{refusal.code}: {refusal.detail}", "failed")
    if refusal.pointer is not None:
        hop = "" if refusal.hop is None else f"hop {refusal.hop} "
        reason.add(f"where: {hop}{refusal.pointer or '(the whole)'}")
    if refusal.allowed is not None or refusal.claimed is not None:
        pointer = refusal.pointer or ""
        reason.add(f"the parent allows: {describe_member(pointer, refusal.allowed)}")
        reason.add(f"the child claims: {describe_member(pointer, refusal.claimed)}")
    advice = advise(refusal.code, refusal.fix)
    if advice:
        reason.add(f"what to do: {advice}")
