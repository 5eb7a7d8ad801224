"""The operator's trust anchors in their file."""

from __future__ import annotations

from pathlib import Path

from legation.domain.trust import TrustAnchors, parse_trust_anchors
from legation.errors import LegationError, SettingsError
from legation.standards.strict_json import parse_json

_MAX_FILE_BYTES = 4 * 1024 * 1024


def read_trust_file(path: Path) -> TrustAnchors:
    """Return the anchors of a file. Raises SettingsError for one that cannot be read, or says something else."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"the trust file {path} cannot be read") from error
    try:
        return parse_trust_anchors(parse_json(content, max_bytes=_MAX_FILE_BYTES))
    except LegationError as error:
        raise SettingsError(f"the trust file {path}: {error.detail}", pointer=error.pointer) from error
