"""The two clients never drift: the same names, parameters, texts and results, waited for or not."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any, get_type_hints

import pytest

from legation.client import AsyncClient, Client
from legation.client.agents import AsyncAgents
from tests.support.asking import ask
from tests.support.scripted import reply, serving

NAMES = [
    "create_agent",
    "list_agents",
    "iterate_agents",
    "get_agent",
    "update_agent",
    "suspend_agent",
    "resume_agent",
    "retire_agent",
    "list_keys",
    "add_access_key",
    "rotate_key",
    "remove_access_key",
    "issue_delegation",
    "import_delegation",
    "attenuate_delegation",
    "list_delegations",
    "iterate_delegations",
    "get_delegation",
    "get_delegation_tree",
    "create_presentation",
    "create_challenge",
    "verify_presentation",
    "verify_chain",
    "issue_credential",
    "present_credentials",
    "derive_credential",
    "verify_credential",
    "verify_presented_credentials",
    "list_anchors",
    "add_anchor",
    "remove_anchor",
    "create_operator",
    "list_operators",
    "revoke_operator",
    "list_audit",
    "iterate_audit",
    "resolve_did",
    "get_health",
    "get_readiness",
    "close",
]


def methods(client: type[Any]) -> dict[str, Any]:
    """Return the public methods of a client, and how it is made."""
    return {
        name: member
        for name, member in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_") or name == "__init__"
    }


def test_both_have_the_names_that_are_promised() -> None:
    assert sorted(methods(AsyncClient)) == sorted(methods(Client)) == sorted([*NAMES, "__init__"])


@pytest.mark.parametrize("name", [*NAMES, "__init__"])
def test_both_take_and_say_the_same(name: str) -> None:
    waiting, plain = methods(AsyncClient)[name], methods(Client)[name]
    assert inspect.signature(waiting).parameters == inspect.signature(plain).parameters
    assert inspect.getdoc(waiting) == inspect.getdoc(plain)
    assert inspect.getdoc(plain)
    assert plain.__qualname__ == waiting.__qualname__.removeprefix("Async")


@pytest.mark.parametrize("name", NAMES)
def test_both_return_the_same_and_every_type_can_be_looked_up(name: str) -> None:
    waiting, plain = methods(AsyncClient)[name], methods(Client)[name]
    expected, found = get_type_hints(waiting)["return"], get_type_hints(plain)["return"]
    if name.startswith("iterate_"):
        assert (expected.__origin__, found.__origin__) == (AsyncIterator, Iterator)
        assert expected.__args__ == found.__args__
    else:
        assert inspect.iscoroutinefunction(waiting)
        assert not inspect.iscoroutinefunction(plain)
        assert expected == found


def test_documentation_names_no_parameter_that_is_not_there() -> None:
    known = {"type", "locations", "did", "server_error"}
    for name, method in methods(AsyncClient).items():
        parameters = set(inspect.signature(method).parameters)
        words = set(re.findall(r"``([a-z_]+)``", inspect.getdoc(method) or ""))
        if name in {"issue_delegation", "list_agents", "verify_chain", "create_presentation", "add_anchor"}:
            assert words - parameters - known - {"widened", "holder_mismatch"} == set(), name


def test_a_method_that_one_client_lacks_is_noticed() -> None:
    class Grown(AsyncAgents):
        async def rename_agent(self) -> None: ...

    assert set(methods(Grown)) - set(methods(Client)) == {"rename_agent"}


def test_both_come_with_the_package() -> None:
    import legation

    assert (legation.Client, legation.AsyncClient) == (Client, AsyncClient)


def test_both_send_the_same() -> None:
    with serving([reply({"items": []})], repeat=True) as server:
        for kind in ("async", "sync"):
            ask(kind, server.origin, "list_agents", owner="acme")
    first, second = server.asked
    assert (first.method, first.target, first.headers) == (second.method, second.target, second.headers)
