"""How commands read their parameters, and how help lists commands: quick, plain, grouped by what one wants to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})


class Command(TyperCommand):
    """A command that coerces its parameters itself: typer would load pydantic for it, 0.1 s of each run."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, those for help included."""
        return _quickened(super().get_params(ctx))


class Group(TyperGroup):
    """A group that does the same, and whose help lists its commands under the panels that they name."""

    # their order; what is not among them comes last
    panels: ClassVar[tuple[str, ...]] = ()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters, those for help included."""
        return _quickened(super().get_params(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section per panel, in their order."""
        panels: dict[str, list[tuple[str, str]]] = {panel: [] for panel in self.panels}
        width = max((len(name) for name in self.commands), default=0)
        for name, command in self.commands.items():
            panel = getattr(command, "rich_help_panel", None) or "Commands"
            panels.setdefault(panel, []).append((name.ljust(width), command.get_short_help_str(100)))
        for panel, rows in panels.items():
            if not rows:
                continue
            with formatter.section(panel):
                formatter.write_dl(rows)


def _quickened(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        descriptor = getattr(parameter, "type_descriptor", None)
        if descriptor is not None and "get_runtime_param" not in vars(parameter):
            coercion = _Coercion(descriptor.annotation, descriptor.choices)
            vars(parameter)["get_runtime_param"] = lambda coercion=coercion: coercion
    return parameters


class _Coercion:
    """From the text on the command line, or in the environment, to the type that a command declares."""

    def __init__(self, annotation: Any, choices: tuple[Any, ...] | None):
        self._kind = get_args(annotation)[0] if get_origin(annotation) is list else annotation
        self._choices = choices

    def coerce(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        """Return the value. Raises typer.BadParameter."""
        if value is None:
            return None
        try:
            if isinstance(value, list | tuple):
                return [self._convert(item) for item in value]
            return self._convert(value)
        except ValueError as error:
            raise typer.BadParameter(str(error), ctx=ctx, param=param) from error

    def _convert(self, value: Any) -> Any:
        if self._choices is not None:
            if value not in self._choices:
                raise ValueError(f"{value!r} is not one of {', '.join(map(repr, self._choices))}")
            return value
        if not isinstance(value, str):
            return value
        if self._kind is str:
            return _check_text(value)
        if self._kind is bool:
            return _read_bool(value)
        if self._kind is int:
            if not (value.isascii() and value.removeprefix("-").isdigit()) or len(value) > 18:
                raise ValueError(f"{value!r} is not an integer")
            return int(value)
        return Path(value) if self._kind is Path else value


def _check_text(text: str) -> str:
    # bytes that are not UTF-8 come as what no JSON, request or store can take; names of files may be such
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{text!r} is not UTF-8") from error
    return text


def _read_bool(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in _TRUE | _FALSE:
        raise ValueError(f"{text!r} is neither true nor false")
    return lowered in _TRUE
