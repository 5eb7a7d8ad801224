"""URLs compared as RFC 3986 §6.2.2 (syntax) and §6.2.3 (scheme) have it, as far as http and https need."""

from __future__ import annotations

import re

from legation.errors import MalformedError

_MAX_CHARS = 4096
_URL = re.compile(
    r"(https?)://([A-Za-z0-9.\-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::([1-9][0-9]{0,4})?)?"
    r"((?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]++|%[0-9A-Fa-f]{2})*)?)",
    re.IGNORECASE | re.ASCII,
)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def normalize_url(text: str) -> str:
    """Return the normal form of an http or https URL without user info, query and fragment.

    Raises:
        MalformedError: it is not such a URL in the characters of RFC 3986, or longer than 4,096 of them.
    """
    match = _URL.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if match is None:
        raise MalformedError("this is not an http or https URL without user info, query and fragment")
    scheme, host, port, path = match[1].lower(), match[2].lower(), match[3], match[4]
    # RFC 3986 §6.2.3: a default port and an empty port say nothing
    shown = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{host}{shown}{_normalize_path(path)}"


def _normalize_path(path: str) -> str:
    decoded = _ENCODED.sub(_decode, path)
    # RFC 3986 §5.2.4; decoding comes first, for a dot may be written as %2E
    kept: list[str] = []
    segments = decoded.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _decode(match: re.Match[str]) -> str:
    """RFC 3986 §6.2.2.1 and §6.2.2.2: upper-case digits, and no encoding of what needs none."""
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()
