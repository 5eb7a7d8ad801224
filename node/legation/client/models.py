"""What a node answers, read once into values that cannot be wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from legation.domain.agent_keys import KeyKind, KeyState, Purpose
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.chain import Chain
from legation.domain.hosted_agents import Claims, Life
from legation.domain.operators import Operator
from legation.domain.pages import Page

__all__ = [
    "Agent",
    "Anchor",
    "AnchorGrant",
    "AuditEntry",
    "Chain",
    "Challenge",
    "Claims",
    "CredentialVerdict",
    "Delegation",
    "DelegationTree",
    "Key",
    "KeyKind",
    "KeyState",
    "Life",
    "NewOperator",
    "Operator",
    "Outcome",
    "Page",
    "Purpose",
    "Readiness",
    "RemoteVerdict",
    "ResolvedDID",
    "Rotation",
]


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of an agent; ``agent`` is the agent's name, ``method`` the DID URL under which it stands."""

    id: str
    agent: str
    purpose: Purpose
    kind: KeyKind
    method: str
    multikey: str
    state: KeyState
    is_held_here: bool
    created_at: datetime
    expires_at: datetime | None = None
    compromised_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key, and the one whose place it took."""

    key: Key
    replaced: Key


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that a node hosts."""

    id: str
    name: str
    did: str
    owner: str
    life: Life
    keys: tuple[Key, ...]
    created_at: datetime
    updated_at: datetime
    sponsor: str | None = None
    claims: Claims = field(default_factory=Claims)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A chain that a node holds, described by its last hop; ``chain`` is None in lists and trees.

    ``id`` is the node's own for it; ``credential_id`` and ``digest`` are the hop's; ``parent`` is the id of the held
    chain that it extends. Nothing of it is verified here: that is what :meth:`AsyncClient.verify_chain` is for.
    """

    id: str
    credential_id: str
    digest: str
    hops: int
    issuer: str
    subject: str
    principal: str
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    parent: str | None = None
    chain: Chain | None = None


@dataclass(frozen=True, slots=True)
class DelegationTree:
    """A delegation with all that was passed on from it; ``truncated`` where the node shows only a part."""

    delegation: Delegation
    children: tuple[DelegationTree, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a presenter has to answer, once, for the verifier ``domain`` and before ``expires_at``."""

    value: str
    domain: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AnchorGrant:
    """A type that an anchor may grant; ``locations`` None = at any location."""

    type: str
    locations: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A root issuer that a node trusts; ``grants`` None = everything, ``principals`` None = for anybody.

    ``source`` is ``node`` for one that was added here, and ``file`` for one of the node's trust file, without ``id``.
    """

    issuer: str
    source: str
    id: str | None = None
    grants: tuple[AnchorGrant, ...] | None = None
    principals: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class NewOperator:
    """An operator that was just made, and its token, which nobody is ever shown again."""

    operator: Operator
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RemoteVerdict:
    """What a node found, as it says: the same two answers and the same codes as a verdict of one's own.

    ``code`` is None where both are yes; ``hop``, ``pointer``, ``allowed`` and ``claimed`` say where the reason lies.
    ``hops`` and ``authorization_details`` are JSON as the node wrote it.
    """

    verified: bool
    accepted: bool
    code: str | None = None
    detail: str | None = None
    hop: int | None = None
    pointer: str | None = None
    fix: str = ""
    allowed: object = None
    claimed: object = None
    principal: str | None = None
    holder: str | None = None
    authorization_details: tuple[Mapping[str, object], ...] = ()
    hops: tuple[Mapping[str, object], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return ``{verified, accepted, principal, holder, authorizationDetails, hops, error}``."""
        return {
            "verified": self.verified,
            "accepted": self.accepted,
            "principal": self.principal,
            "holder": self.holder,
            "authorizationDetails": list(self.authorization_details),
            "hops": list(self.hops),
            "error": None if self.code is None else self._reason(),
        }

    def _reason(self) -> dict[str, object]:
        shown: dict[str, object] = {"code": self.code, "hop": self.hop, "pointer": self.pointer, "message": self.detail}
        if self.allowed is not None or self.claimed is not None:
            shown |= {"allowed": self.allowed, "claimed": self.claimed}
        if self.fix:
            shown["fix"] = self.fix
        return shown


@dataclass(frozen=True, slots=True)
class CredentialVerdict:
    """What a node found of a credential, or of a presentation and the credentials in it.

    ``code`` is None where it holds; ``pointer`` says where the reason lies. ``problems`` tell the reason in the words
    of the specifications. ``notices`` are what whoever relies on it has to look at. Both are JSON as the node wrote it.
    """

    verified: bool
    code: str | None = None
    detail: str | None = None
    pointer: str | None = None
    fix: str = ""
    problems: tuple[Mapping[str, object], ...] = ()
    notices: tuple[Mapping[str, object], ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return ``{verified, notices, problems, error}``."""
        reason = {"code": self.code, "message": self.detail, "pointer": self.pointer}
        return {
            "verified": self.verified,
            "notices": list(self.notices),
            "problems": list(self.problems),
            "error": None if self.code is None else reason | ({"fix": self.fix} if self.fix else {}),
        }


@dataclass(frozen=True, slots=True)
class ResolvedDID:
    """A DID document as a node found it, with the metadata of DID Resolution; JSON as the node wrote it."""

    document: Mapping[str, object]
    document_metadata: Mapping[str, object]
    resolution_metadata: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a node can do its work, and what it looked at: for each thing None, or a short reason why not."""

    ready: bool
    checks: Mapping[str, str | None]
