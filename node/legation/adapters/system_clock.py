"""The clock of this machine, which for this node never goes back, and the mark that carries this over a restart."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from legation.adapters.private_files import begin_private, discard_private, read_private
from legation.errors import NotFoundError, SettingsError

_MAX_MARK_BYTES = 64


class SystemClock:
    """The operating system's clock (port ``Clock``); where that is set back it stands until the other has caught up.

    So no time comes twice: what was used up or has expired stays so. ``not_before`` is a moment that has passed.
    """

    def __init__(self, *, not_before: datetime | None = None):
        self._last = datetime.now(UTC) if not_before is None else not_before

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        now = datetime.now(UTC)
        if now < self._last:
            return self._last
        self._last = now
        return now

    def behind(self) -> timedelta:
        """Return how far the operating system's clock is behind what it once was."""
        return max(self._last - datetime.now(UTC), timedelta(0))


class MovedClock:
    """A clock (port ``Clock``) that began at a moment which somebody chose, and goes on from there; for tests alone.

    It has nothing to do with the operating system's, and leaves no mark: a later start begins where it is told to.
    """

    def __init__(self, begin: datetime):
        self._begin = begin
        self._began = monotonic()

    def now(self) -> datetime:
        """Return the moment that it has come to, in UTC."""
        return self._begin + timedelta(seconds=monotonic() - self._began)

    def behind(self) -> timedelta:
        """Return nothing: it is never set back."""
        return timedelta(0)


def read_mark(path: Path) -> datetime | None:
    """Return the moment that :func:`write_mark` wrote, or None where there is no such file.

    Raises:
        SettingsError: others may read or write the file, or it holds no moment.
    """
    try:
        text = read_private(path, max_bytes=_MAX_MARK_BYTES).decode("ascii", "replace").strip()
        mark = datetime.fromisoformat(text)
        if mark.tzinfo is None:
            raise ValueError("a moment without its zone")
    except NotFoundError:
        return None
    except ValueError as error:
        raise SettingsError(f"the file {path} holds no moment", fix="Remove it.") from error
    return mark


def write_mark(path: Path, moment: datetime) -> None:
    """Write down a moment that has passed, mode 0600, in the place of an earlier one.

    Raises:
        SettingsError: the file cannot be written.
    """
    pending = begin_private(path)
    try:
        pending.write_text(moment.isoformat() + "\n", encoding="ascii")
        os.replace(pending, path)
    except OSError as error:
        raise SettingsError(f"the file {path} cannot be written") from error
    finally:
        with suppress(OSError):
            discard_private(pending)
