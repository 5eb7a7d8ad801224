"""Acceptance (design page §4, steps 8 and 9): what this verifier lets a verified chain do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from legation.domain.delegation.authority import OBJECTIONS, Detail
from legation.domain.delegation.constraints.base import NOT_COVERED
from legation.domain.delegation.credential import DETAILS, Hop
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError

CHARGE_REQUIRED = "charge_required"
_DETAILS = {
    NOT_COVERED: "no object of the last hop covers the request",
    "outside_hours": "the request comes outside the hours",
    "approval_required": "the request needs a human decision",
    "budget_exhausted": "the cost is above the whole budget",
    CHARGE_REQUIRED: "the request must be charged to a counter, which this version cannot do",
}


def check_without_request(hops: Sequence[Hop], trust: TrustAnchors, circumstances: Circumstances) -> None:
    """Step 8 for every type and location of the leaf, one object of which admits this verifier.

    Raises:
        LegationError: ``untrusted_root`` or ``request_not_covered``.
    """
    root, leaf = hops[0], hops[-1]
    for detail in leaf.details:
        if not trust.may_grant(root.issuer, root.principal, detail.type, detail.locations):
            raise untrusted(root)
    if not any(_admits_audience(detail, circumstances) for detail in leaf.details):
        raise LegationError(
            "no object of the last hop may be accepted by this verifier",
            code=NOT_COVERED,
            pointer=DETAILS,
        )


def check_request(
    hops: Sequence[Hop],
    request: Request,
    trust: TrustAnchors,
    circumstances: Circumstances,
    begin: Callable[[], None] = lambda: None,
) -> None:
    """Steps 8 and 9 for one request; ``begin`` is called between the two.

    Raises:
        LegationError: ``untrusted_root``, ``request_not_covered``, ``outside_hours``, ``approval_required``,
            ``budget_exhausted`` or ``charge_required``.
    """
    root = hops[0]
    locations = None if request.location is None else (request.location,)
    if not trust.may_grant(root.issuer, root.principal, request.type, locations):
        raise untrusted(root)
    begin()
    objections = [detail.find_objection(request, circumstances) for detail in hops[-1].details]
    # an object that lacks nothing but a charge covers the request: what keeps another one from it does not count
    if None not in objections and CHARGE_REQUIRED not in objections:
        # an object that fails by one thing only gives that thing's code, in this order
        named = [code for code in OBJECTIONS[1:] if code in objections]
        raise _refuse(named[0] if named else NOT_COVERED)
    for hop in hops:
        # what the leaf admits each hop admits (§3.2), so that only a hop that counts need be asked
        if any(detail.counted for detail in hop.details) and not _is_free(hop.details, request, circumstances):
            raise _refuse(CHARGE_REQUIRED)


def _is_free(details: Sequence[Detail], request: Request, circumstances: Circumstances) -> bool:
    """Say whether the first object of a hop that covers the request, and may have room, counts nothing."""
    for detail in details:
        objection = detail.find_objection(request, circumstances)
        if objection is None or objection == CHARGE_REQUIRED:
            return objection is None
    return False


def _admits_audience(detail: Detail, circumstances: Circumstances) -> bool:
    audience = detail.constraints.get("audience")
    # an audience objects by names alone; the request is not looked at
    return audience is None or audience.find_objection(_ANY, circumstances) is None


_ANY = Request("any", "any")


def untrusted(root: Hop) -> LegationError:
    """Return the error of a root whose issuer is no anchor for this."""
    return LegationError(
        f"{root.issuer} is no trust anchor for this principal, type and location",
        code="untrusted_root",
        fix="Name it as an anchor if it may grant this.",
    )


def _refuse(code: str) -> LegationError:
    return LegationError(_DETAILS[code], code=code, pointer=DETAILS if code == NOT_COVERED else None)
