"""The port to the node's encrypted store of private keys: one profile per agent, and nothing in it but keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from legation.crypto.signing import SigningKey
from legation.domain.agent_keys import KeyKind


class Vault(Protocol):
    """Private keys by profile (an agent's id) and key id. They stay where they are: no method returns one.

    Every method raises WalletError (closed, damaged) and UnavailableError (locked, full, or not in time).
    """

    async def create(self, profile: str, keys: Mapping[str, KeyKind]) -> dict[str, bytes]:
        """Make a profile with new keys; return their public parts, raw, by key id. Raises ConflictError.

        Raw is: of Ed25519 and X25519 32 bytes; a compressed point of P-256 33, of P-384 49, of BLS12-381 G2 96 bytes.
        """

    async def add_key(self, profile: str, key_id: str, kind: KeyKind) -> bytes:
        """Make one key more and return its public part, raw. Raises NotFoundError or ConflictError."""

    async def find_keys(self, profile: str) -> frozenset[str] | None:
        """Return the ids of a profile's keys, or None where there is no such profile."""

    async def remove_keys(self, profile: str, key_ids: Collection[str]) -> None:
        """Destroy keys, those that there are."""

    async def remove(self, profile: str) -> None:
        """Destroy a profile with all its keys, if there is one."""

    async def signing_key(self, profile: str, key_id: str) -> SigningKey:
        """Return a handle on an Ed25519, P-256 or P-384 key, good until the vault is closed. Raises NotFoundError."""
