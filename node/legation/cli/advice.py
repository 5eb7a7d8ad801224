"""What to do about a refusal: one sentence for every code of the design page, where the refusal itself has none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "malformed": "Ask its issuer for a credential of the documented form; `legation inspect` shows what is there.",
        "too_large": "Send the chain alone, at most 16 hops and 256 KiB.",
        "presentation_invalid": "Ask the holder to present the chain anew, for a fresh challenge of yours.",
        "challenge_mismatch": "Check that --challenge is the one that you gave, else ask for a new presentation.",
        "domain_mismatch": "Check that --domain is your own name, else this was meant for another verifier.",
        "holder_mismatch": "Only the last hop's subject may use the chain; this holder needs a delegation of its own.",
        "replayed": "Give the holder a new challenge; the old one is spent.",
        "proof_invalid": "Refuse it: somebody changed what was signed, or signed with another key.",
        "method_not_authorized": "Ask the issuer to sign with a key that its DID document lists for this purpose.",
        "did_unresolvable": "Let the verifier fetch the DID document, or bring it with --material.",
        "link_broken": "Send the whole chain, root first, as it was signed.",
        "not_yet_valid": "Come back when it is valid, and compare the clocks.",
        "expired": "Ask for a new credential; every hop below the expired one has to be issued anew.",
        "widened": "Ask for a hop that stays within its parent: this member must be equal or narrower.",
        "principal_changed": "Every hop repeats the root's principal; ask for one that does.",
        "depth_exceeded": "Ask the issuer above for more depth, or use a chain with fewer hops.",
        "unknown_term": "Use a verifier that knows the term, or ask for a credential without it: unknown means no.",
        "status_missing": "Ask for a credential that lives shorter, or one that can be revoked.",
        "status_unknown": "Use a verifier that can check the status list; nothing else tells whether it was revoked.",
        "revoked": "Its issuer took it back: ask for a new one.",
        "suspended": "Its issuer suspended it: ask when it will be lifted.",
        "untrusted_root": "Name the root's issuer with --trust, if it may grant this.",
        "request_not_covered": "Ask for less, or the delegator for a hop that covers this.",
        "uses_exhausted": "Ask the delegator for more uses.",
        "budget_exhausted": "Ask the delegator for more budget.",
        "rate_exceeded": "Wait until the window has moved on.",
        "outside_hours": "Come back within the hours.",
        "approval_required": "Ask one of the approvers, and come back with the decision.",
        "charge_required": "Use a verifier that keeps the counters which the chain limits.",
    }
)


def advise(code: str, fix: str = "") -> str:
    """Return what to do: what the refusal says itself, else what its code is known for."""
    return fix or ADVICE.get(code, "")
