"""The clients of a node: the same calls for those who wait in an event loop and for those who have none."""

from __future__ import annotations

import os
import weakref
from datetime import timedelta
from types import TracebackType
from typing import Self

from legation.adapters.system_clock import SystemClock
from legation.client.agents import Agents, AsyncAgents
from legation.client.audit import AsyncAudit, Audit
from legation.client.background import Background
from legation.client.credentials import find_credentials
from legation.client.delegations import AsyncDelegations, Delegations
from legation.client.keys import AsyncKeys, Keys
from legation.client.operators import AsyncOperators, Operators
from legation.client.presentations import AsyncPresentations, Presentations
from legation.client.server import parse_server
from legation.client.service import AsyncService, Service
from legation.client.transport import Transport
from legation.client.trust import AsyncTrust, Trust
from legation.client.verifiable_credentials import AsyncVerifiableCredentials, VerifiableCredentials
from legation.crypto.signing import Signer
from legation.errors import SettingsError
from legation.ports.clock import Clock

_TIMEOUT = timedelta(seconds=10)
_MAX_RETRIES = 10


class AsyncClient(
    AsyncAgents,
    AsyncKeys,
    AsyncDelegations,
    AsyncPresentations,
    AsyncVerifiableCredentials,
    AsyncTrust,
    AsyncOperators,
    AsyncAudit,
    AsyncService,
):
    """A node, asked over HTTP, for ``async with``; it belongs to the event loop in which it is used first.

    Who calls is an operator by its ``token``, or by the private file that holds it, or an agent by its ``signer``;
    without any of them one sees what the node shows to everybody. The secret goes to ``server`` alone: nothing is
    redirected, proxied or remembered.

    ``timeout`` bounds a call with all of its attempts. What only looks, removes or judges is asked again, at most
    ``retries`` times, where no answer came or the node is overloaded (502, 503, 504; it says when to come back). What
    makes or changes something is asked again only if it certainly was not sent: where UnavailableError comes from such
    a call, it may have been done.

    What comes back are values of ``legation.client.models``. Every method may raise AuthenticationError, AccessError,
    UnavailableError, EgressError (TLS does not hold), and with code ``server_error`` LegationError or MalformedError
    for an answer that no node gives.
    """

    def __init__(  # noqa: PLR0913 - every setting by its name
        self,
        server: str,
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        signer: Signer | None = None,
        timeout: timedelta = _TIMEOUT,
        ca_file: str | os.PathLike[str] | None = None,
        retries: int = 2,
        clock: Clock | None = None,
        dangerously_allow_http: bool = False,
    ):
        """Take the origin of a node, https, or http on this machine; nothing is sent yet.

        ``ca_file`` holds PEM certificates that are trusted beside those of the system; ``clock`` dates agents' calls.

        Raises:
            SettingsError: something of it cannot be used, or others than its owner may read the token's file.
            NotFoundError: there is no such file.
        """
        if timeout <= timedelta(0) or not 0 <= retries <= _MAX_RETRIES:
            raise SettingsError(f"the timeout is not positive, or retries are not 0 to {_MAX_RETRIES}")
        where = parse_server(server, ca_file=ca_file, dangerously_allow_http=dangerously_allow_http)
        credentials = find_credentials(
            token=token, token_file=token_file, signer=signer, audience=where.origin, clock=clock or SystemClock()
        )
        self._transport = Transport(where, credentials, timeout=timeout, retries=retries)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections; what is asked then raises UnavailableError. A second time it does nothing."""
        await self._transport.close()


class Client(Agents, Keys, Delegations, Presentations, VerifiableCredentials, Trust, Operators, Audit, Service):
    """A node, asked over HTTP, for ``with``: :class:`AsyncClient`, for those who wait for each answer.

    It serves many threads at once, also such as run an event loop, which then stands still meanwhile. The waiting is
    done in a thread of its own, which ends with :meth:`close`, or with the process.
    """

    _twin: AsyncClient

    def __init__(  # noqa: PLR0913 - every setting by its name
        self,
        server: str,
        *,
        token: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        signer: Signer | None = None,
        timeout: timedelta = _TIMEOUT,
        ca_file: str | os.PathLike[str] | None = None,
        retries: int = 2,
        clock: Clock | None = None,
        dangerously_allow_http: bool = False,
    ):
        """Take the origin of a node, https, or http on this machine; nothing is sent yet.

        ``ca_file`` holds PEM certificates that are trusted beside those of the system; ``clock`` dates agents' calls.

        Raises:
            SettingsError: something of it cannot be used, or others than its owner may read the token's file.
            NotFoundError: there is no such file.
        """
        self._twin = AsyncClient(
            server,
            token=token,
            token_file=token_file,
            signer=signer,
            timeout=timeout,
            ca_file=ca_file,
            retries=retries,
            clock=clock,
            dangerously_allow_http=dangerously_allow_http,
        )
        self._background = Background(self._twin.close)
        # for who forgets to close, at the end of the process at the latest; it must not know the client itself
        weakref.finalize(self, self._background.stop)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections; what is asked then raises UnavailableError. A second time it does nothing."""
        self._background.stop()
