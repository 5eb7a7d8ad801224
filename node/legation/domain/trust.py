"""Trust anchors: which root issuers may grant which types and locations, for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from legation.domain.delegation.authority import covers_locations
from legation.domain.delegation.location import Location, parse_location
from legation.domain.principal import parse_principal
from legation.domain.text import is_uri, parse_name
from legation.errors import MalformedError, UnknownTermError
from legation.standards.did.syntax import is_did

_MAX_ANCHORS = 4096
_ANCHOR = frozenset({"issuer", "grants", "principals"})
_GRANT = frozenset({"type", "locations"})


@dataclass(frozen=True, slots=True)
class Grant:
    """A type that an anchor may grant; ``locations`` None = at any location."""

    type: str
    locations: tuple[Location, ...] | None

    def to_json(self) -> dict[str, object]:
        """Return it as :func:`parse_anchor` reads it."""
        shown: dict[str, object] = {"type": self.type}
        return shown if self.locations is None else shown | {"locations": [str(place) for place in self.locations]}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root issuer; ``grants`` None = everything, ``principals`` None = for anybody."""

    issuer: str
    grants: tuple[Grant, ...] | None = None
    principals: frozenset[str] | None = None

    def serves(self, principal: str) -> bool:
        """Say whether it may grant for this principal: named itself, or by its identity provider before the ``#``."""
        return self.principals is None or not self.principals.isdisjoint((principal, principal.partition("#")[0]))

    def may_grant(self, kind: str, locations: tuple[Location, ...] | None) -> bool:
        """Say whether it may grant this type at each of these locations (None = at every one)."""
        if self.grants is None:
            return True
        return any(grant.type == kind and covers_locations(grant.locations, locations) for grant in self.grants)

    def to_json(self) -> dict[str, object]:
        """Return it as :func:`parse_anchor` reads it."""
        shown: dict[str, object] = {"issuer": self.issuer}
        if self.grants is not None:
            shown["grants"] = [grant.to_json() for grant in self.grants]
        if self.principals is not None:
            shown["principals"] = sorted(self.principals)
        return shown


class TrustAnchors:
    """The anchors of one verifier, by issuer."""

    def __init__(self, anchors: Iterable[Anchor] = ()):
        self._anchors: dict[str, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.issuer, []).append(anchor)

    @classmethod
    def of(cls, *dids: str) -> TrustAnchors:
        """Trust these DIDs for everything. Raises MalformedError for what is no DID."""
        for did in dids:
            if not is_did(did):
                raise MalformedError("a trust anchor is a DID")
        return cls(Anchor(did) for did in dids)

    def __or__(self, other: TrustAnchors) -> TrustAnchors:
        return TrustAnchors([*self.anchors(), *other.anchors()])

    def __contains__(self, issuer: object) -> bool:
        return issuer in self._anchors

    def anchors(self) -> list[Anchor]:
        """Return them all."""
        return [anchor for group in self._anchors.values() for anchor in group]

    def may_grant(self, issuer: str, principal: str, kind: str, locations: tuple[Location, ...] | None) -> bool:
        """Say whether an anchor of this issuer may grant this type at these locations for this principal."""
        anchors = [anchor for anchor in self._anchors.get(issuer, ()) if anchor.serves(principal)]
        # design page §4, step 8: every location, each perhaps by another grant
        groups = [(location,) for location in locations] if locations else [None]
        return all(any(anchor.may_grant(kind, group) for anchor in anchors) for group in groups)


def parse_trust_anchors(value: object) -> TrustAnchors:
    """Parse ``{"anchors": [{"issuer", "grants": [{"type", "locations"?}]?, "principals": […]?}]}``.

    A principal is a whole one, or the part before ``#``: then it stands for everyone at that identity provider.

    Raises:
        MalformedError, UnknownTermError: another form; the pointer names the place.
    """
    if not isinstance(value, dict) or value.keys() != {"anchors"} or not isinstance(value["anchors"], list):
        raise MalformedError("trust anchors are an object with one member, anchors, an array", pointer="")
    if len(value["anchors"]) > _MAX_ANCHORS:
        raise MalformedError(f"there are more than {_MAX_ANCHORS} trust anchors", pointer="/anchors")
    return TrustAnchors(parse_anchor(item, f"/anchors/{index}") for index, item in enumerate(value["anchors"]))


def parse_anchor(value: object, pointer: str = "") -> Anchor:
    """Parse one anchor, ``{"issuer", "grants"?, "principals"?}``, which stands at ``pointer``.

    Raises:
        MalformedError, UnknownTermError: another form; the pointer names the place.
    """
    members = _object(value, _ANCHOR, pointer)
    issuer = members.get("issuer")
    if not is_did(issuer):
        raise MalformedError("an anchor's issuer is a DID", pointer=pointer + "/issuer")
    grants, principals = None, None
    if "grants" in members:
        items = _array(members["grants"], pointer + "/grants")
        grants = tuple(_parse_grant(item, f"{pointer}/grants/{index}") for index, item in enumerate(items))
    if "principals" in members:
        items = _array(members["principals"], pointer + "/principals")
        principals = frozenset(_parse_person(item, pointer + "/principals") for item in items)
    return Anchor(issuer, grants, principals)


def _parse_grant(value: object, pointer: str) -> Grant:
    members = _object(value, _GRANT, pointer)
    kind = parse_name(members.get("type"), pointer + "/type")
    if "locations" not in members:
        return Grant(kind, None)
    items = _array(members["locations"], pointer + "/locations")
    return Grant(kind, tuple(parse_location(item, pointer + "/locations") for item in items))


def _parse_person(value: object, pointer: str) -> str:
    if is_uri(value) and "#" not in value:
        return value
    return parse_principal(value, pointer)


def _object(value: object, known: frozenset[str], pointer: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedError("an entry is not an object", pointer=pointer)
    if not value.keys() <= known:
        raise UnknownTermError("a member of the trust anchors is unknown", pointer=pointer)
    return value


def _array(value: object, pointer: str) -> list[object]:
    if not isinstance(value, list) or not value:
        raise MalformedError("a member is not a non-empty array", pointer=pointer)
    return value
