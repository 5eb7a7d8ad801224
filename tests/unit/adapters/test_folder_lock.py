"""The lock of a data folder: one holder, also of those that start at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from legation.adapters.folder_lock import FolderLock
from legation.errors import SettingsError


def test_second_holder_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    first = FolderLock.take(tmp_path)
    with pytest.raises(SettingsError):
        FolderLock.take(tmp_path)
    first.release()
    FolderLock.take(tmp_path).release()


def test_other_folder_has_its_own_lock(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, second = FolderLock.take(tmp_path), FolderLock.take(tmp_path / "other")
    first.release()
    second.release()


def test_folder_in_which_no_file_can_be_made_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        FolderLock.take(tmp_path / "absent")
