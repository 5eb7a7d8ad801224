"""Hosted agents: agents whose DID documents and keys a node keeps for their owners, and the life that they lead."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum

from legation.domain.agent_keys import NODE_ID, AgentKey, KeyState, Purpose
from legation.domain.text import is_plain_text, is_uri
from legation.errors import ConflictError, MalformedError, NotFoundError

NODE_NAME = NODE_ID
MAX_CLAIM_CHARS = 256
MAX_SPONSOR_CHARS = 512
# as an agent's name: an owner stands in queries, and on operators' terminals
_OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class DIDMethod(Enum):
    """How an agent is named: by a place on the web, by such a place with a log of its history, or by its one key."""

    WEB = "web"
    WEBVH = "webvh"
    KEY = "key"


class Life(Enum):
    """The states of an agent; ``RETIRED`` is final."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Claims:
    """What an agent is, in the claims of OpenID Connect for Agents (OIDC-A); each a short text or None."""

    agent_model: str | None = None
    agent_provider: str | None = None
    agent_version: str | None = None
    agent_instance_id: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return those that are there."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


NO_CLAIMS = Claims()


@dataclass(frozen=True, slots=True)
class HostedAgent:
    """An agent of a node.

    ``id`` (32 hex digits) never changes and names its profile in the vault; ``name`` is unique on the node and stands
    in ``did``. ``owner`` is the tenant, ``sponsor`` a URI of who answers for the agent. ``version`` counts its changes.
    """

    id: str
    name: str
    did: str
    owner: str
    life: Life
    keys: tuple[AgentKey, ...]
    created_at: datetime
    updated_at: datetime
    sponsor: str | None = None
    claims: Claims = NO_CLAIMS
    version: int = 1

    @property
    def is_node(self) -> bool:
        """Whether this is the node itself."""
        return self.id == NODE_ID

    @property
    def method(self) -> DIDMethod:
        """The method of its DID."""
        return DIDMethod(self.did.split(":", 2)[1])

    @property
    def trail(self) -> str | None:
        """The owner in whose audit trail its acts stand, None for the node's own."""
        return self.owner or None

    def check_active(self) -> None:
        """Refuse to act for an agent that is not active. Raises ConflictError: agent_suspended, agent_retired."""
        self.check_not_retired()
        if self.life is Life.SUSPENDED:
            raise ConflictError("the agent is suspended", code="agent_suspended", fix="Resume it first.")

    def check_not_retired(self) -> None:
        """Refuse to change an agent whose life has ended. Raises ConflictError: agent_retired."""
        if self.life is Life.RETIRED:
            raise ConflictError("the agent is retired, for good", code="agent_retired", fix="Create another agent.")

    def check_changeable(self) -> None:
        """Refuse to change the keys of an agent whose DID is its key. Raises ConflictError: did_fixed."""
        if self.method is DIDMethod.KEY:
            raise ConflictError(
                "the agent's DID is its key, and neither can be changed",
                code="did_fixed",
                fix="Retire it, and create another agent.",
            )

    def get_key(self, key_id: str) -> AgentKey:
        """Return the key of that id. Raises NotFoundError."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise NotFoundError("there is no such key")

    def held_here(self) -> frozenset[str]:
        """Return the ids of the keys whose private parts the vault holds: those in use that are the node's to keep."""
        return frozenset(key.id for key in self.keys if key.is_held_here and key.state is KeyState.CURRENT)

    def current_key(self, purpose: Purpose) -> AgentKey:
        """Return the key in use for a purpose. Raises NotFoundError."""
        for key in self.keys:
            if key.purpose is purpose and key.state is KeyState.CURRENT:
                return key
        raise NotFoundError(f"the agent has no key for {purpose.value}")

    def signing_key(self) -> AgentKey:
        """Return the key in use that signs. Raises ConflictError: no_signing_key, for an agent that is a BBS key."""
        for key in self.keys:
            if key.purpose is Purpose.SIGNING and key.state is KeyState.CURRENT:
                return key
        raise ConflictError(
            "the agent's only key is for BBS signatures, which this version does not make",
            code="no_signing_key",
            fix="Let an agent sign whose key is of Ed25519, P-256 or P-384.",
        )

    def method_of(self, key: AgentKey) -> str:
        """Return the DID URL of a key's verification method."""
        return f"{self.did}#{key.multikey}"


def parse_owner(value: object) -> str:
    """Return an owner: 1 to 63 lower-case letters, digits and hyphens, no hyphen first. Raises MalformedError."""
    if not isinstance(value, str) or _OWNER.fullmatch(value) is None:
        raise MalformedError(
            "an owner is not 1 to 63 lower-case letters, digits and hyphens",
            fix="Take a name such as default or finance-team.",
            pointer="/owner",
        )
    return value


def parse_sponsor(value: object) -> str:
    """Return a DID or another absolute URI of at most 512 characters. Raises MalformedError."""
    if not is_uri(value) or len(value) > MAX_SPONSOR_CHARS:
        raise MalformedError(
            f"a sponsor is not a DID or another absolute URI of at most {MAX_SPONSOR_CHARS} characters",
            fix="Name who answers for the agent, as mailto:ana@acme.example or did:web:acme.example.",
            pointer="/sponsor",
        )
    return value


def parse_claim(name: str, value: object) -> str:
    """Return a text of 1 to 256 characters in NFC, none of which steers a terminal or hides. Raises MalformedError."""
    if not is_plain_text(value) or not 1 <= len(value) <= MAX_CLAIM_CHARS:
        raise MalformedError(
            f"{name} is not a text of 1 to {MAX_CLAIM_CHARS} characters in NFC without control characters",
            pointer=f"/{name}",
        )
    return value


def check_claims(claims: Claims) -> Claims:
    """Return claims of which each one can be kept. Raises MalformedError."""
    for name, value in claims.to_json().items():
        parse_claim(name, value)
    return claims
