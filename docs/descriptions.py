"""What docs/generate.py says of codes and answers, which the code itself only names."""

from __future__ import annotations

from legation.cli.exit_codes import Exit

EXITS = {
    Exit.OK: "done; of a verdict: verified and accepted",
    Exit.LOCAL: "the command line, a file or the wallet cannot be used",
    Exit.SERVER_ERROR: "a server answered with an error",
    Exit.AUTHENTICATION_REQUIRED: "a server wants to know who calls",
    Exit.UNREACHABLE: "a server or a store did not answer in time",
    Exit.INVALID: "the chain or document is malformed, forged, or does not hold together",
    Exit.DENIED: "genuine, and not allowed",
    Exit.NOT_NOW: "expired, or not valid yet",
    Exit.STATUS: "revoked, suspended, or nobody can tell",
    Exit.APPROVAL: "people have to decide first",
    Exit.INTERRUPTED: "interrupted",
}
VERDICTS = {
    "malformed": "The input, or a hop, is not of the form that the specification asks for.",
    "too_large": "The input is larger than 256 KiB, or the chain longer than 16 hops.",
    "presentation_invalid": "The proof of the presentation does not hold, is stale or missing; a bare chain has none.",
    "challenge_mismatch": "The presentation answers another challenge.",
    "domain_mismatch": "The presentation is meant for another verifier.",
    "holder_mismatch": "The holder is not the subject of the last hop.",
    "replayed": "The challenge was answered before.",
    "proof_invalid": "A signature does not hold, or its key must not be used.",
    "method_not_authorized": "The key is another's, not listed for this purpose, revoked, or expired when it signed.",
    "did_unresolvable": "A DID has no usable document, or none is at hand.",
    "link_broken": "A hop does not belong under the hop above, or the upper part of the chain is missing.",
    "not_yet_valid": "A hop begins later.",
    "expired": "A hop, or the proof of one, has ended.",
    "widened": "A hop claims more than its parent allows; the verdict has both sides.",
    "principal_changed": "A hop acts for another principal than its parent.",
    "depth_exceeded": "A hop claims more depth than is left under its parent.",
    "unknown_term": "A member, constraint, predicate or mechanism that this verifier does not know.",
    "status_missing": "A hop lives longer than one without a revocation entry may.",
    "status_unknown": "A status entry cannot be checked.",
    "revoked": "A hop was taken back. No status list is read by this version, so it never says this.",
    "suspended": "A hop was taken back for a while. No status list is read by this version, so it never says this.",
    "untrusted_root": "The root's issuer is no anchor for this principal, type and location.",
    "request_not_covered": "No object of the last hop covers the request, or none admits this verifier.",
    "uses_exhausted": "No use is left. This version does not count, so it never says this.",
    "budget_exhausted": "The cost is above the whole budget.",
    "rate_exceeded": "Too many uses in the window. This version does not count, so it never says this.",
    "outside_hours": "The request comes outside the hours.",
    "approval_required": "People have to agree first.",
    "charge_required": "The request must be charged to a counter, and this verifier has none.",
}
CODES = {
    "usage": "The command line does not say what to do.",
    "internal": "A fault of ours; LEGATION_DEBUG=1 shows where.",
    "file_unusable": "A file that the command line names cannot be read, written or understood.",
    "wallet_key_wrong": "This key does not open this wallet.",
    "wallet_unreadable": "The file is no wallet, or it is damaged.",
    "wallet_closed": "The wallet was closed before.",
    "server_error": "A server answered with an error.",
    "interrupted": "Interrupted from the keyboard.",
    "internal_error": "A fault of ours; the operator finds it by the requestId.",
    "method_not_allowed": "The route has no such method.",
    "misdirected_request": "The header Host names another server.",
    "request_timeout": "The body did not come in time.",
    "unsupported_media_type": "The body is not application/json, or is encoded.",
}
ANSWERS = {
    "show_node_document": "200 and the document, `application/did+json`",
    "show_agent_document": "200 and the document, `application/did+json`; 404 where no agent of that name is hosted",
    "show_health": '200 and `{"status": "ok"}`',
    "issue_challenge": "201 and `{challenge, domain, expiresAt}`; the challenge serves once, for five minutes",
    "verify_presentation": "200 and a verdict, whatever was presented",
    "verify_chain": "200 and a verdict, whatever was received",
}
