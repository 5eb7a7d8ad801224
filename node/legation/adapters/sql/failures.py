"""What goes wrong in a database, in the words of the ports."""

from __future__ import annotations

import sqlite3

from legation.errors import FullError, LegationError, SettingsError, UnavailableError

# SQLite's primary result codes (sqlite.org/rescode.html)
_READONLY, _IOERR, _CORRUPT, _FULL, _CONSTRAINT, _NOTADB = 8, 10, 11, 13, 19, 26
# reads fail with IOERR too; these extended codes are those of reading
_READ_FAILURES = frozenset({"SQLITE_IOERR_READ", "SQLITE_IOERR_SHORT_READ", "SQLITE_IOERR_CORRUPTFS"})

# PostgreSQL's SQLSTATEs (appendix A of its manual)
_PG_FULL = frozenset({"53100", "25006"})  # disk_full, read_only_sql_transaction
_PG_CLASHES = frozenset({"40001", "40P01"})  # serialization_failure, deadlock_detected
_PG_CONSTRAINT = "23"
_PG_SETTINGS = ("28", "3D")  # who connects, and to which database
_PG_SETTINGS_STATES = frozenset({"42501"})  # insufficient_privilege


class ClashError(Exception):
    """Work that was done together with other work failed: done alone, each part may succeed. It never leaves."""


def unavailable() -> UnavailableError:
    """Return the error for a database that cannot be reached or does not answer."""
    return UnavailableError("the node's state cannot be reached", fix="Try again.")


def full() -> FullError:
    """Return the error for a database that takes no change."""
    return FullError("the node's state has no room for a change", fix="Make room on the disk of the state.")


def damaged() -> SettingsError:
    """Return the error for a file that is no database, or no whole one."""
    return SettingsError(
        "the file of the state is no state of a node, or it is damaged", fix="Restore it from a backup."
    )


def translate_sqlite(error: BaseException) -> LegationError | ClashError:
    """Return what an error of SQLite's driver means."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary in (_FULL, _READONLY):
        return full()
    if primary == _IOERR and getattr(error, "sqlite_errorname", "") not in _READ_FAILURES:
        return full()
    if primary == _CONSTRAINT or isinstance(error, sqlite3.IntegrityError):
        return ClashError("a row clashes with another one")
    return unavailable()


def is_damaged(error: BaseException | None) -> bool:
    """Say whether SQLite found that the file is no database, or not a whole one."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in (_CORRUPT, _NOTADB)


def translate_postgres(error: BaseException) -> LegationError | ClashError:
    """Return what an error of PostgreSQL, or of the way to it, means."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _PG_FULL:
        return full()
    if state in _PG_CLASHES or state.startswith(_PG_CONSTRAINT):
        return ClashError("a row clashes with another one")
    return unavailable()


def translate_postgres_opening(error: BaseException) -> LegationError:
    """Return what an error of PostgreSQL means to who opens it."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state.startswith(_PG_SETTINGS) or state in _PG_SETTINGS_STATES:
        return SettingsError(
            "PostgreSQL does not let the node into its database", fix="Check user, password and name in database_url."
        )
    return unavailable()


def again(error: LegationError) -> LegationError:
    """Return the same error for one more caller, so that no two callers share a traceback."""
    copy = type(error)(error.detail)
    copy.code, copy.fix, copy.pointer = error.code, error.fix, error.pointer
    copy.__cause__ = error.__cause__
    return copy
