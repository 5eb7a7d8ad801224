"""Databases by URL: which kinds there are."""

from __future__ import annotations

from pathlib import Path

from legation.adapters.sql.links import Source
from legation.adapters.sql.postgres import Postgres
from legation.adapters.sql.sqlite import SQLite
from legation.errors import SettingsError

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql://", "postgres://")
_FIX = "Write sqlite:////var/lib/legation/state.db or postgresql://user@host/name."


def parse_database_url(url: str) -> Source:
    """Return the database that a URL names: ``sqlite:///`` and an absolute path as it is, or a URL of PostgreSQL's.

    Raises:
        SettingsError: neither of them, or the driver is not installed; the URL, which may hold a password, is not told.
    """
    if url.startswith(_POSTGRES):
        return Postgres(url)
    path = Path(url.removeprefix(_SQLITE))
    if not url.startswith(_SQLITE) or not path.is_absolute() or "\0" in url:
        raise SettingsError("database_url names no database", fix=_FIX)
    return SQLite(path)
