"""Whose key a signature is: the method that it names, as the DID document of its party has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from legation.crypto.keys import PublicKey
from legation.errors import LegationError, ProofError, ResolutionError, TooLargeError
from legation.standards.did.document import DIDDocument
from legation.standards.did.methods import resolve_offline

MAX_FETCHED = 16
# with each DID its document, or why there is none
Documents = Mapping[str, DIDDocument | ResolutionError]


def needed_documents(dids: Iterable[str]) -> tuple[str, ...]:
    """Return those DIDs whose documents have to be fetched; what is no DID of a known method is left out.

    Raises:
        TooLargeError: more than 16 of them.
    """
    needed = tuple(sorted(did for did in dids if _is_elsewhere(did)))
    if len(needed) > MAX_FETCHED:
        raise TooLargeError(f"the documents of more than {MAX_FETCHED} parties would have to be fetched")
    return needed


def _is_elsewhere(did: str) -> bool:
    try:
        return resolve_offline(did) is None
    except ResolutionError:
        return False


def find_key(documents: Documents, did: str, method_id: str, *, purpose: str, dated: int | None) -> PublicKey:
    """Return the key of a verification method that the DID controls, lists for ``purpose``, and has not ended.

    ``dated`` is when the signature says that it was made, in nanoseconds since 1970 (Controlled Identifiers 1.0 §2.2,
    §3.3). A DID that says it all itself is not overruled by a document.

    Raises:
        ResolutionError: no document of the DID is at hand, or none that can be used.
        LegationError: ``method_not_authorized``.
        ProofError: the key is not one that this version may use.
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
    if method.key is None:
        raise ProofError("the verification method's key is not one that this version may use")
    return method.key


def unauthorized(detail: str) -> LegationError:
    """Return the error of a method that may not sign this."""
    return LegationError(detail, code="method_not_authorized")
