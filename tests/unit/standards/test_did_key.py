"""The did:key method."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.errors import InvalidKeyError, ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, parse_did_document
from legation.standards.did.key import build_did_key, build_did_key_document, build_did_key_of, resolve_did_key
from legation.standards.multiformats import (
    Curve,
    decode_base58,
    decode_public_key,
    encode_base58,
    encode_base64url,
)
from tests.support.ed25519_points import DISHONEST, HONEST
from tests.support.keys import Ed25519Key, P256Key

KEYS = [
    Ed25519Key("did").public_key,
    P256Key("did").public_key,
    PrivateKey(KeyType.P384, bytes(47) + b"\x01").public_key,
    PrivateKey(KeyType.P521, bytes(65) + b"\x01").public_key,
]
NAMES = ["Ed25519", "P-256", "P-384", "P-521"]
# keys that this version lists and does not verify with: the generator of secp256k1, a base point, a generator of G2
OTHERS = {
    Curve.SECP256K1: bytes.fromhex("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
    Curve.X25519: bytes([9]) + bytes(31),
    Curve.BLS12_381_G2: bytes.fromhex(
        "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
    ),
}


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_did_of_a_key_resolves_to_that_key_for_signing_alone(key: PublicKey) -> None:
    did = build_did_key(key)
    document = resolve_did_key(did)
    method_id = f"{did}#{did.removeprefix('did:key:')}"
    assert document.id == did
    assert list(document.methods) == [method_id]
    assert set(document.relationships) == set(SIGNING_RELATIONSHIPS)
    for relationship in SIGNING_RELATIONSHIPS:
        method = document.find_method(method_id, relationship)
        assert method is not None
        assert method.key == key
        assert (method.expires, method.revoked) == (None, None)
    assert document.find_method(method_id, "keyAgreement") is None


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_json_form_says_the_same_as_the_did(key: PublicKey) -> None:
    did = build_did_key(key)
    assert parse_did_document(build_did_key_document(did), did=did) == resolve_did_key(did)
    assert build_did_key_of(Curve(key.type.value), key.raw) == did


@pytest.mark.parametrize("curve", OTHERS, ids=lambda curve: curve.value)
def test_key_of_another_curve_is_listed_for_what_it_serves_and_verifies_nothing(curve: Curve) -> None:
    did = build_did_key_of(curve, OTHERS[curve])
    document = resolve_did_key(did)
    (method,) = document.methods.values()
    assert method.key is None
    serves = {"keyAgreement"} if curve is Curve.X25519 else set(SIGNING_RELATIONSHIPS)
    assert set(document.relationships) == serves
    assert all(document.find_method(method.id, name) is method for name in serves)
    assert parse_did_document(build_did_key_document(did), did=did) == document


@pytest.mark.parametrize(
    ("curve", "raw"),
    [
        (Curve.SECP256K1, b"\x02" + bytes(32)),
        (Curve.SECP256K1, b"\x05" + OTHERS[Curve.SECP256K1][1:]),
        (Curve.X25519, bytes(32)),
        (Curve.X25519, bytes(31)),
        (Curve.BLS12_381_G2, b"\xc0" + bytes(95)),
        (Curve.BLS12_381_G2, OTHERS[Curve.BLS12_381_G2][:-1]),
        (Curve.P384, b"\x02" + b"\xff" * 48),
    ],
)
def test_key_that_its_curve_refuses_makes_no_did(curve: Curve, raw: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        build_did_key_of(curve, raw)
    codec = decode_base58(build_did_key_of(curve, OTHERS[curve])[9:])[:2] if curve in OTHERS else b"\x81\x24"
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:z" + encode_base58(codec + raw))


def test_did_that_was_seen_is_not_resolved_again() -> None:
    did = build_did_key(KEYS[0])
    assert resolve_did_key(did) is resolve_did_key(did)
    assert resolve_did_key.cache_info().maxsize is not None


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_did_of_a_dishonest_key_is_refused(raw: bytes) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:z" + encode_base58(b"\xed\x01" + raw))


def test_did_of_their_honest_twin_is_resolved() -> None:
    assert resolve_did_key("did:key:z" + encode_base58(b"\xed\x01" + HONEST)).methods


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        (b"\xea\x01", "BLS12-381 G1"),
        (b"\xee\x01", "BLS12-381 G1 and G2"),
        (b"\x83\x24", "Ed448"),
        (b"\x84\x24", "X448"),
        (b"\x85\x24", "RSA"),
    ],
)
def test_refusal_of_another_type_names_it(codec: bytes, name: str) -> None:
    with pytest.raises(ResolutionError) as refusal:
        resolve_did_key("did:key:z" + encode_base58(codec + HONEST))
    assert name in refusal.value.detail


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:web:acme.example",
        "did:jwk:z" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:u" + encode_base64url(b"\xed\x01" + HONEST),
        "did:key:1.1:z" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:z1" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST) + "#x",
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST[:-1]),
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST + b"\0"),
        "did:key:z" + encode_base58(b"\xed" + HONEST),
        "did:key:z0OIl",
        "did:key:z" + "1" * 250,
        "did:key:z" + "2" * 5000,
    ],
)
def test_what_is_no_did_key_of_one_spelling_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_key(did)


def test_uncompressed_p256_point_is_refused_and_the_compressed_one_is_not() -> None:
    key = KEYS[1]
    assert resolve_did_key("did:key:z" + encode_base58(b"\x80\x24" + key.raw)).methods
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:z" + encode_base58(b"\x80\x24\x04" + key.raw[1:] + bytes(32)))


@given(st.one_of(st.text(), st.binary(max_size=40).map(lambda data: "did:key:z" + encode_base58(b"\xed\x01" + data))))
def test_any_text_is_resolved_or_refused(text: str) -> None:
    try:
        document = resolve_did_key(text)
    except ResolutionError:
        return
    (method,) = document.methods.values()
    assert method.key is not None
    assert build_did_key(method.key) == text


@given(st.binary(max_size=120), st.sampled_from(list(Curve)))
def test_any_bytes_under_any_codec_are_refused_or_resolved_to_that_curve(data: bytes, curve: Curve) -> None:
    try:
        did = build_did_key_of(curve, data)
    except InvalidKeyError:
        return
    assert decode_public_key(did.removeprefix("did:key:"))[0] is curve
    assert len(resolve_did_key(did).methods) == 1
