"""The operator's token in its file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from legation.adapters.operator_token import ensure_operator_token
from legation.domain.operators import OperatorToken
from legation.errors import SettingsError


def test_token_is_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "operator-token"
    made = ensure_operator_token(path)
    text = path.read_text(encoding="ascii").strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert made.digest == ensure_operator_token(path).digest == OperatorToken.parse(text).digest
    assert [entry.name for entry in tmp_path.iterdir()] == ["operator-token"]


def test_tokens_of_two_nodes_differ(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert ensure_operator_token(one).digest != ensure_operator_token(two).digest


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_token_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "operator-token"
    ensure_operator_token(path)
    path.chmod(mode)
    with pytest.raises(SettingsError):
        ensure_operator_token(path)


@pytest.mark.parametrize("content", [b"", b"\n", b"admin", b"\xff" * 62, b"x" * 5000])
def test_file_that_holds_no_token_is_refused_and_not_repeated(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "operator-token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as refusal:
        ensure_operator_token(path)
    assert content.strip()[:20].decode("latin-1") not in refusal.value.detail or not content.strip()
    assert path.read_bytes() == content


def test_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        ensure_operator_token(tmp_path / "nowhere" / "operator-token")
