"""Calls over HTTP: bounded in time and size, made again only where that is safe, and to one server alone."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from datetime import timedelta
from random import SystemRandom
from typing import TYPE_CHECKING, TypeVar

from legation.adapters.addresses import is_loopback
from legation.client.calls import Call
from legation.client.credentials import Credentials
from legation.client.problems import OVERLOADED, PROBLEM, SERVER_ERROR, Answer, error_of, find_problem
from legation.client.server import Server
from legation.errors import EgressError, LegationError, MalformedError, NotFoundError, UnavailableError
from legation.standards.strict_json import parse_json

if TYPE_CHECKING:  # importing aiohttp takes a third of a second, which only those who call pay
    from aiohttp import ClientResponse, ClientSession
    from aiohttp.client import _RequestContextManager
    from aiohttp.connector import AddrInfoType

T = TypeVar("T")
MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_CONNECTIONS = 32
_MAX_NESTING = 128
_CHUNK_BYTES = 64 * 1024
_NO_CONTENT = 204
_BAD_REQUEST = 400
# well below the ten seconds after which a node ends an idle connection: none is chosen as the node drops it
_KEPT_SECONDS = 4
_FIRST_PAUSE_SECONDS = 0.1
_MAX_RETRY_AFTER_DIGITS = 6
_NO_NODE = "See whether the address is that of a node."
_UNKNOWN_OUTCOME = "It may have been done nevertheless: look before you ask again."
_random = SystemRandom()
_sleep = asyncio.sleep


class _ForbiddenAddressError(OSError):
    """An address that a request in clear must not connect to."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """An attempt without a result.

    ``passing``: what stood in the way may be gone soon. ``arrived``: the server may have got the call.
    """

    error: LegationError
    passing: bool
    arrived: bool
    retry_after: int | None = None


class Transport:
    """Makes calls to one server, over connections that are kept for further calls; :meth:`close` ends them.

    Belongs to the event loop in which it makes its first call.
    """

    def __init__(self, server: Server, credentials: Credentials, *, timeout: timedelta, retries: int):
        import aiohttp

        # loaded here, which takes a moment, so that no call's timeout pays for it
        self._failures: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, ValueError)
        self._server = server
        self._credentials = credentials
        self._seconds = timeout.total_seconds()
        self._retries = retries
        self._session: ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def close(self) -> None:
        """End the connections; no call can be made any more. Raises nothing."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def ask(self, call: Call[T]) -> T:
        """Make a call, and make it again where that is safe and of use, all within the timeout.

        Raises:
            LegationError: what the server answered; EgressError where its TLS does not hold; UnavailableError where
                it did not answer; MalformedError with code ``server_error`` for what no node answers.
        """
        deadline = asyncio.get_running_loop().time() + self._seconds
        arrived, attempt = False, 0
        while True:
            outcome = await self._attempt(call, deadline, arrived=arrived)
            if not isinstance(outcome, _Failure):
                return outcome
            arrived = arrived or outcome.arrived
            pause = self._find_pause(call, outcome, attempt, deadline)
            if pause is None:
                # raised outside of every handler: what aiohttp raises may hold the headers of the request
                raise outcome.error
            await _sleep(pause)
            attempt += 1

    def _find_pause(self, call: Call[T], failure: _Failure, attempt: int, deadline: float) -> float | None:
        """Return how long to wait before the next attempt, or None where there is to be none."""
        safe = call.repeatable or not failure.arrived
        if not (failure.passing and safe and attempt < self._retries):
            return None
        # jitter, so that many clients of one node do not come back together
        backoff = _FIRST_PAUSE_SECONDS * 2**attempt * _random.uniform(0.5, 1.5)
        pause = (failure.retry_after or 0) + backoff
        return pause if asyncio.get_running_loop().time() + pause < deadline else None

    async def _attempt(self, call: Call[T], deadline: float, *, arrived: bool) -> T | _Failure:
        authorization = self._credentials.authorize(call.method, self._server.url(call.path))
        answer = await self._exchange(call, authorization, deadline)
        if isinstance(answer, _Failure):
            return answer
        if answer.status in call.statuses and (answer.media == call.media or answer.status < 300):
            return call.read(_parse(answer, call.media))
        error = error_of(answer, self._credentials)
        refused = _find_refusal(call, answer, error)
        if refused is not None:
            return refused
        if arrived and call.method == "DELETE" and isinstance(error, NotFoundError):
            # an attempt of which nothing was heard did it
            return call.read(None)
        return _Failure(error, answer.status in OVERLOADED, arrived=True, retry_after=answer.retry_after)

    async def _exchange(self, call: Call[T], authorization: str | None, deadline: float) -> Answer | _Failure:
        session = self._open()
        try:
            async with asyncio.timeout_at(deadline), self._send(session, call, authorization) as response:
                return await _receive(response)
        except TimeoutError:
            return _Failure(_silence("the server did not answer in time", call), passing=False, arrived=True)
        except LegationError as error:
            return _Failure(error, passing=False, arrived=True)
        except self._failures as error:
            return _judge(error, call)

    def _send(self, session: ClientSession, call: Call[T], authorization: str | None) -> _RequestContextManager:
        from yarl import URL

        # no encoding is asked for and none is undone: a bomb stays as small as it came
        headers = {"Accept": f"{call.media}, {PROBLEM}", "Accept-Encoding": "identity"}
        if authorization is not None:
            headers["Authorization"] = authorization
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        return session.request(
            call.method,
            URL(self._server.url(call.path), encoded=True),
            data=call.body,
            headers=headers,
            allow_redirects=False,
        )

    def _open(self) -> ClientSession:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise UnavailableError("the client is closed")
        if self._session is None:
            self._session, self._loop = _open_session(self._server), loop
        if self._loop is not loop:
            raise LegationError("the client belongs to another event loop", code="usage", fix="Make one in each loop.")
        return self._session


def _open_session(server: Server) -> ClientSession:
    import aiohttp

    connector = aiohttp.TCPConnector(
        keepalive_timeout=_KEPT_SECONDS,
        limit=MAX_CONNECTIONS,
        resolver=aiohttp.ThreadedResolver(),
        socket_factory=_make_loopback_socket if server.loopback_only else None,
        ssl=server.tls or False,
    )
    session = aiohttp.ClientSession(
        auto_decompress=False,
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "legation"},
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
    )
    # it would ask again by itself, uncounted, and with a token that serves once
    session._retry_connection = False  # noqa: SLF001 - there is no other way to say so
    return session


def _make_loopback_socket(address_info: AddrInfoType) -> socket.socket:
    family, kind, protocol, _, address = address_info
    if not is_loopback(str(address[0])):
        raise _ForbiddenAddressError("the address is refused")
    return socket.socket(family, kind, protocol)


async def _receive(response: ClientResponse) -> Answer:
    """Read an answer to its end. Raises MalformedError for one that is encoded or too large."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise MalformedError("the server's answer is encoded, which was not asked for", code=SERVER_ERROR)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise MalformedError(f"the server's answer is larger than {MAX_ANSWER_BYTES} bytes", code=SERVER_ERROR)
    after = response.headers.get("Retry-After", "").strip()
    known = after.isascii() and after.isdigit() and len(after) <= _MAX_RETRY_AFTER_DIGITS
    return Answer(response.status, _media_of(response), bytes(body), int(after) if known else None)


def _media_of(response: ClientResponse) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _parse(answer: Answer, media: str) -> object:
    if answer.status == _NO_CONTENT:
        return None
    if answer.media != media:
        raise MalformedError(f"the server's answer is not {media}", code=SERVER_ERROR, fix=_NO_NODE)
    try:
        return parse_json(answer.body, max_bytes=MAX_ANSWER_BYTES, max_nesting=_MAX_NESTING)
    except LegationError as error:
        raise MalformedError("the server's answer is not valid JSON", code=SERVER_ERROR, fix=_NO_NODE) from error


def _find_refusal(call: Call[T], answer: Answer, error: LegationError) -> T | None:
    """Return the verdict that a problem stands for. Raises MalformedError for one that is none of a node's."""
    problem = find_problem(answer) if call.find_refusal is not None and answer.status == _BAD_REQUEST else None
    return None if call.find_refusal is None or problem is None else call.find_refusal(error, problem)


def _judge(error: Exception, call: Call[T]) -> _Failure:
    """Return what an exception of aiohttp or of a socket says about an attempt."""
    import aiohttp

    if isinstance(error, ssl.SSLError | aiohttp.ClientSSLError):
        refused = EgressError("the server did not prove by TLS that it is the one", fix="See ca_file.")
        return _Failure(refused, passing=False, arrived=False)
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, _ForbiddenAddressError):
            refused = EgressError("plain http leads to another machine", fix="Use https.")
            return _Failure(refused, passing=False, arrived=False)
        return _Failure(UnavailableError("the server could not be reached"), passing=True, arrived=False)
    if isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | OSError):
        return _Failure(_silence("the connection ended before the answer did", call), passing=True, arrived=True)
    strange = LegationError("the server's answer is not valid HTTP", code=SERVER_ERROR, fix=_NO_NODE)
    return _Failure(strange, passing=False, arrived=True)


def _silence(detail: str, call: Call[T]) -> UnavailableError:
    return UnavailableError(detail, fix="Try again." if call.repeatable else _UNKNOWN_OUTCOME)
