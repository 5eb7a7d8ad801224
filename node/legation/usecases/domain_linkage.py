"""The node's own DID configuration: that its origin and its DID are of one hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from legation.crypto.signing import Signer
from legation.domain.hosted_agents import NODE_NAME
from legation.errors import NotFoundError, WalletError
from legation.ports.clock import Clock
from legation.ports.vault import Vault
from legation.standards.domain_linkage import build_configuration, build_linkage_token
from legation.usecases.hosting import Hosting

VALIDITY = timedelta(days=365)


class DomainLinkage:
    """Makes the DID configuration of a node (DIF Well Known DID Configuration 1.0).

    It is signed again when the node has another key, and each day: it is dated at the day's beginning, so that replicas
    show the same one.
    """

    def __init__(self, hosting: Hosting, vault: Vault, clock: Clock, *, public_url: str):
        self._hosting = hosting
        self._vault = vault
        self._clock = clock
        self._origin = public_url
        self._made: tuple[tuple[str, datetime], dict[str, object]] | None = None

    async def configuration(self) -> dict[str, object]:
        """Return the configuration; it is shared, and to be read only.

        Raises:
            WalletError: the vault has no key of the node.
            UnavailableError: a store did not answer.
        """
        node = await self._hosting.find_agent(NODE_NAME)
        key = node.signing_key()
        day = datetime.combine(self._clock.now().astimezone(UTC).date(), time(), UTC)
        made_of = (key.id, day)
        if self._made is None or self._made[0] != made_of:
            try:
                handle = await self._vault.signing_key(node.id, key.id)
            except NotFoundError as error:
                raise WalletError("the vault has no key of the node that the state knows") from error
            signer = Signer(node.did, node.method_of(key), handle)
            token = build_linkage_token(signer, origin=self._origin, at=day, until=day + VALIDITY)
            self._made = (made_of, build_configuration([token]))
        return self._made[1]
