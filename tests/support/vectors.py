"""Where the official test vectors are: beside the checkout, or where LEGATION_VECTORS says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def vector_path(*parts: str) -> Path:
    """Return the path of a vector file or folder; skip the test where the vectors are not installed."""
    root = Path(os.environ.get("LEGATION_VECTORS") or ROOT.parent / "shared" / "vectors")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"official vectors are absent: no {'/'.join(parts)} in ../shared/vectors or LEGATION_VECTORS")
    return path


def load_vectors(*parts: str) -> Any:
    """Return a JSON vector file, parsed; skip the test where the vectors are not installed."""
    return json.loads(vector_path(*parts).read_text(encoding="utf-8"))
