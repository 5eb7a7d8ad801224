"""Hosts on the loopback interface that answer with whatever bytes a test wants, in TLS or without."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Answer = Callable[[str, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Host:
    """A host that listens; ``requests`` are the heads that it got."""

    port: int
    requests: list[str] = field(default_factory=list)
    server_names: list[str | None] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def say(body: bytes = b"", *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> Answer:
    """Answer every request with the same bytes."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""])

    async def answer(_: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head.encode() + body)

    return answer


def redirect(location: str, *, status: str = "302 Found", headers: tuple[str, ...] = ()) -> Answer:
    """Answer every request with a redirect."""
    return say(status=status, headers=(f"Location: {location}", *headers))


def by_path(**answers: Answer) -> Answer:
    """Answer by the first path segment, which is the name of an argument."""

    async def answer(head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        segment = head.split()[1].partition("?")[0].removeprefix("/").partition("/")[0]
        await answers.get(segment, say(status="404 Not Found"))(head, reader, writer)

    return answer


@asynccontextmanager
async def listen(answer: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Host]:
    """Serve on a free port of the loopback interface until the block ends."""
    host = Host(0)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            host.requests.append(head)
            await answer(head, reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client went away, which is what some tests want
        finally:
            writer.close()

    if tls is not None:
        tls.sni_callback = lambda _, name, __: host.server_names.append(name)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test, and the file that trusts it."""

    ca_file: Path
    _key: ec.EllipticCurvePrivateKey
    _certificate: x509.Certificate

    @classmethod
    def create(cls, folder: Path) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certify("Test authority", key, "Test authority", key, ca=True)
        path = folder / "ca.pem"
        path.write_bytes(certificate.public_bytes(Encoding.PEM))
        return cls(path, key, certificate)

    def issue(self, name: str) -> ssl.SSLContext:
        """Return the server side of a host of that DNS name."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certify(name, key, "Test authority", self._key, ca=False)
        path = self.ca_file.with_name(f"{name}.pem")
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            + certificate.public_bytes(Encoding.PEM)
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context


def _certify(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ca.example" if ca else name)]), critical=False)
        .sign(issuer_key, SHA256())
    )
