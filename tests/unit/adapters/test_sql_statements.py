"""Statements as drivers are given them: the order of their arguments, and what no database would take."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, insert, select

from legation.adapters.sql.postgres import PostgresLink
from legation.adapters.sql.schema import audit, intents
from legation.adapters.sql.sqlite import SQLiteLink
from legation.adapters.sql.statements import MAX_LISTED, Kind, Statement, find_room, listed, listed_names
from legation.errors import MalformedError

BY_AGENT = Statement(intents, select(intents.c.began_at).where(intents.c.agent_id == bindparam("agent_id")))


def test_arguments_stand_in_the_order_of_the_text_for_each_dialect() -> None:
    add = Statement(intents, insert(intents), or_nothing=True)
    values = {"began_at": 7, "agent_id": "a", "more": "not asked for"}
    for dialect, mark in ((SQLiteLink.dialect, "?"), (PostgresLink.dialect, "$1")):
        step = add.step(dialect, values, kind=Kind.COUNT)
        assert step.rows == (["a", 7],)
        assert mark in step.sql
        assert step.sql.endswith("ON CONFLICT DO NOTHING")


def test_constants_of_a_statement_are_among_its_arguments() -> None:
    fixed = Statement(audit, select(audit.c.id).where(audit.c.act == "x").limit(3))
    assert list(fixed.arguments(SQLiteLink.dialect, {})) == ["x", 3, 0]


@pytest.mark.parametrize("value", ["a\0", "\ud800", 2**63, -(2**63) - 2])
def test_value_that_no_database_holds_is_refused(value: str | int) -> None:
    with pytest.raises(MalformedError):
        BY_AGENT.arguments(SQLiteLink.dialect, {"agent_id": value})


@pytest.mark.parametrize("value", ["", "ü\n\U0001f600", 2**63 - 1, -(2**63) + 1, None, b"\0"])
def test_value_that_every_database_holds_is_taken(value: str | int | bytes | None) -> None:
    assert list(BY_AGENT.arguments(SQLiteLink.dialect, {"agent_id": value})) == [value]


@pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 65, MAX_LISTED])
def test_list_fills_its_room_by_repeating_its_last_value(count: int) -> None:
    values = listed([f"v{number}" for number in range(count)])
    assert tuple(values) == listed_names(find_room(count))
    assert set(values.values()) == {f"v{number}" for number in range(count)}
