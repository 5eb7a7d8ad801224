"""Why a credential or presentation was refused, in the words that other software knows.

VC Data Model 2.0 §7.1, VC Data Integrity 1.0 §4.7, Bitstring Status List 1.0 §4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from legation.errors import (
    AccessError,
    AuthenticationError,
    ConflictError,
    FullError,
    LegationError,
    NotFoundError,
    UnavailableError,
    WalletError,
)

_DATA_MODEL = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"
# what the problem is of whatever is wrong with a document itself
_MALFORMED = _DATA_MODEL + "MALFORMED_VALUE_ERROR"
VERIFICATION_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "challenge_mismatch": _SECURITY + "INVALID_CHALLENGE_ERROR",
        "context_unknown": _MALFORMED,
        "did_unresolvable": _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR",
        "domain_mismatch": _SECURITY + "INVALID_DOMAIN_ERROR",
        "expired": _DATA_MODEL + "RANGE_ERROR",
        "holder_mismatch": _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR",
        "issuer_mismatch": _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR",
        "malformed": _MALFORMED,
        "method_not_authorized": _DATA_MODEL + "CRYPTOGRAPHIC_SECURITY_ERROR",
        "not_yet_valid": _DATA_MODEL + "RANGE_ERROR",
        "proof_invalid": _SECURITY + "PROOF_VERIFICATION_ERROR",
        "proof_missing": _SECURITY + "PROOF_VERIFICATION_ERROR",
        "status_unknown": _STATUS + "STATUS_VERIFICATION_ERROR",
        "too_large": _MALFORMED,
        "unknown_term": _MALFORMED,
    }
)
# of what the node made no proof for
GENERATION_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "context_unknown": _MALFORMED,
        "invalid_key": _SECURITY + "PROOF_GENERATION_ERROR",
        "malformed": _MALFORMED,
        "proof_invalid": _SECURITY + "PROOF_GENERATION_ERROR",
        "too_large": _MALFORMED,
        "unknown_term": _MALFORMED,
    }
)
# what is no fault of the document has the status that it has everywhere
_OTHERS = (
    AccessError,
    AuthenticationError,
    ConflictError,
    FullError,
    NotFoundError,
    UnavailableError,
    WalletError,
)


class RefusedDocumentError(LegationError):
    """A document that was refused, whatever the reason: 400. ``members`` are those that a verdict has beside it."""

    def __init__(self, error: LegationError, problem_type: str | None, members: Mapping[str, object]):
        super().__init__(error.detail, code=error.code, fix=error.fix, pointer=error.pointer)
        self.problem_type = problem_type
        self.members = members


@contextmanager
def refusing(member: str, document: object, types: Mapping[str, str], *, judged: bool = False) -> Iterator[None]:
    """Let what is wrong with the document of a body be told as such, and where in the body it is.

    ``judged`` says that the answer is a verdict (VC API 0.7, VerificationResult).

    Raises:
        RefusedDocumentError: the document was refused.
        LegationError: what happens within for other reasons.
    """
    try:
        yield
    except _OTHERS:
        raise
    except LegationError as error:
        error.pointer = _place(error.pointer, member, document)
        found = types.get(error.code)
        members: dict[str, object] = {}
        if judged:
            problem: dict[str, object] = {"title": error.code, "detail": error.detail}
            members = {"verified": False, "problemDetails": [{"type": found, **problem} if found else problem]}
        raise RefusedDocumentError(error, found, members) from error.__cause__


def _place(pointer: str | None, member: str, document: object) -> str | None:
    if pointer is None or pointer.startswith("/options"):
        return pointer
    # within a token there is nothing that a pointer into the body could name
    is_token = isinstance(document, str) or (isinstance(document, dict) and "Enveloped" in str(document.get("type")))
    return f"/{member}" if is_token else f"/{member}{pointer}"
