"""Whose key a signature is: the method that it names, as the DID document of its party has it."""

from __future__ import annotations

from collections.abc import Mapping

from legation.errors import LegationError, ResolutionError
from legation.standards.did.document import DIDDocument, VerificationMethod
from legation.standards.did.methods import resolve_offline

# with each DID its document, or why there is none
Documents = Mapping[str, DIDDocument | ResolutionError]


def find_method(
    documents: Documents, did: str, method_id: str, *, purpose: str, dated: int | None
) -> VerificationMethod:
    """Return a verification method that the DID controls, lists for ``purpose``, and had not ended when it signed.

    ``dated`` is when the signature says that it was made, in nanoseconds since 1970 (Controlled Identifiers 1.0 §2.2,
    §3.3). A DID that says it all itself is not overruled by a document.

    Raises:
        ResolutionError: no document of the DID is at hand, or none that can be used.
        LegationError: ``method_not_authorized``.
    """
    document = resolve_offline(did) or documents.get(did)
    if document is None:
        raise ResolutionError("the DID document is not at hand", fix="Supply it, or let the verifier fetch it.")
    if isinstance(document, ResolutionError):
        raise document
    method = document.find_method(method_id, purpose)
    if method is None:
        raise unauthorized("the verification method is not listed under the proof's purpose")
    if method.revoked is not None:
        raise unauthorized("the verification method was revoked")
    if method.expires is not None and (dated is None or dated >= method.expires):
        raise unauthorized("the verification method had expired when this was signed")
    return method


def unauthorized(detail: str) -> LegationError:
    """Return the error of a method that may not sign this."""
    return LegationError(detail, code="method_not_authorized")
