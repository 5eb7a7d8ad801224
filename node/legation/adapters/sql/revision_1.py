"""Revision 1: challenges, as the first release made them itself."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer, LargeBinary


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table("schema_version", Column("version", Integer, primary_key=True, autoincrement=False))
    op.create_table(
        "challenges",
        Column("digest", LargeBinary(32), primary_key=True),
        Column("expires_at", BigInteger, nullable=False),
        Column("spent_at", BigInteger, nullable=True),
    )
    op.create_index("challenges_by_expiry", "challenges", ["expires_at"])
