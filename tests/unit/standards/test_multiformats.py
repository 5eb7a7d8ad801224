"""Base58btc, base64url, multihash and Multikey: one spelling each, and back."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto.ecdsa import ECDSAPublicKey
from legation.crypto.keys import KeyType
from legation.domain.agent_keys import KeyKind
from legation.errors import InvalidKeyError, LegationError, MalformedError
from legation.standards.multiformats import (
    Curve,
    decode_base58,
    decode_base64url,
    decode_multikey,
    decode_public_key,
    digest_multibase,
    encode_base58,
    encode_base64url,
    encode_multikey,
    encode_public_key,
    multibase_of_sha256,
)
from tests.support.chains import base58
from tests.support.ed25519_points import DISHONEST
from tests.support.keys import Ed25519Key, P256Key
from tests.support.memory import public_bytes


@given(st.binary(max_size=120))
def test_base58_comes_back_and_is_spelled_as_others_do(data: bytes) -> None:
    assert encode_base58(data) == base58(data)
    assert decode_base58(encode_base58(data)) == data


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 255, 256, 257, 300])
def test_base58_of_any_length_is_decoded(length: int) -> None:
    for text in ("z" * length, "2" + "1" * length, "1" * length + "zy"):
        data = decode_base58(text, max_chars=400)
        assert base58(data) == text


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("1", b"\0"),
        ("11", b"\0\0"),
        ("2", b"\1"),
        ("z", b"9"),
        ("21", b":"),
        ("StV1DL6CwTryKyV", b"hello world"),
    ],
)
def test_base58_is_decoded(text: str, data: bytes) -> None:
    assert decode_base58(text) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "StV1DL6CwTryKy0", "\u00e9", "=", "-", "a" * 257])
def test_what_is_no_base58_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        decode_base58(text)


@given(st.text("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=100))
def test_base58_has_one_spelling(text: str) -> None:
    assert encode_base58(decode_base58(text)) == text


@given(st.binary(max_size=120))
def test_base64url_comes_back_and_is_spelled_as_others_do(data: bytes) -> None:
    text = urlsafe_b64encode(data).rstrip(b"=").decode()
    assert encode_base64url(data) == text
    assert decode_base64url(text) == data
    assert decode_base64url(text.encode()) == data


@given(st.text("AEQZaz09-_+/= \n", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        data = decode_base64url(text)
    except MalformedError:
        return
    assert encode_base64url(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AB",
        "AAB",
        "AR",
        "AQ==",
        "AQ=",
        "AA=A",
        "A+AA",
        "A/AA",
        "AA A",
        "AAAA\n",
        "AA\u00e9A",
        "\u00e9",
        "AAA!",
        "A.AA",
        "\x00AAA",
    ],
)
def test_base64url_in_another_spelling_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        decode_base64url(text)


def test_digest_is_multibase_of_multihash() -> None:
    digest = sha256(b"x").digest()
    assert (
        digest_multibase(b"x")
        == multibase_of_sha256(digest)
        == "u" + urlsafe_b64encode(b"\x12\x20" + digest).rstrip(b"=").decode()
    )
    assert digest_multibase(b"").startswith("uEi")


@pytest.mark.parametrize("key", [Ed25519Key("a").public_key, P256Key("a").public_key], ids=["Ed25519", "P-256"])
def test_multikey_comes_back(key: object) -> None:
    text = encode_multikey(key)  # type: ignore[arg-type]  # a PublicKey
    assert decode_multikey(text) == key
    assert text[:4] in ("z6Mk", "zDna")


@pytest.mark.parametrize(
    "text",
    ["", "6Mk", "f00", "uAA", "Z6Mk", "z" + "1" * 300, None, 7, "z0"],
)
def test_what_is_no_multibase_of_base58_is_malformed(text: object) -> None:
    with pytest.raises(LegationError) as refused:
        decode_multikey(text)  # type: ignore[arg-type]  # whatever came
    assert refused.value.code == "malformed"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xed",
        b"\xed\x01",
        b"\xed\x01" + b"\1" * 31,
        b"\xec\x01" + b"\1" * 32,
        b"\xe7\x01" + b"\2" * 33,
        b"\x80\x24" + b"\4" + b"\1" * 64,
        b"\x80\x24" + b"\2" + b"\xff" * 32,
        b"\x80\x24" + b"\0" * 33,
        *[b"\xed\x01" + raw for raw in DISHONEST.values()],
    ],
)
def test_multikey_of_another_type_or_of_a_bad_key_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        decode_multikey("z" + base58(data))


def test_uncompressed_p256_key_is_no_multikey() -> None:
    key = P256Key("a").public_key
    uncompressed = ECDSAPublicKey.load("P-256", key.raw).uncompressed()
    assert decode_multikey("z" + base58(b"\x80\x24" + key.raw)).type is KeyType.P256
    with pytest.raises(InvalidKeyError):
        decode_multikey("z" + base58(b"\x80\x24" + uncompressed))


@pytest.mark.parametrize(
    ("curve", "prefix"),
    [(Curve.ED25519, "z6Mk"), (Curve.P256, "zDn"), (Curve.X25519, "z6LS"), (Curve.BLS12_381_G2, "zUC7")],
)
@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_public_key_of_any_curve_comes_back(curve: Curve, prefix: str, name: str) -> None:
    raw = public_bytes(KeyKind(curve.value), name)
    text = encode_public_key(curve, raw)
    # Controlled Identifiers 1.0 §2.2.2: what each kind begins with
    assert text.startswith(prefix)
    assert decode_public_key(text) == (curve, raw)


@pytest.mark.parametrize(
    ("curve", "raw"),
    [
        (Curve.ED25519, bytes(32)),
        (Curve.P256, bytes(33)),
        (Curve.X25519, bytes(32)),
        (Curve.X25519, b"\1" + bytes(31)),
        (Curve.X25519, b"\xed" + b"\xff" * 30 + b"\xff"),
        (Curve.X25519, bytes(31)),
        (Curve.X25519, bytes(33)),
        (Curve.BLS12_381_G2, bytes(96)),
        (Curve.BLS12_381_G2, b"\xc0" + bytes(95)),
        (Curve.BLS12_381_G2, b"\x80" + bytes(94)),
        (Curve.BLS12_381_G2, b"\x80" + bytes(191)),
    ],
)
def test_key_that_no_honest_party_has_is_refused_both_ways(curve: Curve, raw: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        encode_public_key(curve, raw)
    codec = {Curve.ED25519: "ed01", Curve.P256: "8024", Curve.X25519: "ec01", Curve.BLS12_381_G2: "eb01"}[curve]
    with pytest.raises((InvalidKeyError, MalformedError)):
        decode_public_key("z" + encode_base58(bytes.fromhex(codec) + raw))


@pytest.mark.parametrize("text", ["", "z", "u1", "z1", "z0", None, 5, "z" + "1" * 300])
def test_what_is_no_public_key_is_refused(text: object) -> None:
    with pytest.raises((InvalidKeyError, MalformedError)):
        decode_public_key(text)  # type: ignore[arg-type]  # hostile
