"""``cidr``: an IP network and what lies within it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Self

from legation.domain.delegation.predicates.base import Group, Predicate
from legation.errors import MalformedError

_MAX_LENGTH = 49
_MAPPED = IPv6Network("::ffff:0:0/96")
_Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class CIDR(Predicate):
    """The argument is an address or network within this network."""

    network: _Network

    @classmethod
    def parse(cls, value: object, pointer: str) -> Self:
        """Parse a canonical network in CIDR form. Raises MalformedError."""
        network = _find_network(value) if type(value) is str and "/" in value else None
        if network is None:
            raise MalformedError("a network is canonical, such as 10.0.0.0/8 or 2001:db8::/32", pointer=pointer)
        return cls(network)

    def satisfied_by(self, argument: object) -> bool:
        """Such a network, or address, within."""
        network = _find_network(argument)
        return network is not None and _contains(self.network, network)

    def satisfied_by_all(self, group: Group) -> bool:
        """The first and the last of them do."""
        return self.satisfied_by_ends(group, _order)

    def covers(self, child: Predicate) -> bool:
        """Within."""
        return isinstance(child, CIDR) and _contains(self.network, child.network)


def _contains(outer: _Network, inner: _Network) -> bool:
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)


def _order(value: object) -> tuple[object, object] | None:
    network = _find_network(value)
    if network is None:
        return None
    first, last = network.network_address, network.broadcast_address
    return (network.version, int(first)), (network.version, int(last))


def _find_network(value: object) -> _Network | None:
    if type(value) is not str or len(value) > _MAX_LENGTH or not value.isascii():
        return None
    return _parse(value)


@lru_cache(maxsize=1024)
def _parse(text: str) -> _Network | None:
    try:
        network = ip_network(text, strict=True)  # no host bits
    except ValueError:
        return None
    canonical = str(network) if "/" in text else str(network.network_address)
    if canonical != text or "%" in text:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return None
    return network
