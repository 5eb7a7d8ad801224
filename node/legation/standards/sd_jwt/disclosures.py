"""Disclosures: a salt, perhaps a name, and a value, known by the digest of their text (RFC 9901 §4.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256, sha384, sha512
from types import MappingProxyType
from typing import Protocol

import msgspec
import orjson
import pybase64

from legation.errors import MalformedError, UnknownTermError
from legation.standards.multiformats import decode_base64url_parts, encode_base64url
from legation.standards.strict_json import MAX_BYTES, MAX_NESTING, parse_json, write_json

# where something stands in the processed claims; in a pattern None stands for every element of an array
Path = tuple[str | int, ...]
Pattern = tuple[str | int | None, ...]

DIGESTS = "_sd"
ELEMENT = "..."
ALGORITHM = "_sd_alg"
DEFAULT_HASH = "sha-256"
# RFC 9901 §4.1.1, and an object of it has no other member (§4.2.4.2)
RESERVED = frozenset({DIGESTS, ELEMENT, ALGORITHM})
_SALT_BYTES = 16
_ALPHABET = b"-_"
_encode = pybase64.b64encode_as_string


class _Digest(Protocol):
    def digest(self) -> bytes: ...


HashFunction = Callable[[bytes], _Digest]
# RFC 9901 §4.1.1: names of the IANA Named Information registry; what is not preimage resistant is not here
HASHES: Mapping[str, HashFunction] = MappingProxyType({"sha-256": sha256, "sha-384": sha384, "sha-512": sha512})


class Disclosure(msgspec.Struct, frozen=True, gc=False):
    """One disclosure: as it travels, its digest, and what it says; ``name`` is None for an array's element."""

    text: str
    digest: str
    salt: str
    name: str | None
    value: object


def read_hash(claims: Mapping[str, object]) -> HashFunction:
    """Return the hash that ``_sd_alg`` names (RFC 9901 §4.1.1). Raises UnknownTermError."""
    name = claims.get(ALGORITHM, DEFAULT_HASH)
    if not isinstance(name, str) or name not in HASHES:
        raise UnknownTermError(f"the hash of an SD-JWT is one of {', '.join(HASHES)}", pointer=f"/{ALGORITHM}")
    return HASHES[name]


def digest_of(data: bytes, function: HashFunction) -> str:
    """Return the digest of the ASCII bytes of a disclosure, or of an SD-JWT (RFC 9901 §4.2.3)."""
    return _encode(function(data).digest(), _ALPHABET).rstrip("=")


def build_disclosure(salt: str, name: str | None, value: object, function: HashFunction) -> Disclosure:
    """Write a disclosure of an object's member, or of an array's element where ``name`` is None (RFC 9901 §4.2.1-2).

    Raises:
        MalformedError: the value cannot be written as JSON.
    """
    content = [salt, value] if name is None else [salt, name, value]
    text = encode_base64url(write_json(content))
    return Disclosure(text, digest_of(text.encode("ascii"), function), salt, name, value)


def parse_disclosures(texts: list[str], function: HashFunction) -> tuple[Disclosure, ...]:
    """Read disclosures strictly (RFC 9901 §7.1, step 3).

    Raises:
        MalformedError: one is not base64url of a JSON array of two or three, or has a name that no claim may have.
    """
    joined = "~".join(texts).encode("ascii", "replace")
    raw = joined.split(b"~") if texts else []
    parts = decode_base64url_parts(joined, b"~") if texts else []
    contents = _read_at_once(parts) or [parse_json(part) for part in parts]
    found = []
    for text, data, content in zip(texts, raw, contents, strict=True):
        if type(content) is list and len(content) == 3:
            salt, name, value = content
            if type(name) is not str or name in RESERVED:
                raise MalformedError("a disclosure's claim name is a string, and not one that SD-JWT reserves")
        elif type(content) is list and len(content) == 2:
            name, (salt, value) = None, content
        else:
            raise MalformedError("a disclosure is a JSON array of a salt, perhaps a name, and a value")
        if type(salt) is not str:
            raise MalformedError("a disclosure's salt is a string")
        digest = _encode(function(data).digest(), _ALPHABET).rstrip("=")
        found.append(Disclosure(text, digest, salt, name, value))
    return tuple(found)


def _read_at_once(parts: list[bytes]) -> list[object] | None:
    """Return what the parts say, read in one go, or None: then each is read by itself, and what is wrong is told."""
    joined = b"[" + b",".join(parts) + b"]"
    # no part is nested deeper than it has brackets, and each has one
    if joined.count(b"[") + joined.count(b"{") - len(parts) > MAX_NESTING or len(joined) > MAX_BYTES:
        return None
    try:
        contents: list[object] = orjson.loads(joined)
        # written again alike, or but for spaces, each is the whole of its part, and holds no name twice
        if len(contents) == len(parts) and all(map(_is_written, contents, parts)):
            return contents
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return None


def _is_written(content: object, part: bytes) -> bool:
    written = orjson.dumps(content)
    return written == part or written.replace(b" ", b"") == part.replace(b" ", b"")


def make_salt(salts: Callable[[int], bytes]) -> str:
    """Return a fresh salt of 128 bits from a source of random bytes (RFC 9901 §9.3)."""
    return encode_base64url(salts(_SALT_BYTES))
