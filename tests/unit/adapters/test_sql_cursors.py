"""Cursors: what is written is read, and nothing else is."""

from __future__ import annotations

import pytest

from legation.adapters.sql.cursors import check_limit, cut_page, read_cursor, write_cursor
from legation.domain.pages import Page, PageRequest
from legation.errors import MalformedError


def test_cursor_is_read_as_it_was_written() -> None:
    cursor = write_cursor("delegations", (-5, "ü/?"))
    assert read_cursor("delegations", cursor, (int, str)) == (-5, "ü/?")
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert read_cursor("delegations", None, (int, str)) is None


@pytest.mark.parametrize(
    ("kind", "form"), [("audit", (int, str)), ("delegations", (int,)), ("delegations", (str, int))]
)
def test_cursor_of_another_list_or_form_is_refused(kind: str, form: tuple[type[int] | type[str], ...]) -> None:
    with pytest.raises(MalformedError):
        read_cursor(kind, write_cursor("delegations", (5, "a")), form)


def test_page_has_a_cursor_only_where_there_is_more() -> None:
    request = PageRequest(2)
    assert cut_page("audit", [3, 2], request, lambda item: (item,)) == Page((3, 2))
    page = cut_page("audit", [3, 2, 1], request, lambda item: (item,))
    assert page.items == (3, 2)
    assert read_cursor("audit", page.next, (int,)) == (2,)
    assert cut_page("audit", [], request, lambda item: (item,)) == Page(())


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_limit_beyond_its_bounds_is_refused(limit: int) -> None:
    with pytest.raises(MalformedError):
        check_limit(PageRequest(limit))
    assert check_limit(PageRequest(200)) == 200
