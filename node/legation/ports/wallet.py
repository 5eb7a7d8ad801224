"""The ports to the encrypted store of one party: its agents with their keys, and the chains that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import Signer
from legation.domain.agents import Agent
from legation.domain.chain import Chain

MAX_AGENTS = 1_000
MAX_CHAINS = 10_000


@dataclass(frozen=True, slots=True)
class HeldChain:
    """A chain in a list: its leaf's id, issuer, subject and end, and how many hops it has."""

    id: str
    hops: int
    issuer: str
    subject: str
    valid_until: datetime


class AgentStore(Protocol):
    """Agents by name or DID, each with its private key, which stays where it is.

    Every method raises WalletError (closed, damaged) and UnavailableError (locked, full, or not in time).
    """

    async def add(self, name: str, key_type: KeyType, describe: Callable[[PublicKey], Agent]) -> Agent:
        """Make a key and keep it with the agent that ``describe`` makes of its public part: both or neither.

        Raises:
            ConflictError: the name or the DID is taken.
            TooLargeError: the wallet holds as many agents as it may.
        """

    async def get(self, name_or_did: str) -> Agent:
        """Return it. Raises NotFoundError."""

    async def list_all(self) -> list[Agent]:
        """Return all agents by name, at most ``MAX_AGENTS``."""

    async def signer(self, name_or_did: str) -> Signer:
        """Return a handle on the agent's key, good until the wallet is closed. Raises NotFoundError."""


class ChainStore(Protocol):
    """Chains by the id of their last hop. Errors as in :class:`AgentStore`."""

    async def add(self, chain: Chain, *, at: datetime) -> None:
        """Keep a chain; one that is here already stays as it is. A full store first lets go of what has expired.

        Raises:
            ConflictError: another chain is held under this id.
            TooLargeError: the wallet holds as many chains as it may, none of them expired.
        """

    async def get(self, chain_id: str) -> Chain:
        """Return it, exactly as it was added. Raises NotFoundError."""

    async def list_all(self) -> list[HeldChain]:
        """Return all chains by their end, at most ``MAX_CHAINS``."""

    async def remove(self, chain_id: str) -> None:
        """Let go of it. Raises NotFoundError."""
