"""Running ``legation`` in tests: in this process, which is quick, or as a process of its own, which is real."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from typer.main import get_command

from legation.cli.main import main

_trees: dict[tuple[Callable[..., Any] | None, ...], Any] = {}


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """The error in its one line on standard error."""
        (line,) = self.err.splitlines()
        return json.loads(line)["error"]


def invoke(*arguments: str, stdin: bytes = b"", encoding: str = "utf-8") -> Outcome:
    """Run a command in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(stdin))
    once = patch("legation.cli.main.get_command", _tree_of)
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", given), once:
        code = main(arguments)
    return Outcome(code, *(_text_of(stream, encoding) for stream in (out, err)))


def _tree_of(app: typer.Typer) -> Any:
    """Return what parses these commands: to make it takes ten times as long as most commands do."""
    functions = tuple(_functions_of(app))
    if functions not in _trees:
        _trees[functions] = get_command(app)
    return _trees[functions]


def _functions_of(app: typer.Typer) -> Iterator[Callable[..., Any] | None]:
    for command in app.registered_commands:
        yield command.callback
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _functions_of(group.typer_instance)


def _text_of(stream: io.TextIOWrapper, encoding: str) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode(encoding)


def spawn(*arguments: str, folder: Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None) -> Outcome:
    """Run a command as a process, in a folder, with nothing of Legation's in its environment but what is given."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    if "PYTHONPATH" in inherited:
        inherited["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, inherited["PYTHONPATH"].split(os.pathsep)))
    done = subprocess.run(
        [sys.executable, "-m", "legation.cli.main", *arguments],
        cwd=folder,
        env={**inherited, **(environment or {})},
        input=stdin,
        capture_output=True,
        timeout=60,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
