"""URLs and addresses that the egress guard may reach: parsed by one strict grammar, judged by an allow-list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

from legation.errors import EgressError

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Only what every parser reads alike: ASCII, no user info, no backslash, no fragment (RFC 3986, narrowed)
_URL = re.compile(
    rf"(?i:(https?)://((?:{_LABEL}\.)*{_LABEL}|\[[0-9a-f:.]+\])(?::([1-9][0-9]{{0,4}}))?)"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_DEFAULT_PORTS = {"https": 443, "http": 80}
_MAX_URL_CHARS = 4096
_MAX_HOST_CHARS = 253
# URL Standard, "ends in a number": a host of this form is an IPv4 address to some parser
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
# RFC 6761, RFC 6762, RFC 7686, RFC 8375 and the TLD that is set aside for private use: no public host bears them
_PRIVATE_NAMES = re.compile(r"(?:.*\.)?(?:localhost|local|internal|intranet|lan|home\.arpa|onion)")

# IANA special-purpose registries: not globally reachable, or leading to an address that only a translator sees
_CLOSED_IPV4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip  # a list of networks reads best as a block
# Outside stand mapped and compatible IPv4, NAT64, unique local, link-local, site-local and multicast
_OPEN_IPV6 = IPv6Network("2000::/3")
# protocol assignments with Teredo and ORCHID, documentation, 6to4
_CLOSED_IPV6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL whose host is a name, or an address in its one canonical form; ``path`` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port, as the setting ``egress_hosts`` names them."""
        return f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """Host and port, without the port that the scheme implies (RFC 9110 §7.2)."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else self.authority

    @property
    def url(self) -> str:
        """The URL, written in one way."""
        return f"{self.scheme}://{self.host_header}{self.path}"

    @property
    def is_private_name(self) -> bool:
        """Whether the host is a name that no public host bears (``localhost``, ``.internal`` and the like)."""
        return _PRIVATE_NAMES.fullmatch(self.host) is not None


def parse_target(url: str) -> Target:
    """Split an http or https URL.

    Raises:
        EgressError: it is not of the narrow form above, or its host is an IP address in a disguise.
    """
    match = _URL.fullmatch(url) if len(url) <= _MAX_URL_CHARS else None
    if match is None:
        raise EgressError("the URL is not an http or https URL of plain form")
    scheme, host = match[1].lower(), match[2].lower()
    port = int(match[3] or _DEFAULT_PORTS[scheme])
    if port > 65535 or len(host) > _MAX_HOST_CHARS:
        raise EgressError("the URL's host or port is out of range")
    if host.startswith("[") or _NUMERIC_END.fullmatch(host):
        host = _canonical_literal(host)
    query = "" if match[5] in {None, "?"} else match[5]
    return Target(scheme, host, port, (match[4] or "/") + query)


def is_public(address: str) -> bool:
    """Say whether a numeric address, as a socket connects to it, is globally reachable."""
    ip = _parse(address)
    if isinstance(ip, IPv4Address):
        return ip.is_global and not any(ip in network for network in _CLOSED_IPV4)
    if isinstance(ip, IPv6Address):
        return ip in _OPEN_IPV6 and not any(ip in network for network in _CLOSED_IPV6)
    return False


def is_loopback(address: str) -> bool:
    """Say whether a numeric address is this machine's: 127.0.0.0/8 or ::1."""
    ip = _parse(address)
    return ip is not None and ip.is_loopback and getattr(ip, "ipv4_mapped", None) is None


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return IPv6Address(address) if ":" in address else IPv4Address(address)
    except AddressValueError:
        return None


def _canonical_literal(host: str) -> str:
    try:
        canonical = f"[{IPv6Address(host[1:-1])}]" if host.startswith("[") else str(IPv4Address(host))
    except AddressValueError as error:
        raise EgressError("the URL's host is an IP address in a disguise") from error
    return canonical
