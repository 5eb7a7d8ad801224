"""The keys of a hosted agent: what each is for, where it is kept, and for how long it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Purpose(Enum):
    """What a key is for.

    ``SIGNING`` signs credentials, presentations and calls; ``BBS`` is kept for BBS signatures; ``AGREEMENT`` is for
    encryption to the agent; ``ACCESS`` is the agent's own, kept by itself, and proves to this node who calls.
    """

    SIGNING = "signing"
    BBS = "bbs"
    AGREEMENT = "agreement"
    ACCESS = "access"


class KeyKind(Enum):
    """The kinds of key that an agent can have, by their curve."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    X25519 = "X25519"
    BLS12_381_G2 = "BLS12-381-G2"


class KeyState(Enum):
    """Where a key is in its life; in the document stand those that are not compromised."""

    CURRENT = "current"
    EXPIRED = "expired"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A public key of an agent.

    ``id`` is the agent's id, a hyphen and a number, and names the private key in the vault; ``multikey`` is the public
    part as ``publicKeyMultibase``, and the fragment of its DID URL. What is dated after ``expires_at`` does not count;
    a key with ``compromised_at`` counts for nothing.
    """

    id: str
    purpose: Purpose
    kind: KeyKind
    multikey: str
    created_at: datetime
    expires_at: datetime | None = None
    compromised_at: datetime | None = None

    @property
    def state(self) -> KeyState:
        """Where it is in its life."""
        if self.compromised_at is not None:
            return KeyState.COMPROMISED
        return KeyState.CURRENT if self.expires_at is None else KeyState.EXPIRED

    @property
    def is_held_here(self) -> bool:
        """Whether this node keeps the private part."""
        return self.purpose is not Purpose.ACCESS
