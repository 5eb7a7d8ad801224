"""A node that the tests of a process share, and commands on it; each test makes agents of its own names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node

Run = Callable[..., Outcome]
_numbers = count(1)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SERVER", "TOKEN_FILE", "WALLET", "WALLET_KEY_FILE", "DATA_DIR", "CONFIG", "EGRESS_CA_FILE"):
        monkeypatch.delenv(f"LEGATION_{name}", raising=False)


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_node(tmp_path_factory.mktemp("node") / "data") as live:
        yield live


@pytest.fixture
def run(node: LiveNode) -> Run:
    """Run a command on the node, for JSON unless it is told otherwise."""

    def act(*words: str, output: str = "json", stdin: bytes = b"") -> Outcome:
        return invoke(*words, *node.options, "--format", output, stdin=stdin)

    return act


@pytest.fixture
def agent(run: Run) -> str:
    """Make an agent of a name that no other has, and return the name."""
    name = f"agent-{next(_numbers)}"
    assert run("agent", "create", name).code == 0
    return name


@pytest.fixture
def absent(tmp_path: Path) -> Path:
    return tmp_path / "absent"
