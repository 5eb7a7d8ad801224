"""The table of docs/reference/interop.md: which mechanism was tried with which implementation, and what came of it."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from textwrap import fill

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "reference" / "interop.md"

HEAD = """<!-- Written by `make interop WRITE=1`; do not edit. -->

# Interoperability

Other implementations of what Legation speaks, each with the version that was tried. `make interop` runs them, with the
exact versions of `tests/interop/package-lock.json` and `constraints.txt`, and `make interop WRITE=1` writes this page
from what happened.

A cell says how many tests passed. They show what is accepted, and that the same thing altered, or used for another
challenge, verifier or party, is refused on the side that judges. `no` is a test that failed, and a dash what there is
not. Each test of a mechanism with its key is counted, so that the numbers say how much was tried, not how good it is.
"""
FAULTS = """
## Where another implementation errs

Each of these is a test too: it fails as soon as the implementation changes its mind.
"""
NOTHING = "–"
_WIDTH = 120


class Way(StrEnum):
    """Who issues, and who judges."""

    OURS = "ours, judged there"
    THEIRS = "theirs, judged here"


@dataclass(frozen=True)
class Tried:
    """What a test tries: a mechanism, with an implementation, in one direction."""

    mechanism: str
    implementation: str
    way: Way | None

    def in_test(self, name: str) -> Tried:
        """Return it with the way that the test's name tells."""
        return self if self.way else replace(self, way=Way.OURS if name.startswith("test_our_") else Way.THEIRS)


@dataclass(frozen=True, order=True)
class Fault:
    """What a test shows to be wrong elsewhere."""

    implementation: str
    what: str


# the order of the rows: a mechanism comes under the first of these with which it begins
ORDER = (
    *("eddsa-", "ecdsa-rdfc", "ecdsa-jcs", "ecdsa-sd", "Ed25519Signature2020", "VC 1.1", "proof set"),
    *("`vc+jwt`", "`vp+jwt`", "`dc+sd-jwt`", "`vc+sd-jwt`", "JWT", "did:", "delegation", "node"),
)


def tries(mechanism: str, way: Way, *packages: str) -> pytest.MarkDecorator:
    """Return the mark of a test that fills a cell of the table."""
    return pytest.mark.interop(Tried(mechanism, _versions(packages), way))


def tries_by_name(mechanism: str, *packages: str) -> pytest.MarkDecorator:
    """Return the same mark for a module, in which what is ours is judged there by tests of the name ``test_our_…``."""
    return pytest.mark.interop(Tried(mechanism, _versions(packages), None))


def shows_fault(what: str, *packages: str) -> pytest.MarkDecorator:
    """Return the mark of a test that shows what is wrong elsewhere."""
    return pytest.mark.interop(Fault(_versions(packages), what))


def _versions(packages: Iterable[str]) -> str:
    return ", ".join(f"`{name}` {_version(name)}" for name in packages)


def _version(name: str) -> str:
    lock = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    if f"node_modules/{name}" in lock:
        return str(lock[f"node_modules/{name}"]["version"])
    pinned = re.search(rf"^{re.escape(name)}==([^ ;\\]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pinned is not None, f"{name} is pinned nowhere"
    return pinned[1]


class Record:
    """What a run of the tests collected, and what came of it."""

    def __init__(self) -> None:
        self.marked: dict[str, list[Tried | Fault]] = {}
        self.modules: set[str] = set()
        self.outcomes: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note what each test tries, before any is deselected."""
        for item in items:
            if HERE in item.path.parents:
                self.modules.add(item.path.name)
                marks = [marker.args[0] for marker in item.iter_markers("interop")]
                self.marked[item.nodeid] = [
                    mark.in_test(item.name) if isinstance(mark, Tried) else mark for mark in marks
                ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what came of a test: the worst of its phases."""
        if report.nodeid in self.marked and (report.when == "call" or report.outcome != "passed"):
            self.outcomes[report.nodeid] = report.outcome

    def is_whole(self) -> bool:
        """Tell whether the tests of all modules were collected."""
        return self.modules == {path.name for path in HERE.glob("test_*.py")}

    def unfinished(self) -> Iterator[str]:
        """Yield the tests of the table that were not run to an end."""
        for nodeid, marks in self.marked.items():
            if marks and self.outcomes.get(nodeid) not in ("passed", "failed"):
                yield nodeid

    def write(self) -> str:
        """Return the page of what happened."""
        return write_page(self.marked, self.outcomes)


def write_page(marked: Mapping[str, list[Tried | Fault]], outcomes: Mapping[str, str]) -> str:
    """Return the page of tests and their outcomes; one of which nothing is known has passed."""
    faults = sorted({mark for marks in marked.values() for mark in marks if isinstance(mark, Fault)})
    listed = [fill(f"- {fault.implementation}: {fault.what}", _WIDTH, subsequent_indent="  ") for fault in faults]
    return "\n".join([HEAD, *_rows(marked, outcomes), *([FAULTS, *listed] if faults else []), ""])


def _rows(marked: Mapping[str, list[Tried | Fault]], outcomes: Mapping[str, str]) -> Iterator[str]:
    cells: dict[tuple[str, str], dict[Way | None, list[str]]] = defaultdict(lambda: defaultdict(list))
    for nodeid, marks in marked.items():
        for mark in marks:
            if isinstance(mark, Tried):
                cells[mark.mechanism, mark.implementation][mark.way].append(outcomes.get(nodeid, "passed"))
    yield f"| mechanism | implementation | {Way.OURS} | {Way.THEIRS} |"
    yield "|---|---|---|---|"
    for mechanism, implementation in sorted(cells, key=_place):
        found = cells[mechanism, implementation]
        yield f"| {mechanism} | {implementation} | {' | '.join(_cell(found, way) for way in Way)} |"


def _cell(found: Mapping[Way | None, list[str]], way: Way) -> str:
    outcomes = found.get(way, [])
    if not outcomes:
        return NOTHING
    return "no" if "failed" in outcomes else f"yes ({len(outcomes)})"


def _place(row: tuple[str, str]) -> tuple[int, str, str]:
    mechanism, implementation = row
    begins = [index for index, prefix in enumerate(ORDER) if mechanism.startswith(prefix)]
    return (min(begins, default=len(ORDER)), mechanism, implementation)
