"""Key pairs that callers hand over: a JWK, a Multikey or a verification method, whose two parts are of one key."""

from __future__ import annotations

import copy
import logging
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.errors import InvalidKeyError, ProofError, WalletError
from legation.standards.jwk import build_public_jwk
from legation.standards.key_pairs import load_key_pair
from legation.standards.multiformats import encode_base58, encode_base64url, encode_multikey

SIZES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}
SECRETS = {
    KeyType.ED25519: b"\x80\x26",
    KeyType.P256: b"\x86\x26",
    KeyType.P384: b"\x87\x26",
    KeyType.P521: b"\x88\x26",
}


def raw(key_type: KeyType, number: int = 7) -> bytes:
    return number.to_bytes(SIZES[key_type], "big")


def jwk(key_type: KeyType) -> dict[str, Any]:
    key = PrivateKey(key_type, raw(key_type))
    return {**build_public_jwk(key.public_key), "d": encode_base64url(raw(key_type))}


def multikey(key_type: KeyType) -> dict[str, Any]:
    key = PrivateKey(key_type, raw(key_type))
    secret = "z" + encode_base58(SECRETS[key_type] + raw(key_type))
    return {"publicKeyMultibase": encode_multikey(key.public_key), "secretKeyMultibase": secret}


def method(key_type: KeyType) -> dict[str, Any]:
    key = PrivateKey(key_type, raw(key_type))
    return {"id": "#a", "publicKeyJwk": build_public_jwk(key.public_key), "secretKeyJwk": jwk(key_type)}


def older(key_type: KeyType) -> dict[str, Any]:
    pair = multikey(key_type)
    return {**pair, "privateKeyMultibase": pair.pop("secretKeyMultibase")} | pair


FORMS = [jwk, multikey, method, older]


@pytest.mark.parametrize("key_type", list(KeyType))
@pytest.mark.parametrize("form", FORMS)
def test_key_pair_signs_what_its_public_part_verifies(
    form: Callable[[KeyType], dict[str, Any]], key_type: KeyType
) -> None:
    key = load_key_pair(form(key_type))
    signature = key.sign(b"message")
    assert len(signature) == key_type.signature_bytes
    key.public_key.verify(b"message", signature)
    with pytest.raises(ProofError):
        key.public_key.verify(b"another", signature)


@pytest.mark.parametrize("key_type", list(KeyType))
@pytest.mark.parametrize("form", FORMS)
def test_parts_of_two_keys_are_refused(form: Callable[[KeyType], dict[str, Any]], key_type: KeyType) -> None:
    other = PrivateKey(key_type, raw(key_type, 8)).public_key
    pair = form(key_type)
    assert load_key_pair(pair)
    if "kty" in pair:
        pair |= build_public_jwk(other)
    elif "publicKeyJwk" in pair:
        pair["publicKeyJwk"] = build_public_jwk(other)
    else:
        pair["publicKeyMultibase"] = encode_multikey(other)
    with pytest.raises(InvalidKeyError):
        load_key_pair(pair)


@pytest.mark.parametrize(
    "pair",
    [
        {},
        {"publicKeyMultibase": multikey(KeyType.ED25519)["publicKeyMultibase"]},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": 7},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": "u" + "A" * 40},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": "z0OIl"},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": "z" + "1" * 300},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": "z" + encode_base58(b"\x81\x26" + bytes(32))},
        {**multikey(KeyType.ED25519), "secretKeyMultibase": "z" + encode_base58(b"\x80\x26" + bytes(31))},
        {**multikey(KeyType.P256), "secretKeyMultibase": "z" + encode_base58(b"\x86\x26" + bytes(32))},
        {**multikey(KeyType.P256), "publicKeyMultibase": "z6Mk"},
        {**multikey(KeyType.P256), "publicKeyMultibase": 7},
        {**jwk(KeyType.P256), "d": "A"},
        {**jwk(KeyType.P256), "d": encode_base64url(b"\xff" * 32)},
        {**jwk(KeyType.P256), "crv": "secp256k1"},
        {**jwk(KeyType.P256), "use": "enc"},
        {"kty": "oct", "k": "AAAA"},
        {**method(KeyType.P256), "secretKeyJwk": "text"},
    ],
)
def test_what_is_no_key_pair_is_refused_and_shows_nothing(pair: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError) as refused:
        load_key_pair(pair)
    shown = f"{refused.value} {refused.value!r} {refused.value.__cause__!r}"
    secrets = [value for name, value in pair.items() if name in ("d", "secretKeyMultibase") and isinstance(value, str)]
    assert not any(len(secret) > 8 and secret in shown for secret in secrets)


@pytest.mark.parametrize("key_type", list(KeyType))
def test_private_key_shows_itself_nowhere_and_is_not_copied(
    key_type: KeyType, caplog: pytest.LogCaptureFixture
) -> None:
    key = PrivateKey(key_type, raw(key_type))
    assert (repr(key), str(key)) == (f"PrivateKey({key_type.value})",) * 2
    logging.getLogger("legation").warning("%s %r", key, key)
    assert encode_base64url(raw(key_type)) not in caplog.text
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(WalletError):
            copying(key)


@pytest.mark.parametrize(
    ("key_type", "bad"),
    [
        (KeyType.ED25519, bytes(31)),
        (KeyType.ED25519, bytes(33)),
        (KeyType.P256, bytes(32)),
        (KeyType.P256, b"\xff" * 32),
        (KeyType.P384, raw(KeyType.P256)),
        (KeyType.P384, b"\xff" * 48),
        (KeyType.P521, bytes(66)),
        (KeyType.P521, b"\xff" * 66),
    ],
)
def test_what_is_no_scalar_of_the_curve_is_refused(key_type: KeyType, bad: bytes) -> None:
    assert PrivateKey(key_type, raw(key_type)).public_key.type is key_type
    with pytest.raises(InvalidKeyError):
        PrivateKey(key_type, bad)


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.P521])
def test_ecdsa_signs_one_message_alike_each_time(key_type: KeyType) -> None:
    key = PrivateKey(key_type, raw(key_type))
    assert key.sign(b"message") == key.sign(b"message") != key.sign(b"another")
