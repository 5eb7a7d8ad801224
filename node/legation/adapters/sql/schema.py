"""The tables of the node's state, and the version that a file of them says it has."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table

# a change of tables raises this and brings the step that leads there
SCHEMA_VERSION = 1

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

# moments are microseconds since 1970 UTC: what SQL databases say of time zones differs
challenges = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("spent_at", BigInteger, nullable=True),
)
Index("challenges_by_expiry", challenges.c.expires_at)
