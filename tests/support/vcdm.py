"""Credentials and presentations of the VC Data Model, as few members as they may have, and how a test breaks them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.standards.vc.contexts_rules import CREDENTIALS_V1, CREDENTIALS_V2
from legation.standards.vc.credentials import CredentialForm, check_credential
from legation.standards.vc.presentations import PresentationForm, check_presentation

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
TYPE = "https://example.org/#Kind"
ISSUER = "did:example:issuer"
GONE = object()


@cache
def contexts() -> Contexts:
    """Return what is bundled, and a context that gives every name a URL."""
    return bundled_contexts().extended({EXAMPLES: b'{"@context": {"@vocab": "https://example.org/vocabulary#"}}'})


def credential(**members: Any) -> dict[str, Any]:
    """Return a credential of VCDM 2.0; ``context`` stands for ``@context``, GONE takes a member away."""
    return _changed(
        {
            "@context": [CREDENTIALS_V2],
            "type": ["VerifiableCredential"],
            "issuer": ISSUER,
            "credentialSubject": {"id": "did:example:subject"},
        },
        members,
    )


def earlier_credential(**members: Any) -> dict[str, Any]:
    """Return a credential of VCDM 1.1."""
    made = credential(context=[CREDENTIALS_V1], issuanceDate="2026-01-01T00:00:00Z")
    return _changed(made, members)


def presentation(**members: Any) -> dict[str, Any]:
    """Return a presentation of VCDM 2.0."""
    made = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "verifiableCredential": [credential()]}
    return _changed(made, members)


def _changed(made: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    if "context" in members:
        members["@context"] = members.pop("context")
    made.update(members)
    return {name: value for name, value in made.items() if value is not GONE}


def formed(document: Any, **options: Any) -> CredentialForm:
    """Check a credential with the contexts of these tests."""
    return check_credential(document, contexts=contexts(), **options)


def shown(document: Any) -> PresentationForm:
    """Check a presentation with the contexts of these tests."""
    return check_presentation(document, contexts=contexts())


def refusal(document: Any, **options: Any) -> tuple[str, str | None]:
    """Return code and pointer with which a credential is refused."""
    with pytest.raises(LegationError) as refused:
        formed(document, **options)
    return refused.value.code, refused.value.pointer


def shown_refusal(document: Any) -> tuple[str, str | None]:
    """Return code and pointer with which a presentation is refused."""
    with pytest.raises(LegationError) as refused:
        shown(document)
    return refused.value.code, refused.value.pointer
