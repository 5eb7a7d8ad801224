"""Credentials and presentations of strangers, secured as the specifications have it, for doors that judge them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import shake_256
from typing import Any

from legation.crypto.signing import Signer
from legation.domain.credentials.securing import Securing, secure_credential, secure_presentation
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.standards.vc.enveloping import envelop
from tests.support.keys import signer_of

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
ACME = signer_of("acme")
HOLDER = signer_of("holder")


def entropy(size: int) -> bytes:
    """Return bytes that are anything but random."""
    return shake_256(b"entropy").digest(size)


def credential(**more: Any) -> dict[str, Any]:
    """Return a credential that nobody has secured; a member None is left out."""
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": HOLDER.did, "name": "Holder"},
        **more,
    }
    return {name: value for name, value in document.items() if value is not None}


def presentation(*credentials: object, **more: Any) -> dict[str, Any]:
    """Return a presentation of credentials that nobody has secured; a member None is left out."""
    document: dict[str, Any] = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
    if credentials:
        document["verifiableCredential"] = list(credentials)
    return {name: value for name, value in {**document, **more}.items() if value is not None}


def issued(
    document: Mapping[str, Any] | None = None,
    signer: Signer = ACME,
    mechanism: str | None = None,
    *,
    contexts: Contexts | None = None,
    created: datetime | None = None,
    mandatory: tuple[str, ...] = (),
    **proof: object,
) -> dict[str, Any]:
    """Return a credential that its issuer secured, an enveloped one where that gives a token."""
    how = Securing(created=created, entropy=entropy, mechanism=mechanism, proof=proof, mandatory=mandatory)
    known = bundled_contexts() if contexts is None else contexts
    found = secure_credential(credential() if document is None else document, signer, how, known)
    if isinstance(found, dict):
        return found
    kind = "vc+sd-jwt" if "~" in found else "vc+jwt"
    return envelop(found, "EnvelopedVerifiableCredential", f"application/{kind}")


def presented(
    document: Mapping[str, Any] | None = None,
    signer: Signer = HOLDER,
    mechanism: str | None = None,
    *,
    created: datetime | None = None,
    **proof: object,
) -> dict[str, Any]:
    """Return a presentation that its holder secured, an enveloped one where that gives a token."""
    how = Securing(created=created, entropy=entropy, mechanism=mechanism, proof=proof)
    shown = presentation(issued()) if document is None else document
    found = secure_presentation(shown, signer, how, bundled_contexts())
    if isinstance(found, dict):
        return found
    return envelop(found, "EnvelopedVerifiablePresentation", "application/vp+jwt")
