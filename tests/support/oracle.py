"""A second, slow reading of design page §3 over plain JSON, which shares no code with the package."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Detail = dict[str, Any]
Request = dict[str, Any]
LIMIT = 2**53 - 1


# ------------------------------------------------------------------ values


def kind(value: object) -> str | None:
    """Name the type of a scalar; None for what is no scalar."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer" if abs(value) <= LIMIT else None
    return "string" if isinstance(value, str) and plain(value) else None


def plain(text: str) -> bool:
    """Say whether section 1 lets this string stand."""
    barred = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return unicodedata.normalize("NFC", text) == text and all(unicodedata.category(c) not in barred for c in text)


def same(one: object, other: object) -> bool:
    """Say whether two scalars are the same, of the same type."""
    return kind(one) is not None and kind(one) == kind(other) and one == other


def among(value: object, values: Collection[object]) -> bool:
    """Say whether a scalar is one of these."""
    return any(same(value, other) for other in values)


def within(inner: Collection[object], outer: Collection[object]) -> bool:
    """Say whether every scalar of one array is in the other."""
    return all(among(value, outer) for value in inner)


def measure(value: object) -> tuple[str, Decimal] | None:
    """Return kind and size of an integer or an amount."""
    if kind(value) == "integer":
        return "integer", Decimal(str(value))
    if isinstance(value, str) and re.fullmatch(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?", value):
        return "amount", Decimal(value)
    return None


def place(text: object) -> tuple[str, str, int, str] | None:
    """Return scheme, host, port and path of a location of the few plain kinds that tests generate."""
    if not isinstance(text, str) or not re.fullmatch(
        r"(?i)https?://[a-z0-9.-]+(:[1-9][0-9]*)?(/[A-Za-z0-9/._-]*)?", text
    ):
        return None
    parts = urlsplit(text)
    path = parts.path or "/"
    segments = path.split("/")[1:]
    if {".", ".."} & set(segments) or "" in segments[:-1]:
        return None
    scheme = parts.scheme.lower()
    return scheme, str(parts.hostname), parts.port or {"https": 443, "http": 80}[scheme], path


def place_covers(outer: object, inner: object) -> bool:
    """Say whether a location covers another."""
    one, other = place(outer), place(inner)
    if one is None or other is None or one[:3] != other[:3]:
        return False
    return one[3] == other[3] or (one[3].endswith("/") and other[3][: len(one[3])] == one[3])


def segments_of(text: object) -> list[str] | None:
    """Return the segments of a path predicate's value."""
    if not isinstance(text, str) or not plain(text) or not text or "\\" in text or re.search("%[0-9A-Fa-f]{2}", text):
        return None
    if text == "/":
        return [""]
    parts = text.split("/")
    rest = parts[1:] if parts[0] == "" else parts
    return None if {"", ".", ".."} & set(rest) else parts


def network(text: object) -> IPv4Network | IPv6Network | None:
    """Return a canonical network or address."""
    if not isinstance(text, str):
        return None
    try:
        found = ip_network(text)
    except ValueError:
        return None
    if text not in (str(found), str(found.network_address) if found.num_addresses == 1 else None) or "%" in text:
        return None
    mapped = ip_network("::ffff:0:0/96")
    return None if found.version == 6 and found.subnet_of(mapped) else found  # type: ignore[arg-type]  # the versions were compared


def network_within(inner: object, outer: object) -> bool:
    """Say whether a network lies within another of its version."""
    one, other = network(inner), network(outer)
    return one is not None and other is not None and one.version == other.version and one.subnet_of(other)  # type: ignore[arg-type]  # the versions were compared


# ------------------------------------------------------------------ predicates


def _scalars(value: object) -> bool:
    return isinstance(value, list) and all(kind(item) is not None for item in value)


def _ordered(low: object, high: object) -> bool:
    one, other = measure(low), measure(high)
    return one is not None and other is not None and one[0] == other[0] and one[1] <= other[1]


def _starts(own: object, value: object) -> bool:
    one, other = segments_of(own), segments_of(value)
    return one is not None and other is not None and other[: len(one)] == one


SATISFIED: dict[str, Callable[[Any, Any], bool]] = {
    "equals": same,
    "in": lambda own, value: among(value, own),
    "notIn": lambda own, value: kind(value) is not None and kind(value) == kind(own[0]) and not among(value, own),
    "min": _ordered,
    "max": lambda own, value: _ordered(value, own),
    "prefix": _starts,
    "cidr": lambda own, value: network_within(value, own),
    "url": place_covers,
    "contains": lambda own, value: _scalars(value) and within(own, value),
    "subsetOf": lambda own, value: _scalars(value) and within(value, own),
}
NARROWER: dict[str, Callable[[Any, Any], bool]] = {
    "equals": same,
    "in": lambda own, child: within(child, own),
    "notIn": within,
    "min": _ordered,
    "max": lambda own, child: _ordered(child, own),
    "prefix": _starts,
    "cidr": lambda own, child: network_within(child, own),
    "url": place_covers,
    "contains": within,
    "subsetOf": lambda own, child: within(child, own),
}


def argument_satisfies(predicates: Detail, value: object) -> bool:
    """Say whether a value satisfies an object of predicates."""
    return all(SATISFIED[name](own, value) for name, own in predicates.items())


def argument_narrower(parent: Detail, child: Detail) -> bool:
    """Say whether a child's object of predicates implies the parent's."""
    for name, own in parent.items():
        if name in child and NARROWER[name](own, child[name]):
            continue
        if "equals" in child and SATISFIED[name](own, child["equals"]):
            continue
        if "in" in child and all(SATISFIED[name](own, value) for value in child["in"]):
            continue
        return False
    return True


# ------------------------------------------------------------------ constraints


def money_within(inner: Detail, outer: Detail) -> bool:
    """Say whether an amount of money is of the same currency and no more."""
    return inner["currency"] == outer["currency"] and Decimal(inner["amount"]) <= Decimal(outer["amount"])


def minutes(hours: Detail) -> set[int]:
    """Return the minutes of the week on which a window is open, one by one."""
    opens, closes = (60 * int(text[:2]) + int(text[3:]) for text in (hours["from"], hours["to"]))
    found = set()
    for day in hours.get("days", range(1, 8)):
        minute = opens
        while minute % 1440 != closes % 1440 or minute == opens:
            found.add(((day - 1) * 1440 + minute) % 10080)
            minute += 1
    return found


def origin(text: str) -> object:
    """Return a verifier's name as it is compared."""
    return text if text.startswith("did:") else (place(text) or (text,))[:3]


def constraint_narrower(name: str, parent: Any, child: Any, parents: Detail, children: Detail) -> bool:
    """Say whether a constraint of the child is narrower than the parent's of that name."""
    if name == "maxUses":
        return bool(child <= parent)
    if name in ("budget", "maxCost"):
        return money_within(child, parent)
    if name == "rate":
        return bool(child["seconds"] == parent["seconds"] and child["uses"] <= parent["uses"])
    if name == "hours":
        return child["timezone"] == parent["timezone"] and minutes(child) <= minutes(parent)
    if name == "audience":
        return {origin(member) for member in child} <= {origin(member) for member in parent}
    if name == "purpose":
        return set(child) <= set(parent)
    if name == "approval":
        if not set(child["approvers"]) <= set(parent["approvers"]) or child["threshold"] < parent["threshold"]:
            return False
        return "above" not in child or ("above" in parent and money_within(child["above"], parent["above"]))
    if name == "arguments":
        return all(key in child and argument_narrower(own, child[key]) for key, own in parent.items())
    assert name == "closedArguments"
    return set(children.get("arguments", {})) <= set(parents.get("arguments", {}))


def narrower(parent: Detail, child: Detail) -> bool:
    """Say whether one authorization object of a child is covered by one of its parent (§3.2)."""
    if parent["type"] != child["type"]:
        return False
    if "identifier" in parent and child.get("identifier") != parent["identifier"]:
        return False
    if "*" not in parent["actions"] and not set(child["actions"]) <= set(parent["actions"]):
        return False
    if "locations" in parent:
        for inner in child.get("locations", ["not a location"]):
            if not any(place_covers(outer, inner) for outer in parent["locations"]):
                return False
    for name in ("datatypes", "privileges"):
        if name in parent and not (name in child and set(child[name]) <= set(parent[name])):
            return False
    parents, children = parent.get("constraints", {}), child.get("constraints", {})
    return all(
        name in children and constraint_narrower(name, own, children[name], parents, children)
        for name, own in parents.items()
    )


def all_narrower(parents: list[Detail], children: list[Detail]) -> bool:
    """Say whether every object of a child is covered by at least one of its parent alone."""
    return all(any(narrower(parent, child) for parent in parents) for child in children)


# ------------------------------------------------------------------ requests

# what a request meets at an object, from the best to the worst
YES, CHARGE, EXHAUSTED, APPROVAL, HOURS, NO = range(6)


def meets(detail: Detail, request: Request, at: datetime, names: Collection[str]) -> int:
    """Say what a request meets at one object: YES, or the worst of what stands against it."""
    if not _members_meet(detail, request):
        return NO
    worst = YES
    for name, own in detail.get("constraints", {}).items():
        worst = max(worst, _constraint_meets(name, own, detail["constraints"], request, at, names))
    return worst


def _members_meet(detail: Detail, request: Request) -> bool:
    if detail["type"] != request["type"]:
        return False
    if "*" not in detail["actions"] and request["action"] not in detail["actions"]:
        return False
    if "locations" in detail:
        wanted = request.get("location")
        if not any(place_covers(outer, wanted) for outer in detail["locations"]):
            return False
    if "identifier" in detail and request.get("identifier") != detail["identifier"]:
        return False
    return all(
        name not in detail or (name in request and set(request[name]) <= set(detail[name]))
        for name in ("datatypes", "privileges")
    )


def _constraint_meets(
    name: str, own: Any, siblings: Detail, request: Request, at: datetime, names: Collection[str]
) -> int:
    cost, arguments = request.get("cost"), request.get("arguments", {})
    if name in ("maxUses", "rate"):
        return CHARGE
    if name == "budget":
        if cost is None or cost["currency"] != own["currency"]:
            return NO
        return CHARGE if money_within(cost, own) else EXHAUSTED
    if name == "maxCost":
        return YES if cost is not None and money_within(cost, own) else NO
    if name == "hours":
        local = at.astimezone(ZoneInfo(own["timezone"]))
        since_monday = timedelta(days=local.weekday(), hours=local.hour, minutes=local.minute)
        return YES if since_monday // timedelta(minutes=1) in minutes(own) else HOURS
    if name == "approval":
        free = "above" in own and cost is not None and money_within(cost, own["above"])
        return YES if free else APPROVAL
    if name == "audience":
        return YES if {origin(member) for member in own} & {origin(member) for member in names} else NO
    if name == "purpose":
        return YES if request.get("purpose") in own else NO
    if name == "arguments":
        met = all(key in arguments and argument_satisfies(value, arguments[key]) for key, value in own.items())
        return YES if met else NO
    assert name == "closedArguments"
    return YES if set(arguments) <= set(siblings.get("arguments", {})) else NO
