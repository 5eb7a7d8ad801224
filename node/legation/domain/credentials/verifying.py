"""The verdict on a credential or a presentation that was read, once the documents of its parties are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legation.domain.credentials.places import placed
from legation.domain.credentials.reading import ReadCredential, ReadPresentation
from legation.domain.credentials.seals import ASSERTION, Expectation, unsecured
from legation.domain.credentials.status import check_status
from legation.domain.methods import Documents, unauthorized
from legation.standards.jsonld.allowance import allowing
from legation.standards.vc.credentials import CredentialForm, check_period
from legation.standards.vc.presentations import check_self_asserted

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that does not make a document false, and that whoever relies on it has to look at."""

    code: str
    detail: str
    pointer: str


@dataclass(frozen=True, slots=True)
class VerifiedCredential:
    """A credential that holds: its form, its time, every signature, and that its issuer made one of them."""

    document: Mapping[str, object]
    form: CredentialForm
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class VerifiedPresentation:
    """A presentation that holds, with every credential in it; ``holder`` proved itself, or is None."""

    document: Mapping[str, object]
    holder: str | None
    credentials: tuple[VerifiedCredential, ...]
    notices: tuple[Notice, ...]


def judge_before_fetching(read: ReadCredential | ReadPresentation, at: int, *, asked: bool = False) -> None:
    """Refuse what no document of anybody could save: nothing is fetched for it.

    ``asked`` says that the verifier gave a challenge or its name, which a presentation has to answer.

    Raises:
        LegationError: ``proof_missing``, ``method_not_authorized``, ``issuer_mismatch``, ``holder_mismatch``,
            ``not_yet_valid``, ``expired``, ``status_unknown``.
    """
    if isinstance(read, ReadCredential):
        if read.seal is None:
            raise unsecured("credential")
        _judge_claims(read, at)
        return
    if read.seal is None and asked:
        raise unsecured("presentation")
    _check_parties(read)
    for index, credential in enumerate(read.credentials):
        with placed(index):
            _judge_claims(credential, at)


@allowing()
def verify_credential(
    read: ReadCredential, documents: Documents, expected: Expectation, contexts: Contexts
) -> VerifiedCredential:
    """Verify a credential with the DID documents of its parties.

    Raises:
        LegationError: as :func:`judge_before_fetching` and :meth:`Seal.verify` say.
    """
    judge_before_fetching(read, expected.at)
    if read.seal is None:
        raise unsecured("credential")
    read.seal.verify(documents, expected, contexts)
    return _verified(read)


@allowing()
def verify_presentation(
    read: ReadPresentation, documents: Documents, expected: Expectation, contexts: Contexts
) -> VerifiedPresentation:
    """Verify a presentation, and every credential in it, with the DID documents of their parties.

    One that nothing secures is judged by its form and its credentials, where the verifier asked for nothing more.

    Raises:
        LegationError: as :func:`judge_before_fetching` and :meth:`Seal.verify` say.
    """
    judge_before_fetching(read, expected.at, asked=expected.challenge is not None or expected.domain is not None)
    if read.seal is not None:
        read.seal.verify(documents, expected, contexts)
    notices = [] if read.seal is not None else [_UNSECURED]
    verified = []
    for index, credential in enumerate(read.credentials):
        with placed(index):
            if credential.seal is not None:
                credential.seal.verify(documents, Expectation(expected.at, ASSERTION), contexts)
        found = _verified(credential, f"/verifiableCredential/{index}")
        notices += found.notices
        verified.append(found)
    holder = None if read.seal is None else read.form.holder
    return VerifiedPresentation(read.document, holder, tuple(verified), tuple(notices))


_UNSECURED = Notice("proof_missing", "nothing secures the presentation: it proves nobody's possession", "")


def _check_parties(read: ReadPresentation) -> None:
    """Who presents is the holder, and what nothing else secures is the holder's own (VC Data Model 2.0 §4.13.4)."""
    if read.seal is not None:
        signed = read.seal.authors
        check_self_asserted(read.form, read.form.holder if read.form.holder in signed else min(signed))
        return
    for index, credential in enumerate(read.credentials):
        if credential.seal is None:
            with placed(index):
                raise unsecured("credential")


def _judge_claims(read: ReadCredential, at: int) -> None:
    """What the credential says by itself: whose it is, when it holds, and where it may have been taken back."""
    # D02: a signature is as good as the party that it is of
    if read.seal is not None and read.form.issuer not in read.seal.authors:
        raise unauthorized("the verification method belongs to somebody else than the issuer")
    check_period(read.form, at)
    check_status(read.form.status)


def _verified(read: ReadCredential, place: str = "") -> VerifiedCredential:
    notices = [
        Notice(
            "status_unknown",
            f"the status entry of type {kind} says nothing to this verifier",
            f"{place}/credentialStatus",
        )
        for kind in check_status(read.form.status)
    ]
    notices += [
        Notice("schema_unknown", f"the schema {schema} is not at hand", f"{place}/credentialSchema")
        for schema in read.form.unknown_schemas
    ]
    return VerifiedCredential(read.document, read.form, tuple(notices))
