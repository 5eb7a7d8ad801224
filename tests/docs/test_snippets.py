"""Every snippet of README and docs runs, and says what the page shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.console import Console, agrees, legation_command, steps
from tests.docs.pages import ROOT, Block, blocks, pages, shown
from tests.support.nodes import free_port
from tests.support.postgres import shared_postgres

# A fence of another language could hide a snippet from these tests.
LANGUAGES = {"python", "console", "json", "text"}
RUNNING = {"python", "console"}
FIRST_MINUTE_LINES = 15
_DATABASE = re.compile(r"postgresql://legation@db\.acme\.example/\w+")


def run_python(block: Block, console: Console) -> str:
    """Run a Python block as a script of its own and return what it prints."""
    script = console.folder / f"line_{block.line}.py"
    script.write_text(block.text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script.name],
        cwd=console.folder,
        env=console.environment() | {"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"line {block.line}: {done.stderr}"
    return done.stdout


def run_console(block: Block, console: Console) -> None:
    """Run a console block: outputs are as shown, and what fails is asked for its status at once."""
    todo = steps(block.text)
    for index, step in enumerate(todo):
        output = console.run(step.command)
        asked = index + 1 < len(todo) and todo[index + 1].command == "echo $?"
        assert asked or step.command == "echo $?" or console.status == 0, f"{step.command}\n{output}"
        assert not step.expected or agrees(step.expected, output), (
            f"line {block.line}: {step.command}\nshown:\n{step.expected}\nsaid:\n{output}"
        )
        if step.command == "echo $?":
            console.status = 0


@dataclass
class Machine:
    """What a page calls by a made-up name, and this machine has under another: two ports, and databases."""

    port: int = field(default_factory=free_port)
    second_port: int = field(default_factory=free_port)
    databases: dict[str, str] = field(default_factory=dict)

    def adapt(self, block: Block) -> Block:
        """Return the block as it has to run here."""
        ports = {"8080": str(self.port), "8081": str(self.second_port)}
        # in one pass, as a free port may hold the digits of a shown one
        text = re.sub("|".join(ports), lambda match: ports[match[0]], block.text)
        if block.language in RUNNING:
            text = _DATABASE.sub(lambda match: self._find_database(match[0]), text)
        return Block(block.language, block.name, text, block.line)

    def _find_database(self, url: str) -> str:
        if url not in self.databases:
            self.databases[url] = shared_postgres().create_database()
        return self.databases[url]


PAGES_WITH_SNIPPETS = [page for page in pages() if any(block.language in RUNNING for block in blocks(page))]


@pytest.mark.parametrize("page", PAGES_WITH_SNIPPETS, ids=shown)
def test_page_does_what_it_shows(page: Path, tmp_path: Path) -> None:
    console, machine = Console(tmp_path), Machine()
    try:
        printed: str | None = None
        for block in (machine.adapt(found) for found in blocks(page)):
            if block.language == "json" and block.name:
                (tmp_path / block.name).write_text(block.text, encoding="utf-8")
            elif block.language == "python":
                printed = run_python(block, console)
            elif block.language == "console":
                run_console(block, console)
            elif block.language == "text" and block.name == "output":
                assert printed is not None, f"line {block.line}: nothing was run that could print this"
                assert agrees(block.text, printed), f"line {block.line}: {printed}"
    finally:
        console.close()


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_every_fence_is_of_a_kind_that_is_looked_at(page: Path) -> None:
    assert page.read_text(encoding="utf-8").count("```") == 2 * len(list(blocks(page)))
    assert {block.language for block in blocks(page)} <= LANGUAGES
    hidden = [block.line for block in blocks(page) if block.language == "text" and "$ " in block.text]
    assert hidden == [], "commands belong into console blocks, where they are run"


def test_first_minute_is_short_and_prints_one_allow_and_one_deny(tmp_path: Path) -> None:
    first = next(block for block in blocks(ROOT / "README.md") if block.language == "python")
    assert len(first.text.splitlines()) <= FIRST_MINUTE_LINES
    printed = run_python(first, Console(tmp_path)).split()
    assert (printed.count("ALLOW"), printed.count("DENY")) == (1, 1)


def test_pages_about_the_library_and_the_command_line_have_snippets() -> None:
    assert {shown(page) for page in PAGES_WITH_SNIPPETS} >= {
        "README.md",
        "docs/tutorial/first-chain.md",
        "docs/how-to/verify-a-chain.md",
        "docs/how-to/use-the-wallet-in-your-agent.md",
    }


@pytest.mark.parametrize(
    ("expected", "actual"), [("a ... c", "a b\nb  c\n"), ("a", " a\n"), ("did:key:z6Mk...", "did:key:z6MkfooX\n")]
)
def test_output_with_the_same_words_agrees(expected: str, actual: str) -> None:
    assert agrees(expected, actual)


@pytest.mark.parametrize(("expected", "actual"), [("a ... c", "a b d"), ("a", "a b"), ("", "a"), ("ALLOW", "DENY")])
def test_output_with_other_words_does_not_agree(expected: str, actual: str) -> None:
    assert not agrees(expected, actual)


def test_console_tells_the_status_of_a_command_that_fails(tmp_path: Path) -> None:
    console = Console(tmp_path)
    console.run("legation verify nowhere.json --trust did:key:z6MkNobody")
    assert console.status != 0
    assert console.run("echo $?").strip() == str(console.status)


def test_console_knows_the_command_of_this_interpreter(tmp_path: Path) -> None:
    assert legation_command()[0].startswith(str(Path(sys.executable).parent))
    console = Console(tmp_path)
    for arguments in (["--version"], ["did", "resolve", "did:key:z6MkNobody"]):
        done = subprocess.run([*legation_command(), *arguments], env=console.environment(), capture_output=True)
        output = console.run(" ".join(["legation", *arguments]))
        assert (console.status, output) == (done.returncode, (done.stderr + done.stdout).decode())
