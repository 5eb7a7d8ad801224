"""The pages of the documentation, and what is fenced in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the word after it, its text, and the line on which it begins."""

    language: str
    name: str
    text: str
    line: int


def pages() -> list[Path]:
    """Return README.md and every page under docs/."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def shown(path: Path) -> str:
    """Return a page's path as a reader of the checkout knows it."""
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        language, _, name = match["info"].strip().partition(" ")
        indent = len(match["indent"])
        content = "".join(line[indent:] for line in match["text"].splitlines(keepends=True))
        yield Block(language, name.strip(), content, text.count("\n", 0, match.start()) + 1)


def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))
