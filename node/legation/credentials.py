"""Credentials and presentations in the caller's own process, with a key of the caller's: without wallet or node.

Keys are JWKs, Multikey pairs or verification methods with their private part; documents and tokens come and go as JSON
has them. Nothing is fetched: the DID documents of others are handed over, but for those of DIDs that say it all.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from legation.crypto.signing import Signer
from legation.domain.credentials.deriving import derive_credential as _derive
from legation.domain.credentials.reading import read_credential, read_presentation
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION, Expectation
from legation.domain.credentials.securing import Securing
from legation.domain.credentials.securing import secure_credential as _secure_credential
from legation.domain.credentials.securing import secure_presentation as _secure_presentation
from legation.domain.credentials.verifying import VerifiedCredential, VerifiedPresentation
from legation.domain.credentials.verifying import verify_credential as _verify_credential
from legation.domain.credentials.verifying import verify_presentation as _verify_presentation
from legation.domain.methods import Documents
from legation.errors import ResolutionError
from legation.standards.did.document import DIDDocument, parse_did_document
from legation.standards.did.key import build_did_key
from legation.standards.did.syntax import split_did_url
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.standards.key_pairs import load_key_pair
from legation.standards.timestamps import nanoseconds

Secured = dict[str, object] | str


def secure_credential(
    document: Mapping[str, object],
    key: Mapping[str, object],
    *,
    cryptosuite: str | None = None,
    verification_method: str | None = None,
    created: datetime | None = None,
    options: Mapping[str, object] | None = None,
    mandatory_pointers: Sequence[str] = (),
    contexts: Mapping[str, bytes] | None = None,
) -> Secured:
    """Return a credential with a proof, or for ``vc+jwt`` and ``vc+sd-jwt`` the text of a token.

    ``cryptosuite`` is by default what the key is used for first. ``verification_method`` is the DID URL of the key, by
    default what the key says (``id`` or ``kid``), else the did:key that it is. ``created`` is by default now.
    ``options`` are further members of the proof. ``contexts`` adds JSON-LD contexts by URL, as they were published.

    Raises:
        InvalidKeyError: it is no private key, or the cryptosuite does not take it.
        LegationError: ``issuer_mismatch`` where the document names another issuer than the key's DID.
        MalformedError, UnknownTermError, TooLargeError: the document is not one that can be secured.
    """
    how = _how(cryptosuite, created, options, mandatory_pointers)
    return _secure_credential(document, _signer(key, verification_method), how, _contexts(contexts))


def secure_presentation(
    document: Mapping[str, object],
    key: Mapping[str, object],
    *,
    challenge: str | None = None,
    domain: str | None = None,
    cryptosuite: str | None = None,
    verification_method: str | None = None,
    created: datetime | None = None,
    contexts: Mapping[str, bytes] | None = None,
) -> Secured:
    """Return a presentation with a proof for whoever gave ``challenge``, or for ``vp+jwt`` the text of a token.

    What is not named here is as in :func:`secure_credential`.

    Raises:
        InvalidKeyError, MalformedError, UnknownTermError, TooLargeError: as there.
        LegationError: ``holder_mismatch`` where the document names another holder than the key's DID.
    """
    asked = {"challenge": challenge, "domain": domain}
    how = _how(cryptosuite, created, {name: value for name, value in asked.items() if value is not None}, ())
    return _secure_presentation(document, _signer(key, verification_method), how, _contexts(contexts))


def verify_credential(
    secured: Secured,
    documents: Mapping[str, object] | None = None,
    *,
    at: datetime | None = None,
    challenge: str | None = None,
    domain: str | None = None,
    contexts: Mapping[str, bytes] | None = None,
) -> VerifiedCredential:
    """Verify a credential as of ``at`` (now by default), with the DID documents of its parties, by DID.

    Raises:
        LegationError: why it does not hold.
    """
    known = _contexts(contexts)
    expected = Expectation(_moment(at), ASSERTION, challenge, domain)
    return _verify_credential(read_credential(secured, known), _documents(documents), expected, known)


def verify_presentation(
    secured: Secured,
    documents: Mapping[str, object] | None = None,
    *,
    challenge: str | None = None,
    domain: str | None = None,
    at: datetime | None = None,
    contexts: Mapping[str, bytes] | None = None,
) -> VerifiedPresentation:
    """Verify a presentation and every credential in it, as :func:`verify_credential` does.

    With a ``challenge`` or a ``domain`` it has to be secured, and to answer them.

    Raises:
        LegationError: why it, or one of its credentials, does not hold.
    """
    known = _contexts(contexts)
    expected = Expectation(_moment(at), AUTHENTICATION, challenge, domain)
    return _verify_presentation(read_presentation(secured, known), _documents(documents), expected, known)


def derive_credential(
    secured: Secured, selective_pointers: Sequence[str], *, contexts: Mapping[str, bytes] | None = None
) -> Secured:
    """Return a credential that shows what JSON Pointers name, and what its issuer made mandatory.

    Raises:
        ProofError: nothing can be derived from it.
        MalformedError, UnknownTermError, TooLargeError: it is no credential, or a pointer names nothing in it.
    """
    return _derive(secured, selective_pointers, _contexts(contexts))


def _how(
    mechanism: str | None, created: datetime | None, options: Mapping[str, object] | None, mandatory: Sequence[str]
) -> Securing:
    return Securing(
        created=created or datetime.now(UTC),
        entropy=secrets.token_bytes,
        mechanism=mechanism,
        proof=options or {},
        mandatory=tuple(mandatory),
    )


def _signer(key: Mapping[str, object], method: str | None) -> Signer:
    private = load_key_pair(key)
    named = method or next((value for value in (key.get("id"), key.get("kid")) if _is_method(value)), None)
    if not isinstance(named, str):
        did = build_did_key(private.public_key)
        return Signer(did, f"{did}#{did.removeprefix('did:key:')}", private)
    did, _ = split_did_url(named)
    return Signer(did, named, private)


def _is_method(value: object) -> bool:
    return isinstance(value, str) and value.startswith("did:") and "#" in value


def _documents(documents: Mapping[str, object] | None) -> Documents:
    return {did: _parse(did, document) for did, document in (documents or {}).items()}


def _parse(did: str, document: object) -> DIDDocument | ResolutionError:
    if isinstance(document, DIDDocument):
        return document
    try:
        return parse_did_document(document, did=did)
    except ResolutionError as error:
        return error


def _contexts(added: Mapping[str, bytes] | None) -> Contexts:
    return bundled_contexts().extended(added) if added else bundled_contexts()


def _moment(at: datetime | None) -> int:
    return nanoseconds(datetime.now(UTC) if at is None else at)
