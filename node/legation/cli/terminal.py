"""What reaches a terminal: text that cannot steer it, trees and tables of such text, JSON, talk on standard error."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.tree import Tree

MAX_TEXT = 400
# wide enough that nothing is broken where no terminal has an edge
_ENDLESS = 100_000
# controls, invisible formatting, surrogates, private and unassigned characters, line and paragraph separators
_ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = {"passed": "✓", "failed": "✗", "skipped": "–", "not_reached": "·", "": ""}
_ASCII_MARKS = {"passed": "[ok]", "failed": "[NO]", "skipped": "[--]", "not_reached": "[..]", "": ""}
_STYLES = {"passed": "green", "failed": "bold red", "skipped": "yellow", "not_reached": "dim", "": ""}
_ASCII = {"→": "->", "…": "...", "–": "-", "≤": "<=", "≥": ">=", "✔": "*"}


@dataclass(slots=True)
class Branch:
    """A line of a tree, its mark (``passed``, ``failed``, ``skipped``, ``not_reached`` or none), what hangs on it."""

    text: str
    mark: str = ""
    branches: list[Branch] = field(default_factory=list)

    def add(self, text: str, mark: str = "") -> Branch:
        """Hang a line on this one and return it."""
        branch = Branch(text, mark)
        self.branches.append(branch)
        return branch


def plain(text: str, *, most: int = MAX_TEXT) -> str:
    r"""Write every character that could steer a terminal, or hide, as ``\u{…}``, on one line of bounded length."""
    if len(text) > most:
        text = f"{text[:most]}… ({len(text)} characters)"
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{{{ord(character):04x}}}" if unicodedata.category(character) in _ESCAPED else character
        for character in text
    )


def plain_json(value: object) -> str:
    """Write a JSON value on one line, safe to show."""
    return plain(json.dumps(value, ensure_ascii=False))


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Write JSON to standard output, in ASCII, so that it is the same on every terminal and harmless on all of them."""
    print_text(json.dumps(value, indent=indent))


def print_text(text: str) -> None:
    """Write data to standard output, and a line's end."""
    sys.stdout.write(_encodable(text, sys.stdout.encoding) + "\n")
    sys.stdout.flush()


def print_tree(root: Branch) -> None:
    """Write a tree to standard output: coloured on a terminal, in ASCII where the encoding has no more."""
    from rich.text import Text
    from rich.tree import Tree

    console = _console()
    utf8 = _is_utf8(sys.stdout.encoding)

    def label(branch: Branch) -> Text:
        mark = (_MARKS if utf8 else _ASCII_MARKS)[branch.mark]
        line = Text(f"{mark} " if mark else "", style=_STYLES[branch.mark])
        # Text and not markup: what brackets say in a document says nothing here
        return line.append(_encodable(plain(branch.text), sys.stdout.encoding))

    def grow(tree: Tree, branches: Iterable[Branch]) -> None:
        for branch in branches:
            grow(tree.add(label(branch)), branch.branches)

    tree = Tree(label(root), guide_style="dim")
    grow(tree, root.branches)
    console.print(tree)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table to standard output: a line of names, then a line a row, columns two spaces apart."""
    lines = [list(columns), *([plain(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print_text("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def talk(text: str, *, quiet: bool = False) -> None:
    """Say what was done, on standard error."""
    if not quiet:
        sys.stderr.write(_encodable(plain(text, most=2000), sys.stderr.encoding) + "\n")


def suggest(commands: Sequence[str], *, quiet: bool) -> None:
    """Suggest at most three exact next commands, where a person reads."""
    if quiet or not sys.stderr.isatty():
        return
    talk("next:")
    for command in commands[:3]:
        talk(f"  {command}")


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Give a function that is told what is done, of how much; it shows so where a person waits, on standard error."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    # transient, so that nothing of it stays between the lines that do
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _console() -> Console:
    from rich.console import Console

    width = None if sys.stdout.isatty() else _ENDLESS
    return Console(highlight=False, markup=False, emoji=False, width=width, soft_wrap=True)


def _is_utf8(encoding: str | None) -> bool:
    return (encoding or "").lower().replace("-", "").startswith("utf")


def _encodable(text: str, encoding: str | None) -> str:
    """Return the text with every character that the encoding lacks spelt out."""
    name = encoding or "ascii"
    if text.isascii() or (_is_utf8(name) and not any(0xD800 <= ord(character) < 0xE000 for character in text)):
        return text
    if not _is_utf8(name):
        for character, spelling in _ASCII.items():
            text = text.replace(character, spelling)
    return text.encode(name, "backslashreplace").decode(name)
