"""What systemd hands a service: its access list for one user shows as bits of a group, and is taken all the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from legation.adapters.private_files import read_private
from legation.errors import SettingsError

pytestmark = pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root makes root's files")


def credential(folder: Path, mode: int) -> Path:
    path = folder / "wallet.key"
    path.write_bytes(b"secret")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o400, 0o440])
def test_credential_of_this_service_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_private(credential(tmp_path, mode), max_bytes=10) == b"secret"


@pytest.mark.parametrize("mode", [0o444, 0o460, 0o640, 0o441])
def test_credential_that_more_may_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SettingsError):
        read_private(credential(tmp_path, mode), max_bytes=10)


def test_file_elsewhere_is_no_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    with pytest.raises(SettingsError):
        read_private(credential(tmp_path, 0o440), max_bytes=10)
