"""Askar's errors in the words of the ports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from aries_askar import AskarError, AskarErrorCode

from legation.errors import ConflictError, LegationError, UnavailableError, WalletError

# SQLite's result code, of which the low byte is the primary one (sqlite.org/rescode.html)
_SQLITE = re.compile(r"\(code: (\d{1,6})\)")
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _NOTADB = 5, 6, 8, 10, 11, 13, 26
_KEY_CODES = frozenset({AskarErrorCode.ENCRYPTION, AskarErrorCode.INPUT})
_UNREADABLE_FIX = "Name a wallet's file, or restore it from a backup."


@contextmanager
def opening() -> Iterator[None]:
    """Translate what goes wrong while a store is opened."""
    try:
        yield
    except AskarError as error:
        # Askar's own frames hold the key: whoever prints a traceback with its variables shall not meet them
        raise _translate_opening(error) from error.with_traceback(None)


@contextmanager
def working() -> Iterator[None]:
    """Translate what goes wrong while an open store is used."""
    try:
        yield
    except AskarError as error:
        raise _translate(error) from error.with_traceback(None)


def is_busy(error: AskarError) -> bool:
    """Say whether another connection holds the lock, so that trying again may help."""
    return error.code == AskarErrorCode.BUSY or _sqlite_code(error) in (_BUSY, _LOCKED)


def unreadable(detail: str = "the file is not a wallet, or it is damaged") -> WalletError:
    """Return the error for a file that is no wallet, or no whole one."""
    return WalletError(detail, code="wallet_unreadable", fix=_UNREADABLE_FIX)


def _translate_opening(error: AskarError) -> LegationError:
    # INPUT: the key has another form, or the store another method, than the one asked for
    if error.code in _KEY_CODES:
        return WalletError(
            "this key does not open this wallet",
            code="wallet_key_wrong",
            fix="Use the key file that the wallet was made with; raw keys and passphrases are told apart.",
        )
    known = _translate(error)
    return unreadable() if known.code == WalletError.code else known


def _translate(error: AskarError) -> LegationError:
    if is_busy(error):
        return UnavailableError("another process keeps the wallet locked", fix="Try again.")
    if error.code == AskarErrorCode.DUPLICATE:
        return ConflictError("the wallet holds that already")
    sqlite = _sqlite_code(error)
    if sqlite in (_FULL, _IOERR, _READONLY):
        return UnavailableError("the wallet's disk does not take the change", fix="Make room, or make it writable.")
    if sqlite in (_CORRUPT, _NOTADB) or error.code == AskarErrorCode.ENCRYPTION:
        return unreadable("the wallet's file is damaged")
    return WalletError("the wallet could not do that")


def _sqlite_code(error: AskarError) -> int | None:
    match = _SQLITE.search(str(error))
    return int(match[1]) & 0xFF if match else None
