"""The tables of the node's state, as the newest version has them; ``revision_1`` and on lead there."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

# a change of tables raises this and brings the revision that leads there
SCHEMA_VERSION = 3

metadata = MetaData()


def _text() -> TypeEngine[str]:
    # the order of its code points, as SQLite has it: pages and beginnings of names must not depend on a locale
    return Text().with_variant(Text(collation="C"), "postgresql")


def _id(name: str) -> Column[str]:
    return Column(name, _text(), primary_key=True)


def _name(name: str) -> Column[str]:
    return Column(name, _text(), nullable=False)


def _optional(name: str) -> Column[str]:
    return Column(name, _text(), nullable=True)


def _moment(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _optional_moment(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

challenges = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),
    _moment("expires_at"),
    _optional_moment("spent_at"),
)
Index("challenges_by_expiry", challenges.c.expires_at)

replays = Table("replays", metadata, Column("digest", LargeBinary(32), primary_key=True), _moment("expires_at"))
Index("replays_by_expiry", replays.c.expires_at)

agents = Table(
    "agents",
    metadata,
    _id("id"),
    _name("name"),
    _name("did"),
    _name("owner"),
    _name("life"),
    Column("version", BigInteger, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    _optional("sponsor"),
    # JSON: claims are shown, never searched; keys are few and always needed together
    _name("claims"),
    _name("keys"),
    UniqueConstraint("name", name="agents_name"),
    UniqueConstraint("did", name="agents_did"),
)
Index("agents_by_owner", agents.c.owner, agents.c.name)
Index("agents_by_life", agents.c.life, agents.c.name)
Index("agents_by_owner_and_life", agents.c.owner, agents.c.life, agents.c.name)

delegations = Table(
    "delegations",
    metadata,
    _id("id"),
    _moment("created_at"),
    _name("credential_id"),
    _name("digest"),
    _optional("parent"),
    Column("hops", Integer, nullable=False),
    _name("issuer_did"),
    _optional("issuer_agent"),
    _optional("issuer_owner"),
    _name("subject_did"),
    _optional("subject_agent"),
    _optional("subject_owner"),
    _name("principal"),
    _moment("valid_from"),
    _moment("valid_until"),
    # the last one: lists read what stands before it, and do not turn its pages
    Column("chain", Text, nullable=False),
)
Index("delegations_by_age", delegations.c.created_at, delegations.c.id)
for _leading in ("digest", "parent", "issuer_agent", "issuer_owner", "subject_agent", "subject_owner"):
    Index(f"delegations_by_{_leading}", delegations.c[_leading], delegations.c.created_at, delegations.c.id)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _moment("at"),
    _name("actor"),
    _name("act"),
    _name("target"),
    _name("outcome"),
    _optional("owner"),
    _optional("code"),
    _optional("request_id"),
    # an id is never given twice, not even where somebody took the newest row out of the file by hand
    sqlite_autoincrement=True,
)
for _leading in ("actor", "act", "target", "outcome", "owner"):
    Index(f"audit_by_{_leading}", audit.c[_leading], audit.c.id)

operators = Table(
    "operators",
    metadata,
    _id("id"),
    _name("name"),
    _optional("owner"),
    Column("digest", LargeBinary(32), nullable=False),
    _moment("created_at"),
    _optional_moment("revoked_at"),
    UniqueConstraint("digest", name="operators_digest"),
)

anchors = Table(
    "anchors",
    metadata,
    _id("id"),
    Column("number", BigInteger, nullable=False),
    # the anchor as JSON in one form, so that the same one is there once
    Column("digest", LargeBinary(32), nullable=False),
    _name("anchor"),
    UniqueConstraint("digest", name="anchors_digest"),
)

did_logs = Table(
    "did_logs",
    metadata,
    # the agent's id and the number, so that each number is there once
    _id("id"),
    _name("agent_id"),
    Column("number", Integer, nullable=False),
    _name("entry"),
)
Index("did_logs_by_agent", did_logs.c.agent_id, did_logs.c.number)

intents = Table("intents", metadata, _id("agent_id"), _moment("began_at"))
Index("intents_by_age", intents.c.began_at)
