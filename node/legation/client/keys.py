"""``/v1/keys``: the keys of agents."""

from __future__ import annotations

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import delete, get, post
from legation.client.models import Key, Rotation
from legation.client.reading import list_of, read_key, read_rotation


class AsyncKeys(AsyncCaller):
    """Keys."""

    async def list_keys(self, agent: str) -> tuple[Key, ...]:
        """Return the public keys of an agent, also those that count no more. Raises NotFoundError."""
        return await self._ask(get("v1", "keys", read=list_of(read_key), query={"agent": agent}))

    async def add_access_key(self, agent: str, multikey: str) -> Key:
        """Add the public part of a key that the agent keeps itself, and by which it calls from now on.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it has that key already, or may have no more.
            InvalidKeyError, MalformedError: it is no Multikey of an Ed25519 or P-256 key.
        """
        body = {"agent": agent, "publicKeyMultibase": multikey}
        return await self._ask(post("v1", "keys", read=read_key, body=body))

    async def rotate_key(self, key_id: str, *, compromised: bool = False) -> Rotation:
        """Put a new key in the place of one that the node keeps.

        What the old one signed stays valid; with ``compromised`` all of it falls, because a thief can antedate.

        Raises:
            NotFoundError: there is no such key.
            ConflictError: it is not in use any more, or another rotation was first.
        """
        body = {"compromised": compromised}
        return await self._ask(post("v1", "keys", key_id, "rotate", read=read_rotation, body=body))

    async def remove_access_key(self, key_id: str) -> None:
        """Remove an access key. Raises NotFoundError, ConflictError for a key of another kind."""
        await self._ask(delete("v1", "keys", key_id))


class Keys(Caller):
    """Keys."""

    _twin: AsyncKeys

    def list_keys(self, agent: str) -> tuple[Key, ...]:
        """Return the public keys of an agent, also those that count no more. Raises NotFoundError."""
        return self._run(self._twin.list_keys(agent))

    def add_access_key(self, agent: str, multikey: str) -> Key:
        """Add the public part of a key that the agent keeps itself, and by which it calls from now on.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it has that key already, or may have no more.
            InvalidKeyError, MalformedError: it is no Multikey of an Ed25519 or P-256 key.
        """
        return self._run(self._twin.add_access_key(agent, multikey))

    def rotate_key(self, key_id: str, *, compromised: bool = False) -> Rotation:
        """Put a new key in the place of one that the node keeps.

        What the old one signed stays valid; with ``compromised`` all of it falls, because a thief can antedate.

        Raises:
            NotFoundError: there is no such key.
            ConflictError: it is not in use any more, or another rotation was first.
        """
        return self._run(self._twin.rotate_key(key_id, compromised=compromised))

    def remove_access_key(self, key_id: str) -> None:
        """Remove an access key. Raises NotFoundError, ConflictError for a key of another kind."""
        self._run(self._twin.remove_access_key(key_id))
