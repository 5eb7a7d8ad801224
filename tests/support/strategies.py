"""Generated authority over every constraint and predicate, its narrowing, its forged children, and requests on it.

Values come from small pools, so that what is generated often meets: a random pair covers now and then.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.oracle import LIMIT

Detail = dict[str, Any]
Draw = st.DrawFn

DIDS = ["did:web:a.example", "did:web:b.example", "did:key:z6MkfakeA"]
ORIGINS = ["https://a.example", "https://b.example:8443", "HTTPS://A.example:443", "http://a.example"]
LOCATIONS = [
    "https://a.example",
    "https://a.example/",
    "https://a.example/mail",
    "https://a.example/mail/",
    "https://a.example/mail/x",
    "https://a.example/mailbox",
    "http://a.example/mail/",
    "https://a.example:8443/mail/",
    "HTTPS://A.EXAMPLE:443/mail/x",
]
PATHS = ["/", "/data", "/data/a", "/data/a/b", "/data-secret", "data", "data/a"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.3/32", "2001:db8::/32", "2001:db8:1::/48", "::/0"]
ADDRESSES = ["10.1.2.3", "10.9.9.9", "11.0.0.1", "2001:db8::1", "::ffff:10.1.2.3", "010.1.2.3"]
AMOUNTS = ["0", "1", "1.5", "1.50", "5.00", "5", "999999999999999999.999999999"]
INTEGERS = [-LIMIT, -2, 0, 1, 2, 3, 5, LIMIT]
STRINGS = ["", "A", "a", "b", "5", "true", *PATHS, "10.1.2.3", "https://a.example/mail/x", "1.50"]
PURPOSES, ACTIONS = ["audit", "billing", "tests"], ["read", "write", "delete"]
ARGUMENTS = ["x", "y", "z"]
# what no predicate is satisfied by
MISFITS: list[Any] = [None, 1.5, -0.0, {}, {"a": 1}, LIMIT + 1, "\u200bA", "e\u0301", [1.5], [[]], "a\\b", "/data/../a"]


def subset(pool: list[Any], *, most: int = 3) -> st.SearchStrategy[list[Any]]:
    """Draw some of a pool, none twice."""
    return st.lists(st.sampled_from(pool), min_size=1, max_size=most, unique_by=lambda item: (type(item), item))


def pick(pool: list[Any]) -> st.SearchStrategy[Any]:
    """Draw one of a pool."""
    return st.sampled_from(pool)


UNIFORM = st.one_of(
    subset(STRINGS),
    subset(INTEGERS),
    subset([True, False], most=2),
    *[subset(pool, most=4) for pool in (PATHS, [*NETWORKS, *ADDRESSES], LOCATIONS, AMOUNTS)],
)
SCALAR = st.one_of(pick(STRINGS), pick(INTEGERS), st.booleans())
SCALARS = st.lists(SCALAR, min_size=1, max_size=4, unique_by=lambda item: (type(item), item))
BOUND = st.one_of(pick(INTEGERS), pick(AMOUNTS))
MONEY = st.fixed_dictionaries({"amount": pick(AMOUNTS), "currency": pick(["EUR", "USD"])})

PREDICATE: dict[str, st.SearchStrategy[Any]] = {
    "equals": SCALAR,
    "in": UNIFORM,
    "notIn": UNIFORM,
    "min": BOUND,
    "max": BOUND,
    "prefix": pick(PATHS),
    "cidr": pick(NETWORKS),
    "url": pick(LOCATIONS),
    "contains": SCALARS,
    "subsetOf": SCALARS,
}
# values that arguments take
VALUE: st.SearchStrategy[Any] = st.one_of(
    SCALAR, pick(ADDRESSES), pick(NETWORKS), pick(LOCATIONS), pick(AMOUNTS), st.lists(SCALAR, max_size=4), pick(MISFITS)
)

# all of them at once, and some arrays, for laws that ask every value
EVERY_VALUE: list[Any] = [
    *STRINGS,
    *INTEGERS,
    *AMOUNTS,
    *NETWORKS,
    *ADDRESSES,
    *LOCATIONS,
    *MISFITS,
    *[True, False, [], ["A"], ["A", "b"], ["b", 1], [True], [1], ["A", "A"], [-2, 0, 1, 2, 3, 5], ["", "5", 5]],
]


@st.composite
def predicates(draw: Draw) -> Detail:
    """Draw an object of one to three predicates."""
    names = draw(subset(sorted(PREDICATE)))
    return {name: draw(PREDICATE[name]) for name in names}


@st.composite
def hours(draw: Draw) -> Detail:
    """Draw a window of the week."""
    drawn: Detail = {
        "from": draw(pick(["00:00", "08:00", "09:30", "22:00"])),
        "to": draw(pick(["06:00", "09:45", "17:00", "24:00"])),
        "timezone": draw(pick(["UTC", "Europe/Berlin", "America/New_York"])),
    }
    if draw(st.booleans()):
        drawn["days"] = draw(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True))
    return drawn


@st.composite
def approvals(draw: Draw) -> Detail:
    """Draw a need of approval."""
    approvers = draw(subset([*DIDS, "https://idp.example#ana"]))
    drawn: Detail = {"threshold": draw(st.integers(1, len(approvers))), "approvers": approvers}
    if draw(st.booleans()):
        drawn["above"] = draw(MONEY)
    return drawn


CONSTRAINT: dict[str, st.SearchStrategy[Any]] = {
    "maxUses": st.integers(1, 4),
    "budget": MONEY,
    "maxCost": MONEY,
    "rate": st.fixed_dictionaries({"uses": st.integers(1, 3), "seconds": pick([60, 3600])}),
    "hours": hours(),
    "audience": subset([*DIDS, *ORIGINS[:2], ORIGINS[3]]),
    "purpose": subset(PURPOSES),
    "approval": approvals(),
    "arguments": st.dictionaries(pick(ARGUMENTS), predicates(), min_size=1, max_size=3),
    "closedArguments": st.just(True),
}


@st.composite
def details(draw: Draw, *, only: tuple[str, ...] | None = None) -> Detail:
    """Draw an authorization object; ``only`` names the constraints that it has."""
    drawn: Detail = {
        "type": draw(pick(["mcp_tool", "mcp_tool", "api"])),
        "actions": draw(st.one_of(subset(ACTIONS), st.just(["*"]))),
    }
    for name, pool in (("locations", LOCATIONS), ("datatypes", ["mail", "file"]), ("privileges", ["admin", "user"])):
        if draw(st.integers(0, 2)) == 0:
            drawn[name] = draw(subset(pool)) if name != "locations" else draw(_locations())
    if draw(st.integers(0, 3)) == 0:
        drawn["identifier"] = draw(pick(["one", "two"]))
    names = only if only is not None else draw(st.lists(pick(sorted(CONSTRAINT)), max_size=4, unique=True))
    if names:
        drawn["constraints"] = {name: draw(CONSTRAINT[name]) for name in names}
    return drawn


def _locations() -> st.SearchStrategy[list[str]]:
    # no two of them are one location in two spellings
    return subset(LOCATIONS[1:-1])


@st.composite
def authorities(draw: Draw, *, most: int = 3) -> list[Detail]:
    """Draw ``authorizationDetails``."""
    return draw(st.lists(details(), min_size=1, max_size=most, unique_by=_representation))


def _representation(detail: Detail) -> str:
    # two objects are one where only spelling tells them apart: that is refused, and is not what is generated
    return repr(sorted((name, repr(value)) for name, value in detail.items())).replace(".50", ".5").replace("5.00", "5")


# ------------------------------------------------------------------ children


@st.composite
def narrowed(draw: Draw, parent: Detail) -> Detail:
    """Draw a child that is narrower by construction."""
    child: Detail = {"type": parent["type"]}
    child["actions"] = draw(subset(ACTIONS if "*" in parent["actions"] else parent["actions"]))
    for name in ("locations", "datatypes", "privileges"):
        if name in parent:
            child[name] = draw(subset(parent[name]))
    if "identifier" in parent:
        child["identifier"] = parent["identifier"]
    elif draw(st.booleans()):
        child["identifier"] = "one"
    own = parent.get("constraints", {})
    constraints = {name: draw(_narrow_constraint(name, value, own)) for name, value in own.items()}
    if not draw(st.integers(0, 2)):
        constraints.setdefault("maxUses", 1)
    if constraints:
        child["constraints"] = constraints
    return child


@st.composite
def _narrow_constraint(draw: Draw, name: str, value: Any, siblings: Detail) -> Any:
    if name == "maxUses":
        return draw(st.integers(1, value))
    if name in ("budget", "maxCost"):
        return {**value, "amount": draw(pick(["0", value["amount"]]))}
    if name == "rate":
        return {**value, "uses": draw(st.integers(1, value["uses"]))}
    if name == "hours":
        days = draw(subset(value.get("days", list(range(1, 8))), most=7))
        return {**value, "days": days}
    if name in ("audience", "purpose"):
        return draw(subset(value, most=len(value)))
    if name == "approval":
        child = {**value, "threshold": draw(st.integers(value["threshold"], len(value["approvers"])))}
        if draw(st.booleans()):
            child.pop("above", None)
        return child
    if name == "arguments":
        child = {key: draw(_narrow_predicates(own)) for key, own in value.items()}
        if "closedArguments" not in siblings and draw(st.booleans()):
            child.setdefault("z", {"equals": "A"})
        return child
    return value


@st.composite
def _narrow_predicates(draw: Draw, parent: Detail) -> Detail:
    child = dict(parent)
    for name in ("in", "subsetOf"):
        if name in parent:
            child[name] = draw(subset(parent[name], most=len(parent[name])))
    if draw(st.booleans()):
        extra = draw(pick(sorted(PREDICATE)))
        child.setdefault(extra, draw(PREDICATE[extra]))
    return child


@st.composite
def forged(draw: Draw, parent: Detail) -> Detail:
    """Draw a child of which one to three members are anything: mostly wider."""
    child = draw(st.one_of(st.just(parent), narrowed(parent)))
    child = {**child, "constraints": dict(child.get("constraints", {}))}
    for _ in range(draw(st.integers(1, 3))):
        target = draw(pick(["member", "drop", "constraint", "constraint", "argument", "argument"]))
        other = draw(details())
        if target == "member":
            name = draw(pick(["type", "actions", "locations", "datatypes", "identifier", "privileges"]))
            child.pop(name, None)
            if name in other or name in ("type", "actions"):
                child[name] = other[name]
        elif target == "drop" and child["constraints"]:
            child["constraints"].pop(draw(pick(sorted(child["constraints"]))))
        elif target == "constraint":
            name = draw(pick(sorted(CONSTRAINT)))
            child["constraints"][name] = draw(CONSTRAINT[name])
        elif target == "argument" and child["constraints"].get("arguments"):
            arguments = dict(child["constraints"]["arguments"])
            arguments[draw(pick(sorted(arguments)))] = draw(predicates())
            child["constraints"]["arguments"] = arguments
    if not child["constraints"]:
        del child["constraints"]
    return child


# ------------------------------------------------------------------ requests


@st.composite
def requests(draw: Draw, detail: Detail) -> Detail:
    """Draw a request that often comes close to an authorization object."""
    actions = ACTIONS if "*" in detail["actions"] else detail["actions"]
    request: Detail = {
        "type": draw(pick([detail["type"]] * 9 + ["api"])),
        "action": draw(pick(actions * 3 + ["write"])),
    }
    constraints = detail.get("constraints", {})
    if "locations" in detail or draw(st.booleans()):
        request["location"] = draw(pick([*detail.get("locations", []), *LOCATIONS]))
    for name, pool in (("datatypes", ["mail", "file"]), ("privileges", ["admin", "user"])):
        if name in detail or not draw(st.integers(0, 3)):
            request[name] = draw(subset([*detail.get(name, pool)]))
    if "identifier" in detail or draw(st.booleans()):
        request["identifier"] = draw(pick([*[detail.get("identifier", "one")] * 4, "two"]))
    if {"budget", "maxCost", "approval"} & constraints.keys() or draw(st.booleans()):
        currencies = [constraints[name]["currency"] for name in ("budget", "maxCost") if name in constraints]
        request["cost"] = {
            "amount": draw(pick(["0", "0", *AMOUNTS])),
            "currency": draw(pick([*currencies * 3, "EUR", "USD"])),
        }
    if "purpose" in constraints or draw(st.booleans()):
        request["purpose"] = draw(pick([*constraints.get("purpose", []), *PURPOSES]))
    arguments = {name: draw(_argument(own)) for name, own in constraints.get("arguments", {}).items()}
    if not draw(st.integers(0, 3)):
        arguments[draw(pick(ARGUMENTS))] = draw(VALUE)
    if arguments or draw(st.booleans()):
        request["arguments"] = arguments
    return request


@st.composite
def _argument(draw: Draw, own: Detail) -> Any:
    # mostly one of the values that the predicates themselves name
    near: list[Any] = []
    for name, value in own.items():
        if name in ("in", "contains", "subsetOf"):
            near += value if name == "in" else [value]
        elif name != "notIn":
            near.append(value)
    if near and draw(st.integers(0, 4)):
        return draw(pick(near))
    return draw(VALUE)
