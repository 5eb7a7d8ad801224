"""Credentials and presentations as received, taken apart: what they say is checked, who says so is not yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legation.domain.credentials.mechanisms import CREDENTIAL_TOKENS, VC_JWT, VP_JWT, VP_SD_JWT
from legation.domain.credentials.places import placed
from legation.domain.credentials.seals import ProofsSeal, Seal, SelectiveSeal, TokenSeal
from legation.errors import MalformedError, UnknownTermError
from legation.standards.jose import find_type
from legation.standards.jsonld.allowance import allowing
from legation.standards.strict_json import MAX_NESTING, check_nesting
from legation.standards.vc.credentials import check_credential
from legation.standards.vc.presentations import (
    ENVELOPED_CREDENTIAL,
    ENVELOPED_PRESENTATION,
    check_presentation,
    read_enveloped,
)
from legation.standards.vc.selective_tokens import read_selective_credential, read_selective_presentation
from legation.standards.vc.tokens import read_credential_token, read_presentation_token

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts
    from legation.standards.vc.credentials import CredentialForm
    from legation.standards.vc.presentations import PresentationForm

_TOKENS = {ENVELOPED_CREDENTIAL: CREDENTIAL_TOKENS, ENVELOPED_PRESENTATION: frozenset({VP_JWT, VP_SD_JWT})}
_MEDIA = "application/"


@dataclass(frozen=True, slots=True)
class ReadCredential:
    """A credential of good form; ``seal`` is what secures it, None where nothing does."""

    document: Mapping[str, object]
    form: CredentialForm
    seal: Seal | None

    def dids(self) -> frozenset[str]:
        """Return the DIDs whose documents verifying it takes."""
        return frozenset() if self.seal is None else self.seal.dids


@dataclass(frozen=True, slots=True)
class ReadPresentation:
    """A presentation of good form with its credentials; ``seal`` is what secures it, None where nothing does."""

    document: Mapping[str, object]
    form: PresentationForm
    seal: Seal | None
    credentials: tuple[ReadCredential, ...]

    def dids(self) -> frozenset[str]:
        """Return the DIDs whose documents verifying it takes."""
        own: frozenset[str] = frozenset() if self.seal is None else self.seal.dids
        return own.union(*(credential.dids() for credential in self.credentials))


def check_form(document: Mapping[str, object], contexts: Contexts) -> CredentialForm:
    """Check every rule of the VC Data Model that depends neither on time nor on proofs.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: one is broken; the pointer says where.
    """
    check_nesting(document, MAX_NESTING)
    return check_credential(document, contexts=contexts, unknown_schemas=True)


@allowing()
def read_credential(received: object, contexts: Contexts) -> ReadCredential:
    """Read a credential: an object with proofs or none, an enveloped one, or the text of a token.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is not of a form that this version reads.
    """
    token = find_token(received, ENVELOPED_CREDENTIAL, contexts)
    if token is not None:
        return _read_credential_token(*token, contexts)
    document = read_object(received)
    # the form comes first: whoever is told that a proof is wrong knows that the rest is not
    form = check_form(document, contexts)
    seal = ProofsSeal.read(document, dated=form.valid_from) if "proof" in document else None
    return ReadCredential(document, form, seal)


@allowing()
def read_presentation(received: object, contexts: Contexts) -> ReadPresentation:
    """Read a presentation, with every credential in it: an object, an enveloped one, or the text of a ``vp+jwt``.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is not of a form that this version reads.
    """
    token = find_token(received, ENVELOPED_PRESENTATION, contexts)
    if token is None:
        document = read_object(received)
        check_nesting(document, MAX_NESTING)
        seal: Seal | None = None
    else:
        document, seal = _open_presentation(*token)
    form = check_presentation(document, contexts=contexts)
    if token is None and "proof" in document:
        seal = ProofsSeal.read(document)
    return ReadPresentation(document, form, seal, tuple(_read_credentials(form.credentials, contexts)))


def _read_credentials(entries: Sequence[object], contexts: Contexts) -> Iterator[ReadCredential]:
    for index, entry in enumerate(entries):
        with placed(index):
            yield read_credential(entry, contexts)


def _read_credential_token(kind: str, text: str, contexts: Contexts) -> ReadCredential:
    if kind == VC_JWT:
        whole = read_credential_token(text)
        form = _check_payload(whole.document, contexts)
        return ReadCredential(whole.document, form, TokenSeal(whole, form.valid_from))
    shown = read_selective_credential(text)
    form = _check_payload(shown.document, contexts)
    return ReadCredential(shown.document, form, SelectiveSeal(shown, form.valid_from))


def _open_presentation(kind: str, text: str) -> tuple[dict[str, object], Seal]:
    if kind == VP_JWT:
        whole = read_presentation_token(text)
        _check_unproved(whole.document)
        return whole.document, TokenSeal(whole)
    shown = read_selective_presentation(text)
    _check_unproved(shown.document)
    return shown.document, SelectiveSeal(shown)


def _check_payload(document: dict[str, object], contexts: Contexts) -> CredentialForm:
    _check_unproved(document)
    return check_form(document, contexts)


def _check_unproved(document: Mapping[str, object]) -> None:
    if "proof" in document:
        raise MalformedError("what a token secures carries no proof of its own", pointer="/proof")


def find_token(received: object, kind: str, contexts: Contexts) -> tuple[str, str] | None:
    """Return the type and the text of the token in which a document came, or None where it is an object itself.

    ``kind`` is the type of the object that envelops it.

    Raises:
        MalformedError, UnknownTermError: it is enveloped in another way, or a token of another type.
    """
    known = _TOKENS[kind]
    if isinstance(received, str):
        found = find_type(received.partition("~")[0])
        if found not in known:
            raise UnknownTermError(f"the text is no token of type {' or '.join(sorted(known))}")
        return found, received
    if not isinstance(received, dict) or received.get("type") not in (kind, [kind]):
        return None
    media, text = read_enveloped(received, kind, contexts=contexts)
    name = media.removeprefix(_MEDIA)
    if not media.startswith(_MEDIA) or name not in known:
        raise UnknownTermError(f"an enveloped token is of type {' or '.join(sorted(known))}", pointer="/id")
    return name, text


def read_object(received: object) -> dict[str, object]:
    """Return what is a JSON object. Raises MalformedError."""
    if not isinstance(received, dict):
        raise MalformedError("a credential or presentation is a JSON object, or the text of a token")
    return received
