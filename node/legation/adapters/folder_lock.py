"""The lock of a node's data folder: one node has it, whatever its number of processes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from legation.errors import SettingsError

_NAME = "lock"


class FolderLock:
    """A lock that is held. Get one by :meth:`take`; it ends with the last process that has its descriptor."""

    def __init__(self, descriptor: int):
        self._descriptor = descriptor

    @classmethod
    def take(cls, folder: Path) -> FolderLock:
        """Lock a folder, or refuse at once.

        Raises:
            ConflictError: another process has it.
            SettingsError: no file can be made there.
        """
        path = folder / _NAME
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingsError(f"the data_dir {folder} cannot be locked") from error
        try:
            _lock(descriptor)
        except BlockingIOError as error:
            os.close(descriptor)
            raise SettingsError(
                f"another node is at work in {folder}", fix="Stop it, or give another data_dir."
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise SettingsError(f"the data_dir {folder} is on a file system that has no locks") from error
        return cls(descriptor)

    @property
    def descriptor(self) -> int:
        """What a process of the same node inherits, so that the lock stays while that lives."""
        return self._descriptor

    def release(self) -> None:
        """Let go of the lock, in this process."""
        with suppress(OSError):
            os.close(self._descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        return
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
