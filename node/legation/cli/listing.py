"""Lists that a node gives page by page: one page of them, or all, and their rows in a table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from legation.cli.failures import UsageError
from legation.cli.terminal import print_json, print_table, talk
from legation.domain.pages import Page

Item = TypeVar("Item")
MOST = 200
# a heading, and the member of a record that stands below it
Columns = Sequence[tuple[str, str]]


def check_limit(limit: int) -> int:
    """Return a limit. Raises UsageError."""
    if not 1 <= limit <= MOST:
        raise UsageError(f"--limit is not a number from 1 to {MOST}", fix="Take --all for everything.")
    return limit


async def collect(
    fetch: Callable[[int, str | None], Awaitable[Page[Item]]], *, limit: int, everything: bool
) -> tuple[list[Item], bool]:
    """Return the items of the first page, or of all pages, and whether there are more."""
    if not everything:
        page = await fetch(limit, None)
        return list(page.items), page.next is not None
    items: list[Item] = []
    cursor: str | None = None
    while True:
        page = await fetch(MOST, cursor)
        items += page.items
        if page.next is None:
            return items, False
        cursor = page.next


def show_list(records: Sequence[Mapping[str, object]], columns: Columns, output: str, *, more: bool = False) -> None:
    """Print records as a table, or whole as JSON, and say on standard error that there are more."""
    if output == "json":
        print_json(list(records))
    else:
        print_table(
            [name for name, _ in columns], [[cell(record.get(key)) for _, key in columns] for record in records]
        )
    if more:
        talk("There are more: take --all, or a larger --limit.", quiet=output == "json")


def cell(value: object) -> str:
    """Write a member of a record as one cell: nothing for what is not there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
