"""What an entry of the audit trail names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.audit import MAX_TARGET_CHARS, write_target


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("planner", "planner"),
        ("", ""),
        ("café 日本", "café 日本"),
        ("a\nb", "a\\u{a}b"),
        ("\x1b[31mred", "\\u{1b}[31mred"),
        ("a\u202eb\u200b", "a\\u{202e}b\\u{200b}"),
        ("a\udc80\x00", "a\\u{dc80}\\u{0}"),
        ("a" * 512, "a" * 512),
        ("a" * 513, "a" * 511 + "…"),
    ],
)
def test_g06_what_steers_a_terminal_or_breaks_a_line_is_written_out(text: str, written: str) -> None:
    assert write_target(text) == written


@given(st.text(max_size=700))
def test_whatever_is_named_is_printable_and_bounded(text: str) -> None:
    written = write_target(text)
    assert written.isprintable()
    assert len(written) <= MAX_TARGET_CHARS
