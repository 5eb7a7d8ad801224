"""What commands are given, and asked to write: files, standard input, JSON, moments, durations, within bounds."""

from __future__ import annotations

import errno
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from legation.cli.failures import UsageError, unusable_file
from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.did.syntax import is_did
from legation.standards.strict_json import MAX_BYTES, parse_json
from legation.standards.timestamps import parse_timestamp

MAX_FILE_BYTES = 16 * 1024 * 1024
_DURATION = re.compile(r"(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})s)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_bounded(name: str, *, most: int = MAX_BYTES) -> bytes:
    """Return at most ``most`` + 1 bytes of a file, of ``@file``, or of standard input for ``-``.

    Raises:
        LegationError: ``file_unusable``.
    """
    try:
        if name == "-":
            # a process may have been started without standard input
            return b"" if sys.stdin is None else sys.stdin.buffer.read(most + 1)
        with open(name.removeprefix("@"), "rb") as file:
            return file.read(most + 1)
    except (OSError, ValueError) as error:
        raise unusable_file(name.removeprefix("@"), error) from error


def read_json_file(name: str, what: str, *, most: int = MAX_FILE_BYTES) -> object:
    """Return the JSON of an operator's own file. Raises LegationError ``file_unusable``, as for every fault of it."""
    try:
        return parse_json(read_bounded(name, most=most), max_bytes=most)
    except (MalformedError, TooLargeError) as error:
        raise faulty_file(name, what, error) from error


def faulty_file(name: str, what: str, error: LegationError) -> LegationError:
    """Return the error of an operator's own file that is not of its form."""
    return LegationError(
        f"{what} {name.removeprefix('@')} cannot be used: {error.detail}",
        code="file_unusable",
        pointer=error.pointer,
        fix=error.fix,
    )


def read_json_argument(text: str, option: str) -> object:
    """Return JSON that stands in an option, or in the file that ``@file`` names.

    Raises:
        UsageError: it is not JSON.
        LegationError: ``file_unusable``.
    """
    data = read_bounded(text) if text.startswith("@") else text.encode("utf-8", "surrogateescape")
    try:
        return parse_json(data)
    except (MalformedError, TooLargeError) as error:
        raise UsageError(f"{option} is not JSON: {error.detail}", fix=f"Give {option} JSON, or @FILE.") from error


def read_objects(text: str, option: str) -> list[dict[str, Any]]:
    """Return the JSON objects that an option holds: one of them, or an array. Raises as :func:`read_json_argument`."""
    value = read_json_argument(text, option)
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UsageError(f"{option} holds neither an object nor an array of them")
    return items


def check_place(path: Path | None) -> None:
    """Find out, before anything is done, whether a file can be written. Raises LegationError ``file_unusable``."""
    if path is None:
        return
    if path.is_dir():
        raise unusable_file(str(path), IsADirectoryError(errno.EISDIR, ""))
    try:
        writable = os.access(path if path.exists() else path.parent, os.W_OK)
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "")
        if not writable:
            raise PermissionError(errno.EACCES, "")
    except (OSError, ValueError) as error:
        raise unusable_file(str(path), error) from error


def write_text(path: Path, text: str) -> None:
    """Write what a command printed otherwise into a file. Raises LegationError ``file_unusable``."""
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        raise unusable_file(str(path), error) from error


def read_moment(text: str, option: str) -> datetime:
    """Return a moment such as ``2026-11-23T08:00:00Z``, whole microseconds. Raises UsageError."""
    try:
        nanos = parse_timestamp(text)
    except MalformedError as error:
        raise UsageError(f"{option}: {error.detail}") from error
    if nanos % 1000:
        raise UsageError(f"{option} has more than six digits of fraction")
    try:
        return _EPOCH + timedelta(microseconds=nanos // 1000)
    except OverflowError as error:
        raise UsageError(f"{option} lies outside the years 1 to 9999 in UTC") from error


def read_duration(text: str, option: str) -> timedelta:
    """Return a duration such as ``90s``, ``30m``, ``1h`` or ``1d12h``. Raises UsageError."""
    match = _DURATION.fullmatch(text) if text else None
    if match is None:
        raise UsageError(f"{option} is not a duration", fix="Write it as 90s, 30m, 1h or 1d12h.")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    duration = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not duration:
        raise UsageError(f"{option} is no time at all")
    return duration


def read_did(text: str, option: str) -> str:
    """Return a DID. Raises UsageError."""
    if not is_did(text):
        raise UsageError(f"{option} is not a DID", fix="A DID looks like did:key:z6Mk… or did:web:acme.example.")
    return text
