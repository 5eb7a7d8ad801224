"""The keys with which credentials and presentations are judged, and the documents that have to be fetched for them."""

from __future__ import annotations

from collections.abc import Iterable

from legation.crypto.keys import PublicKey
from legation.domain.methods import Documents, find_method
from legation.errors import ProofError, ResolutionError, TooLargeError
from legation.standards.did.methods import resolve_offline

MAX_FETCHED = 16


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
    """Return the key of a verification method as :func:`find_method` finds it.

    Raises:
        ResolutionError, LegationError: as there.
        ProofError: the key is not one that this version may use.
    """
    method = find_method(documents, did, method_id, purpose=purpose, dated=dated)
    if method.key is None:
        raise ProofError("the verification method's key is not one that this version may use")
    return method.key
