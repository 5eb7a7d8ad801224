"""The manifest of a backup: which node it is of, what it holds, and by which digests its files are known."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legation.adapters.private_files import read_private
from legation.errors import LegationError, MalformedError, NotFoundError, SettingsError, TooLargeError
from legation.standards.did.syntax import is_did
from legation.standards.strict_json import parse_json

NAME = "manifest.json"
WALLET, STATE = "wallet.db", "state.db"
VERSION = 1
Tell = Callable[[int, int], None]
_MAX_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEMBERS = frozenset({"version", "legation", "created", "did", "publicUrl", "counts", "files"})


@dataclass(frozen=True, slots=True)
class Digest:
    """The SHA-256 of a file, in hex, and its length."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    legation: str
    created: str
    did: str
    public_url: str
    counts: Mapping[str, int]
    files: Mapping[str, Digest]

    def to_json(self) -> dict[str, object]:
        """Return it as the file has it."""
        return {
            "version": VERSION,
            "legation": self.legation,
            "created": self.created,
            "did": self.did,
            "publicUrl": self.public_url,
            "counts": dict(self.counts),
            "files": {name: {"sha256": file.sha256, "bytes": file.bytes} for name, file in self.files.items()},
        }

    def to_bytes(self) -> bytes:
        """Return the content of the file."""
        return json.dumps(self.to_json(), indent=2).encode("ascii") + b"\n"


def unusable(reason: str) -> LegationError:
    """Return the error of a backup that is not one, or no longer."""
    return LegationError(
        f"this backup cannot be used: {reason}", code="backup_unusable", fix="Take another one; nothing was changed."
    )


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a backup.

    Raises:
        NotFoundError: there is none in the folder.
        LegationError: ``backup_unusable``.
    """
    try:
        content = read_private(folder / NAME, max_bytes=_MAX_BYTES)
    except NotFoundError as error:
        raise NotFoundError(
            f"there is no backup in {folder}", fix="Name the folder that `legation backup` made."
        ) from error
    except SettingsError as error:
        raise unusable(error.detail) from error
    try:
        return _parse(parse_json(content, max_bytes=_MAX_BYTES))
    except (MalformedError, TooLargeError) as error:
        raise unusable(f"its {NAME} is damaged") from error


def digest_file(path: Path, tell: Tell) -> Digest:
    """Return what a file is known by. It reads the file, so nothing may have it open. Raises OSError."""
    with path.open("rb") as file:
        return _digest(file, None, path.stat().st_size, tell)


def copy_checked(source: Path, target: Path, expected: Digest, tell: Tell) -> None:
    """Copy a backup's file into an empty one, and see that it is what the manifest says.

    Raises:
        LegationError: ``backup_unusable``.
        OSError: it cannot be written.
    """
    try:
        file = source.open("rb")
    except OSError as error:
        raise unusable(f"its {source.name} cannot be read") from error
    with file, target.open("r+b") as copy:
        # what is longer than it says is not copied to its end
        if source.stat().st_size != expected.bytes or _digest(file, copy, expected.bytes, tell) != expected:
            raise unusable(f"its {source.name} is damaged")


def _digest(file: Any, copy: Any, size: int, tell: Tell) -> Digest:
    found, length = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK_BYTES):
        found.update(chunk)
        length += len(chunk)
        if copy is not None:
            copy.write(chunk)
        tell(min(length, size), size)
    return Digest(found.hexdigest(), length)


def _parse(value: object) -> Manifest:
    members = _object(value)
    if members.keys() != _MEMBERS or _number(members["version"]) != VERSION:
        raise MalformedError("it is of another version")
    files = {name: _parse_digest(file) for name, file in _object(members["files"]).items()}
    if files.keys() != {WALLET, STATE} or not is_did(members["did"]):
        raise MalformedError("it names other files")
    counts = {name: _number(count) for name, count in _object(members["counts"]).items()}
    return Manifest(
        legation=_text(members["legation"]),
        created=_text(members["created"]),
        did=_text(members["did"]),
        public_url=_text(members["publicUrl"]),
        counts=counts,
        files=files,
    )


def _parse_digest(value: object) -> Digest:
    members = _object(value)
    if members.keys() != {"sha256", "bytes"} or _SHA256.fullmatch(_text(members["sha256"])) is None:
        raise MalformedError("it has another digest")
    return Digest(_text(members["sha256"]), _number(members["bytes"]))


def _object(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedError("it is no object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise MalformedError("it is no text")
    return value


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise MalformedError("it is no number")
    return value
