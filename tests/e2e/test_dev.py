"""``legation dev`` as people start it: it is there, it is loud, and the commands that it prints work."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.nodes import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "legation.cli.main"]


@dataclass
class Dev:
    """A development node, what it said until it was ready, and how long that took."""

    process: subprocess.Popen[str]
    said: str
    seconds: float

    def commands(self) -> list[str]:
        return [line.strip() for line in self.said.splitlines() if line.startswith("  legation ")]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=30)
        return self.process.returncode


def environment() -> Mapping[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    return {**inherited, "PYTHONPATH": str(ROOT / "node")}


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Dev]:
    log = folder / "dev.log"
    begun = time.monotonic()
    with log.open("w") as err:
        process = subprocess.Popen(
            [*COMMAND, "dev", *options], cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=err, text=True
        )
    try:
        while "ready at" not in log.read_text() or not log.read_text().endswith("\n"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() - begun < 60
            # who looks without a pause takes half of the machine from what it waits for
            time.sleep(0.02)
        yield Dev(process, log.read_text(), time.monotonic() - begun)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=30)


def in_shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    legation = f'legation() {{ {shlex.join(COMMAND)} "$@"; }}; set -o pipefail; '
    return subprocess.run(
        ["bash", "-c", legation + line], cwd=folder, env=environment(), capture_output=True, text=True, timeout=120
    )


def test_commands_that_it_prints_work_as_they_are(tmp_path: Path) -> None:
    with running(tmp_path, "--port", str(free_port()), "--data-dir", "data") as dev:
        assert dev.said.startswith("DEVELOPMENT NODE")
        assert dev.said.count("(0600)") >= 4
        token = (tmp_path / "data" / "operator-token").read_text().strip()
        assert token not in dev.said
        commands = dev.commands()
        assert len(commands) == 3
        answers = [in_shell(tmp_path, command) for command in commands]
        assert [(answer.returncode, answer.stderr) for answer in answers] == [(0, "")] * 3
        assert "planner" in answers[0].stdout
        assert "ACCEPTED" in answers[2].stdout
        assert dev.stop() == 0


def test_second_start_finds_the_same_world(tmp_path: Path) -> None:
    options = ("--port", str(free_port()), "--data-dir", "data", "--format", "json")
    worlds = []
    for _ in range(2):
        with running(tmp_path, *options) as dev:
            dev.process.send_signal(signal.SIGTERM)
            out, _ = dev.process.communicate(timeout=30)
            assert dev.process.returncode == 0
            worlds.append(json.loads(out))
    assert worlds[0] == worlds[1]
    assert worlds[0]["agents"].keys() == {"planner", "worker"}


def test_ephemeral_node_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path, "--port", str(free_port()), "--ephemeral", "--format", "json") as dev:
        dev.process.send_signal(signal.SIGINT)
        out, _ = dev.process.communicate(timeout=30)
        assert dev.process.returncode == 0
    token_file = Path(json.loads(out)["tokenFile"])
    assert not token_file.parent.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"dev.log"}
