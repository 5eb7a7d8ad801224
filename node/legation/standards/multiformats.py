"""Base58btc, base64url, multibase, multicodec and multihash, as Controlled Identifiers 1.0 §2.4 and §2.5 use them."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from hashlib import sha256

import pybase64

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, MalformedError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TWO = [first + second for first in _ALPHABET for second in _ALPHABET]
_NO_DIGIT = 0xFF
_DIGITS = bytes(_ALPHABET.find(chr(code)) % 256 for code in range(256))
_CHUNK = 128
_CHUNK_VALUE = 58**_CHUNK
# By step: the bits of what is joined, a mask over every other of them, and what the more significant one counts.
_HALVINGS = [
    (bits, sum((2**bits - 1) << at for at in range(0, 8 * _CHUNK, 2 * bits)), 58 ** (bits // 8))
    for bits in (8, 16, 32, 64, 128, 256, 512)
]
_BASE58_LIMIT = 256
_decode = pybase64.b64decode
# '-' and '_' become what the decoder takes, and what only other alphabets have becomes what it refuses
_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/!!!")
# by length modulo 4: the padding to add, and which last characters leave no bit over
_ENDINGS = ((b"", None), (b"", b""), (b"==", b"AQgw"), (b"=", b"AEIMQUYcgkosw048"))


class Curve(Enum):
    """The curves whose keys this version writes as Multikeys; those of :class:`KeyType` also sign."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    P521 = "P-521"
    SECP256K1 = "secp256k1"
    X25519 = "X25519"
    BLS12_381_G2 = "BLS12-381-G2"


# multicodec table, as unsigned varints
_CODECS = {
    Curve.ED25519: b"\xed\x01",
    Curve.P256: b"\x80\x24",
    Curve.P384: b"\x81\x24",
    Curve.P521: b"\x82\x24",
    Curve.SECP256K1: b"\xe7\x01",
    Curve.X25519: b"\xec\x01",
    Curve.BLS12_381_G2: b"\xeb\x01",
}
_CURVES = {codec: curve for curve, codec in _CODECS.items()}
_X25519_MASK = 2**255 - 1
_X25519_PRIME = 2**255 - 19
# RFC 7748 §7: what is of small order, in every spelling of 255 bits
_X25519_SMALL = frozenset(
    {
        0,
        1,
        _X25519_PRIME - 1,
        _X25519_PRIME,
        _X25519_PRIME + 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)
_SIGNS = {Curve(key_type.value): key_type for key_type in KeyType}


def encode_base58(data: bytes) -> str:
    """Encode bytes as base58btc (draft-msporny-base58)."""
    number = int.from_bytes(data, "big")
    pairs = []
    # eight characters at a time: only one long division is due for them
    while number:
        number, small = divmod(number, 128063081718016)
        for _ in range(4):
            small, pair = divmod(small, 3364)
            pairs.append(_TWO[pair])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def decode_base58(text: str, *, max_chars: int = _BASE58_LIMIT) -> bytes:
    """Decode base58btc of at most ``max_chars`` characters: the work is their square. Raises MalformedError."""
    if len(text) > max_chars:
        raise MalformedError("a base58 value is longer than any key or signature")
    digits = text.encode("ascii", "replace").translate(_DIGITS)
    if _NO_DIGIT in digits:
        raise MalformedError("a character does not belong to base58btc")
    number = 0
    head = len(digits) % _CHUNK
    for at in range(head - _CHUNK if head else 0, len(digits), _CHUNK):
        number = number * _CHUNK_VALUE + _evaluate(digits[max(at, 0) : at + _CHUNK])
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _evaluate(digits: bytes) -> int:
    """Return the number that up to 128 digits of base 58 make: of all pairs at once, then of pairs of pairs."""
    number = int.from_bytes(digits, "big")
    for bits, mask, value in _HALVINGS[: (len(digits) - 1).bit_length()]:
        number = (number & mask) + (number >> bits & mask) * value
    return number


def encode_base64url(data: bytes) -> str:
    """Encode bytes as base64url without padding (RFC 4648 §5, RFC 7515 §2)."""
    return pybase64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_base64url(text: str | bytes) -> bytes:
    """Decode unpadded base64url; only the one spelling that encoding gives back. Raises MalformedError."""
    raw = (text.encode("ascii", "replace") if isinstance(text, str) else text).translate(_URL_SAFE)
    padding, last = _ENDINGS[len(raw) % 4]
    # RFC 4648 §3.5: padding bits are zero
    if last is not None and raw[-1] not in last:
        raise MalformedError("a value is not canonical base64url")
    try:
        return _decode(raw + padding, None, True)
    except ValueError as error:
        raise MalformedError("a value is not base64url") from error


def decode_base64url_parts(joined: bytes, separator: bytes) -> list[bytes]:
    """Decode values that a separator outside of base64 joins, each as :func:`decode_base64url` does, but quicker."""
    values = []
    for raw in joined.translate(_URL_SAFE).split(separator):
        padding, last = _ENDINGS[len(raw) % 4]
        if last is not None and raw[-1] not in last:
            raise MalformedError("a value is not canonical base64url")
        try:
            values.append(_decode(raw + padding, None, True))
        except ValueError as error:
            raise MalformedError("a value is not base64url") from error
    return values


def digest_multibase(data: bytes) -> str:
    """Return the multibase base64url sha2-256 multihash of ``data`` (Controlled Identifiers 1.0 §2.5)."""
    return multibase_of_sha256(sha256(data).digest())


def multibase_of_sha256(digest: bytes) -> str:
    """Return a SHA-256 digest as multibase base64url multihash (Controlled Identifiers 1.0 §2.5)."""
    return "u" + encode_base64url(b"\x12\x20" + digest)


def encode_multikey(key: PublicKey) -> str:
    """Encode a public key as ``publicKeyMultibase`` (Controlled Identifiers 1.0 §2.2.2)."""
    return "z" + encode_base58(_CODECS[Curve(key.type.value)] + key.raw)


def decode_multikey(text: str) -> PublicKey:
    """Decode ``publicKeyMultibase`` in base58btc and check the key, which signs.

    Raises:
        MalformedError: not base58btc multibase.
        InvalidKeyError: an unsupported type or a key that its type refuses.
    """
    return _decode_multikey(_check_multibase(text))


def encode_public_key(curve: Curve, raw: bytes) -> str:
    """Encode the public part of a key of any known curve as ``publicKeyMultibase``.

    ``raw`` is 32 bytes of Ed25519 or X25519, or a compressed point: of P-256 or secp256k1 (33), P-384 (49), P-521 (67),
    or of BLS12-381's G2 (96).

    Raises:
        InvalidKeyError: a key that its curve refuses; of BLS12-381 the form is checked, not the point.
    """
    if curve in _SIGNS:
        raw = load_public_key(_SIGNS[curve], raw).raw
    else:
        _check_form(curve, raw)
    return "z" + encode_base58(_CODECS[curve] + raw)


def decode_public_key(text: str) -> tuple[Curve, bytes]:
    """Decode ``publicKeyMultibase`` of any known curve, as :func:`encode_public_key` writes it.

    Raises:
        MalformedError: not base58btc multibase.
        InvalidKeyError: an unknown curve, or as :func:`encode_public_key`.
    """
    data = decode_base58(_check_multibase(text)[1:])
    curve = _CURVES.get(data[:2])
    if curve is None:
        known = ", ".join(curve.value for curve in Curve)
        raise InvalidKeyError(f"the key's multicodec is not one that this version knows ({known})")
    if curve in _SIGNS:
        return curve, decode_multikey(text).raw
    _check_form(curve, data[2:])
    return curve, data[2:]


def _check_multibase(text: object) -> str:
    if not isinstance(text, str) or not text.startswith("z") or len(text) > _BASE58_LIMIT:
        raise MalformedError("a public key is not base58btc multibase")
    return text


def _check_form(curve: Curve, raw: bytes) -> None:
    if curve is Curve.X25519:
        # RFC 7748 §6.1: with these points every shared secret is zero
        if len(raw) != 32 or int.from_bytes(raw, "little") & _X25519_MASK in _X25519_SMALL:
            raise InvalidKeyError("an X25519 public key is 32 bytes, and not of small order")
    elif curve is Curve.SECP256K1:
        from legation.crypto.ecdsa import check_secp256k1  # OpenSSL is loaded only where its curves are met

        check_secp256k1(raw)
    # the serialisation of BLS12-381 in draft-irtf-cfrg-pairing-friendly-curves, appendix C: compressed, not infinity
    elif len(raw) != 96 or raw[0] & 0xC0 != 0x80:
        raise InvalidKeyError("a BLS12-381 G2 public key is a compressed point of 96 bytes")


@lru_cache(maxsize=8192)
def _decode_multikey(text: str) -> PublicKey:
    data = decode_base58(text[1:])
    key_type = _SIGNS.get(_CURVES.get(data[:2], Curve.X25519))
    if key_type is None:
        raise InvalidKeyError(
            "the multicodec is of no key that this version verifies with (Ed25519, P-256, P-384, P-521)"
        )
    if key_type is not KeyType.ED25519 and data[2:3] == b"\x04":
        raise InvalidKeyError("the Multikey of a P curve is a compressed point")
    return load_public_key(key_type, data[2:])
