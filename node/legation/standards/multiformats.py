"""Base58btc, base64url, multibase, multicodec and multihash, as Controlled Identifiers 1.0 §2.4 and §2.5 use them."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import pybase64

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, MalformedError

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = {a + b: 58 * _VALUES[a] + _VALUES[b] for a in _ALPHABET for b in _ALPHABET}
_BASE58_LIMIT = 256
_decode = pybase64.b64decode
# '-' and '_' become what the decoder takes, and what only other alphabets have becomes what it refuses
_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/!!!")
# by length modulo 4: the padding to add, and which last characters leave no bit over
_ENDINGS = ((b"", None), (b"", b""), (b"==", b"AQgw"), (b"=", b"AEIMQUYcgkosw048"))
# multicodec table, as unsigned varints
_CODECS = {KeyType.ED25519: b"\xed\x01", KeyType.P256: b"\x80\x24"}
_TYPES = {codec: key_type for key_type, codec in _CODECS.items()}


def encode_base58(data: bytes) -> str:
    """Encode bytes as base58btc (draft-msporny-base58)."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(_ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(digits))


def decode_base58(text: str) -> bytes:
    """Decode base58btc of at most 256 characters. Raises MalformedError."""
    if len(text) > _BASE58_LIMIT:
        raise MalformedError("a base58 value is longer than any key or signature")
    # eight characters at a time: their value is small, so that only one long multiplication is due for them
    head = len(text) % 8
    try:
        number = 0
        for character in text[:head]:
            number = number * 58 + _VALUES[character]
        pairs = _PAIRS
        for at in range(head, len(text), 8):
            first = pairs[text[at : at + 2]] * 3364 + pairs[text[at + 2 : at + 4]]
            second = pairs[text[at + 4 : at + 6]] * 3364 + pairs[text[at + 6 : at + 8]]
            number = number * 128063081718016 + first * 11316496 + second
    except KeyError as error:
        raise MalformedError("a character does not belong to base58btc") from error
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


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


def digest_multibase(data: bytes) -> str:
    """Return the multibase base64url sha2-256 multihash of ``data`` (Controlled Identifiers 1.0 §2.5)."""
    return multibase_of_sha256(sha256(data).digest())


def multibase_of_sha256(digest: bytes) -> str:
    """Return a SHA-256 digest as multibase base64url multihash (Controlled Identifiers 1.0 §2.5)."""
    return "u" + encode_base64url(b"\x12\x20" + digest)


def encode_multikey(key: PublicKey) -> str:
    """Encode a public key as ``publicKeyMultibase`` (Controlled Identifiers 1.0 §2.2.2)."""
    return "z" + encode_base58(_CODECS[key.type] + key.raw)


def decode_multikey(text: str) -> PublicKey:
    """Decode ``publicKeyMultibase`` in base58btc and check the key.

    Raises:
        MalformedError: not base58btc multibase.
        InvalidKeyError: an unsupported type or a key that its type refuses.
    """
    if not isinstance(text, str) or not text.startswith("z") or len(text) > _BASE58_LIMIT:
        raise MalformedError("a public key is not base58btc multibase")
    return _decode_multikey(text)


@lru_cache(maxsize=8192)
def _decode_multikey(text: str) -> PublicKey:
    data = decode_base58(text[1:])
    key_type = _TYPES.get(data[:2])
    if key_type is None:
        raise InvalidKeyError("the key's multicodec is not one that this version verifies with (Ed25519, P-256)")
    if key_type is KeyType.P256 and len(data) != 35:
        raise InvalidKeyError("a P-256 Multikey is a compressed point of 33 bytes")
    return load_public_key(key_type, data[2:])
