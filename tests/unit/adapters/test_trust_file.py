"""The operator's trust anchors in their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from legation.adapters.trust_file import read_trust_file
from legation.errors import SettingsError


def write(folder: Path, content: bytes) -> Path:
    path = folder / "trust.json"
    path.write_bytes(content)
    return path


def test_anchors_are_read(tmp_path: Path) -> None:
    anchors = read_trust_file(write(tmp_path, b'{"anchors": [{"issuer": "did:web:acme.example"}]}'))
    assert "did:web:acme.example" in anchors
    assert "did:web:other.example" not in anchors


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"anchors": [{"issuer": "did:web:a.example", "issuer": "did:web:b.example"}]}',
        b'{"anchors": [{"issuer": "did:web:a.example", "grant": []}]}',
        b'{"anchors": [{"issuer": "acme"}]}',
        b"\xff",
    ],
)
def test_file_of_another_form_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingsError):
        read_trust_file(write(tmp_path, content))


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_trust_file(tmp_path / "none.json")


def test_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    content = b'{"anchors": [{"issuer": "did:web:acme.example"}]}' + b" " * 5_000_000
    with pytest.raises(SettingsError):
        read_trust_file(write(tmp_path, content))
