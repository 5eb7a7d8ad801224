"""The server that a client calls: an origin, reached over TLS, or in clear on this machine alone."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass

from legation.adapters.addresses import is_loopback, parse_target
from legation.errors import EgressError, SettingsError


@dataclass(frozen=True, slots=True)
class Server:
    """An origin; ``tls`` None for plain http, which reaches loopback addresses only if ``loopback_only``."""

    origin: str
    tls: ssl.SSLContext | None
    loopback_only: bool

    def url(self, path: str) -> str:
        """Return the URL of an absolute path."""
        return self.origin + path


def parse_server(
    text: str, *, ca_file: str | os.PathLike[str] | None = None, dangerously_allow_http: bool = False
) -> Server:
    """Read the address of a node: an https origin, or an http one of this machine.

    ``ca_file`` holds certificates, in PEM, that are trusted beside those of the system.

    Raises:
        SettingsError: it is no such origin, or the certificates cannot be read.
    """
    try:
        target = parse_target(text)
    except EgressError as error:
        raise SettingsError("the server is not an http or https URL", fix="Give one like https://HOST:PORT.") from error
    if target.path != "/":
        raise SettingsError("the server is an origin, without a path", fix="Give one like https://HOST:PORT.")
    origin = f"{target.scheme}://{target.host_header}"
    if target.scheme == "https":
        return Server(origin, _build_tls_context(ca_file), loopback_only=False)
    if not (dangerously_allow_http or target.host == "localhost" or is_loopback(target.host.strip("[]"))):
        raise SettingsError("plain http would show secrets to the network", fix="Use https.")
    return Server(origin, None, loopback_only=not dangerously_allow_http)


def _build_tls_context(ca_file: str | os.PathLike[str] | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ValueError) as error:
            raise SettingsError("the CA file cannot be read as PEM certificates") from error
    return context
