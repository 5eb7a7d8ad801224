"""Key binding: by the holder's key, just now, for this verifier, nonce and these disclosures, and asked for."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import InvalidKeyError, LegationError, MalformedError, ProofError
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.binding import Binding, read_confirmation
from legation.standards.sd_jwt.verification import verify_sd_jwt
from legation.standards.timestamps import SECOND
from tests.support.chains import AT
from tests.support.selective import (
    AUDIENCE,
    BINDING,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    digest,
    forge_binding,
    forge_disclosure,
    forge_sd_jwt,
    parse,
    verify,
)

SECONDS = int(AT.timestamp())
JWK = build_public_jwk(HOLDER.key.public_key)
NAME = forge_disclosure("salt", "name", "Ana")
TEXT = forge_sd_jwt({"_sd": [digest(NAME)], "cnf": {"jwk": JWK}}, [NAME])


def test_binding_of_the_holder_is_accepted() -> None:
    assert verify(forge_binding(TEXT), BINDING).claims["name"] == "Ana"
    # claims that are not understood are ignored, and a kid says nothing (draft 16, Key Binding JWT)
    verify(forge_binding(TEXT, extra=1), BINDING)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"aud": "https://another.example"}, "domain_mismatch"),
        ({"aud": AUDIENCE + "/"}, "domain_mismatch"),
        ({"aud": [AUDIENCE]}, "domain_mismatch"),
        ({"aud": None}, "domain_mismatch"),
        ({"nonce": "another"}, "challenge_mismatch"),
        ({"nonce": None}, "challenge_mismatch"),
        ({"nonce": 7}, "challenge_mismatch"),
        ({"iat": SECONDS - 301}, "presentation_invalid"),
        ({"iat": SECONDS + 61}, "presentation_invalid"),
        ({"iat": None}, "presentation_invalid"),
        ({"iat": str(SECONDS)}, "malformed"),
        ({"exp": SECONDS}, "expired"),
        ({"nbf": SECONDS + 1}, "not_yet_valid"),
        ({"sd_hash": digest("x")}, "presentation_invalid"),
        ({"sd_hash": digest(TEXT.rstrip("~"))}, "presentation_invalid"),
        ({"sd_hash": None}, "presentation_invalid"),
        ({"signer": ISSUER}, "proof_invalid"),
        ({"typ": "JWT"}, "malformed"),
        ({"typ": None}, "malformed"),
        ({"typ": "vp+jwt"}, "malformed"),
    ],
)
def test_binding_to_anything_else_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(LegationError) as refused:
        verify(forge_binding(TEXT, **change), BINDING)
    assert refused.value.code == code
    verify(forge_binding(TEXT, iat=SECONDS - 300), BINDING)
    verify(forge_binding(TEXT, iat=SECONDS + 60, exp=SECONDS + 1, nbf=SECONDS), BINDING)


def test_age_of_a_binding_is_the_verifiers_choice() -> None:
    old = forge_binding(TEXT, iat=SECONDS - 3600)
    verify(old, Binding(AUDIENCE, NONCE, max_age=3600 * SECOND))
    with pytest.raises(LegationError):
        verify(old, Binding(AUDIENCE, NONCE, max_age=3599 * SECOND))


def test_need_for_a_binding_comes_from_the_verifier() -> None:
    with pytest.raises(LegationError) as refused:
        verify(TEXT, BINDING)
    assert refused.value.code == "presentation_invalid"
    verify(TEXT, None)
    with pytest.raises(MalformedError):
        verify(forge_binding(TEXT), None)


@pytest.mark.parametrize(
    "confirmation",
    [None, {}, "x", {"kid": "did:key:x#x"}, {"jwk": JWK, "kid": "x"}, {"jwk": None}, {"jwk": {**JWK, "d": "x"}}],
)
def test_holder_without_a_key_in_cnf_cannot_bind(confirmation: object) -> None:
    claims = {} if confirmation is None else {"cnf": confirmation}
    with pytest.raises((MalformedError, InvalidKeyError)):
        verify(forge_binding(forge_sd_jwt(claims)), BINDING)


def test_confirmation_in_a_disclosure_names_no_holder() -> None:
    disclosed = forge_disclosure("salt", "cnf", {"jwk": JWK})
    text = forge_sd_jwt({"_sd": [digest(disclosed)]}, [disclosed])
    with pytest.raises(MalformedError):
        verify(forge_binding(text), BINDING)


def test_caller_may_find_the_holder_by_another_confirmation() -> None:
    text = forge_binding(forge_sd_jwt({"cnf": {"kid": HOLDER.method}}))

    def find_holder(confirmation: Any) -> Any:
        assert confirmation == {"kid": HOLDER.method}
        return HOLDER.key.public_key

    def verified() -> object:
        key = ISSUER.key.public_key
        return verify_sd_jwt(parse(text), lambda _: key, at=NOW, binding=BINDING, find_holder=find_holder)

    assert verified()
    with pytest.raises(MalformedError):
        verify(text, BINDING)


def test_confirmation_is_a_public_key_that_signs() -> None:
    assert read_confirmation({"jwk": JWK}) == HOLDER.key.public_key
    for wrong in ({"jwk": {**JWK, "use": "enc"}}, {"jwk": {**JWK, "alg": "ES384"}}, {"jwk": {"kty": "oct", "k": "AA"}}):
        with pytest.raises(InvalidKeyError):
            read_confirmation(wrong)


def test_issuer_signature_and_dates_are_checked_before_the_binding() -> None:
    head, _, rest = forge_binding(TEXT).partition(".")
    body, _, tail = rest.partition(".")
    tampered = f"{head}.{body}.{'A' * 86}~{tail.partition('~')[2]}"
    with pytest.raises(ProofError):
        verify(tampered, BINDING)
    for claims, code in (({"exp": SECONDS}, "expired"), ({"nbf": SECONDS + 1}, "not_yet_valid")):
        with pytest.raises(LegationError) as refused:
            verify(forge_sd_jwt(claims))
        assert refused.value.code == code
    verify(forge_sd_jwt({"exp": SECONDS + 1, "nbf": SECONDS}))
