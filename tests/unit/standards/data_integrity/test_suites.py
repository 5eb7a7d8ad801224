"""What suites with one signature have in common."""

from __future__ import annotations

from hashlib import sha256, sha384

import pytest

from legation.crypto.keys import KeyType
from legation.errors import InvalidKeyError, ProofError
from legation.standards.data_integrity.jcs_suites import ECDSA_JCS_2019, EDDSA_JCS_2022
from legation.standards.data_integrity.suites import (
    DerivableSuite,
    check_signing_key,
    decode_signature,
    encode_signature,
    hash_data,
)
from tests.support.data_integrity import caller


@pytest.mark.parametrize("signature", [b"\xff" * 64, b"\0" * 64, b"\0" * 63 + b"\1", bytes(range(64))])
def test_signature_has_one_spelling(signature: bytes) -> None:
    key = caller().key.public_key
    text = encode_signature(signature)
    assert decode_signature(EDDSA_JCS_2022, {"proofValue": text}, key) == signature
    for bad in ("z1" + text[1:], "Z" + text[1:], "u" + text, " " + text, text + "\n", None, 7):
        with pytest.raises(ProofError):
            decode_signature(EDDSA_JCS_2022, {"proofValue": bad}, key)
    with pytest.raises(ProofError):
        decode_signature(EDDSA_JCS_2022, {}, key)


def test_signature_is_as_long_as_the_key_has_it() -> None:
    key = caller(KeyType.P384).key.public_key
    assert decode_signature(ECDSA_JCS_2019, {"proofValue": encode_signature(b"\xff" * 96)}, key) == b"\xff" * 96
    for length in (0, 64, 95, 97):
        with pytest.raises(ProofError):
            decode_signature(ECDSA_JCS_2019, {"proofValue": encode_signature(b"\xff" * length)}, key)


def test_key_is_of_a_type_that_the_suite_takes() -> None:
    value = {"proofValue": encode_signature(b"\1" * 64)}
    for suite, good, bad in (
        (EDDSA_JCS_2022, KeyType.ED25519, KeyType.P256),
        (ECDSA_JCS_2019, KeyType.P256, KeyType.ED25519),
        (ECDSA_JCS_2019, KeyType.P384, KeyType.P521),
    ):
        check_signing_key(suite, caller(good).key.public_key)
        with pytest.raises(InvalidKeyError):
            check_signing_key(suite, caller(bad).key.public_key)
        with pytest.raises(ProofError):
            decode_signature(suite, value, caller(bad).key.public_key)


def test_hash_of_the_configuration_comes_first() -> None:
    for key_type, digest in ((KeyType.ED25519, sha256), (KeyType.P256, sha256), (KeyType.P384, sha384)):
        expected = digest(b"config").digest() + digest(b"document").digest()
        assert hash_data(caller(key_type).key.public_key, b"config", b"document") == expected


def test_suite_without_disclosure_is_not_derivable() -> None:
    assert not isinstance(EDDSA_JCS_2022, DerivableSuite)
