"""Exit codes: one table from a verdict's or an error's stable code to what the process returns."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from legation.domain.verdict import Verdict
    from legation.errors import LegationError


class Exit(IntEnum):
    """What a process returns; scripts may rely on it."""

    OK = 0
    LOCAL = 1
    SERVER_ERROR = 2
    AUTHENTICATION_REQUIRED = 3
    UNREACHABLE = 4
    INVALID = 5
    DENIED = 6
    NOT_NOW = 7
    STATUS = 8
    APPROVAL = 9
    INTERRUPTED = 130


# every code of the design page's §4, by its kind
VERDICT_EXITS: Mapping[str, Exit] = MappingProxyType(
    {
        "malformed": Exit.INVALID,
        "too_large": Exit.INVALID,
        "presentation_invalid": Exit.INVALID,
        "challenge_mismatch": Exit.INVALID,
        "domain_mismatch": Exit.INVALID,
        "holder_mismatch": Exit.INVALID,
        "replayed": Exit.INVALID,
        "proof_invalid": Exit.INVALID,
        "method_not_authorized": Exit.INVALID,
        "did_unresolvable": Exit.INVALID,
        "link_broken": Exit.INVALID,
        "not_yet_valid": Exit.NOT_NOW,
        "expired": Exit.NOT_NOW,
        "widened": Exit.INVALID,
        "principal_changed": Exit.INVALID,
        "depth_exceeded": Exit.INVALID,
        "unknown_term": Exit.INVALID,
        "status_missing": Exit.STATUS,
        "status_unknown": Exit.STATUS,
        "revoked": Exit.STATUS,
        "suspended": Exit.STATUS,
        "untrusted_root": Exit.DENIED,
        "request_not_covered": Exit.DENIED,
        "uses_exhausted": Exit.DENIED,
        "budget_exhausted": Exit.DENIED,
        "rate_exceeded": Exit.DENIED,
        "outside_hours": Exit.DENIED,
        "approval_required": Exit.APPROVAL,
        "charge_required": Exit.DENIED,
    }
)
# what else goes wrong, before or beside a verdict
ERROR_EXITS: Mapping[str, Exit] = MappingProxyType(
    {
        "error": Exit.LOCAL,
        "usage": Exit.LOCAL,
        "internal": Exit.LOCAL,
        "file_unusable": Exit.LOCAL,
        "settings_invalid": Exit.LOCAL,
        "wallet_error": Exit.LOCAL,
        "wallet_key_wrong": Exit.LOCAL,
        "wallet_unreadable": Exit.LOCAL,
        "wallet_closed": Exit.LOCAL,
        "not_found": Exit.LOCAL,
        "conflict": Exit.LOCAL,
        "gone": Exit.LOCAL,
        "agent_suspended": Exit.STATUS,
        "agent_retired": Exit.STATUS,
        "backup_unusable": Exit.LOCAL,
        "storage_full": Exit.SERVER_ERROR,
        "server_error": Exit.SERVER_ERROR,
        "internal_error": Exit.SERVER_ERROR,
        "method_not_allowed": Exit.SERVER_ERROR,
        "misdirected_request": Exit.SERVER_ERROR,
        "request_timeout": Exit.SERVER_ERROR,
        "unsupported_media_type": Exit.SERVER_ERROR,
        "authentication_required": Exit.AUTHENTICATION_REQUIRED,
        "access_denied": Exit.DENIED,
        "unavailable": Exit.UNREACHABLE,
        "context_unknown": Exit.INVALID,
        "digest_mismatch": Exit.INVALID,
        "invalid_key": Exit.INVALID,
        "issuer_mismatch": Exit.INVALID,
        "not_linked": Exit.INVALID,
        "option_not_allowed": Exit.DENIED,
        "origin_mismatch": Exit.INVALID,
        "proof_missing": Exit.INVALID,
        "schema_mismatch": Exit.INVALID,
        "schema_unusable": Exit.INVALID,
        "subject_mismatch": Exit.INVALID,
        "egress_refused": Exit.DENIED,
        "interrupted": Exit.INTERRUPTED,
    }
)


def exit_of_verdict(verdict: Verdict) -> Exit:
    """Return 0 only for a verdict that is verified and accepted, else what its code is worth; never 0 for a refusal."""
    if verdict.verified and verdict.accepted:
        return Exit.OK
    return VERDICT_EXITS.get(verdict.code or "", Exit.INVALID)


def exit_of_refusal(code: str | None) -> Exit:
    """Return what the code of a credential that does not hold is worth; never 0, and never a mere local error."""
    found = VERDICT_EXITS.get(code or "") or ERROR_EXITS.get(code or "", Exit.LOCAL)
    return Exit.INVALID if found is Exit.LOCAL else found


def exit_of_error(error: LegationError) -> Exit:
    """Return what an error is worth by its code; a code that nobody listed is a local error."""
    return VERDICT_EXITS.get(error.code) or ERROR_EXITS.get(error.code, Exit.LOCAL)
