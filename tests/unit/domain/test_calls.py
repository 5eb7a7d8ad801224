"""The tokens by which agents call a node."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from legation.domain.calls import build_call_token, read_call_token
from legation.errors import MalformedError, ProofError
from legation.standards.jose import parse_jws
from tests.support.keys import signer_of

NODE = "https://node.example"
URL = f"{NODE}/v1/delegations"
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
JTI = "j" * 22


@pytest.mark.parametrize("p256", [False, True])
def test_token_that_was_built_is_read_and_its_signature_holds(p256: bool) -> None:
    signer = signer_of("agent", p256=p256)
    text = build_call_token(signer, audience=NODE, method="POST", url=URL, at=AT, jti=JTI)
    token = read_call_token(text, audience=NODE, method="POST", url=URL, at=AT)
    assert (token.did, token.method, token.jti) == (signer.did, signer.method, JTI)
    assert token.expires_at == AT + timedelta(seconds=60)
    token.verify(signer.key.public_key)
    for other in (signer_of("other", p256=p256), signer_of("agent", p256=not p256)):
        with pytest.raises(ProofError):
            token.verify(other.key.public_key)


def test_claims_are_those_of_the_architecture_and_the_query_is_not_signed() -> None:
    signer = signer_of("agent")
    text = build_call_token(signer, audience=NODE, method="GET", url=URL + "?limit=5#x", at=AT, jti=JTI)
    jws = parse_jws(text, typ="did-auth+jwt")
    issued = int(AT.timestamp())
    assert jws.claims == {
        "iss": signer.did,
        "sub": signer.did,
        "aud": NODE,
        "htm": "GET",
        "htu": URL,
        "iat": issued,
        "exp": issued + 60,
        "jti": JTI,
    }
    assert jws.method == signer.method


@pytest.mark.parametrize("url", [URL + "?limit=5", URL + "?", "HTTPS://NODE.example:443/v1/./delegations"])
def test_url_of_the_call_is_compared_in_normal_form_and_without_its_query(url: str) -> None:
    text = build_call_token(signer_of("agent"), audience=NODE, method="GET", url=URL, at=AT, jti=JTI)
    assert read_call_token(text, audience=NODE, method="GET", url=url, at=AT).jti == JTI


@pytest.mark.parametrize("jti", ["", "a" * 15, "a" * 129, "a" * 15 + "\n", "é" * 20])
def test_jti_that_is_too_short_too_long_or_not_printable_is_not_signed(jti: str) -> None:
    with pytest.raises(MalformedError):
        build_call_token(signer_of("agent"), audience=NODE, method="GET", url=URL, at=AT, jti=jti)


@pytest.mark.parametrize("seconds", [0, 59, -5])
def test_token_holds_from_five_seconds_before_it_was_made_until_its_end(seconds: int) -> None:
    text = build_call_token(signer_of("agent"), audience=NODE, method="GET", url=URL, at=AT, jti=JTI)
    read_call_token(text, audience=NODE, method="GET", url=URL, at=AT + timedelta(seconds=seconds))
