"""Askar's errors in the words of the ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from aries_askar import AskarError, AskarErrorCode

from legation.adapters.askar.binding import correct_errors
from legation.errors import ConflictError, FullError, LegationError, NotFoundError, UnavailableError, WalletError

correct_errors()

# SQLite's result code, of which the low byte is the primary one (sqlite.org/rescode.html)
_SQLITE = re.compile(r"\(code: (\d{1,6})\)")
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CONSTRAINT, _NOTADB = 5, 6, 8, 10, 11, 13, 19, 26
_KEY_CODES = frozenset({AskarErrorCode.ENCRYPTION, AskarErrorCode.INPUT})
# PostgreSQL's driver hands its SQLSTATE not on; this is class 53100 in a server that speaks English
_SERVER_FULL = ("No space left on device", "could not extend file")
_NO_TABLES = re.compile(r"Error fetching store configuration.*\bconfig\b", re.DOTALL)
_UNREADABLE_FIX = "Name a wallet's file, or restore it from a backup."


@contextmanager
def opening(*, on_server: bool = False) -> Iterator[None]:
    """Translate what goes wrong while a store is opened."""
    try:
        yield
    except AskarError as error:
        # Askar's own frames hold the key: whoever prints a traceback with its variables shall not meet them
        raise _translate_opening(error, on_server=on_server) from error.with_traceback(None)


@contextmanager
def working(*, on_server: bool = False) -> Iterator[None]:
    """Translate what goes wrong while an open store is used."""
    try:
        yield
    except AskarError as error:
        raise _translate(error, on_server=on_server) from error.with_traceback(None)


def is_busy(error: AskarError) -> bool:
    """Say whether another connection holds the lock, so that trying again may help."""
    return error.code == AskarErrorCode.BUSY or _sqlite_code(error) in (_BUSY, _LOCKED)


def is_lost(error: AskarError) -> bool:
    """Say whether the server did not do what it was asked, so that another connection may help."""
    return error.code == AskarErrorCode.BACKEND and _sqlite_code(error) is None


def unreadable(detail: str = "the file is not a wallet, or it is damaged") -> WalletError:
    """Return the error for a file that is no wallet, or no whole one."""
    return WalletError(detail, code="wallet_unreadable", fix=_UNREADABLE_FIX)


def _translate_opening(error: AskarError, *, on_server: bool) -> LegationError:
    # INPUT: the key has another form, or the store another method, than the one asked for
    if error.code in _KEY_CODES:
        return WalletError(
            "this key does not open this wallet",
            code="wallet_key_wrong",
            fix="Use the key file that the wallet was made with; raw keys and passphrases are told apart.",
        )
    if on_server and (error.code == AskarErrorCode.NOT_FOUND or _NO_TABLES.search(str(error))):
        return NotFoundError("the database holds no wallet", fix="Name another database, or make a wallet.")
    known = _translate(error, on_server=on_server)
    return known if isinstance(known, UnavailableError | FullError | ConflictError) else unreadable()


def _translate(error: AskarError, *, on_server: bool) -> LegationError:
    if is_busy(error):
        return UnavailableError("another process keeps the wallet locked", fix="Try again.")
    if error.code == AskarErrorCode.DUPLICATE:
        return ConflictError("the wallet holds that already")
    if error.code == AskarErrorCode.NOT_FOUND:
        return NotFoundError("the wallet holds no such thing")
    if on_server and is_lost(error):
        return _translate_server(error)
    return _translate_file(error)


def _translate_server(error: AskarError) -> LegationError:
    if any(sign in str(error) for sign in _SERVER_FULL):
        return FullError("the wallet's database has no room left", fix="Make room on its disk.")
    return UnavailableError(
        "the wallet's database does not answer",
        fix="See that it runs, and that the account and the password of wallet_url are right.",
    )


def _translate_file(error: AskarError) -> LegationError:
    sqlite = _sqlite_code(error)
    if sqlite == _FULL:
        return FullError("the wallet's disk is full", fix="Make room on it.")
    if sqlite in (_IOERR, _READONLY):
        return UnavailableError("the wallet's disk does not take the change", fix="Make room, or make it writable.")
    if sqlite == _CONSTRAINT:
        # another process has removed the profile that this one remembers
        return NotFoundError("the wallet holds no such thing")
    if error.code == AskarErrorCode.ENCRYPTION:
        return WalletError(
            "the wallet's key does not open what is in it",
            code="wallet_unreadable",
            fix="If its key was changed meanwhile, start again with the new one; else restore a backup.",
        )
    if sqlite in (_CORRUPT, _NOTADB):
        return unreadable("the wallet's file is damaged")
    if is_lost(error):
        # no connection came free in time, or this error's text is lost
        return UnavailableError("the wallet did not answer", fix="Try again.")
    return WalletError("the wallet could not do that")


def _sqlite_code(error: AskarError) -> int | None:
    match = _SQLITE.search(str(error))
    return int(match[1]) & 0xFF if match else None
