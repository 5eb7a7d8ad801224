"""Links: one connection to a database each, with the transaction that it carries, and databases as what gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from legation.adapters.sql.statements import Answer, Step
from legation.errors import LegationError


class Link(Protocol):
    """One connection, made when it is needed, and made again after it was lost. One transaction at a time.

    Every method ends at ``until`` (the loop's clock) at the latest, or as soon as the disk lets go of it, and raises
    UnavailableError, FullError, or ClashError where the same may succeed alone.
    """

    @property
    def dialect(self) -> Dialect:
        """The dialect into which statements are compiled for it."""

    async def begin(self, *, until: float) -> None:
        """Begin a transaction: of a link that writes as the only one in the whole database, else a snapshot."""

    async def run(self, steps: Sequence[Step], *, until: float) -> list[Answer]:
        """Run steps one after the other; return what each answers."""

    async def commit(self, steps: Sequence[Step], *, until: float) -> None:
        """Run steps, and make the transaction durable."""

    async def roll_back(self) -> None:
        """End the transaction without a trace. Raises nothing: a connection that cannot is closed."""

    async def close(self) -> None:
        """Close the connection, without waiting for a server that does not answer."""


class Source(Protocol):
    """A database that is named and not yet open."""

    name: str
    # what one transaction may take
    seconds: float
    # what its driver raises
    errors: tuple[type[Exception], ...]

    def is_there(self) -> bool:
        """Say whether there is something to open; that a server is there, shows when it is."""

    def link(self, *, writes: bool, hurries: bool = True) -> Link:
        """Return a new link; one that does not hurry may stand idle within its transaction."""

    def engine(self) -> AsyncEngine:
        """Return an engine of SQLAlchemy's, for what is done to tables. Raises SettingsError."""

    def translate_opening(self, error: BaseException) -> LegationError:
        """Return what an error means to who opens it."""
