"""Whole processes: what a person waits for."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from legation.domain.delegation.issuance import Format
from legation.standards.timestamps import format_timestamp
from tests.bench.chains import AT, build, parties
from tests.bench.measure import Figure, time_in_turn

LEGATION = Path(sys.executable).with_name("legation")


def figures() -> Iterator[Figure]:
    """Time ``legation --help`` and ``legation verify`` from start to exit."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.json"
        file.write_text(build(3, Format.JWT).to_json())
        signers = parties(3)
        verify = ["verify", str(file), "--trust", signers[0].did, "--holder", signers[3].did]
        verify += ["--at", format_timestamp(AT), "--format", "json"]
        times = time_in_turn({"help": lambda: _run("--help"), "verify": lambda: _run(*verify)}, rounds=9, burst=1)
    yield Figure("legation --help, whole process", times["help"], "0.4 s", 400_000, 1.0)
    yield Figure("legation verify, 3 hops, whole process", times["verify"], "0.6 s", 600_000, 1.0)


def _run(*arguments: str) -> None:
    subprocess.run([str(LEGATION), *arguments], check=True, capture_output=True, timeout=30)  # our own command
