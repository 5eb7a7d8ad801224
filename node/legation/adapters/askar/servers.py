"""A wallet in a PostgreSQL database, named by a URL whose password shows nowhere."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from aries_askar import Store
from aries_askar.bindings import set_max_log_level

from legation.adapters.askar.deadline import Attempt
from legation.adapters.askar.failures import opening
from legation.adapters.askar.key import WalletKey
from legation.errors import SettingsError

_MAX_URL = 2048
_FORM = "postgres://user:password@host:5432/database"
# Askar's driver waits this long for a connection, whole seconds; the caller has left by then
_CONNECT_SECONDS = 3
# what a restarted server left dead is not taken up again after this long
_IDLE_SECONDS = 5
_CONNECTIONS = 10
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,62}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_SOCKET = re.compile(r"/[A-Za-z0-9._/ -]{0,99}")
_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_MEMBERS = frozenset({"host", "sslmode", "admin_account", "admin_password"})


class WalletServer:
    """Where a wallet stands: a database of a PostgreSQL server, which Askar makes if its account may.

    Askar keeps its tables in a schema of the account's name. ``host`` in the query names the folder of a Unix socket;
    ``admin_account`` and ``admin_password`` may make the database; ``sslmode`` is libpq's, and the file of trusted
    roots comes from the environment (``PGSSLROOTCERT``), as Askar hands one foreign member on and no more.
    """

    seconds = 3.0
    writers = 8  # two connections stay for readers
    is_server = True

    def __init__(self, url: str):
        """Read a URL. Raises SettingsError, which does not repeat it."""
        self.uri, self._shown = _read(url)
        # what Askar says at a lower level repeats the whole URL (measured)
        set_max_log_level("WARNING")

    def is_there(self) -> bool:
        """Say no: only opening tells."""
        return False

    def check(self) -> None:
        """Refuse nothing: there is no file to look at."""

    async def make(self, key: WalletKey, _: Attempt) -> None:
        """Make the tables, in one transaction, unless they are there."""
        with opening(on_server=True):
            store = await Store.provision(self.uri, key.method.value, key.reveal())
            await store.close()

    def __repr__(self) -> str:
        return f"WalletServer({self._shown})"


def _read(url: str) -> tuple[str, str]:
    """Return the URL in Askar's words, and what may be shown of it."""
    found = _find_parts(url)
    if found is None:
        raise SettingsError(
            "the wallet's URL is not one of a PostgreSQL database that Legation can use",
            fix=f"Write {_FORM}, percent-encoded, with no other members than {', '.join(sorted(_MEMBERS))}.",
        )
    return found


# Answers None, and its caller raises: so no frame of an error holds the password.
def _find_parts(url: str) -> tuple[str, str] | None:
    try:
        if len(url) > _MAX_URL or not url.isascii() or not url.isprintable():
            return None
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=8)
    except ValueError:
        return None
    members, database = dict(pairs), unquote(parts.path[1:])
    if len(members) != len(pairs) or not members.keys() <= _MEMBERS or members.get("sslmode", "prefer") not in _MODES:
        return None
    host = _find_host(parts.netloc.rpartition("@")[2].removesuffix(port), members.pop("host", None))
    if parts.scheme not in ("postgres", "postgresql") or parts.fragment or host is None:
        return None
    if not parts.username or _DATABASE.fullmatch(database) is None:
        return None
    user, password = (quote(unquote(part or ""), safe="") for part in (parts.username, parts.password))
    members |= {"connect_timeout": str(_CONNECT_SECONDS), "idle_timeout": str(_IDLE_SECONDS)}
    members["max_connections"] = str(_CONNECTIONS)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in members.items())
    return f"postgres://{user}:{password}@{host}{port}/{database}?{query}", f"{unquote(host)}{port}/{database}"


def _find_host(name: str, folder: str | None) -> str | None:
    if folder is None:
        return name if _HOST.fullmatch(name) else None
    # encoded twice: Askar decodes the host, and its driver decodes the result
    return quote(quote(folder, safe=""), safe="") if not name and _SOCKET.fullmatch(folder) else None
