"""The operator's JSON-LD contexts: a folder of files, and an index that says which is whose and what its digest is."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from pathlib import Path

from legation.errors import LegationError, SettingsError
from legation.standards.jsonld.contexts import MAX_CONTEXT_BYTES, Contexts
from legation.standards.strict_json import parse_json

INDEX = "index.json"
_MAX_INDEX_BYTES = 1024 * 1024
_MAX_CONTEXTS = 1000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"[a-z][a-z0-9+.\-]*:[^\x00-\x20]+")


def read_contexts(folder: Path) -> Contexts:
    """Return the contexts that ``index.json`` names: ``{URL: {"file": name, "sha256": hex}}``, other members ignored.

    Raises:
        SettingsError: a file is missing, outside of the folder, not a context, or not the one of the digest.
    """
    index = _parse_index(folder)
    found = {url: _read_one(folder, url, entry) for url, entry in index.items()}
    try:
        return Contexts().extended(found)
    except LegationError as error:
        raise SettingsError(f"contexts_dir {folder}: {error.detail}") from error


def _parse_index(folder: Path) -> dict[str, object]:
    try:
        index = parse_json(_read_file(folder / INDEX, _MAX_INDEX_BYTES), max_bytes=_MAX_INDEX_BYTES)
    except SettingsError:
        raise
    except LegationError as error:
        raise SettingsError(f"contexts_dir {folder}: {INDEX}: {error.detail}") from error
    if not isinstance(index, dict) or len(index) > _MAX_CONTEXTS:
        raise SettingsError(f"contexts_dir {folder}: {INDEX} is not an object of at most {_MAX_CONTEXTS} URLs")
    return index


def _read_one(folder: Path, url: str, entry: object) -> bytes:
    name, digest = (entry.get("file"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise SettingsError(f"contexts_dir {folder}: {INDEX} names no file or no sha256 (64 hex digits) for {url}")
    if not _URL.fullmatch(url):
        raise SettingsError(f"contexts_dir {folder}: {INDEX} has {url!r}, which is not a URL")
    raw = _read_file(_find_file(folder, name), MAX_CONTEXT_BYTES)
    if not hmac.compare_digest(sha256(raw).hexdigest(), digest):
        raise SettingsError(f"contexts_dir {folder}: {name} is not the file whose sha256 {INDEX} names for {url}")
    return raw


def _find_file(folder: Path, name: str) -> Path:
    """Return where a file is; neither a path nor a link may lead out of the folder."""
    try:
        path, inside = (folder / name).resolve(), folder.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SettingsError(f"contexts_dir {folder}: {name!r} cannot be read") from error
    if not path.is_relative_to(inside):
        raise SettingsError(f"contexts_dir {folder}: {name!r} is outside of the folder")
    return path


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"the context file {path} cannot be read") from error
    if len(content) > limit:
        raise SettingsError(f"the context file {path} is larger than {limit // 1024} KiB")
    return content
