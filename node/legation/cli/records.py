"""What a node answered, as the JSON records that commands print: the members that the node's own answers have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from legation.standards.timestamps import format_timestamp

if TYPE_CHECKING:
    from datetime import datetime

    from legation.client.models import Agent, Anchor, AuditEntry, Delegation, DelegationTree, Key, Operator

Record = dict[str, Any]


def agent_record(agent: Agent) -> Record:
    """Return an agent."""
    return _present(
        id=agent.id,
        name=agent.name,
        did=agent.did,
        life=agent.life.value,
        owner=agent.owner,
        sponsor=agent.sponsor,
        **agent.claims.to_json(),
        keys=[key_record(key) for key in agent.keys],
        createdAt=_time(agent.created_at),
        updatedAt=_time(agent.updated_at),
    )


def key_record(key: Key) -> Record:
    """Return a key."""
    return _present(
        id=key.id,
        agent=key.agent,
        purpose=key.purpose.value,
        type=key.kind.value,
        method=key.method,
        publicKeyMultibase=key.multikey,
        state=key.state.value,
        heldBy="node" if key.is_held_here else "agent",
        createdAt=_time(key.created_at),
        expiresAt=_time(key.expires_at),
        compromisedAt=_time(key.compromised_at),
    )


def delegation_record(delegation: Delegation) -> Record:
    """Return a delegation, with its chain where it came along."""
    chain = delegation.chain
    return _present(
        id=delegation.id,
        credentialId=delegation.credential_id,
        digest=delegation.digest,
        parent=delegation.parent,
        hops=delegation.hops,
        issuer=delegation.issuer,
        subject=delegation.subject,
        principal=delegation.principal,
        validFrom=_time(delegation.valid_from),
        validUntil=_time(delegation.valid_until),
        createdAt=_time(delegation.created_at),
        chain=None if chain is None else [hop.wire for hop in chain],
    )


def tree_record(tree: DelegationTree) -> Record:
    """Return a delegation and what extends it."""
    children = [tree_record(child) for child in tree.children]
    return {"delegation": delegation_record(tree.delegation), "children": children, "truncated": tree.truncated}


def anchor_record(anchor: Anchor) -> Record:
    """Return a trust anchor."""
    grants = None
    if anchor.grants is not None:
        grants = [
            _present(type=grant.type, locations=None if grant.locations is None else list(grant.locations))
            for grant in anchor.grants
        ]
    return _present(
        id=anchor.id,
        source=anchor.source,
        issuer=anchor.issuer,
        grants=grants,
        principals=None if anchor.principals is None else list(anchor.principals),
    )


def operator_record(operator: Operator) -> Record:
    """Return an operator."""
    return _present(
        id=operator.id,
        name=operator.name,
        owner=operator.owner,
        createdAt=_time(operator.created_at),
        revokedAt=_time(operator.revoked_at),
    )


def audit_record(entry: AuditEntry) -> Record:
    """Return an entry of the audit trail."""
    return _present(
        id=entry.id,
        at=_time(entry.at),
        actor=entry.actor,
        act=entry.act,
        target=entry.target,
        outcome=entry.outcome.value,
        owner=entry.owner,
        code=entry.code,
        requestId=entry.request_id,
    )


def _present(**members: Any) -> Record:
    return {name: value for name, value in members.items() if value is not None}


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_timestamp(moment)
