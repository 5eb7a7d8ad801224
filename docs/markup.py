"""How the generated pages are written: tables, code in docstrings, the notice on top."""

from __future__ import annotations

import re
from collections.abc import Iterable

NOTICE = "<!-- Written by docs/generate.py from the code; do not edit. -->"


def build_page(title: str, *parts: str) -> str:
    """Return a page of these parts."""
    return "\n\n".join([NOTICE, f"# {title}", *(part for part in parts if part)]) + "\n"


def build_table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    columns = list(head)
    shown = ["| " + " | ".join(row) + " |" for row in [columns, *lines]]
    return "\n".join([shown[0], "|" + "---|" * len(columns), *shown[1:]])


def write_markdown(text: str) -> str:
    """Return a docstring's text as Markdown."""
    return re.sub(r":(?:meth|func|class):`([^`]+)`", r"`\1`", text).replace("``", "`")


def first_line(text: str | None) -> str:
    """Return the first line of a docstring as Markdown."""
    return write_markdown((text or "").strip().partition("\n")[0])
