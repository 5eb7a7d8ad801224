"""Which version of this program is installed."""

from __future__ import annotations


def find_version() -> str:
    """Return the version, or words where the program is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("legation")
    except PackageNotFoundError:
        return "from sources that are not installed"
