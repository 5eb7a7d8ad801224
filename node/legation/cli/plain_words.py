"""Authority in plain words: what an object of ``authorizationDetails`` lets somebody do, and within which limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from legation.cli.terminal import Branch

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def add_detail(branch: Branch, detail: Mapping[str, Any]) -> None:
    """Hang one authorization object, as a hop has it, on a branch."""
    actions = "do anything" if "*" in detail["actions"] else "do " + _list(detail["actions"])
    item = branch.add(f"may {actions} as {detail['type']}")
    for name, word in (("locations", "at"), ("datatypes", "on"), ("privileges", "with the privileges")):
        if name in detail:
            item.add(f"{word} {_list(detail[name])}")
    if "identifier" in detail:
        item.add(f"of {detail['identifier']} only")
    for name, value in detail.get("constraints", {}).items():
        if name == "arguments":
            for argument, predicates in value.items():
                item.add(describe_argument(argument, predicates))
        else:
            item.add(describe_constraint(name, value))


def describe_constraint(name: str, value: Any) -> str:
    """Return a constraint of a well-formed hop in words, one that has none as JSON."""
    words = _CONSTRAINTS.get(name)
    return f"{name} {json.dumps(value, ensure_ascii=False)}" if words is None else words(value)


def describe_argument(name: str, predicates: Mapping[str, Any]) -> str:
    """Return what an argument must be, in words."""
    return f"argument {name} {_predicates(predicates)}"


def describe_member(pointer: str, value: Any) -> str:
    """Return the value of the member that a refusal points to: in words where there are some, else as JSON."""
    if value is None:
        return "nothing: it says nothing of this"
    path = pointer.split("/")
    shown = json.dumps(value, ensure_ascii=False)
    if len(path) > 1 and path[-2] == "constraints" and path[-1] in _CONSTRAINTS:
        return f"{describe_constraint(path[-1], value)}  {shown}"
    if len(path) > 2 and path[-3] == "constraints" and path[-2] == "arguments" and isinstance(value, dict):
        return f"{describe_argument(path[-1], value)}  {shown}"
    return shown


def _list(values: list[object]) -> str:
    return ", ".join(item if isinstance(item, str) else json.dumps(item) for item in values)


def _money(value: Mapping[str, str]) -> str:
    return f"{value['amount']} {value['currency']}"


def _hours(value: Mapping[str, Any]) -> str:
    days = f", {', '.join(_DAYS[day - 1] for day in value['days'])}" if "days" in value else ""
    return f"only from {value['from']} to {value['to']} in {value['timezone']}{days}"


def _approval(value: Mapping[str, Any]) -> str:
    above = f" above {_money(value['above'])}" if "above" in value else ""
    return f"only with the consent of {value['threshold']} of {_list(value['approvers'])}{above}"


def _predicates(value: Mapping[str, Any]) -> str:
    return " and ".join(
        _PREDICATES[name](operand) if name in _PREDICATES else f"{name} {json.dumps(operand)}"
        for name, operand in value.items()
    )


_CONSTRAINTS: Mapping[str, Callable[[Any], str]] = {
    "maxUses": lambda value: f"at most {value} times, over all who hold a part of it",
    "budget": lambda value: f"for at most {_money(value)} in all",
    "maxCost": lambda value: f"for at most {_money(value)} each time",
    "rate": lambda value: f"at most {value['uses']} times in any {value['seconds']} seconds",
    "hours": _hours,
    "audience": lambda value: f"only before the verifiers {_list(value)}",
    "purpose": lambda value: f"only for the purpose {' or '.join(value)}",
    "approval": _approval,
    "closedArguments": lambda _: "with no other argument",
}
_PREDICATES: Mapping[str, Callable[[Any], str]] = {
    "equals": lambda value: f"is {json.dumps(value, ensure_ascii=False)}",
    "in": lambda value: f"is one of {_list(value)}",
    "notIn": lambda value: f"is none of {_list(value)}",
    "min": lambda value: f"is at least {value}",
    "max": lambda value: f"is at most {value}",
    "prefix": lambda value: f"is a path under {value}",
    "cidr": lambda value: f"is an address in {value}",
    "url": lambda value: f"is a URL under {value}",
    "contains": lambda value: f"holds all of {_list(value)}",
    "subsetOf": lambda value: f"holds nothing but {_list(value)}",
}
