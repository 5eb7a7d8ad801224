"""Revision 3: the logs of agents' DIDs."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import Column, Integer, Text

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade(op: Operations) -> None:
    """Make the table."""
    op.create_table(
        "did_logs",
        Column("id", _TEXT, primary_key=True),
        Column("agent_id", _TEXT, nullable=False),
        Column("number", Integer, nullable=False),
        Column("entry", _TEXT, nullable=False),
    )
    op.create_index("did_logs_by_agent", "did_logs", ["agent_id", "number"])
