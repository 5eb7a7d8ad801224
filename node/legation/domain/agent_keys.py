"""The keys of a hosted agent: what each is for, where it is kept, and for how long it counts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from legation.errors import InvalidKeyError, MalformedError, NotFoundError
from legation.standards.multiformats import Curve, decode_multikey, encode_public_key

MAX_ACCESS_KEYS = 8
NODE_ID = "node"
_ID = re.compile(rf"([0-9a-f]{{32}}|{NODE_ID})-([1-9][0-9]{{0,8}})")


class Purpose(Enum):
    """What a key is for.

    ``SIGNING`` signs credentials, presentations and calls; ``BBS`` is kept for BBS signatures; ``AGREEMENT`` is for
    encryption to the agent; ``ACCESS`` is the agent's own, kept by itself, and proves to this node who calls. Of a
    did:webvh, ``UPDATE`` signed the log's last entry, and ``NEXT_UPDATE`` is the one that this entry committed to.
    """

    SIGNING = "signing"
    BBS = "bbs"
    AGREEMENT = "agreement"
    ACCESS = "access"
    UPDATE = "update"
    NEXT_UPDATE = "next-update"


class KeyKind(Enum):
    """The kinds of key that an agent can have, by their curve."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    X25519 = "X25519"
    BLS12_381_G2 = "BLS12-381-G2"


SIGNING_KINDS = frozenset({KeyKind.ED25519, KeyKind.P256, KeyKind.P384})
_SIGNING_NAMES = {kind.value: kind for kind in SIGNING_KINDS}
# what the node makes for every agent whose DID is not a key, beside the key that signs
MADE_KINDS: Mapping[Purpose, KeyKind] = MappingProxyType(
    {Purpose.BBS: KeyKind.BLS12_381_G2, Purpose.AGREEMENT: KeyKind.X25519}
)
# and for one whose DID has a log (did:webvh 1.0: an update key is an Ed25519 key)
LOG_KINDS: Mapping[Purpose, KeyKind] = MappingProxyType(
    {Purpose.UPDATE: KeyKind.ED25519, Purpose.NEXT_UPDATE: KeyKind.ED25519}
)
UPDATE_PURPOSES = frozenset(LOG_KINDS)

# with which an agent begins; later keys are numbered above them, by the version of the agent that they came with
MAX_FIRST_KEYS = 1 + len(MADE_KINDS) + len(LOG_KINDS) + MAX_ACCESS_KEYS


class KeyState(Enum):
    """Where a key is in its life: in use, at its end, or known to be somebody else's too."""

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

    @property
    def number(self) -> int:
        """Which of its agent's keys it is: the later it was asked for, the higher."""
        return int(self.id.rpartition("-")[2])

    @property
    def is_published(self) -> bool:
        """Whether it stands in the agent's document.

        One that updates its log does not. A key of the node's that has expired does, for what it signed before. Nothing
        that an access key signed lasts, and who takes one away may have lost it: it is out of the document at once.
        """
        if self.purpose is Purpose.ACCESS:
            return self.state is KeyState.CURRENT
        return self.purpose not in UPDATE_PURPOSES and self.state is not KeyState.COMPROMISED


def write_key_id(agent_id: str, number: int) -> str:
    """Return the id of an agent's key of that number."""
    return f"{agent_id}-{number}"


def find_agent_id(key_id: str) -> str:
    """Return the id of the agent whose key has this id. Raises NotFoundError for what is no id of a key."""
    match = _ID.fullmatch(key_id)
    if match is None:
        raise NotFoundError("there is no such key")
    return match[1]


def describe_key(key_id: str, purpose: Purpose, kind: KeyKind, raw: bytes, *, at: datetime) -> AgentKey:
    """Return a new key of the node's with that public part. Raises InvalidKeyError."""
    return AgentKey(key_id, purpose, kind, encode_public_key(Curve(kind.value), raw), created_at=at)


def parse_access_key(multikey: object) -> tuple[str, KeyKind]:
    """Read the public part of a key that an agent keeps itself.

    Raises:
        MalformedError: not a Multikey in base58btc.
        InvalidKeyError: not Ed25519, P-256 or P-384, or a key that no honest signer would have.
    """
    if not isinstance(multikey, str):
        raise MalformedError("an access key is a Multikey, a text")
    kind = _SIGNING_NAMES.get(decode_multikey(multikey).type.value)
    if kind is None:
        raise InvalidKeyError("an access key is of Ed25519, P-256 or P-384")
    return multikey, kind
