"""The clock: it never goes back, within a process and over a restart, and knows when it stands."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.adapters import system_clock
from legation.adapters.system_clock import MovedClock, SystemClock, read_mark, write_mark
from legation.errors import SettingsError

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """An operating system whose clock is set."""

    time = NOON

    @classmethod
    def now(cls, _: object) -> datetime:
        return cls.time


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> type[Machine]:
    Machine.time = NOON
    monkeypatch.setattr(system_clock, "datetime", Machine)
    return Machine


def test_clock_goes_with_the_machines(machine: type[Machine]) -> None:
    clock = SystemClock()
    assert clock.now() == NOON
    machine.time += HOUR
    assert (clock.now(), clock.behind()) == (NOON + HOUR, timedelta(0))


def test_clock_that_is_set_back_stands_until_it_has_caught_up(machine: type[Machine]) -> None:
    clock = SystemClock()
    clock.now()
    machine.time -= HOUR
    assert (clock.now(), clock.behind()) == (NOON, HOUR)
    machine.time += HOUR - timedelta(seconds=1)
    assert (clock.now(), clock.behind()) == (NOON, timedelta(seconds=1))
    machine.time += timedelta(seconds=2)
    assert (clock.now(), clock.behind()) == (NOON + timedelta(seconds=1), timedelta(0))


def test_clock_does_not_go_before_the_mark_of_an_earlier_process(machine: type[Machine]) -> None:
    clock = SystemClock(not_before=NOON + HOUR)
    assert (clock.now(), clock.behind()) == (NOON + HOUR, HOUR)
    machine.time += 2 * HOUR
    assert (clock.now(), clock.behind()) == (NOON + 2 * HOUR, timedelta(0))


def test_clock_that_was_moved_begins_where_it_is_told_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter([100.0, 100.0, 160.5])
    monkeypatch.setattr(system_clock, "monotonic", lambda: next(ticks))
    clock = MovedClock(NOON - 365 * 24 * HOUR)
    assert clock.now() == NOON - 365 * 24 * HOUR
    assert clock.now() == NOON - 365 * 24 * HOUR + timedelta(seconds=60.5)
    assert clock.behind() == timedelta(0)


# ------------------------------------------------------------------ the mark


def test_mark_is_read_as_it_was_written_and_is_its_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_clock, "datetime", datetime)
    path = tmp_path / "clock"
    assert read_mark(path) is None
    for moment in (NOON, NOON + timedelta(microseconds=1)):
        write_mark(path, moment)
        assert read_mark(path) == moment
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["clock"]


@pytest.mark.parametrize("text", ["", "noon", "2026-01-01T12:00:00", "2026-01-01T12:00:00+00:00" + " " * 100])
def test_file_that_holds_no_moment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(system_clock, "datetime", datetime)
    path = tmp_path / "clock"
    path.write_text(text, encoding="ascii")
    path.chmod(0o600)
    with pytest.raises(SettingsError):
        read_mark(path)


def test_mark_that_others_may_write_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    write_mark(path, NOON)
    path.chmod(0o666)
    with pytest.raises(SettingsError):
        read_mark(path)


def test_mark_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        write_mark(tmp_path / "absent" / "clock", NOON)
