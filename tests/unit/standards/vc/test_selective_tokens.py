"""Credentials and presentations as SD-JWTs: the document comes back, and what validation needs is never hidden."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import MalformedError, ProofError
from legation.standards.sd_jwt.presenting import present_sd_jwt
from legation.standards.sd_jwt.verification import verify_binding
from legation.standards.vc.enveloping import envelop
from legation.standards.vc.selective_tokens import (
    NEVER_DISCLOSABLE,
    read_selective_credential,
    read_selective_presentation,
    sign_selective_credential,
    sign_selective_presentation,
)
from tests.support.chains import AT
from tests.support.selective import (
    AUDIENCE,
    BINDING,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    digest,
    forge_disclosure,
    forge_sd_jwt,
    salts,
)

DOCUMENT: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": ISSUER.did,
    "validFrom": "2026-01-01T00:00:00Z",
    "validUntil": "2027-01-01T00:00:00Z",
    "credentialStatus": {"type": "BitstringStatusListEntry"},
    "credentialSchema": {"id": "https://x.example/s.json", "type": "JsonSchema"},
    "credentialSubject": {"id": HOLDER.did, "name": "Ana", "roles": ["a", "b"]},
}


def sign(document: dict[str, Any] = DOCUMENT, **options: Any) -> str:
    return sign_selective_credential(document, ISSUER, salts=salts(), **options)


def test_credential_comes_back_with_what_was_disclosed() -> None:
    text = sign(disclosable=[("credentialSubject", "name"), ("credentialSubject", "roles", 1)])
    read = read_selective_credential(text)
    assert (read.document, read.method, read.did) == (DOCUMENT, ISSUER.method, ISSUER.did)
    read.verify(ISSUER.key.public_key)
    with pytest.raises(ProofError):
        read.verify(HOLDER.key.public_key)
    less = read_selective_credential(text.partition("~")[0] + "~")
    assert less.document["credentialSubject"] == {"id": HOLDER.did, "roles": ["a"]}


def test_holder_binds_a_credential_that_names_its_key() -> None:
    text = sign(disclosable=[("credentialSubject", "name")], holder_key=HOLDER.key.public_key)
    read = read_selective_credential(text)
    assert (read.document, "cnf" in read.claims) == (DOCUMENT, True)
    bound = read_selective_credential(
        present_sd_jwt(read.sd_jwt, [], holder=HOLDER, nonce=NONCE, audience=AUDIENCE, at=AT)
    )
    verify_binding(bound.sd_jwt, BINDING, at=NOW)
    with pytest.raises(MalformedError):
        verify_binding(bound.sd_jwt, None, at=NOW)
    verify_binding(read.sd_jwt, None, at=NOW)


@pytest.mark.parametrize("name", sorted({*NEVER_DISCLOSABLE, "issuer", "type", "@context"} & DOCUMENT.keys()))
def test_member_that_validation_needs_is_not_disclosable(name: str) -> None:
    with pytest.raises(MalformedError):
        sign(disclosable=[(name,)])
    if isinstance(DOCUMENT[name], dict):
        with pytest.raises(MalformedError):
            sign(disclosable=[(name, "type")])


@pytest.mark.parametrize("name", sorted(NEVER_DISCLOSABLE))
def test_member_that_another_issuer_hid_is_refused(name: str) -> None:
    disclosure = forge_disclosure("s", name, DOCUMENT.get(name, 1_900_000_000))
    rest = {other: value for other, value in DOCUMENT.items() if other != name}
    text = forge_sd_jwt({**rest, "_sd": [digest(disclosure)]}, [disclosure], typ="vc+sd-jwt")
    with pytest.raises(MalformedError):
        read_selective_credential(text)
    if isinstance(DOCUMENT.get(name), dict):
        hidden = {**DOCUMENT, name: {**DOCUMENT[name], "_sd": [digest("x")]}}
        with pytest.raises(MalformedError):
            read_selective_credential(forge_sd_jwt(hidden, typ="vc+sd-jwt"))
    read_selective_credential(forge_sd_jwt(DOCUMENT, typ="vc+sd-jwt"))


@pytest.mark.parametrize("change", [{"vc": {}}, {"vp": {}}, {"iss": HOLDER.did}, {"sub": ISSUER.did}, {"exp": "x"}])
def test_claims_that_contradict_are_refused_in_the_clear_and_disclosed(change: dict[str, Any]) -> None:
    if "exp" not in change:
        with pytest.raises(MalformedError):
            sign({**DOCUMENT, **change})
    with pytest.raises(MalformedError):
        read_selective_credential(forge_sd_jwt({**DOCUMENT, **change}, typ="vc+sd-jwt"))
    ((name, value),) = change.items()
    disclosure = forge_disclosure("s", name, value)
    text = forge_sd_jwt({**DOCUMENT, "_sd": [digest(disclosure)]}, [disclosure], typ="vc+sd-jwt")
    with pytest.raises(MalformedError):
        read_selective_credential(text)


def test_presentation_comes_back_with_what_was_disclosed() -> None:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": ISSUER.did,
        "verifiableCredential": [envelop(sign(), "EnvelopedVerifiableCredential", "application/vc+sd-jwt")],
    }
    text = sign_selective_presentation(
        document, ISSUER, salts=salts(), disclosable=[("holder",), ("verifiableCredential", 0)]
    )
    read = read_selective_presentation(text)
    assert read.document == document
    read.verify(ISSUER.key.public_key)
    for wrong in (sign(), text.replace("~", "~~", 1)):
        with pytest.raises(MalformedError):
            read_selective_presentation(wrong)
    with pytest.raises(MalformedError):
        read_selective_credential(text)
    bad = {**document, "verifiableCredential": [{**document["verifiableCredential"][0], "id": "x"}]}  # type: ignore[index,dict-item]  # a list of one
    with pytest.raises(MalformedError):
        sign_selective_presentation(bad, ISSUER, salts=salts())
