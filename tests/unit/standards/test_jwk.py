"""Public JWKs: what may verify signatures, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto.keys import KeyType, PublicKey
from legation.errors import InvalidKeyError
from legation.standards.jwk import build_public_jwk, parse_public_jwk
from legation.standards.multiformats import encode_base64url
from tests.support.ed25519_points import DISHONEST, HONEST
from tests.support.keys import Ed25519Key, P256Key

ED25519 = Ed25519Key("jwk").public_key
P256 = P256Key("jwk").public_key
ED25519_JWK = build_public_jwk(ED25519)
P256_JWK = build_public_jwk(P256)


@pytest.mark.parametrize("key", [ED25519, P256], ids=["Ed25519", "P-256"])
def test_a_key_comes_back_from_its_jwk(key: PublicKey) -> None:
    assert parse_public_jwk(build_public_jwk(key)) == key


def test_the_jwk_of_rfc_8037_appendix_a_is_read() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert parse_public_jwk(jwk).raw.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert build_public_jwk(parse_public_jwk(jwk)) == jwk


@pytest.mark.parametrize(
    ("jwk", "members"),
    [
        (ED25519_JWK, {"alg": "EdDSA"}),
        (ED25519_JWK, {"alg": "Ed25519", "use": "sig"}),
        (ED25519_JWK, {"key_ops": ["verify"], "kid": "k", "ext": True, "x5c": []}),
        (P256_JWK, {"alg": "ES256", "use": "sig", "key_ops": ["sign", "verify"]}),
    ],
)
def test_members_that_allow_verifying_are_accepted(jwk: dict[str, str], members: dict[str, Any]) -> None:
    assert parse_public_jwk({**jwk, **members}) == parse_public_jwk(jwk)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
@pytest.mark.parametrize("jwk", [ED25519_JWK, P256_JWK], ids=["Ed25519", "P-256"])
def test_jwk_with_a_private_member_is_refused(jwk: dict[str, str], member: str) -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**jwk, member: None})


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"use": None},
        {"use": ["sig"]},
        {"key_ops": []},
        {"key_ops": ["sign"]},
        {"key_ops": ["deriveKey"]},
        {"key_ops": "verify"},
        {"key_ops": ["verify", "verify"]},
        {"key_ops": ["verify", 1]},
        {"key_ops": ["verify", ["verify"]]},
        {"alg": "ES384"},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": None},
        {"alg": ["ES256"]},
        {"alg": "es256"},
    ],
)
@pytest.mark.parametrize("jwk", [ED25519_JWK, P256_JWK], ids=["Ed25519", "P-256"])
def test_jwk_for_another_purpose_is_refused(jwk: dict[str, str], members: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**jwk, **members})


def test_alg_of_the_other_type_is_refused() -> None:
    for jwk, algorithm in [(ED25519_JWK, "ES256"), (P256_JWK, "EdDSA"), (P256_JWK, "Ed25519")]:
        with pytest.raises(InvalidKeyError):
            parse_public_jwk({**jwk, "alg": algorithm})


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "RSA"},
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"kty": None},
        {"crv": "X25519"},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"crv": "ed25519"},
        {"crv": {}},
        {"x": None},
        {"x": 5},
        {"x": ""},
        {"x": "A" * 42},
        {"x": "A" * 44},
        {"x": "A" * 42 + "="},
        {"x": "A" * 42 + "+"},
        {"x": "A" * 42 + " "},
        {"x": "A" * 42 + "ä"},
    ],
)
@pytest.mark.parametrize("jwk", [ED25519_JWK, P256_JWK], ids=["Ed25519", "P-256"])
def test_malformed_jwk_is_refused(jwk: dict[str, str], members: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**jwk, **members})


@pytest.mark.parametrize("missing", ["kty", "crv", "x", "y"])
def test_jwk_that_lacks_a_member_is_refused(missing: str) -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({name: value for name, value in P256_JWK.items() if name != missing})


@pytest.mark.parametrize("jwk", [ED25519_JWK, P256_JWK], ids=["Ed25519", "P-256"])
def test_second_spelling_of_a_coordinate_is_refused(jwk: dict[str, str]) -> None:
    # 43 characters carry 258 bits: the last two must be zero
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelled = jwk["x"][:-1] + last[last.index(jwk["x"][-1]) + 1]
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**jwk, "x": spelled})


def test_p256_point_off_the_curve_is_refused() -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**P256_JWK, "y": P256_JWK["x"]})


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_dishonest_ed25519_key_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        parse_public_jwk({**ED25519_JWK, "x": encode_base64url(raw)})


def test_the_honest_twin_of_the_dishonest_keys_is_accepted() -> None:
    assert parse_public_jwk({**ED25519_JWK, "x": encode_base64url(HONEST)}).type is KeyType.ED25519


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.one_of(
        JSON,
        st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "use", "alg", "key_ops", "d"]), JSON),
        st.builds(lambda name, value: {**P256_JWK, name: value}, st.sampled_from(["x", "y", "crv", "use"]), JSON),
    )
)
def test_anything_is_a_key_or_an_invalid_key(value: object) -> None:
    try:
        key = parse_public_jwk(value)
    except InvalidKeyError:
        return
    assert parse_public_jwk(build_public_jwk(key)) == key
