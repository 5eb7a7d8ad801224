"""Locations: the http and https URLs of design page §3, in one normal form, and which of them covers which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from legation.errors import MalformedError

_MAX_LENGTH = 2048
_CACHED_LENGTH = 256
_URL = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:]{2,39}\]|[A-Za-z0-9.\-]{1,253})(?::([1-9][0-9]{0,4}))?((?:/[^?#]*)?)", re.I
)
# RFC 3986 §3.3 pchar without ';', and percent-encodings in upper case (§6.2.2.1)
_PATH = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-F]{2})*")
_ENCODED = re.compile(r"%([0-9A-F]{2})")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DANGEROUS = frozenset(b"/\\;%\x7f") | frozenset(range(0x20))


@dataclass(frozen=True, slots=True)
class Location:
    """A URL in normal form: scheme and host lowered, default port dropped, empty path read as ``/``."""

    origin: str
    path: str

    def covers(self, other: Location) -> bool:
        """Say whether ``other`` has this origin and this path, or a path below it if this one ends in ``/``."""
        if self.origin != other.origin:
            return False
        return self.path == other.path or (self.path.endswith("/") and other.path.startswith(self.path))

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield origin and path of every location that covers this one: itself, and what ends in ``/`` above it."""
        origin, path = self.origin, self.path
        yield origin, path
        end = path.find("/") + 1
        while end:
            yield origin, path[:end]
            end = path.find("/", end) + 1

    def __str__(self) -> str:
        return self.origin + self.path


def parse_location(text: object, pointer: str | None = None) -> Location:
    """Parse a location.

    Raises:
        MalformedError: whatever RFC 3986 §6.2.2 normalisation would change beyond scheme, host, default port and
            empty path; dot segments, empty segments but the last, ``;``, ``\\``, encoded ``/ \\ ; %`` or controls,
            user info, query, fragment, non-ASCII, a host that is no DNS name or canonical IP address.
    """
    if type(text) is not str or len(text) > _MAX_LENGTH:
        raise MalformedError("a location is not an http or https URL", pointer=pointer)
    try:
        return _cached(text) if len(text) <= _CACHED_LENGTH else _parse(text)
    except MalformedError as error:
        raise MalformedError(error.detail, pointer=pointer) from error


def parse_origin(text: object, pointer: str | None = None) -> str:
    """Parse ``scheme://host[:port]``, nothing after it, and return it in normal form. Raises MalformedError."""
    location = parse_location(text, pointer)
    if not isinstance(text, str) or text.count("/") != 2:
        raise MalformedError("an origin has no path", pointer=pointer)
    return location.origin


def _parse(text: str) -> Location:
    match = _URL.fullmatch(text) if text.isascii() else None
    if match is None:
        raise MalformedError("a location is not a plain http or https URL without query, fragment or user info")
    scheme, host, port, path = match[1].lower(), match[2].lower(), match[3], match[4] or "/"
    _check_host(host)
    _check_path(path)
    if port is not None and int(port) > 65535:
        raise MalformedError("a location's port is out of range")
    shown = "" if port is None or int(port) == _DEFAULT_PORTS[scheme] else f":{port}"
    return Location(f"{scheme}://{host}{shown}", path)


def _check_host(host: str) -> None:
    if host.startswith("["):
        if not _is_canonical_ipv6(host[1:-1]):
            raise MalformedError("a location's IPv6 address is not canonical")
        return
    labels = host.split(".")
    if all(_LABEL.fullmatch(label) for label in labels):
        last = labels[-1]
        if not last.isdigit() and not last.startswith("0x"):
            return
        if _is_canonical_ipv4(host):
            return
    raise MalformedError("a location's host is neither a DNS name nor a canonical IP address")


def _is_canonical_ipv4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except AddressValueError:
        return False


def _is_canonical_ipv6(host: str) -> bool:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        return False
    # RFC 5952 writes mapped addresses in two ways; neither is accepted
    return address.ipv4_mapped is None and str(address) == host


def _check_path(path: str) -> None:
    if not _PATH.fullmatch(path):
        raise MalformedError("a location's path has a character that must not stand there, or is not in normal form")
    segments = path.split("/")[1:]
    if "." in segments or ".." in segments or "" in segments[:-1]:
        raise MalformedError("a location's path has a dot segment or an empty one")
    for encoded in _ENCODED.findall(path):
        octet = int(encoded, 16)
        if octet in _UNRESERVED or octet in _DANGEROUS:
            raise MalformedError("a location's path encodes a character that may not be encoded")


_cached = lru_cache(maxsize=4096)(_parse)
