"""Keys and signatures: what is refused when a key is loaded, and when a signature holds."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto import ed25519
from legation.crypto.ecdsa import ECDSAPublicKey
from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.crypto.signing import Signer
from legation.errors import InvalidKeyError, ProofError
from tests.support.ed25519_points import DISHONEST, HONEST
from tests.support.keys import Ed25519Key, P256Key, signer_of

EDWARDS, P256 = Ed25519Key("edwards"), P256Key("p256")
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BOTH = pytest.mark.parametrize("key", [EDWARDS, P256], ids=["Ed25519", "P-256"])


def holds(key: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(message, signature)
    except ProofError:
        return False
    return True


@BOTH
def test_signature_holds_for_its_key_and_message_alone(key: Ed25519Key | P256Key) -> None:
    signature = key.sign(b"message")
    public = key.public_key
    public.verify(b"message", signature)
    assert not holds(public, b"Message", signature)
    assert not holds(public, b"", signature)
    for other in (Ed25519Key("other"), P256Key("other")):
        assert not holds(other.public_key, b"message", signature)


@BOTH
@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_signature_of_another_length_does_not_hold(key: Ed25519Key | P256Key, length: int) -> None:
    signature = (key.sign(b"message") * 2)[:length]
    assert not holds(key.public_key, b"message", signature)
    assert not holds(key.public_key, b"message", bytes(length))


@BOTH
@given(message=st.binary(max_size=40), position=st.integers(0, 511))
def test_signature_with_a_bit_changed_does_not_hold(key: Ed25519Key | P256Key, message: bytes, position: int) -> None:
    signature = bytearray(key.sign(message))
    assert holds(key.public_key, message, bytes(signature))
    signature[position // 8] ^= 1 << position % 8
    assert not holds(key.public_key, message, bytes(signature))


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_ed25519_key_that_no_honest_signer_has_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        load_public_key(KeyType.ED25519, raw)


@pytest.mark.parametrize("raw", [b"", b"\1" * 31, b"\1" * 33, b"\2" * 32, b"\xff" * 32, HONEST + b"\0", b"\1" * 66])
def test_ed25519_key_that_is_no_point_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        load_public_key(KeyType.ED25519, raw)
    assert load_public_key(KeyType.ED25519, HONEST).raw == HONEST


def test_p256_key_is_the_same_compressed_or_not() -> None:
    compressed = P256.public_key.raw
    point = ECDSAPublicKey.load("P-256", compressed)
    uncompressed = point.uncompressed()
    assert (len(compressed), len(uncompressed)) == (33, 65)
    assert load_public_key(KeyType.P256, uncompressed) == load_public_key(KeyType.P256, compressed)
    point.verify(b"m", P256.sign(b"m"))


def bad_points() -> list[bytes]:
    good = ECDSAPublicKey.load("P-256", P256.public_key.raw).uncompressed()
    hybrid = bytes([6 + (good[-1] & 1)]) + good[1:]
    return [
        b"",
        b"\0",
        good[:-1],
        good + b"\0",
        hybrid,
        b"\5" + good[1:33],
        b"\4" + good[1:33],
        b"\2" + good[1:],
        b"\4" + good[1:33] + bytes(32),
        b"\4" + bytes(64),
        b"\2" + b"\xff" * 32,
        b"\2" + bytes(31) + b"\1",
    ]


@pytest.mark.parametrize("number", range(12))
def test_p256_key_that_is_no_point_is_refused(number: int) -> None:
    with pytest.raises(InvalidKeyError):
        load_public_key(KeyType.P256, bad_points()[number])


@pytest.mark.parametrize("raw", [None, "x", bytearray(HONEST), [HONEST], HONEST.hex()])
def test_key_that_is_no_bytes_is_refused(raw: object) -> None:
    with pytest.raises(InvalidKeyError):
        load_public_key(KeyType.ED25519, raw)  # type: ignore[arg-type]  # whatever came


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (0, 0), (P256_ORDER, 1), (1, P256_ORDER), (2**256 - 1, 2**256 - 1)]
)
def test_p256_signature_out_of_range_does_not_hold(r: int, s: int) -> None:
    assert not holds(P256.public_key, b"m", r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_p256_signature_has_two_spellings_and_no_der() -> None:
    signature = P256.sign(b"m")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    other = signature[:32] + (P256_ORDER - s).to_bytes(32, "big")
    assert holds(P256.public_key, b"m", other)
    der = encode_dss_signature(r, s)
    assert decode_dss_signature(der) == (r, s)
    assert not holds(P256.public_key, b"m", der)
    assert not holds(P256.public_key, b"m", (der + bytes(64))[:64])


def test_ed25519_signature_is_judged_without_an_exception() -> None:
    signature = EDWARDS.sign(b"m")
    assert ed25519.holds(EDWARDS.public_key.raw, b"m", signature)
    assert not ed25519.holds(EDWARDS.public_key.raw, b"n", signature)
    assert not ed25519.holds(EDWARDS.public_key.raw, b"m", signature[:-1])


def test_key_is_shown_without_its_handle_and_equals_its_like() -> None:
    assert "handle" not in repr(P256.public_key)
    assert P256.public_key == P256Key("p256").public_key
    assert hash(P256.public_key) == hash(P256Key("p256").public_key)
    assert EDWARDS.public_key != P256.public_key


def test_signer_says_for_whom_it_signs() -> None:
    signer = signer_of("ana")
    assert isinstance(signer, Signer)
    assert signer.method.startswith(signer.did + "#")
    signer.key.public_key.verify(b"m", signer.key.sign(b"m"))
