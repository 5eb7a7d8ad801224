"""What the demo prints: its steps, a verdict as a tree, and a table; and the promises that it checks as it goes."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

WIDTH = 112


class Story:
    """Tells, and counts what did not come out as told."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self._names: dict[str, str] = {}

    def introduce(self, did: str, name: str) -> None:
        """Let a DID be called by a name."""
        self._names[did] = name

    def name_of(self, did: str) -> str:
        """Return what a DID is called."""
        return self._names.get(did, did)

    def step(self, title: str) -> None:
        """Begin a part of the story."""
        print(f"\n{title}\n{'-' * len(title)}")

    def tell(self, text: str) -> None:
        """Say a paragraph."""
        print(textwrap.fill(" ".join(text.split()), WIDTH))

    def promise(self, claim: str, kept: bool) -> None:
        """Say whether something is as it should be; the demo fails if it is not."""
        print(f"  {'ok' if kept else 'NOT AS TOLD'}: {claim}")
        if not kept:
            self.broken.append(claim)

    def show_verdict(self, verdict: Mapping[str, Any]) -> None:
        """Draw a verdict as a tree, hop under hop."""
        answers = [f"verified: {_yes(verdict['verified'])}", f"accepted: {_yes(verdict['accepted'])}"]
        print(f"  {', '.join(answers)}, on behalf of {verdict['principal']}")
        for index, hop in enumerate(verdict["hops"]):
            checks = ", ".join(f"{name} {outcome}" for name, outcome in hop["checks"].items())
            indent = "  " + "   " * index
            print(f"{indent}└─ {self.name_of(hop['issuer'])} → {self.name_of(hop['subject'])}")
            print(f"{indent}     until {hop['validUntil']}; {checks}")
        self._show_authority(self.name_of(verdict["holder"]), verdict["authorizationDetails"])
        if verdict["error"] is not None:
            print(f"  refused: {verdict['error']['code']}, {verdict['error']['message']}")

    def _show_authority(self, who: str, details: Sequence[Mapping[str, Any]]) -> None:
        for detail in details:
            where = ", ".join(detail.get("locations", ["anywhere"]))
            print(f"  {who} may {', '.join(detail['actions'])} at {where}, where")
            for name, value in detail.get("constraints", {}).items():
                print(f"     {name} is {_plain(value)}")

    def show_table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table, its last column wrapped."""
        widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
        room = max(WIDTH - sum(widths) - 2 * len(widths) - 2, 30)
        print()
        for row in (head, ["-" * width for width in widths] + ["-" * room], *rows):
            first, *more = textwrap.wrap(row[-1], room) or [""]
            cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
            print(f"  {cells}  {first}".rstrip())
            for line in more:
                print(f"  {'  '.join(' ' * width for width in widths)}  {line}")
        print()

    def end(self) -> int:
        """Sum up, and return the exit status."""
        if not self.broken:
            return 0
        print(f"\n{len(self.broken)} not as told:", file=sys.stderr)
        for claim in self.broken:
            print(f"  {claim}", file=sys.stderr)
        return 1


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        if value.keys() == {"amount", "currency"}:
            return f"at most {value['amount']} {value['currency']}"
        return "; ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return str(value)
