"""Two thousand hostile connections at once, as many as the contract names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.crowds import outlive_crowd
from tests.support.running import within

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is looked up in /proc"),
]

CONNECTIONS = 2000


def test_y01_two_thousand_slow_connections_are_ended_while_honest_requests_are_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ordeal = within(tmp_path, lambda node: outlive_crowd(node, CONNECTIONS))
    assert ordeal.connections == CONNECTIONS
    with capsys.disabled():
        print(f"\n{ordeal.line()}")
