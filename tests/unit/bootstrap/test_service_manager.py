"""What systemd is told, at a socket by path or by abstract name; and nothing where there is none."""

from __future__ import annotations

import secrets
import socket
import sys
from pathlib import Path

import pytest

from legation.bootstrap.service_manager import VARIABLE, notify


def test_message_goes_to_the_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        # a path may be longer than the name of a socket can be
        manager.bind("notify")
        monkeypatch.setenv(VARIABLE, "/" + str(Path("notify").absolute()).lstrip("/"))
        if len(str(Path("notify").absolute())) > 100:
            pytest.skip("the temporary folder's path is too long for a socket")
        notify("READY=1")
        manager.settimeout(5)
        assert manager.recv(100) == b"READY=1"


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
def test_message_goes_to_an_abstract_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"legation-{secrets.token_hex(8)}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name)
        monkeypatch.setenv(VARIABLE, "@" + name)
        notify("STOPPING=1")
        manager.settimeout(5)
        assert manager.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "relative", "/there/is/none", "vsock:2:1"])
def test_without_such_a_socket_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv(VARIABLE, address)
    notify("READY=1")
