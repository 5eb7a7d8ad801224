"""What callers are sent: the JSON of each noun, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Literal

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from legation.domain.agent_keys import AgentKey
from legation.domain.audit import AuditEntry
from legation.domain.held_delegations import HeldDelegation
from legation.domain.hosted_agents import HostedAgent
from legation.domain.operators import Operator
from legation.domain.trust import Anchor
from legation.domain.verdict import Verdict
from legation.http.metrics import Metrics
from legation.standards.timestamps import format_timestamp

Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
# exactly as it was signed, and hence of any form
Hops = list[dict[str, object] | str]
Check = Literal["passed", "failed", "skipped", "not_reached"]


class Shown(BaseModel):
    """A JSON object that callers read; a member that says nothing is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)

    def to_json(self) -> dict[str, object]:
        """Return its members."""
        return self.model_dump(by_alias=True, exclude_none=True)


class KeyShown(Shown):
    """A key of an agent."""

    id: str
    agent: str
    purpose: Literal["signing", "bbs", "agreement", "access", "update", "next-update"]
    type: Literal["Ed25519", "P-256", "P-384", "X25519", "BLS12-381-G2"]
    method: str
    public_key_multibase: str
    state: Literal["current", "expired", "compromised"]
    held_by: Literal["node", "agent"]
    created_at: Moment
    expires_at: Moment | None = None
    compromised_at: Moment | None = None

    @classmethod
    def of(cls, agent: HostedAgent, key: AgentKey) -> KeyShown:
        """Return a key as it is shown."""
        return cls(
            id=key.id,
            agent=agent.name,
            purpose=key.purpose.value,
            type=key.kind.value,
            method=agent.method_of(key),
            public_key_multibase=key.multikey,
            state=key.state.value,
            held_by="node" if key.is_held_here else "agent",
            created_at=format_timestamp(key.created_at),
            expires_at=None if key.expires_at is None else format_timestamp(key.expires_at),
            compromised_at=None if key.compromised_at is None else format_timestamp(key.compromised_at),
        )


class AgentShown(Shown):
    """An agent of the node."""

    id: str
    name: str
    did: str
    life: Literal["active", "suspended", "retired"]
    owner: str
    sponsor: str | None = None
    agent_model: Annotated[str | None, Field(alias="agent_model")] = None
    agent_provider: Annotated[str | None, Field(alias="agent_provider")] = None
    agent_version: Annotated[str | None, Field(alias="agent_version")] = None
    agent_instance_id: Annotated[str | None, Field(alias="agent_instance_id")] = None
    keys: list[KeyShown]
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, agent: HostedAgent) -> AgentShown:
        """Return an agent as it is shown."""
        return cls(
            id=agent.id,
            name=agent.name,
            did=agent.did,
            life=agent.life.value,
            owner=agent.owner,
            sponsor=agent.sponsor,
            agent_model=agent.claims.agent_model,
            agent_provider=agent.claims.agent_provider,
            agent_version=agent.claims.agent_version,
            agent_instance_id=agent.claims.agent_instance_id,
            keys=[KeyShown.of(agent, key) for key in agent.keys],
            created_at=format_timestamp(agent.created_at),
            updated_at=format_timestamp(agent.updated_at),
        )


class RotationShown(Shown):
    """The new key, and the one that it replaces."""

    key: KeyShown
    replaced: KeyShown


class DelegationShown(Shown):
    """A held delegation: its last hop, and where asked for the whole chain."""

    id: str
    credential_id: str
    digest: str
    parent: str | None = None
    hops: int
    issuer: str
    subject: str
    principal: str
    valid_from: Moment
    valid_until: Moment
    created_at: Moment
    chain: Hops | None = None


class TreeShown(Shown):
    """A delegation and what was passed on of it, and further on."""

    delegation: DelegationShown
    children: list[TreeShown]


class WholeTreeShown(TreeShown):
    """The tree under a delegation; ``truncated`` where there is more than is shown."""

    truncated: bool


class AnchorShown(Shown):
    """A trust anchor: of the node's trust file, or added to the node, and then with an id."""

    id: str | None = None
    source: Literal["file", "node"]
    issuer: str
    grants: list[dict[str, object]] | None = None
    principals: list[str] | None = None

    @classmethod
    def of(cls, anchor_id: str | None, anchor: Anchor) -> AnchorShown:
        """Return an anchor as it is shown."""
        return cls.model_validate(
            {"id": anchor_id, "source": "file" if anchor_id is None else "node", **anchor.to_json()}
        )


class OperatorShown(Shown):
    """An operator."""

    id: str
    name: str
    owner: str | None = None
    created_at: Moment
    revoked_at: Moment | None = None

    @classmethod
    def of(cls, operator: Operator) -> OperatorShown:
        """Return an operator as it is shown: without its token, which is nowhere."""
        return cls(
            id=operator.id,
            name=operator.name,
            owner=operator.owner,
            created_at=format_timestamp(operator.created_at),
            revoked_at=None if operator.revoked_at is None else format_timestamp(operator.revoked_at),
        )


class NewOperatorShown(OperatorShown):
    """A new operator, with the token that is shown this once."""

    token: str


class AuditEntryShown(Shown):
    """An act, done or refused."""

    id: int
    at: Moment
    actor: str
    act: str
    target: str
    outcome: Literal["done", "refused"]
    owner: str | None = None
    code: str | None = None
    request_id: str | None = None

    @classmethod
    def of(cls, entry: AuditEntry) -> AuditEntryShown:
        """Return an entry as it is shown."""
        return cls(
            id=entry.id or 0,
            at=format_timestamp(entry.at),
            actor=entry.actor,
            act=entry.act,
            target=entry.target,
            outcome=entry.outcome.value,
            owner=entry.owner,
            code=entry.code,
            request_id=entry.request_id,
        )


class CheckShown(Shown):
    """One thing that the node needs, and what is wrong with it, if anything is."""

    name: str
    ok: bool
    detail: str | None = None


class ReadinessShown(Shown):
    """Whether the node can do its work."""

    status: Literal["ready", "not ready"]
    checks: list[CheckShown]


class ChallengeShown(Shown):
    """A challenge, whom to name with it, and until when it serves."""

    challenge: str
    domain: str
    expires_at: Moment


class PresentationShown(Shown):
    """A presentation: a JSON object, or the text of a ``vp+jwt``."""

    presentation: dict[str, object] | str


class SecuredCredentialShown(Shown):
    """A credential with its proof, or enveloped."""

    verifiable_credential: dict[str, object]


class SecuredPresentationShown(Shown):
    """A presentation with its proof, or enveloped."""

    verifiable_presentation: dict[str, object]


class NoticeShown(Shown):
    """Something that whoever relies on a document has to look at."""

    type: str
    title: str
    detail: str
    pointer: str


class VerifiedShown(Shown):
    """That a credential or presentation holds, with what the caller asked for of it."""

    verified: Literal[True] = True
    problem_details: list[NoticeShown] | None = None
    verifiable_credential: dict[str, object] | str | None = None
    verifiable_presentation: dict[str, object] | str | None = None


class RefusalShown(Shown):
    """Why a chain was not accepted, and where: both sides where something was widened."""

    code: str
    hop: int | None
    pointer: str | None
    message: str
    allowed: object = None
    claimed: object = None
    fix: str | None = None


class ChecksShown(Shown):
    """What each check of a hop gave."""

    proof: Check
    link: Check
    validity: Check
    attenuation: Check
    status: Check


class HopShown(Shown):
    """One hop of a judged chain; only ``hop`` and ``checks`` where it could not be read."""

    hop: int
    id: str | None = None
    issuer: str | None = None
    subject: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    max_depth: int | None = None
    usage_ledger: str | None = None
    checks: ChecksShown


class VerdictShown(Shown):
    """A verdict: ``verified``, the chain is what it says; ``accepted``, this node lets it do this."""

    verified: bool
    accepted: bool
    principal: str | None
    holder: str | None
    authorization_details: list[dict[str, object]]
    hops: list[HopShown]
    error: RefusalShown | None


def show_delegation(held: HeldDelegation) -> dict[str, object]:
    """Return a held delegation as JSON members; its chain goes out exactly as it is kept."""
    shown: dict[str, object] = {"id": held.id, "credentialId": held.credential_id, "digest": held.digest}
    if held.parent is not None:
        shown["parent"] = held.parent
    shown |= {
        "hops": held.hops,
        "issuer": held.issuer.did,
        "subject": held.subject.did,
        "principal": held.principal,
        "validFrom": format_timestamp(held.valid_from),
        "validUntil": format_timestamp(held.valid_until),
        "createdAt": format_timestamp(held.created_at),
    }
    if held.chain is not None:
        shown["chain"] = orjson.Fragment(held.chain)
    return shown


def answer_json(
    value: object, *, status: HTTPStatus = HTTPStatus.OK, content_type: str = "application/json"
) -> web.Response:
    """Return an answer in JSON."""
    try:
        body = orjson.dumps(value)
    except orjson.JSONEncodeError:
        # a number beyond 64 bits, which a chain may hold as received, or a nesting beyond 254
        body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return web.Response(status=status, body=body, content_type=content_type)


def answer(shown: Shown, *, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """Return an answer of one object."""
    return answer_json(shown.to_json(), status=status)


def answer_verdict(verdict: Verdict, metrics: Metrics) -> web.Response:
    """Return a verdict, and count it."""
    metrics.count_verdict(verdict.code)
    return answer_json(verdict.to_json())


def answer_page(items: Iterable[dict[str, object]], next_cursor: str | None = None) -> web.Response:
    """Return an answer of one page of a list."""
    page: dict[str, object] = {"items": list(items)}
    if next_cursor is not None:
        page["next"] = next_cursor
    return answer_json(page)
