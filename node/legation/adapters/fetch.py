"""The one egress guard: public documents of other hosts, fetched within bounds and from nowhere that is private."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from legation.adapters.addresses import Target, is_loopback, is_public, parse_target
from legation.errors import EgressError, SettingsError, UnavailableError

if TYPE_CHECKING:  # importing aiohttp takes a third of a second, which only those who fetch pay
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.connector import AddrInfoType

_MAX_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_CHUNK_BYTES = 16 * 1024


class _ForbiddenAddressError(OSError):
    """An address that a request must not connect to."""


@dataclass(frozen=True, slots=True)
class _Route:
    """One request: what is asked for, the URL to connect to instead if it is mapped, and the addresses allowed."""

    target: Target
    mapped_url: str | None
    allows: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Redirect:
    """An answer that points elsewhere."""

    location: str


class Fetcher:
    """Fetches public documents (port ``DocumentFetcher``). No cookie, credential or connection outlives a fetch.

    What the guard judges is the address that a socket is about to connect to, so that neither a name's second
    answer nor a spelling of an address can lead it elsewhere.
    """

    def __init__(
        self,
        *,
        dangerously_allow_loopback: bool = False,
        ca_file: Path | None = None,
        hosts: Mapping[str, str] = MappingProxyType({}),
        deadline: timedelta = timedelta(seconds=10),
    ) -> None:
        """Take the settings ``dangerously_allow_loopback``, ``egress_ca_file`` and ``egress_hosts``.

        ``hosts`` maps ``name:port`` to ``address:port``: the connection goes there, whatever address the operator
        chose, and the TLS name and ``Host`` stay. ``deadline`` bounds a fetch with all of its redirects.

        Raises:
            SettingsError: a host mapping or the file of certificates cannot be used.
        """
        self._allows_loopback = dangerously_allow_loopback
        self._deadline = deadline.total_seconds()
        self._hosts = {_parse_authority(name): _parse_authority(address) for name, address in hosts.items()}
        self._ca_file = ca_file
        self._tls_context: ssl.SSLContext | None = None if ca_file is None else _build_tls_context(ca_file)
        self._closed = False

    @property
    def allows_loopback(self) -> bool:
        """Whether plain http may reach this machine."""
        return self._allows_loopback

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True

    async def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return the body at ``url``, of status 200 and at most ``max_bytes``; follow at most three redirects.

        Raises:
            EgressError: the guard refuses the URL, an address, a redirect, the encoding or the size; or the host
                refuses the request, with code ``not_found`` if nothing is there.
            UnavailableError: no answer, none within the deadline, or one that says so.
        """
        if self._closed:
            raise UnavailableError("the fetcher is closed")
        import aiohttp

        try:
            async with asyncio.timeout(self._deadline):
                return await self._follow(url, accept, max_bytes)
        except TimeoutError as error:
            raise UnavailableError("the host did not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UnavailableError("the host could not be reached, or its answer is not valid HTTP") from error

    async def _follow(self, url: str, accept: str, max_bytes: int) -> bytes:
        target = parse_target(url)
        for _ in range(_MAX_REDIRECTS + 1):
            answer = await self._request(self._route(target), accept, max_bytes)
            if isinstance(answer, bytes):
                return answer
            target = parse_target(urljoin(target.url, answer.location))
        raise EgressError(f"the URL redirects more than {_MAX_REDIRECTS} times")

    def _route(self, target: Target) -> _Route:
        this_machine = self._allows_loopback and (target.host == "localhost" or is_loopback(target.host.strip("[]")))
        if target.scheme == "http" and not this_machine:
            raise EgressError("plain http is refused", fix="Use https.")
        if mapped := self._hosts.get(target.authority):
            # the operator said where: any address
            return _Route(target, f"{target.scheme}://{mapped}{target.path}", lambda _: True)
        if target.is_private_name and not this_machine:
            raise EgressError("the URL's host is a name that no public host bears")
        if target.scheme == "http":
            return _Route(target, None, is_loopback)
        if self._allows_loopback:
            return _Route(target, None, lambda address: is_public(address) or is_loopback(address))
        return _Route(target, None, is_public)

    async def _request(self, route: _Route, accept: str, max_bytes: int) -> bytes | _Redirect:
        from aiohttp import ClientConnectionError
        from yarl import URL

        refused: list[str] = []
        target = route.target
        async with _open_session(route.allows, refused) as session:
            try:
                async with session.get(
                    URL(route.mapped_url or target.url, encoded=True),
                    allow_redirects=False,
                    # no encoding is asked for and none is undone: a bomb stays as small as it came
                    headers={"Accept": accept, "Accept-Encoding": "identity", "Host": target.host_header},
                    server_hostname=target.host if route.mapped_url else None,
                    ssl=self._tls() if target.scheme == "https" else False,
                ) as response:
                    return await _read(response, max_bytes)
            except ClientConnectionError as error:
                if refused:
                    raise EgressError("the host's address is not one that may be fetched from") from error
                raise

    def _tls(self) -> ssl.SSLContext:
        if self._tls_context is None:
            self._tls_context = _build_tls_context(self._ca_file)
        return self._tls_context


def _open_session(allows: Callable[[str], bool], refused: list[str]) -> ClientSession:
    import aiohttp

    connector = aiohttp.TCPConnector(
        force_close=True,
        resolver=aiohttp.ThreadedResolver(),
        socket_factory=_guard(allows, refused),
        use_dns_cache=False,
    )
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "legation"},
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
    )


def _guard(allows: Callable[[str], bool], refused: list[str]) -> Callable[[AddrInfoType], socket.socket]:
    def make_socket(address_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = address_info
        if not allows(str(address[0])):
            refused.append(str(address[0]))
            raise _ForbiddenAddressError("the address is refused")
        return socket.socket(family, kind, protocol)

    return make_socket


async def _read(response: ClientResponse, max_bytes: int) -> bytes | _Redirect:
    if response.status in _REDIRECTS and "Location" in response.headers:
        return _Redirect(response.headers["Location"])
    if response.status in _GONE:
        raise EgressError("nothing is at the URL", code="not_found")
    if 400 <= response.status < 500:
        raise EgressError(f"the host answered with status {response.status}", code="server_error")
    if response.status != 200:
        raise UnavailableError(f"the host answered with status {response.status}", code="server_error")
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise EgressError("the answer is in an encoding that was not asked for")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise EgressError(f"the answer is larger than {max_bytes} bytes")
    return bytes(body)


def _parse_authority(text: str) -> str:
    try:
        target = parse_target(f"https://{text}/")
    except EgressError as error:
        raise SettingsError("a host mapping is not of the form name:port = address:port") from error
    if (target.authority, target.path) != (text.lower(), "/"):
        raise SettingsError("a host mapping is not of the form name:port = address:port")
    return target.authority


def _build_tls_context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise SettingsError("the egress CA file cannot be read as PEM certificates") from error
    return context
