"""The page of the table: as the last run that wrote it, of the tests that there are."""

from __future__ import annotations

import os

import pytest

from tests.interop.table import PAGE, Record, write_page


def test_page_in_the_tree_is_what_a_run_in_which_all_went_well_writes(record: Record) -> None:
    if os.environ.get("LEGATION_INTEROP_WRITE"):
        pytest.skip("this run writes the page")
    if not record.is_whole():
        pytest.skip("this run is of some of the tests only")
    assert PAGE.read_text(encoding="utf-8") == write_page(record.marked, {})
