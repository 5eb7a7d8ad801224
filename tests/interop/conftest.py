"""Where Node.js 20 and npm's packages are missing, tests are skipped and say so; what the others try is recorded."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from legation.standards.jsonld.contexts import bundled_contexts
from tests.interop.foreign import Foreign, find_obstacle
from tests.interop.table import PAGE, Record

RECORD = pytest.StashKey[Record]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "interop(tried): fills a cell of docs/reference/interop.md, or a line below it")
    config.stash[RECORD] = Record()
    config.pluginmanager.register(config.stash[RECORD], "interop-record")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not os.environ.get("LEGATION_INTEROP_WRITE"):
        return
    record = session.config.stash[RECORD]
    left = list(record.unfinished())
    if left or not record.is_whole():
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
        print("\nthe page is not written: these were not run:", *left, sep="\n  ")
    else:
        PAGE.write_text(record.write(), encoding="utf-8")


@pytest.fixture(scope="session")
def record(pytestconfig: pytest.Config) -> Record:
    return pytestconfig.stash[RECORD]


@pytest.fixture(scope="session")
def foreign() -> Iterator[Foreign]:
    obstacle = find_obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    with Foreign() as software:
        software.ask("contexts", documents={url: document.value for url, document in bundled_contexts().items()})
        yield software
