"""``python -m tests.bench [--write]``: run every benchmark, print the table, and record it in docs/performance.md."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import issuing, processes, service, verification
from tests.bench.measure import Figure

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
HEADER = "| what | µs | compared with | µs | ratio | bound | |\n|---|---:|---|---:|---:|---:|---|"


def main() -> int:
    """Run and print; with ``--write`` also record."""
    found: list[Figure] = []
    for group in (verification, issuing, processes, service):
        for figure in group.figures():
            found.append(figure)
            print(_row(figure), flush=True)  # a benchmark's output is its purpose
    if "--write" in sys.argv[1:]:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        head = f"Measured {datetime.now(UTC):%Y-%m-%d} with `make bench WRITE=1` on {machine}."
        page = PAGE.read_text()
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        rows = "\n".join([head, "", HEADER, *map(_row, found)])
        PAGE.write_text(f"{before}{BEGIN}\n{rows}\n{END}{after}")
    return 0


def _row(figure: Figure) -> str:
    bound = "" if figure.bound is None else f"{'≥' if figure.at_least else '≤'} {figure.bound:g}"
    return (
        f"| {figure.name} | {figure.micros:,.1f} | {figure.base} | {figure.base_micros:,.1f} "
        f"| **{figure.ratio:.2f}** | {bound} | {figure.verdict} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
