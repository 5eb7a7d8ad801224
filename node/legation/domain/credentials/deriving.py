"""Deriving: a credential that shows a part of another one, and is still its issuer's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from legation.domain.credentials.disclosing import show_disclosures
from legation.domain.credentials.mechanisms import VC_SD_JWT
from legation.domain.credentials.reading import check_form, find_token, read_object
from legation.errors import UnknownTermError
from legation.standards.data_integrity.documents import derive
from legation.standards.jsonld.allowance import allowing
from legation.standards.vc.presentations import ENVELOPED_CREDENTIAL

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts


@allowing()
def derive_credential(received: object, pointers: Sequence[str], contexts: Contexts) -> dict[str, object] | str:
    """Return a credential that shows what ``pointers`` (RFC 6901) name, and what its issuer made mandatory.

    ``received`` is an object with a base proof, or a ``vc+sd-jwt``, enveloped or not. Nobody's signature is verified.

    Raises:
        ProofError: no proof, or several, from which another can be derived.
        MalformedError, UnknownTermError, TooLargeError: it is no credential, or a pointer names nothing in it.
    """
    token = find_token(received, ENVELOPED_CREDENTIAL, contexts)
    if token is None:
        document = read_object(received)
        check_form(document, contexts)
        return derive(document, tuple(pointers), contexts)
    kind, text = token
    if kind != VC_SD_JWT:
        raise UnknownTermError("the token discloses a document whole")
    return show_disclosures(text, pointers)
