"""A node looked over from outside: whether it answers, as whom, with which clock, certificate, and to which token."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from legation.cli.targets import ServerAccess, read_token
from legation.client.client import AsyncClient
from legation.client.server import Server, parse_server
from legation.errors import LegationError, MalformedError
from legation.maintenance.findings import Finding, fail, failed, ok, warn
from legation.standards.did.document import parse_did_document
from legation.standards.did.web import build_did_web

_PATIENCE_SECONDS = 5
_SKEW = timedelta(seconds=30)
_SOON = timedelta(days=14)
_LITTLE_TIME = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a server says of itself before it is asked anything: its time, and until when its certificate holds."""

    date: datetime | None
    not_after: datetime | None
    received: datetime


def examine(access: ServerAccess) -> list[Finding]:
    """Return what there is to say of a node. Raises SettingsError for a URL that cannot be one's."""
    server = parse_server(access.url, ca_file=access.ca_file)
    try:
        greeting = _greet(server)
    except (OSError, http.client.HTTPException) as error:
        return [_silence(server, error)]
    found = [ok("reachable", f"{server.origin} answers"), judge_clock(greeting)]
    if server.tls is not None:
        found.append(judge_certificate(greeting))
    return [*found, *asyncio.run(_ask(access, server))]


def _greet(server: Server) -> Greeting:
    parts = urlsplit(server.origin)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if server.tls is None:
        connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)
    else:
        connection = http.client.HTTPSConnection(host, port, timeout=_PATIENCE_SECONDS, context=server.tls)
    try:
        connection.connect()
        certificate: Any = connection.sock.getpeercert() if isinstance(connection.sock, ssl.SSLSocket) else None
        connection.request("GET", "/healthz")
        date = connection.getresponse().getheader("Date")
    finally:
        connection.close()
    return Greeting(_parse_date(date), _parse_not_after(certificate), datetime.now(UTC))


def _parse_date(text: str | None) -> datetime | None:
    try:
        date = None if text is None else parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date is not None and date.tzinfo is not None else None


def _parse_not_after(certificate: Any) -> datetime | None:
    if not certificate or "notAfter" not in certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)


def _silence(server: Server, error: Exception) -> Finding:
    if isinstance(error, ssl.SSLCertVerificationError):
        fix = "Give the node a certificate of its name, or trust its issuer with --egress-ca-file."
        return fail("reachable", f"the certificate of {server.origin} does not hold: {error.verify_message}", fix)
    if isinstance(error, http.client.HTTPException | ssl.SSLError):
        return fail("reachable", f"what answers at {server.origin} is no such server", "Give the URL of a node.")
    return fail("reachable", f"{server.origin} does not answer", "Start the node, or give its right URL.")


def judge_clock(greeting: Greeting) -> Finding:
    """Compare the node's clock with this one."""
    if greeting.date is None:
        return warn("clock", "the node does not say its time", "See that what stands before it passes the header Date.")
    skew = abs(greeting.received - greeting.date)
    said = f"the node's clock and this one differ by {int(skew.total_seconds())} s"
    if skew > _SKEW:
        return fail("clock", said, "Set both clocks: proofs are only good for minutes.")
    return ok("clock", said)


def judge_certificate(greeting: Greeting) -> Finding:
    """Say whether the certificate holds for long enough."""
    if greeting.not_after is None:
        return warn("certificate", "nobody can say how long it holds", "Look at it in a browser.")
    left = greeting.not_after - greeting.received
    said = f"it holds for {left.days} days"
    if left < _LITTLE_TIME:
        return fail("certificate", said, "Renew it now.")
    return warn("certificate", said, "Renew it.") if left < _SOON else ok("certificate", said)


async def _ask(access: ServerAccess, server: Server) -> list[Finding]:
    """Ask the node itself, with the token where there is one."""
    found: list[Finding] = []
    async with AsyncClient(access.url, ca_file=access.ca_file, retries=0) as client:
        for look in (_look_at_health, _look_at_readiness):
            try:
                found += [finding async for finding in look(client)]
            except LegationError as error:
                found.append(failed("health" if look is _look_at_health else "readiness", error))
        found.append(await _look_at_document(client, server))
    found.append(await _look_at_token(access))
    return found


async def _look_at_health(client: AsyncClient) -> AsyncIterator[Finding]:
    said = await client.get_health()
    if said == "ok":
        yield ok("health", "it says ok")
    else:
        yield fail("health", f"it says {said}", "Give the URL of a node, or look into its log.")


async def _look_at_readiness(client: AsyncClient) -> AsyncIterator[Finding]:
    readiness = await client.get_readiness()
    for name, reason in readiness.checks.items():
        if reason is None:
            yield ok(f"readiness of {name}", "it is there")
        else:
            yield fail(f"readiness of {name}", reason, "Look into the node's log.")
    if not readiness.ready:
        yield fail("readiness", "the node is not ready", "Mend what is missing; while it starts or ends, wait.")


async def _look_at_document(client: AsyncClient, server: Server) -> Finding:
    check = "DID document"
    try:
        did = build_did_web(server.origin)
    except MalformedError:
        return warn(check, "no did:web can stand at this URL", "Look at the node's public URL instead.")
    try:
        found = await client.resolve_did(did)
        document = parse_did_document(dict(found.document), did=did)
    except LegationError as error:
        return fail(check, f"{did}: {error.detail}", "See that this is the node's public URL.")
    return ok(check, f"{did}, with {len(document.methods)} keys")


async def _look_at_token(access: ServerAccess) -> Finding:
    check = "token"
    if access.token_file is None:
        return warn(check, "none was given", "Name its file with --token-file to have it looked at.")
    try:
        token = read_token(access.token_file)
        async with AsyncClient(access.url, token=token, ca_file=access.ca_file, retries=0) as client:
            await client.list_agents(limit=1)
    except LegationError as error:
        return failed(check, error)
    return ok(check, "it serves")
