"""Integrity of related resources: ``relatedResource``, ``digestSRI`` and ``digestMultibase`` (VCDM 2.0 §5.3)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pybase64

from legation.errors import MalformedError
from legation.standards.multiformats import decode_base58, decode_base64url
from legation.standards.vc.identifiers import check_url
from legation.standards.vc.type_names import Node, read_objects

FindBytes: TypeAlias = Callable[[str], bytes | None]

_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9!#$&^_.+\-]{1,127}/[A-Za-z0-9!#$&^_.+\-]{1,127}(?:\s*;[\x20-\x7e]{1,200})?", re.ASCII
)
# Subresource Integrity §3.5: hash-expression, with options that say nothing yet
_EXPRESSION = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/\-_]{43,88}={0,2})(?:\?[\x21-\x7e]*)?")
_STRENGTH = ("sha512", "sha384", "sha256")
# multicodec table: code and length as unsigned varints, the algorithm, its length in bytes
_MULTIHASHES = {
    b"\x12\x20": "sha256",
    b"\x13\x40": "sha512",
    b"\x20\x30": "sha384",
    b"\x14\x40": "sha3_512",
    b"\x15\x30": "sha3_384",
    b"\x16\x20": "sha3_256",
}
_MAX_DIGESTS = 16
_MAX_CHARS = 2048


def check_related_resources(document: Node, find: FindBytes) -> None:
    """Check ``relatedResource``: unique ids, at least one digest each, and each digest of what is at hand.

    ``find`` gives the published bytes of a URL, or None. What is not at hand is not fetched, and stays unchecked.

    Raises:
        MalformedError: another form, or bytes with another digest (``digest_mismatch``).
        TooLargeError: too many.
    """
    seen = set()
    for index, item in enumerate(read_objects(document, "relatedResource")):
        pointer = f"/relatedResource/{index}"
        identifier = check_url(item.get("id"), f"{pointer}/id")
        if identifier in seen:
            raise MalformedError("a related resource is listed twice", pointer=f"{pointer}/id")
        seen.add(identifier)
        if "digestSRI" not in item and "digestMultibase" not in item:
            raise MalformedError("a related resource has a digestSRI or a digestMultibase", pointer=pointer)
        media = item.get("mediaType", "a/b")
        if not isinstance(media, str) or _MEDIA_TYPE.fullmatch(media) is None:
            raise MalformedError("this is not a media type", pointer=f"{pointer}/mediaType")
        check_digests(item, identifier, find, pointer)


def check_digests(node: Node, identifier: str, find: FindBytes, pointer: str) -> None:
    """Check the digests of an object that has an ``id``: their form, and their truth if what they are of is at hand.

    Raises:
        MalformedError: no digest of a known algorithm, or another than that of the bytes (``digest_mismatch``).
    """
    raw = find(identifier)
    for member, holds in (("digestSRI", _sri_holds), ("digestMultibase", _multibase_holds)):
        if member in node and not holds(_digests(node[member], f"{pointer}/{member}"), raw, f"{pointer}/{member}"):
            raise MalformedError(
                "a digest is not that of the resource at hand",
                code="digest_mismatch",
                fix="Put the file, byte for byte as it is published, into the folder of contexts.",
                pointer=f"{pointer}/{member}",
            )


def _digests(value: object, pointer: str) -> list[str]:
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, str) or not item or len(item) > _MAX_CHARS:
            raise MalformedError("a digest is a string", pointer=pointer)
        found.extend(item.split())
    if not found or len(found) > _MAX_DIGESTS:
        raise MalformedError(f"a resource has one to {_MAX_DIGESTS} digests", pointer=pointer)
    return found


def _sri_holds(digests: list[str], raw: bytes | None, pointer: str) -> bool:
    by_algorithm: dict[str, list[bytes]] = {}
    for text in digests:
        match = _EXPRESSION.fullmatch(text)
        if match is None:
            raise MalformedError("a digestSRI is sha256-, sha384- or sha512- and base64", pointer=pointer)
        digest = _decode_base64(match[2], pointer)
        if len(digest) != hashlib.new(match[1]).digest_size:
            raise MalformedError("a digest has not the length of its algorithm", pointer=pointer)
        by_algorithm.setdefault(match[1], []).append(digest)
    # Subresource Integrity §3.3.4: only the strongest algorithm counts, and any one of its digests
    strongest = next(name for name in _STRENGTH if name in by_algorithm)
    return raw is None or hashlib.new(strongest, raw).digest() in by_algorithm[strongest]


def _decode_base64(text: str, pointer: str) -> bytes:
    try:
        return pybase64.b64decode(text.replace("-", "+").replace("_", "/"), None, True)
    except ValueError as error:
        raise MalformedError("a digest is not base64", pointer=pointer) from error


def _multibase_holds(digests: list[str], raw: bytes | None, pointer: str) -> bool:
    for text in digests:
        multihash = _decode_multibase(text, pointer)
        algorithm = _MULTIHASHES.get(multihash[:2])
        if algorithm is None or len(multihash) != 2 + hashlib.new(algorithm).digest_size:
            raise MalformedError("a digestMultibase is a multihash of SHA-2 or SHA-3", pointer=pointer)
        if raw is not None and hashlib.new(algorithm, raw).digest() != multihash[2:]:
            return False
    return True


def _decode_multibase(text: str, pointer: str) -> bytes:
    """Controlled Identifiers 1.0 §2.4: base64url and base58btc."""
    if text[0] not in "uz":
        raise MalformedError("a digestMultibase begins with u or z", pointer=pointer)
    return decode_base64url(text[1:]) if text[0] == "u" else decode_base58(text[1:])


def find_published(contexts: Mapping[str, object], resources: Mapping[str, object] | None) -> FindBytes:
    """Return a ``find`` over bytes by URL, or over what has them in ``raw``; resources come before contexts."""

    def find(url: str) -> bytes | None:
        found = resources.get(url) if resources is not None else None
        found = contexts.get(url) if found is None else found
        raw = found if isinstance(found, bytes) else getattr(found, "raw", None)
        return raw if isinstance(raw, bytes) else None

    return find
