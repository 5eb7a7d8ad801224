"""``python -m tests.bench [--write] [SECTION]``: run every benchmark, or those of a section, and print the figures.

With ``--write`` they also take the place of those in docs/performance.md.
"""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    credentials,
    data_integrity,
    issuing,
    json_ld,
    npm_peer,
    processes,
    sd_jwt,
    service,
    verification,
)
from tests.bench.measure import Figure

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
SECTIONS = {
    "figures": (verification, issuing, processes, service),
    "credentials": (data_integrity, json_ld, npm_peer, sd_jwt, credentials),
}
HEADER = "| what | µs | compared with | µs | ratio | bound | |\n|---|---:|---|---:|---:|---:|---|"


def main() -> int:
    """Run and print; with ``--write`` also record."""
    named = [argument for argument in sys.argv[1:] if argument != "--write"]
    for section in named or SECTIONS:
        rows = []
        for group in SECTIONS[section]:
            for figure in group.figures():
                rows.append(_row(figure))
                print(rows[-1], flush=True)  # a benchmark's output is its purpose
        if "--write" in sys.argv[1:]:
            _record(section, rows)
    return 0


def _record(section: str, rows: list[str]) -> None:
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    head = f"Measured {datetime.now(UTC):%Y-%m-%d} with `make bench ONLY={section} WRITE=1` on {machine}."
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    before, rest = PAGE.read_text().split(begin)
    after = rest.split(end)[1]
    text = "\n".join([head, "", HEADER, *rows])
    PAGE.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def _row(figure: Figure) -> str:
    bound = "" if figure.bound is None else f"{'≥' if figure.at_least else '≤'} {figure.bound:g}"
    return (
        f"| {figure.name} | {figure.micros:,.1f} | {figure.base} | {figure.base_micros:,.1f} "
        f"| **{figure.ratio:.2f}** | {bound} | {figure.verdict} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
