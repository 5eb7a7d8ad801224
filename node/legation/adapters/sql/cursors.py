"""Cursors: the place in a list after which the next page begins, as a text that says nothing else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

import orjson

from legation.domain.pages import MAX_PAGE, Page, PageRequest
from legation.errors import MalformedError

T = TypeVar("T")
Place = tuple[str | int, ...]

_MAX_CHARS = 1024


def check_limit(page: PageRequest) -> int:
    """Return how many items are asked for. Raises MalformedError for other than 1 to 200."""
    if not 1 <= page.limit <= MAX_PAGE:
        raise MalformedError(f"a page has 1 to {MAX_PAGE} items")
    return page.limit


def write_cursor(kind: str, place: Place) -> str:
    """Return the cursor of a list of that kind that goes on after this place."""
    return base64.urlsafe_b64encode(orjson.dumps([kind, *place])).rstrip(b"=").decode("ascii")


def read_cursor(kind: str, cursor: str | None, form: Sequence[type[str] | type[int]]) -> Place | None:
    """Return the place that a cursor of that kind remembers. Raises MalformedError for any other text."""
    if cursor is None:
        return None
    place = _decode(cursor)
    if not isinstance(place, list) or [type(part) for part in place] != [str, *form] or place[0] != kind:
        raise MalformedError("this is no cursor of this list", fix="Take the list from its beginning.")
    return tuple(place[1:])


def cut_page(kind: str, items: Sequence[T], page: PageRequest, place_of: Callable[[T], Place]) -> Page[T]:
    """Return the page of items of which one more was asked for than it has, if there is one more."""
    shown = tuple(items[: page.limit])
    return Page(shown, write_cursor(kind, place_of(shown[-1])) if len(items) > page.limit else None)


def _decode(cursor: str) -> object:
    try:
        if len(cursor) > _MAX_CHARS or not cursor.isascii():
            return None
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, orjson.JSONDecodeError):
        return None
