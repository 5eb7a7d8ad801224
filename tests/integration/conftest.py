"""Databases of every kind for the contract suites of the state's ports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.postgres import shared_postgres

KINDS = ("sqlite", "postgresql")
NewDatabase = Callable[[], str]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database that a test runs on; it runs on each."""
    return str(request.param)


@pytest.fixture
def new_database(kind: str, tmp_path: Path) -> NewDatabase:
    """Return a function that makes an empty database of that kind, and returns its URL."""
    numbers = iter(range(100))

    def make() -> str:
        if kind == "postgresql":
            return shared_postgres().create_database()
        return f"sqlite:///{tmp_path}/state{next(numbers)}.db"

    return make


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """Return the URL of an empty database."""
    return new_database()
