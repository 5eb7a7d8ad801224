"""The did:web method: a DID whose document stands under an https origin (did:web Method Specification)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

from legation.errors import MalformedError, ResolutionError
from legation.standards.did.syntax import is_did

_PREFIX = "did:web:"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# The one percent-encoding that a host has is the colon before a port
_AUTHORITY = re.compile(rf"((?:{_LABEL}\.)*{_LABEL})(?:%3[Aa]([1-9][0-9]{{0,4}}))?")
# URL Standard, "ends in a number": 127.0.0.1, 127.1, 2130706433 and 0x7f.1 are all addresses
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[Xx][0-9A-Fa-f]*)")
_UNSAFE_IN_SEGMENT = re.compile(r"[\x00-\x1f\x7f-\x9f/\\%?#]")
_MAX_HOST_CHARS = 253


@lru_cache(maxsize=1024)
def did_web_url(did: str) -> str:
    """Return the https URL where the document of a did:web stands; what is percent-encoded is decoded exactly once.

    Raises:
        ResolutionError: not a did:web, an IP address, or a path that could mean another place when decoded.
    """
    authority, segments = _split(did)
    path = "/".join(_decode_segment(segment) for segment in segments) if segments else ".well-known"
    return f"https://{authority}/{path}/did.json"


def is_loopback_did_web(did: str) -> bool:
    """Say whether a did:web stands at ``localhost``, which only a ``dangerously_`` setting lets be resolved."""
    return did.startswith(_PREFIX) and _split(did)[0].split(":")[0] == "localhost"


def build_did_web(origin: str, *segments: str) -> str:
    """Return the did:web of a path under an origin, such as ``https://acme.example`` and ``agents``, ``planner``.

    Raises:
        MalformedError: not an https origin (or http of localhost), or a path that a did:web cannot have.
    """
    try:
        parts = urlsplit(origin)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise MalformedError("this is not an origin") from error
    scheme = parts.scheme
    if host is None or (scheme != "https" and (scheme, host) != ("http", "localhost")):
        raise MalformedError("a did:web stands under an https origin (or http://localhost)")
    if origin.rstrip("/").lower() != f"{scheme}://{host}" + ("" if port is None else f":{port}"):
        raise MalformedError("an origin is a scheme, a host and a port, nothing else")
    default = port is None or (scheme, port) in {("https", 443), ("http", 80)}
    did = _PREFIX + ":".join([host if default else f"{host}%3A{port}", *map(_encode_segment, segments)])
    try:
        did_web_url(did)
    except ResolutionError as error:
        raise MalformedError(f"no did:web can name this: {error.detail}") from error
    return did


def _split(did: str) -> tuple[str, list[str]]:
    if not did.startswith(_PREFIX) or not is_did(did):
        raise ResolutionError("this is not a did:web")
    first, *segments = did[len(_PREFIX) :].split(":")
    match = _AUTHORITY.fullmatch(first)
    if match is None or len(match[1]) > _MAX_HOST_CHARS or int(match[2] or 1) > 65535:
        raise ResolutionError("the did:web's host is not a domain name with, at most, a port")
    # did:web Method Specification §2.1: no IP addresses
    if _NUMERIC_END.fullmatch(match[1]):
        raise ResolutionError("the did:web's host is an IP address")
    host = match[1].lower()
    return (f"{host}:{match[2]}" if match[2] else host), segments


def _decode_segment(segment: str) -> str:
    try:
        text = unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ResolutionError("a path segment of the did:web is not UTF-8") from error
    # a percent sign that is left would be decoded a second time by somebody
    if text in {"", ".", ".."} or _UNSAFE_IN_SEGMENT.search(text):
        raise ResolutionError("a path segment of the did:web could lead to another place")
    return quote(text, safe="")


def _encode_segment(segment: str) -> str:
    try:
        # quote() leaves the tilde, which is no character of a DID
        return quote(segment, safe="").replace("~", "%7E")
    except UnicodeEncodeError as error:
        raise MalformedError("a path segment has no UTF-8 form") from error
