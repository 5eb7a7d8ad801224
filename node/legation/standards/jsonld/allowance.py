"""What all the graphs of one request may cost together: each is bounded by itself, and a request may hold hundreds.

A presentation of a hundred credentials, each with sixteen proofs that follow one another, would have each bound used a
thousand times over. The allowance is found from where the work is done, as deep as that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from legation.errors import TooLargeError

# about half a microsecond each: a third of a second in all
REQUEST = 700_000
CONTEXT, TERM, GRAPH, STATEMENT = 100, 10, 200, 8
_LEFT: ContextVar[list[int] | None] = ContextVar("left", default=None)


@contextmanager
def allowing(cost: int = REQUEST) -> Iterator[None]:
    """Let the work within cost so much in all; within another one, that one counts."""
    if _LEFT.get() is not None:
        yield
        return
    token = _LEFT.set([cost])
    try:
        yield
    finally:
        _LEFT.reset(token)


def spend(cost: int) -> None:
    """Take from the allowance, if there is one. Raises TooLargeError when nothing is left."""
    left = _LEFT.get()
    if left is None:
        return
    left[0] -= cost
    if left[0] < 0:
        raise TooLargeError("reading and verifying this would take too long", fix="Send less at once.")
