"""What reaches a terminal: nothing that steers it, in colour only where one is, in ASCII where there is no more."""

from __future__ import annotations

import io
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.cli.terminal import (
    Branch,
    plain,
    print_json,
    print_table,
    print_text,
    print_tree,
    progress,
    suggest,
    talk,
)

HOSTILE = "a\x1b[31mb\x07\r\nc\u202ed\u200be\ufefff\u2028g\x9bh"


class Screen(io.TextIOWrapper):
    """A stream that says whether it is a terminal, and keeps what is written."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        self.bytes = io.BytesIO()
        self.terminal = terminal
        super().__init__(self.bytes, encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


def put(monkeypatch: pytest.MonkeyPatch, screen: Screen, stream: str = "stdout") -> Screen:
    monkeypatch.setattr(sys, stream, screen)
    for variable in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return screen


@given(st.text())
def test_g06_shown_text_stays_on_its_line_and_holds_no_character_that_steers_or_hides(text: str) -> None:
    shown = plain(text)
    assert len(shown.splitlines()) <= 1
    assert {unicodedata.category(character) for character in shown}.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def test_l08_what_steers_or_hides_is_shown_as_what_it_is() -> None:
    assert plain("a\u202eb") == "a\\u{202e}b"
    assert plain("\x1b[31m") == "\\u{001b}[31m"


@pytest.mark.parametrize("text", ["planner", "Überweisung", "計画", "[bold]not bold[/bold]", ":smile:"])
def test_honest_text_is_shown_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_long_text_is_cut_and_says_so() -> None:
    assert len(plain("x" * 10_000)) < 500
    assert "10000" in plain("x" * 10_000)


def test_markup_and_emoji_names_in_a_document_are_shown_and_not_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen())
    root = Branch("[red]root[/red] [link=https://evil.example]x[/link]")
    root.add(":smile: [/]", "failed")
    print_tree(root)
    assert "[red]root[/red] [link=https://evil.example]x[/link]" in screen.text()
    assert ":smile: [/]" in screen.text()


def test_hostile_text_does_not_break_a_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen())
    root = Branch(HOSTILE)
    root.add(HOSTILE, "passed")
    print_tree(root)
    assert len(screen.text().splitlines()) == 2
    assert not {"\x1b", "\x07", "\r", "\u202e", "\u200b", "\x9b"} & set(screen.text())


def test_off_a_terminal_nothing_is_coloured_and_no_line_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen())
    root = Branch("root", "passed")
    root.add("word " * 100 + "end", "failed")
    print_tree(root)
    assert "\x1b" not in screen.text()
    assert len(screen.text().splitlines()) == 2
    assert not any(line.endswith("  ") for line in screen.text().splitlines())


def test_on_a_terminal_marks_are_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen(terminal=True))
    print_tree(Branch("root", "passed"))
    assert "\x1b[32m" in screen.text()


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen(terminal=True))
    monkeypatch.setenv("NO_COLOR", "1")
    print_tree(Branch("root", "passed"))
    assert "\x1b[32m" not in screen.text()


def test_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen(terminal=True))
    monkeypatch.setenv("TERM", "dumb")
    print_tree(Branch("root", "failed"))
    assert "\x1b" not in screen.text()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_without_unicode_a_tree_is_drawn_in_ascii(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    screen = put(monkeypatch, Screen(encoding))
    root = Branch("hop 0 → 計画 …", "passed")
    root.add("inner", "failed")
    print_tree(root)
    assert screen.text().isascii()
    assert "->" in screen.text()
    assert "[NO] inner" in screen.text()


def test_json_is_ascii_on_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen())
    print_json({"name": HOSTILE + "計画\ud800"})
    assert screen.text().isascii()
    assert not {"\x1b", "\x07", "\r"} & set(screen.text())


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_text_that_the_encoding_lacks_is_spelt_out_and_never_fails(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    screen = put(monkeypatch, Screen(encoding))
    print_text("計\ud800")
    assert "\\ud800" in screen.text()


def test_table_has_a_line_a_row_and_no_trailing_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen())
    print_table(("NAME", "DID"), [("planner", "did:key:1"), ("w\n", "did:key:2")])
    assert screen.text().splitlines() == ["NAME       DID", "planner    did:key:1", "w\\u{000a}  did:key:2"]


def test_talk_goes_to_standard_error_unless_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen(), "stderr")
    talk("made", quiet=False)
    talk("more", quiet=True)
    assert screen.text() == "made\n"


@pytest.mark.parametrize(("terminal", "quiet", "lines"), [(True, False, 4), (True, True, 0), (False, False, 0)])
def test_at_most_three_next_commands_are_suggested_and_only_to_a_person(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool, lines: int
) -> None:
    screen = put(monkeypatch, Screen(terminal=terminal), "stderr")
    suggest(["one", "two", "three", "four"], quiet=quiet)
    assert len(screen.text().splitlines()) == lines


def test_progress_is_shown_where_a_person_waits_and_nothing_of_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = put(monkeypatch, Screen(terminal=True), "stderr")
    with progress("copying") as tell:
        tell(1, 2)
        tell(2, 2)
    assert "copying" in screen.text()


@pytest.mark.parametrize(("terminal", "quiet"), [(False, False), (True, True)])
def test_progress_is_not_shown_to_programs_nor_to_who_wants_none(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, quiet: bool
) -> None:
    screen = put(monkeypatch, Screen(terminal=terminal), "stderr")
    with progress("copying", quiet=quiet) as tell:
        tell(1, 2)
    assert screen.text() == ""
