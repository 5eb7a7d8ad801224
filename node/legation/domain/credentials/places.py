"""Where in a presentation something is wrong, as a JSON Pointer (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from legation.errors import LegationError


@contextmanager
def placed(index: int) -> Iterator[None]:
    """Let an error within point into the credential of that number. Raises what happens within."""
    try:
        yield
    except LegationError as error:
        error.pointer = f"/verifiableCredential/{index}{error.pointer or ''}"
        raise
