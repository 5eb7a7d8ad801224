"""What databases raise, in the words of the ports; and URLs that name none."""

from __future__ import annotations

import sqlite3
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from legation.adapters.sql.failures import (
    ClashError,
    again,
    translate_postgres,
    translate_postgres_opening,
    translate_sqlite,
)
from legation.adapters.sql.moments import find_microseconds, find_moment_at, microseconds, moment_at
from legation.adapters.sql.sources import parse_database_url
from legation.errors import FullError, SettingsError, UnavailableError


class PostgresFailure(Exception):
    """An error with a SQLSTATE, as the driver raises it."""

    def __init__(self, state: str | None):
        super().__init__("secret detail")
        self.sqlstate = state


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", FullError),
        ("25006", FullError),
        ("23505", ClashError),
        ("40001", ClashError),
        ("40P01", ClashError),
        ("57P01", UnavailableError),
        ("53300", UnavailableError),
        ("XX000", UnavailableError),
        (None, UnavailableError),
    ],
)
def test_error_of_postgresql_is_told_by_its_state(state: str | None, kind: type[Exception]) -> None:
    known = translate_postgres(PostgresFailure(state))
    assert type(known) is kind
    assert "secret" not in str(known)


@pytest.mark.parametrize(
    ("state", "kind"),
    [("28P01", SettingsError), ("3D000", SettingsError), ("42501", SettingsError), (None, UnavailableError)],
)
def test_who_is_not_let_in_has_something_to_set(state: str | None, kind: type[Exception]) -> None:
    assert type(translate_postgres_opening(PostgresFailure(state))) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_FULL", FullError),
        ("SQLITE_READONLY", FullError),
        ("SQLITE_IOERR_WRITE", FullError),
        ("SQLITE_IOERR_FSYNC", FullError),
        ("SQLITE_IOERR_READ", UnavailableError),
        ("SQLITE_BUSY", UnavailableError),
        ("SQLITE_INTERRUPT", UnavailableError),
        ("SQLITE_CORRUPT", UnavailableError),
        ("SQLITE_CONSTRAINT_UNIQUE", ClashError),
    ],
)
def test_error_of_sqlite_is_told_by_its_code(name: str, kind: type[Exception]) -> None:
    error = sqlite3.OperationalError("secret detail")
    error.sqlite_errorname, error.sqlite_errorcode = name, getattr(sqlite3, name)
    assert type(translate_sqlite(error)) is kind


def test_error_for_one_more_caller_is_another_one_that_says_the_same() -> None:
    error = FullError("no room", code="storage_full", fix="Make some.")
    copy = again(error)
    assert copy is not error
    assert (type(copy), copy.code, copy.detail, copy.fix) == (FullError, "storage_full", "no room", "Make some.")


@pytest.mark.parametrize(
    "url",
    ["", "state.db", "sqlite://state.db", "sqlite:///state.db", "sqlite:////a\0b", "mysql://x/y", "/var/state.db"],
)
def test_url_of_no_database_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        parse_database_url(url)


def test_url_names_a_file_as_it_is_or_a_postgresql_database(tmp_path: Path) -> None:
    path = tmp_path / "a b?c%20#.db"
    path.touch()
    assert parse_database_url(f"sqlite:///{path}").is_there()
    for url in ("postgresql://u@h/d", "postgres://u@h/d"):
        assert parse_database_url(url).name == "postgresql"


def test_driver_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SettingsError) as caught:
        parse_database_url("postgresql://u:hidden@h/d")
    assert "hidden" not in f"{caught.value} {caught.value.fix}"
    assert "postgres" in caught.value.fix


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 11, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_moment_is_read_as_it_was_written(moment: datetime) -> None:
    assert moment_at(microseconds(moment)) == moment
    assert find_moment_at(find_microseconds(moment)) == moment
    assert find_moment_at(find_microseconds(None)) is None
