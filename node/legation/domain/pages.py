"""Long lists, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

MAX_PAGE = 200
DEFAULT_PAGE = 50

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for: at most ``limit`` items (1 to 200), after the place that ``cursor`` remembers."""

    limit: int = DEFAULT_PAGE
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items of a list, and the cursor of the next page, None for the last one."""

    items: tuple[T_co, ...]
    next: str | None = None
