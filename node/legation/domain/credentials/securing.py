"""Securing credentials and presentations: completed with who signs, checked whole, and only then signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from legation.crypto.signing import Signer
from legation.domain.credentials.disclosing import issue_disclosable
from legation.domain.credentials.mechanisms import (
    CREDENTIAL_TOKENS,
    PRESENTATION_TOKENS,
    VC_JWT,
    VC_SD_JWT,
    find_mechanism,
)
from legation.domain.credentials.reading import check_form, read_presentation
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION
from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.data_integrity.documents import add_proof
from legation.standards.data_integrity.proofs import MAX_PROOFS
from legation.standards.data_integrity.registry import SUITES
from legation.standards.data_integrity.suites import DerivableSuite, SuiteOptions
from legation.standards.jsonld.allowance import allowing
from legation.standards.timestamps import SECOND, format_timestamp, nanoseconds
from legation.standards.vc.presentations import check_self_asserted
from legation.standards.vc.tokens import REGISTERED, sign_credential, sign_presentation

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

# Whose it is, when it holds, where it may have been taken back and what it may be used for: without them a part would
# look better than the whole is (VC JOSE COSE §3.2.1 says so of an SD-JWT), or be no credential at all
_ALWAYS_SHOWN = (
    "issuer",
    "validFrom",
    "validUntil",
    "issuanceDate",
    "expirationDate",
    "credentialStatus",
    "credentialSchema",
    "termsOfUse",
)
# the members of a proof for which a vp+jwt has claims: nonce and aud
_CLAIMS = frozenset({"challenge", "domain"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Securing:
    """How a document is to be secured.

    ``mechanism`` is a cryptosuite or the type of a token, by default what the key is used for first. ``proof`` holds
    members of the proof (``challenge``, ``domain``, ``expires``, ``id``, ``nonce``, ``previousProof``); a ``vp+jwt``
    takes the first two as ``nonce`` and ``aud``. ``mandatory`` are JSON Pointers to what every disclosure shows.
    ``entropy`` returns that many random bytes.
    """

    created: datetime | None
    entropy: Callable[[int], bytes]
    mechanism: str | None = None
    proof: Mapping[str, object] = field(default_factory=dict)
    mandatory: tuple[str, ...] = ()


@allowing()
def secure_credential(
    document: Mapping[str, object], signer: Signer, how: Securing, contexts: Contexts
) -> dict[str, object] | str:
    """Return a credential with one proof more, or as a token; who issues it is filled in where nobody is named.

    Every rule of its version of the VC Data Model is checked before the key is used.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is no credential that can be secured so.
        LegationError: ``issuer_mismatch``: it names another issuer.
        InvalidKeyError: the key cannot do what is asked for.
        ProofError: ``previousProof`` names a proof that is not there.
    """
    mechanism = find_mechanism(how.mechanism, signer.key.public_key.type, tokens=CREDENTIAL_TOKENS)
    completed = _name_party(document, "issuer", signer.did)
    check_form(completed, contexts)
    if mechanism in CREDENTIAL_TOKENS:
        _check_for_token(completed, how, mechanism)
        return _sign_token(completed, signer, mechanism, how)
    return _add_proof(completed, signer, mechanism, how, ASSERTION, contexts)


@allowing()
def secure_presentation(
    document: Mapping[str, object], signer: Signer, how: Securing, contexts: Contexts
) -> dict[str, object] | str:
    """Return a presentation with one proof more, or as a ``vp+jwt``; the holder is filled in where nobody is named.

    Every rule for it and for the credentials in it is checked before the key is used; their proofs are not.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is no presentation that can be secured so.
        LegationError: ``holder_mismatch``: it names another holder.
        InvalidKeyError, ProofError: as :func:`secure_credential`.
    """
    mechanism = find_mechanism(how.mechanism, signer.key.public_key.type, tokens=PRESENTATION_TOKENS)
    completed = _name_party(document, "holder", signer.did)
    read = read_presentation({name: value for name, value in completed.items() if name != "proof"}, contexts)
    check_self_asserted(read.form, signer.did)
    if how.mandatory:
        raise UnknownTermError("a presentation shows all of itself", pointer="/options/mandatoryPointers")
    if mechanism in PRESENTATION_TOKENS:
        _check_for_token(completed, how, mechanism)
        nonce, audience = how.proof.get("challenge"), how.proof.get("domain")
        return sign_presentation(completed, signer, nonce=_text(nonce), audience=_text(audience), at=how.created)
    return _add_proof(completed, signer, mechanism, how, AUTHENTICATION, contexts)


def _name_party(document: Mapping[str, object], member: str, did: str) -> dict[str, object]:
    """Fill in who signs, as a string or as the ``id`` of the object that stands there."""
    named = completed = document.get(member, did)
    if isinstance(completed, dict):
        completed = completed if "id" in completed else {"id": did, **completed}
        named = completed["id"]
    if named != did:
        raise LegationError(
            f"the {member} is not the agent that signs",
            code=f"{member}_mismatch",
            pointer=f"/{member}",
            fix=f"Leave the {member} out, or name {did}.",
        )
    return {**document, member: completed}


def _add_proof(
    document: Mapping[str, object], signer: Signer, cryptosuite: str, how: Securing, purpose: str, contexts: Contexts
) -> dict[str, object]:
    mandatory = _find_mandatory(document, cryptosuite, how, purpose)
    created = None if how.created is None else format_timestamp(how.created)
    # what is there stays as it is, whoever made it: read only where the new proof is to follow it in a chain
    kept = [] if how.proof.get("previousProof") else _list_proofs(document)
    _check_place(kept, how)
    secured = add_proof(
        {name: value for name, value in document.items() if name != "proof"} if kept else document,
        signer,
        cryptosuite=cryptosuite,
        purpose=purpose,
        created=created,
        contexts=contexts,
        options=how.proof,
        suite_options=SuiteOptions(mandatory, how.entropy),
    )
    return {**secured, "proof": [*kept, secured["proof"]]} if kept else secured


def _list_proofs(document: Mapping[str, object]) -> list[object]:
    value = document.get("proof", [])
    return value if isinstance(value, list) else [value]


def _check_place(kept: Sequence[object], how: Securing) -> None:
    """Refuse one proof more than a verifier reads, and a second one of the same id."""
    if len(kept) >= MAX_PROOFS:
        raise TooLargeError(f"a document has at most {MAX_PROOFS} proofs", pointer="/proof")
    name = how.proof.get("id")
    if name is not None and any(isinstance(proof, dict) and proof.get("id") == name for proof in kept):
        raise MalformedError("the document has a proof with this id", pointer="/options/proofId")


def _find_mandatory(document: Mapping[str, object], cryptosuite: str, how: Securing, purpose: str) -> tuple[str, ...]:
    """Return the pointers to what every disclosure shows; none for a suite that discloses a document whole."""
    if not isinstance(SUITES[cryptosuite], DerivableSuite):
        if how.mandatory:
            raise UnknownTermError(
                f"{cryptosuite} discloses a document whole",
                pointer="/options/mandatoryPointers",
                fix="Leave them out.",
            )
        return ()
    if purpose == AUTHENTICATION:
        # a base proof is for the holder alone, and no verifier takes it
        raise UnknownTermError(f"{cryptosuite} secures no presentation", pointer="/options/cryptosuite")
    if "" in how.mandatory:
        return how.mandatory
    always = [f"/{name}" for name in _ALWAYS_SHOWN if name in document]
    return (*how.mandatory, *(pointer for pointer in always if pointer not in how.mandatory))


def _sign_token(document: dict[str, object], signer: Signer, mechanism: str, how: Securing) -> str:
    # RFC 7519 §4.1.6: so that a key which ended since still counts for it
    claims = document if how.created is None else {**document, "iat": nanoseconds(how.created) // SECOND}
    if mechanism == VC_JWT:
        return sign_credential(claims, signer)
    return issue_disclosable(claims, signer, how.mandatory, how.entropy)


def _check_for_token(document: Mapping[str, object], how: Securing, mechanism: str) -> None:
    """Refuse what a token cannot carry: proofs of others, and members of a proof that it has no claim for."""
    if "proof" in document:
        raise MalformedError("what carries a proof becomes no token", pointer="/proof")
    if not REGISTERED.isdisjoint(document):
        claim = min(REGISTERED & document.keys())
        raise UnknownTermError("a member would become a claim of the token itself", pointer=f"/{claim}")
    taken = _CLAIMS if mechanism in PRESENTATION_TOKENS else frozenset[str]()
    left = [name for name, value in how.proof.items() if value is not None and name not in taken]
    if left:
        raise UnknownTermError(f"a token has no {min(left)}", pointer=f"/options/{min(left)}")
    if how.mandatory and mechanism != VC_SD_JWT:
        raise UnknownTermError("the token discloses a document whole", pointer="/options/mandatoryPointers")


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise MalformedError("a token names one verifier", pointer="/options/domain")
    return value
