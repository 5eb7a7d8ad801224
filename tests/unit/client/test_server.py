"""Where a client may send its secret: an https origin, or this machine."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from legation.client import AsyncClient, Client
from legation.client.server import parse_server
from legation.errors import EgressError, SettingsError
from tests.support.asking import BOTH, ask, refusal
from tests.support.scripted import reply, serving


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://node.example", "https://node.example"),
        ("https://Node.Example:8443/", "https://node.example:8443"),
        ("https://node.example:443", "https://node.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://10.0.0.7", "https://10.0.0.7"),
    ],
)
def test_origin_is_taken(text: str, origin: str) -> None:
    server = parse_server(text)
    assert server.origin == origin
    assert (server.tls is None) == server.loopback_only == text.startswith("http:")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node.example",
        "ftp://node.example",
        "https://node.example/path",
        "https://node.example/?a=b",
        "https://node.example#a",
        "https://ana:secret@node.example",
        "https://node.example\r\nX: y",
        "http://node.example",
        "http://10.0.0.7",
        "http://0x7f000001",
        "http://localhost.example",
        "http://[::ffff:127.0.0.1]",
    ],
)
@pytest.mark.parametrize("client", [AsyncClient, Client])
def test_other_address_is_refused(client: Any, text: str) -> None:
    with pytest.raises(SettingsError):
        client(text)


def test_plain_http_elsewhere_has_to_be_asked_for_by_its_name() -> None:
    assert not parse_server("http://node.example", dangerously_allow_http=True).loopback_only


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("method", ["get_health", "create_challenge"])
def test_localhost_that_leads_elsewhere_gets_nothing(kind: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: elsewhere)
    error = refusal(kind, "http://localhost:80", method)
    assert (type(error), error.code) == (EgressError, "egress_refused")


@pytest.mark.parametrize("kind", BOTH)
def test_proxy_of_the_environment_is_not_asked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving([]) as proxy, serving([reply({"status": "ok"})], name="127.0.0.1") as server:
        monkeypatch.setenv("http_proxy", proxy.origin)
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        assert ask(kind, server.origin, "get_health") == "ok"
    assert proxy.asked == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_refused(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError):
        AsyncClient("https://node.example", ca_file=path)
