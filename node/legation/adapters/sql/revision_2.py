"""Revision 2: hosted agents, held delegations, audit, operators, anchors, intents and replays."""

from __future__ import annotations

from alembic.operations import Operations
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text, UniqueConstraint

_TEXT = Text().with_variant(Text(collation="C"), "postgresql")

# SQLite has a trigger for each verb; a statement that one refuses changes nothing
_SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER audit_refuses_{verb} BEFORE {verb.upper()} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    for verb in ("update", "delete")
)
_POSTGRESQL_TRIGGERS = (
    "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$",
    "CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade(op: Operations) -> None:
    """Make the tables."""
    op.create_table("replays", _digest(primary_key=True), _moment("expires_at"))
    op.create_index("replays_by_expiry", "replays", ["expires_at"])
    _create_agents(op)
    _create_delegations(op)
    _create_audit(op)
    op.create_table(
        "operators",
        _id("id"),
        _name("name"),
        _optional("owner"),
        _digest(),
        _moment("created_at"),
        Column("revoked_at", BigInteger, nullable=True),
        UniqueConstraint("digest", name="operators_digest"),
    )
    op.create_table(
        "anchors",
        _id("id"),
        Column("number", BigInteger, nullable=False),
        _digest(),
        _name("anchor"),
        UniqueConstraint("digest", name="anchors_digest"),
    )
    op.create_table("intents", _id("agent_id"), _moment("began_at"))
    op.create_index("intents_by_age", "intents", ["began_at"])


def _create_agents(op: Operations) -> None:
    op.create_table(
        "agents",
        _id("id"),
        _name("name"),
        _name("did"),
        _name("owner"),
        _name("life"),
        Column("version", BigInteger, nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _optional("sponsor"),
        _name("claims"),
        _name("keys"),
        UniqueConstraint("name", name="agents_name"),
        UniqueConstraint("did", name="agents_did"),
    )
    op.create_index("agents_by_owner", "agents", ["owner", "name"])
    op.create_index("agents_by_life", "agents", ["life", "name"])
    op.create_index("agents_by_owner_and_life", "agents", ["owner", "life", "name"])


def _create_delegations(op: Operations) -> None:
    op.create_table(
        "delegations",
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
        Column("chain", Text, nullable=False),
    )
    op.create_index("delegations_by_age", "delegations", ["created_at", "id"])
    for leading in ("digest", "parent", "issuer_agent", "issuer_owner", "subject_agent", "subject_owner"):
        op.create_index(f"delegations_by_{leading}", "delegations", [leading, "created_at", "id"])


def _create_audit(op: Operations) -> None:
    op.create_table(
        "audit",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        _moment("at"),
        _name("actor"),
        _name("act"),
        _name("target"),
        _name("outcome"),
        _optional("owner"),
        _optional("code"),
        _optional("request_id"),
        sqlite_autoincrement=True,
    )
    for leading in ("actor", "act", "target", "outcome", "owner"):
        op.create_index(f"audit_by_{leading}", "audit", [leading, "id"])
    on_sqlite = op.get_context().dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if on_sqlite else _POSTGRESQL_TRIGGERS:
        op.execute(statement)


def _id(name: str) -> Column[str]:
    return Column(name, _TEXT, primary_key=True)


def _name(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _optional(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=True)


def _moment(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _digest(*, primary_key: bool = False) -> Column[bytes]:
    return Column("digest", LargeBinary(32), primary_key=primary_key, nullable=False)
