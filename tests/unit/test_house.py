"""The house: what every module looks like, which names are taken, and what never enters the tree."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "node").rglob("*.py"))
PURE_FLOORS = ("domain", "standards", "crypto")

TOP_LEVEL = {"LICENSE", "Makefile", "README.md", "constraints.txt", "pyproject.toml"} | {
    "docs",
    "examples",
    "node",
    "schemas",
    "tests",
}
NAMES_OF_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}
MAX_MODULE_LINES = 400
MAX_FUNCTION_LINES = 60

# Outermost loops may catch everything, because nothing is left to catch it: "node/…/module.py:function" -> why.
OUTERMOST_LOOPS: dict[str, str] = {
    "node/legation/cli/main.py:main": "a person gets a sentence and an exit code, never a traceback",
    "node/legation/bootstrap/maintenance.py:_recover": "the next round tries again; no failure of it ends the node",
    "node/legation/http/middleware.py:answer_errors": "a caller gets a problem with an id, and the log what broke",
}

# Reading a clock, the environment or a file where `at` and the bytes come in as arguments.
IMPURE_CALLS = {"open", "input", "print", "now", "utcnow", "today", "getenv", "urandom"}

# From pieces, so that this file does not name them itself.
REGISTRY_HOSTS = ("pypi." + "org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "yarn" + "pkg.com")
REGISTRY_HOSTS += ("crates." + "io", "proxy.golang." + "org")
MACHINE_PATH = re.compile(
    r"(?<![\w.~*)}-])/(?:" + "|".join(["wor" + "k", "roo" + "t", "tm" + "p", "hom" + "e"]) + r")/\w"
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b")

# The first paragraph of a docstring: one sentence, with room for `RFC 8785`, `e.g.` and `vc+jwt`.
SENTENCE = re.compile(r"(?:(?![.!?]\s+[A-Z]).)+\.", re.DOTALL)

SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma|ruff:|mypy:|pyright:|fmt:|nosec)", re.IGNORECASE)
# The code, then the reason, as in the test of the accepted ones below.
EXPLAINED = re.compile(
    r"#\s*(?:noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*|type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]|pragma: no (?:cover|branch)"
    r"|fmt: (?:off|on|skip))\s+(?:#|-|–)\s*\w.{2,}"
)


def shown(path: Path) -> str:
    """Return the path as a reader of the checkout knows it."""
    return path.relative_to(ROOT).as_posix()


def project_files() -> list[Path]:
    """Return what git tracks or would track: all files but the ignored ones."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


@cache
def syntax(path: Path) -> ast.Module:
    """Parse one module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=shown(path))


def nodes(kind: type[Node], *, paths: Sequence[Path] = SOURCES) -> Iterator[tuple[Path, Node]]:
    """Yield each node of that kind, with its module."""
    return ((path, node) for path in paths for node in ast.walk(syntax(path)) if isinstance(node, kind))


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each comment of a module with its line."""
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Tell whether the handler is bare or names a root of all exceptions."""
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in names)


def broad_handlers(node: ast.AST, where: str) -> Iterator[str]:
    """Yield the name of the scope of each handler that catches everything."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = node.name
    if isinstance(node, ast.ExceptHandler) and catches_everything(node):
        yield where
    for child in ast.iter_child_nodes(node):
        yield from broad_handlers(child, where)


def normalised(name: str) -> str:
    """Return a distribution's name as an index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared_dependencies() -> set[str]:
    """Return every distribution that pyproject.toml names, for the product or for the checkout."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = pyproject["dependency-groups"].values()
    requirements = chain(pyproject["project"]["dependencies"], *groups)
    return {normalised(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in requirements}


def test_there_are_modules_to_look_at() -> None:
    assert len(SOURCES) > 10


def test_module_starts_with_one_sentence_that_says_what_it_holds() -> None:
    captions = {shown(path): (ast.get_docstring(syntax(path)) or "").partition("\n\n")[0] for path in SOURCES}
    assert {path: text for path, text in captions.items() if not SENTENCE.fullmatch(text)} == {}


def test_module_is_short() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > MAX_MODULE_LINES} == {}


def test_function_is_short() -> None:
    lengths = {
        f"{shown(path)}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for path, node in nodes(kind)
    }
    assert {function: length for function, length in lengths.items() if length > MAX_FUNCTION_LINES} == {}


def test_module_is_named_for_what_it_holds() -> None:
    named = {shown(path): {part.removesuffix(".py") for part in path.relative_to(ROOT).parts} for path in SOURCES}
    assert [path for path, parts in named.items() if parts & NAMES_OF_NOTHING] == []


def test_code_refuses_with_errors_and_not_with_assert() -> None:
    assert [f"{shown(path)}:{node.lineno}" for path, node in nodes(ast.Assert)] == []


def test_only_outermost_loops_catch_everything() -> None:
    broad = {f"{shown(path)}:{where}" for path in SOURCES for where in broad_handlers(syntax(path), "module")}
    assert broad == OUTERMOST_LOOPS.keys()


def test_code_imports_the_module_that_defines_a_name_and_never_the_package() -> None:
    plain = [(path, node) for path, node in nodes(ast.Import) if any(alias.name == "legation" for alias in node.names)]
    named = [(path, node) for path, node in nodes(ast.ImportFrom) if node.module == "legation" or node.level]
    assert [f"{shown(path)}:{node.lineno}" for path, node in [*plain, *named]] == []


def test_suppression_names_its_code_and_its_reason() -> None:
    assert [
        f"{shown(path)}:{line}: {text}"
        for path in sorted(ROOT.glob("[!.]*/**/*.py"))
        if "node_modules" not in path.parts and path != Path(__file__)
        for line, text in comments(path)
        if SUPPRESSION.search(text) and not EXPLAINED.search(text)
    ] == []


def test_pure_floor_has_no_async_code_and_reads_neither_clock_nor_disk() -> None:
    pure = [path for path in SOURCES if path.relative_to(ROOT / "node/legation").parts[0] in PURE_FLOORS]
    impure = [
        (path, node.lineno)
        for kind in (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
        for path, node in nodes(kind, paths=pure)
    ]
    for path, call in nodes(ast.Call, paths=pure):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in IMPURE_CALLS:
            impure.append((path, call.lineno))
    assert [f"{shown(path)}:{line}" for path, line in impure] == []


def test_every_directory_of_the_package_has_its_door() -> None:
    directories = {path.parent for path in SOURCES if path.parent != ROOT / "node"}
    assert [shown(directory) for directory in directories if not (directory / "__init__.py").exists()] == []


def test_top_level_holds_only_what_the_architecture_names() -> None:
    entries = {path.relative_to(ROOT).parts[0] for path in project_files()}
    assert {entry for entry in entries if not entry.startswith(".")} <= TOP_LEVEL


def test_no_file_names_a_registry_or_a_path_of_a_machine() -> None:
    found = []
    for path in project_files():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{shown(path)}: {host}" for host in REGISTRY_HOSTS if host in text.lower()]
        found += [f"{shown(path)}: {match.group()}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


def test_nothing_is_left_unfinished() -> None:
    found = []
    for path in project_files():
        if path.suffix in {".py", ".md", ".toml", ".yml"} or path.name == "Makefile":
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [f"{shown(path)}:{number}" for number, line in enumerate(lines, 1) if UNFINISHED.search(line)]
    assert found == []


def test_every_dependency_has_its_line_of_why() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    explained = {
        normalised(name)
        for line in page.splitlines()
        for name in re.findall(r"(?:\*\*|`)([\w.-]+)", line)
        if len(line) > 40
    }
    assert declared_dependencies() - explained == set()


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S310  # the scheme was checked above",
        "# type: ignore[arg-type]  # any JSON value; others raise",
        "# pragma: no cover - only on Windows",
    ],
)
def test_suppression_with_code_and_reason_is_accepted(comment: str) -> None:
    assert EXPLAINED.search(comment)


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: S310", "# type: ignore", "# type: ignore[arg-type]", "# pragma: no cover"]
)
def test_suppression_without_code_or_reason_is_refused(comment: str) -> None:
    assert SUPPRESSION.search(comment)
    assert not EXPLAINED.search(comment)


@pytest.mark.parametrize("handler", ["except:", "except Exception:", "except (ValueError, BaseException) as error:"])
def test_handler_of_everything_is_recognised(handler: str) -> None:
    tree = ast.parse(f"try:\n    pass\n{handler}\n    pass")
    assert [catches_everything(node) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)] == [True]


def test_handler_of_named_errors_is_accepted() -> None:
    tree = ast.parse("try:\n    pass\nexcept (ValueError, KeyError):\n    pass")
    assert [catches_everything(node) for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)] == [False]
