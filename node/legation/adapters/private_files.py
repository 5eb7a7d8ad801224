"""Files that are their owner's alone: made so from the first byte, and refused when others may read or write them.

A wallet's own file is never opened here, only asked for its mode: closing any descriptor of it would drop the locks
that Askar's SQLite holds in this process.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from legation.errors import ConflictError, NotFoundError, SettingsError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_COMPANIONS = ("-wal", "-shm", "-journal")


def check_private(path: Path) -> os.stat_result:
    """Return the status of a regular file that nobody but its owner may read or write.

    Raises:
        NotFoundError: there is none.
        SettingsError: it is no regular file, cannot be reached, or its mode has group or other bits.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"the file {path} cannot be reached") from error
    _check_mode(path, status)
    return status


def check_private_store(path: Path) -> os.stat_result:
    """Check a SQLite file as :func:`check_private`, and the files that stand beside it. Raises as that."""
    status = check_private(path)
    for suffix in _COMPANIONS:
        with suppress(NotFoundError):
            check_private(path.with_name(path.name + suffix))
    return status


def read_private(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a private file of at most ``max_bytes``. Raises as :func:`check_private`."""
    try:
        # a pipe must not make us wait for its writer before we see that it is one
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"the file {path} cannot be read") from error
    try:
        _check_mode(path, os.fstat(descriptor))
        # more than asked for at once, so that the one byte too many shows
        content = os.read(descriptor, max_bytes + 1)
    except OSError as error:
        raise SettingsError(f"the file {path} cannot be read") from error
    finally:
        os.close(descriptor)
    if len(content) > max_bytes:
        raise SettingsError(f"the file {path} is larger than {max_bytes} bytes")
    return content


def write_private(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600, whole and durable from the moment that it has its name; none is overwritten.

    Raises:
        ConflictError: there is a file of that name.
        SettingsError: the folder is not there, or the file cannot be written.
    """
    pending = begin_private(path)
    try:
        with pending.open("r+b") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        publish_private(pending, path)
    except OSError as error:
        raise SettingsError(f"the file {path} cannot be written") from error
    finally:
        discard_private(pending)


def begin_private(path: Path) -> Path:
    """Make an empty file of mode 0600 beside ``path``, to be filled and then published there.

    Raises:
        SettingsError: the folder is not there or cannot be written.
    """
    pending = path.with_name(f".{path.name}.{token_hex(8)}.new")
    try:
        os.close(os.open(pending, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileNotFoundError as error:
        raise SettingsError(
            f"the folder {path.parent} does not exist", fix=f"Make it with: mkdir -p -m 700 {path.parent}"
        ) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"no file can be made in {path.parent}") from error
    return pending


def publish_private(pending: Path, path: Path) -> None:
    """Give a filled file its name, all at once and durably, unless the name is taken.

    Raises:
        ConflictError: there is a file of that name.
        SettingsError: the file system refuses.
    """
    try:
        os.link(pending, path)
        _keep_names(path.parent)
    except FileExistsError as error:
        raise ConflictError(f"there is a file {path} already") from error
    except OSError as error:
        raise SettingsError(f"no file can be made in {path.parent}") from error


def replace_private(pending: Path, path: Path) -> None:
    """Give a file the name of another, which is gone with that, all at once and durably.

    Raises:
        NotFoundError: there is no such file, or no more.
        SettingsError: the file system refuses.
    """
    try:
        os.replace(pending, path)
        _keep_names(path.parent)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {pending}") from error
    except OSError as error:
        raise SettingsError(f"the file {path} cannot be replaced") from error


def discard_private(pending: Path) -> None:
    """Remove a pending file, published or not, and what SQLite may have left beside it."""
    for suffix in ("", *_COMPANIONS):
        with suppress(OSError):
            pending.with_name(pending.name + suffix).unlink()


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_mode(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SettingsError(f"{path} is not a regular file")
    # Windows has no such bits: there the folder's access list decides
    if os.name == "posix" and status.st_mode & _OTHERS and not _is_credential(path, status):
        raise SettingsError(
            f"others than its owner may use the file {path} (mode {stat.S_IMODE(status.st_mode):04o})",
            fix=f"Run: chmod 600 {path}",
        )


def _is_credential(path: Path, status: os.stat_result) -> bool:
    """Say whether systemd gave this service the file: root's, and readable by one user through an access list.

    Such a list shows as bits of the group.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return bool(folder) and path.parent == Path(folder or "") and status.st_uid == 0 and not status.st_mode & 0o337
