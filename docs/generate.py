"""Write the reference pages from the code: ``python docs/generate.py``; with ``--check`` only compare them."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin

from codes import find_codes
from descriptions import CODES, EXITS, VERDICTS
from http_reference import build_http_page
from markup import build_page, build_table, first_line, write_markdown
from typer.main import get_command

import legation
from legation import errors
from legation.cli.advice import ADVICE
from legation.cli.exit_codes import ERROR_EXITS, VERDICT_EXITS, Exit
from legation.cli.main import build_app
from legation.http.errors import status_of
from legation.settings import CONFIG_VARIABLE, ENV_PREFIX, Settings

REFERENCE = Path(__file__).resolve().parent / "reference"


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` say what has changed."""
    stale = False
    for name, build in PAGES.items():
        path, text = REFERENCE / name, build()
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif old != text:
            stale = True
            difference = difflib.unified_diff(old.splitlines(), text.splitlines(), f"docs/reference/{name}", "the code")
            print("\n".join(difference))
    if stale:
        print("the reference pages are not current; run: make docs")
    return 1 if stale else 0


# ---------------------------------------------------------------- pages


def errors_page() -> str:
    """Return the codes of verdicts and errors, with exit status and HTTP status."""
    _must_agree(VERDICTS, VERDICT_EXITS)
    _must_agree(EXITS, Exit)
    classes = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.LegationError)
    ]
    further = find_codes()
    _must_agree(CODES, further)
    verdicts = [(f"`{code}`", VERDICTS[code], ADVICE[code], str(int(VERDICT_EXITS[code]))) for code in VERDICT_EXITS]
    rows = [_error_row(kind) for kind in sorted(classes, key=lambda kind: (len(kind.__mro__), kind.__name__))]
    return build_page(
        "Errors",
        "A verdict that says no, and an error, have a stable `code`. Messages may change; codes do not.",
        "## Codes of verdicts",
        "As in [the specification](../specification/delegation-credential.md#4-verification), §4, in its order.",
        build_table(("code", "meaning", "what to do", "exit"), verdicts),
        "## Classes of errors",
        "All are in `legation.errors`, below `LegationError`, with `code`, `detail` (one public sentence), `fix` (what "
        "to do, may be empty) and `pointer` (a JSON Pointer, or None). A class may carry a more precise code. The exit "
        "status and the HTTP status are those of the class's own code.",
        build_table(("class", "code", "meaning", "exit", "HTTP"), rows),
        "## Further codes",
        build_table(("code", "meaning", "exit", "HTTP"), [_code_row(code, status) for code, status in further.items()]),
        "## Exit status",
        build_table(("status", "meaning"), [(str(int(status)), meaning) for status, meaning in EXITS.items()]),
        'With `--format json` an error is one line on standard error, `{"error": {"code", "message", …}}`. `verify` '
        "and `explain` put their verdict on standard output.",
    )


def settings_page() -> str:
    """Return the settings of a node."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        rows.append(
            (
                f"`{name}`",
                f"`--{name.replace('_', '-')}`",
                f"`{ENV_PREFIX}{name.upper()}`",
                f"`{_setting(default)}`" if default not in (None, {}) else "none",
                field.description or "",
            )
        )
    return build_page(
        "Settings",
        "What `legation serve` is told. A flag goes before the environment variable, which goes before the TOML file.",
        f"The TOML file is what `--config` names, else what `{CONFIG_VARIABLE}` names, else `legation/config.toml` in "
        "`XDG_CONFIG_HOME` (`~/.config`). `data_dir` is in `XDG_DATA_HOME` (`~/.local/share`) unless it is given. "
        "Relative paths start at the working directory. An unknown key is an error.",
        build_table(("setting", "flag", "environment", "default", "meaning"), rows),
        "Settings whose names begin with `dangerously` are for development on one machine. Keys and tokens are never "
        "settings: they are in files, which only their owner may read. The password in a store's URL is given in the "
        "environment or the file, and refused in a flag. `legation config show --origin` shows each setting and where "
        "it was given.",
    )


def cli_page() -> str:
    """Return every command with its arguments and options."""
    root = get_command(build_app())
    sections = list(_commands(root, "legation"))
    summary = [(f"[`{path}`](#{path.replace(' ', '-')})", first_line(command.help)) for path, command in sections]
    return build_page(
        "Command line",
        "Data goes to standard output, everything else to standard error. `--help` works after every command. `-` as a "
        "file is standard input. [errors.md](errors.md#exit-status) has the exit status.",
        build_table(("command", "what it does"), summary),
        *(part for path, command in sections for part in _command(path, command)),
    )


def library_page() -> str:
    """Return the names that the package itself offers."""
    parts = []
    for name in legation.__all__:
        parts.append(f"## {name}")
        parts += list(_member(name, getattr(legation, name)))
    return build_page(
        "Library",
        "What `import legation` offers. The wallet and the verifier need no node; `Client` and `AsyncClient` ask one. "
        "Whatever raises raises a `LegationError`; [errors.md](errors.md) has its classes and codes.",
        *parts,
    )


# described by another, from which a test keeps it from drifting
TWINS = {"Client": "AsyncClient"}
PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
    "http.md": build_http_page,
    "library.md": library_page,
}

# ---------------------------------------------------------------- parts


def _error_row(kind: type[errors.LegationError]) -> tuple[str, ...]:
    code = kind.code
    exit_status = VERDICT_EXITS.get(code) or ERROR_EXITS[code]
    sample = kind("", pointer="", allowed=None, claimed=None) if kind is errors.AttenuationError else kind("")
    meaning = first_line(inspect.getdoc(kind))
    return f"`{kind.__name__}`", f"`{code}`", meaning, str(int(exit_status)), str(int(status_of(sample)))


def _code_row(code: str, status: int | None) -> tuple[str, ...]:
    exit_status = ERROR_EXITS.get(code, Exit.LOCAL)
    return f"`{code}`", CODES[code], str(int(exit_status)), "" if status is None else str(status)


def _commands(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _command(path: str, command: Any) -> Iterator[str]:
    arguments = [parameter for parameter in command.params if not parameter.opts[0].startswith("-")]
    options = [parameter for parameter in command.params if parameter.opts[0].startswith("-")]
    needed = [f"{option.opts[0]} {_metavar(option)}" for option in options if option.required]
    words = [path, *(_metavar(argument) for argument in arguments), *needed, "[OPTIONS]"]
    yield f"## {path}"
    yield write_markdown(inspect.cleandoc(command.help))
    yield f"```text\n{' '.join(words)}\n```"
    rows = []
    for parameter in [*arguments, *options]:
        is_option = parameter in options
        shown = ", ".join(f"`{name}`" for name in parameter.opts) if is_option else f"`{_metavar(parameter)}`"
        value = f"`{_metavar(parameter)}`" if is_option and not parameter.is_flag else ""
        notes = [parameter.help or ""]
        if parameter.envvar:
            notes.append(f"Environment: `{parameter.envvar}`.")
        if parameter.default not in (None, False):
            notes.append(f"Default: `{parameter.default}`.")
        rows.append((shown, value, " ".join(notes)))
    yield build_table(("parameter", "value", "meaning"), rows)


def _metavar(parameter: Any) -> str:
    if parameter.metavar:
        return str(parameter.metavar)
    annotation = parameter.type_descriptor.annotation
    choices = [str(choice) for choice in get_args(annotation) if isinstance(choice, str)]
    if choices:
        return "|".join(choices)
    kind = get_args(annotation)[0] if get_origin(annotation) is list else annotation
    return str(getattr(kind, "__name__", kind)).upper()


def _member(name: str, value: Any) -> Iterator[str]:
    if inspect.isfunction(value):
        yield _signature(name, value)
        yield _docstring(value)
        return
    yield _docstring(value)
    if issubclass(value, Enum):
        yield build_table(("member", "value"), [(f"`{name}.{item.name}`", f"`{item.value}`") for item in value])
        return
    if not issubclass(value, Exception) and not any(_is_maker(method) for method in vars(value).values()):
        yield _signature(name, value.__init__, skip=1)
    if name in TWINS:
        yield f"Its methods are those of [`{TWINS[name]}`](#{TWINS[name].lower()}), without `async` and `await`."
        return
    for attribute, method in _attributes(value).items():
        found = method.__func__ if isinstance(method, classmethod | staticmethod) else method
        if attribute.startswith("_"):
            continue
        if isinstance(found, property):
            yield f"### {name}.{attribute}"
            yield _docstring(found)
        elif inspect.isfunction(found):
            yield f"### {name}.{attribute}"
            yield _signature(f"{name}.{attribute}", inspect.unwrap(found), skip=1)
            yield _docstring(inspect.unwrap(found))


def _attributes(value: type) -> dict[str, Any]:
    """Return what a class has, with what it inherits from classes of ours that no page shows."""
    shown = {getattr(legation, name) for name in legation.__all__} - {value}
    mixed = [kind for kind in value.__mro__ if kind.__module__.startswith("legation.") and kind not in shown]
    return {name: member for kind in mixed for name, member in vars(kind).items()}


def _is_maker(method: object) -> bool:
    """Say whether a class is made by its own class methods, so that its constructor is nobody's business."""
    return isinstance(method, classmethod) and method.__name__ in {"open", "raw_file", "parse"}


def _signature(name: str, function: Callable[..., Any], *, skip: int = 0) -> str:
    words, named = [], False
    for parameter in list(inspect.signature(function).parameters.values())[skip:]:
        if parameter.kind is parameter.KEYWORD_ONLY and not named:
            words.append("*")
            named = True
        stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        text = f"{stars}{parameter.name}: {parameter.annotation}"
        words.append(text if parameter.default is parameter.empty else f"{text} = {_default(parameter.default)}")
    returns = inspect.signature(function).return_annotation
    arrow = "" if returns in (inspect.Signature.empty, None, "None") else f" -> {returns}"
    prefix = "async " if inspect.iscoroutinefunction(function) else ""
    if inspect.isasyncgenfunction(function):  # an asynchronous context manager, unwrapped
        prefix, arrow = "async with ", re.sub(r" -> AsyncIterator\[(\w+)\]", r" as \1", arrow)
    line = f"{prefix}{name}({', '.join(words)}){arrow}"
    if len(line) > 100:
        line = f"{prefix}{name}(\n    " + ",\n    ".join(words) + f",\n){arrow}"
    return f"```text\n{line}\n```"


def _setting(value: object) -> str:
    """Write a default as an operator would."""
    return str(int(value.total_seconds())) if isinstance(value, timedelta) else str(value).replace("False", "false")


def _default(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        for unit, length in (("hours", 3600), ("minutes", 60)):
            if seconds and seconds % length == 0:
                return f"timedelta({unit}={seconds // length})"
        return f"timedelta(seconds={seconds})"
    return str(value) if isinstance(value, str | Path) and value else repr(value)


def _docstring(value: object) -> str:
    text = inspect.getdoc(value) or ""
    body, _, raises = text.partition("Raises:\n")
    parts = [write_markdown(body.strip())]
    if raises:
        # one entry begins where a line is indented by four, and goes on where it is indented deeper
        entries = [" ".join(entry.split()) for entry in re.split(r"\n(?= {4}\S)", raises)]
        parts.append("Raises:\n\n" + "\n".join(f"- {write_markdown(entry)}" for entry in entries))
    return "\n\n".join(parts)


def _must_agree(written: Iterable[object], found: Iterable[object]) -> None:
    difference = set(written) ^ set(found)
    if difference:
        raise SystemExit(f"docs/generate.py does not describe what the code has: {sorted(map(str, difference))}")


if __name__ == "__main__":
    os.environ.pop("XDG_DATA_HOME", None)  # the default is shown as it is without it
    sys.exit(main(sys.argv[1:]))
