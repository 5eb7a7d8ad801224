"""The did:jwk method."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto.keys import PublicKey
from legation.errors import ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, parse_did_document
from legation.standards.did.jwk import build_did_jwk, build_did_jwk_document, resolve_did_jwk
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import encode_base64url
from tests.support.ed25519_points import DISHONEST, HONEST
from tests.support.keys import Ed25519Key, P256Key

KEYS = [Ed25519Key("did").public_key, P256Key("did").public_key]
JWK: dict[str, Any] = dict(build_public_jwk(KEYS[0]))
# did:jwk Method Specification, the P-256 example
SPECIFIED = (
    "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5"
    "IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9"
)


def spell(text: str | bytes) -> str:
    """Return the did:jwk of a JSON text."""
    return "did:jwk:" + encode_base64url(text.encode() if isinstance(text, str) else text)


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "P-256"])
def test_did_of_a_key_resolves_to_that_key_for_signing_alone(key: PublicKey) -> None:
    did = build_did_jwk(key)
    document = resolve_did_jwk(did)
    assert list(document.methods) == [did + "#0"]
    assert set(document.relationships) == set(SIGNING_RELATIONSHIPS)
    for relationship in SIGNING_RELATIONSHIPS:
        method = document.find_method(did + "#0", relationship)
        assert method is not None
        assert method.key == key


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "P-256"])
def test_json_form_says_the_same_as_the_did(key: PublicKey) -> None:
    did = build_did_jwk(key)
    assert parse_did_document(build_did_jwk_document(did), did=did) == resolve_did_jwk(did)


def test_example_of_the_specification_is_resolved_and_built_alike() -> None:
    key = resolve_did_jwk(SPECIFIED).methods[SPECIFIED + "#0"].key
    assert key is not None
    assert build_public_jwk(key)["x"] == "acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"
    assert build_did_jwk(key) == SPECIFIED


def test_jwk_may_carry_members_and_spaces_of_its_own() -> None:
    did = spell(json.dumps({**JWK, "use": "sig", "kid": "k", "alg": "EdDSA"}, indent=1))
    assert resolve_did_jwk(did).methods[did + "#0"].key == KEYS[0]


@pytest.mark.parametrize(
    "members", [{"use": "enc"}, {"key_ops": ["deriveKey"]}, {"alg": "ES256"}, {"d": JWK["x"]}, {"crv": "X25519"}]
)
def test_jwk_that_verifies_no_signatures_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_jwk(spell(json.dumps({**JWK, **members})))


@pytest.mark.parametrize(
    "did",
    [
        "did:jwk:",
        "did:key:z6Mk",
        "did:jwk:e30",
        "did:jwk:e30=",
        "did:jwk:e31",
        spell("[]"),
        spell("null"),
        spell(json.dumps(JWK)[:-1] + ', "x": "' + JWK["x"] + '"}'),
        spell(b"\xff"),
        spell("{" + '"a":[' * 40 + "]" * 40 + "}"),
        spell(json.dumps({**JWK, "kid": "k" * 1000})),
        build_did_jwk(KEYS[0]) + "#0",
        build_did_jwk(KEYS[0]) + "=",
    ],
)
def test_what_is_no_did_jwk_of_strict_json_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_jwk(did)


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_did_of_a_dishonest_key_is_refused(raw: bytes) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_jwk(spell(json.dumps({**JWK, "x": encode_base64url(raw)})))


def test_did_of_their_honest_twin_is_resolved() -> None:
    assert resolve_did_jwk(spell(json.dumps({**JWK, "x": encode_base64url(HONEST)}))).methods


@given(st.one_of(st.text(), st.binary(max_size=60).map(spell)))
def test_any_text_is_resolved_or_refused(text: str) -> None:
    try:
        assert resolve_did_jwk(text).id == text
    except ResolutionError:
        return
