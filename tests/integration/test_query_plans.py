"""Every list, scope and tree query walks along an index in the order of its list, however many rows there are."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import pytest

from legation.adapters.sql import agents, audit, delegations
from legation.adapters.sql.migrations import migrate
from legation.adapters.sql.sqlite import SQLiteLink
from legation.adapters.sql.statements import Statement
from legation.domain.callers import Scope
from legation.domain.held_delegations import Role
from legation.ports.state import DelegationFilter
from tests.support.records import run_sql

SCOPES = (Scope(), Scope(owner="o"), Scope(agent_id="a"))
BOUNDS = (frozenset[str](), frozenset({"owner"}), frozenset({"agent"}))


def subsets(names: Iterable[str]) -> list[frozenset[str]]:
    given = sorted(names)
    return [frozenset(chosen) for size in range(len(given) + 1) for chosen in combinations(given, size)]


def statements() -> list[Statement]:
    filters = (DelegationFilter(), DelegationFilter("a"), *(DelegationFilter("a", role) for role in Role))
    found = [
        statement
        for scope in SCOPES
        for where in filters
        for after in (False, True)
        for statement in delegations.list_statements(scope, where, after=after)
    ]
    found += [
        make(bounds) for make in (delegations.digest_statement, delegations.children_statement) for bounds in BOUNDS
    ]
    found += [
        audit.list_statement(given) for given in subsets(("actor", "act", "target", "outcome", "owner", "before"))
    ]
    found += [agents.list_statement(given) for given in subsets(("owner", "scope_owner", "life", "first", "after"))]
    found += [agents._BY_NAME, agents._BY_DID, agents._BY_ID, delegations._GET]
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("plans")
    url = f"sqlite:///{folder}/state.db"
    asyncio.run(migrate(url))
    return url


def plan(url: str, text: str) -> str:
    rows = asyncio.run(run_sql(url, "EXPLAIN QUERY PLAN " + text.replace("?", "1")))
    return " | ".join(str(row[3]) for row in rows)


def test_no_query_reads_a_whole_table_or_sorts(url: str) -> None:
    plans = {statement.text(SQLiteLink.dialect): "" for statement in statements()}
    assert len(plans) > 100
    for text in plans:
        plans[text] = plan(url, text)
    bad = {text: told for text, told in plans.items() if "TEMP B-TREE" in told or not _is_a_walk(told, text)}
    assert bad == {}


def _is_a_walk(told: str, text: str) -> bool:
    if told.startswith("SEARCH"):
        return True
    # a list of everything begins at its end: that of an index, or of the table in the order of its key
    everything = "WHERE" not in text
    return everything and ("USING INDEX" in told or told == "SCAN audit")


def test_query_that_no_index_serves_is_recognised(url: str) -> None:
    assert not _is_a_walk(plan(url, text := "SELECT * FROM delegations WHERE principal = ?"), text)
    assert "TEMP B-TREE" in plan(url, "SELECT * FROM delegations WHERE parent = ? ORDER BY principal")
