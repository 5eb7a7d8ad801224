"""A console without a shell: runs what the pages show, in one folder, and knows no more syntax than they use.

Known are ``NAME=$(command)``, ``export NAME=value``, ``$NAME`` and ``$?``, a last ``> file``, ``|``, a last ``&``, and
lines that continue after a backslash or within quotes. Commands are ``legation``, ``python``, ``cat``, ``echo``,
``kill %N`` for what the N-th ``&`` left running, and ``curl`` as far as a GET or a POST of JSON goes.
``legation`` runs in this process, which saves its start, and as the installed command where it is left running.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from unittest.mock import patch
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.commands import invoke

_SECONDS = 60
_ASSIGNMENT = re.compile(r"([A-Z_]+)=\$\((.*)\)", re.DOTALL)
_EXPORT = re.compile(r"export ([A-Z_]+)=(\S+)")
_VARIABLE = re.compile(r"\$([A-Z_]+|\?)")


def legation_command() -> list[str]:
    """Return the command beside this interpreter, or the module where none is installed."""
    script = Path(sys.executable).with_name("legation")
    return [str(script)] if script.exists() else [sys.executable, "-m", "legation.cli.main"]


@dataclass(frozen=True)
class Step:
    """One command of a block, and what the page shows as its output."""

    command: str
    expected: str


def steps(text: str) -> list[Step]:
    """Split a console block at its ``$ `` prompts; a command goes on after a backslash and within quotes."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif not found:
            raise AssertionError(f"a console block begins with a prompt, not with {line!r}")
        elif not found[-1][1] and _is_unfinished("\n".join(found[-1][0])):
            found[-1][0].append(line)
        else:
            found[-1][1].append(line)
    return [Step("\n".join(command), "\n".join(output)) for command, output in found]


def _is_unfinished(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def agrees(expected: str, actual: str) -> bool:
    """Say whether an output is the one shown: ``...`` and ``…`` are anything, white space is not looked at closely."""
    pieces = [re.escape(" ".join(piece.split())) for piece in re.split(r"…|\.\.\.", expected)]
    pattern = ".*".join(piece.replace(r"\ ", r"\s+") for piece in pieces)
    return re.fullmatch(rf"\s*{pattern}\s*", " ".join(actual.split()), re.DOTALL) is not None


@dataclass
class Console:
    """A folder with its variables and the processes that were left running."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    status: int = 0
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """Return what commands see: nothing of the caller's settings, UTF-8, no terminal."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        return kept | {"PYTHONUTF8": "1", "TMPDIR": str(self.folder), **self.variables}

    def run(self, command: str) -> str:
        """Run one command and return what a terminal would show of it; ``status`` is its exit status."""
        command = re.sub(r"\\\n\s*", " ", command)
        assignment, export = _ASSIGNMENT.fullmatch(command), _EXPORT.fullmatch(command)
        if export:
            self.variables[export[1]] = self._expand(export[2])
            return ""
        if assignment:
            output, talk = self._pipe(shlex.split(assignment[2]))
            self.variables[assignment[1]] = output.decode().strip()
            return talk.decode()
        words = shlex.split(command)
        if words[-1] == "&":
            self._start(words[:-1])
            return ""
        if len(words) > 2 and words[-2] == ">":
            output, talk = self._pipe(words[:-2])
            (self.folder / words[-1]).write_bytes(output)
            return talk.decode()
        output, talk = self._pipe(words)
        return (talk + output).decode()

    def close(self) -> None:
        """End what was left running, as its own terminal would."""
        for process in self.running:
            if process.returncode is None:
                self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        assert process.wait(timeout=_SECONDS) == 0, "a process that was ended did not end well"

    def _pipe(self, words: list[str]) -> tuple[bytes, bytes]:
        commands: list[list[str]] = [[]]
        for word in words:
            if word == "|":
                commands.append([])
            else:
                commands[-1].append(self._expand(word))
        output, talk = b"", b""
        for command in commands:
            output, said = self._execute(command, output)
            talk += said
        return output, talk

    def _execute(self, words: list[str], given: bytes) -> tuple[bytes, bytes]:
        name, *arguments = words
        if name == "echo":
            return " ".join(arguments).encode() + b"\n", b""
        if name == "cat":
            return b"".join((self.folder / argument).read_bytes() for argument in arguments), b""
        if name == "curl":
            return self._fetch(arguments), b""
        if name == "kill":
            (job,) = arguments
            self._end(self.running[int(job.removeprefix("%")) - 1])
            return b"", b""
        if name == "legation":
            with chdir(self.folder), patch.dict(os.environ, self.environment(), clear=True):
                outcome = invoke(*arguments, stdin=given)
            self.status = outcome.code
            return outcome.out.encode(), outcome.err.encode()
        done = subprocess.run(
            [*self._program(name), *arguments],
            input=given,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            timeout=_SECONDS,
        )
        self.status = done.returncode
        return done.stdout, done.stderr

    def _program(self, name: str) -> list[str]:
        if name == "legation":
            return legation_command()
        if name == "python":
            return [sys.executable]
        raise AssertionError(f"the pages use a command that this console does not know: {name}")

    def _start(self, words: list[str]) -> None:
        name, *arguments = (self._expand(word) for word in words)
        log = self.folder / f"{len(self.running)}.log"
        with log.open("wb") as stream:
            process = self._spawn([*self._program(name), *arguments], stream)
        self.running.append(process)
        deadline = time.monotonic() + _SECONDS
        while b"ready at" not in log.read_bytes():  # a node says so once it answers
            assert process.poll() is None, f"{words} ended: {log.read_text()}"
            assert time.monotonic() < deadline, f"{words} does not say that it is ready: {log.read_text()}"
            time.sleep(0.05)

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

    def _fetch(self, arguments: list[str]) -> bytes:
        options: dict[str, str] = {}
        words = [word for word in arguments if word != "-s"]
        while words[0].startswith("-"):
            options[words[0]], words = words[1], words[2:]
        headers = dict([options["-H"].split(": ", 1)]) if "-H" in options else {}
        body = options.get("--json")
        content = None
        if body is not None:
            content = (self.folder / body[1:]).read_bytes() if body.startswith("@") else body.encode()
            headers["Content-Type"] = "application/json"
        (url,) = words
        method = options.get("-X", "GET" if content is None else "POST")
        request = Request(url, content, headers, method=method)
        self.status = 0
        try:
            with urlopen(request, timeout=_SECONDS) as response:
                answer: bytes = response.read()
        except HTTPError as error:
            answer = error.read()
        return answer

    def _expand(self, word: str) -> str:
        return _VARIABLE.sub(lambda match: self._value(match[1]), word)

    def _value(self, name: str) -> str:
        if name == "?":
            return str(self.status)
        assert name in self.variables, f"the page uses ${name}, which nothing set"
        return self.variables[name]
