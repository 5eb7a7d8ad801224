"""The tables of a node's state, compared with this version's and brought up to date."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from legation.adapters.sql.migrations import MigrationStatus, find_status, migrate
from legation.errors import NotFoundError
from legation.maintenance.stores import Places

if TYPE_CHECKING:
    from legation.settings import Settings


async def find_due(settings: Settings) -> MigrationStatus:
    """Return which version the tables are of, and which this program's are; it changes nothing.

    Raises:
        NotFoundError: there is no state.
        SettingsError, UnavailableError: it is no state, or it cannot be reached.
    """
    places = Places.of(settings)
    if places.state_file is not None and not places.state_file.exists():
        raise NotFoundError(f"there is no node's state in {places.folder}", fix="Name the data_dir of a node.")
    return await find_status(places.state)


async def bring_up_to_date(settings: Settings) -> MigrationStatus:
    """Migrate the tables, and return what was found before.

    Raises:
        SettingsError: a node is at work in the data folder. Else as :func:`find_due`.
    """
    places = Places.of(settings)
    before = await find_due(settings)
    # nodes on PostgreSQL are on other machines too: there the database itself lets one migrate at a time
    with nullcontext() if places.state_file is None else places.alone():
        await migrate(places.state)
    return before
