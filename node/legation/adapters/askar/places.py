"""Where a wallet can stand: in a file, or in a database of a server."""

from __future__ import annotations

from pathlib import Path

from legation.adapters.askar.files import WalletFile
from legation.adapters.askar.servers import WalletServer

Place = WalletFile | WalletServer


def find_place(location: Path | str | Place) -> Place:
    """Return the place that a path (SQLite) or a URL (PostgreSQL) names. Raises SettingsError."""
    if isinstance(location, Place):
        return location
    return WalletServer(location) if isinstance(location, str) else WalletFile(location)
