"""How commands fail: one line on standard error, in words or as JSON, and never a traceback."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import TYPE_CHECKING

from legation.cli.exit_codes import Exit, exit_of_error
from legation.cli.terminal import plain
from legation.errors import AttenuationError, LegationError

if TYPE_CHECKING:
    from typer import TyperException

DEBUG = "LEGATION_DEBUG"


class UsageError(LegationError):
    """A command line that does not say what to do."""

    code = "usage"


def unusable_file(name: str, error: OSError | ValueError) -> LegationError:
    """Return the error of a file that cannot be read or written."""
    reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "no such name is possible"
    return LegationError(f"{name}: {reason}", code="file_unusable")


def usage_error(error: TyperException) -> UsageError:
    """Turn what typer says of a command line into our own error."""
    sentence = " ".join(error.format_message().split()).removesuffix(".")
    context = getattr(error, "ctx", None)
    path = "legation" if context is None else context.command_path
    return UsageError(sentence[:1].lower() + sentence[1:], fix=f"See: {path} --help")


def internal_error(error: Exception) -> LegationError:
    """Return what a user is told of a fault of ours; the traceback only where LEGATION_DEBUG asks for it."""
    if os.environ.get(DEBUG) == "1":
        traceback.print_exception(error, file=sys.stderr)
    return LegationError(
        f"internal error ({type(error).__name__})", code="internal", fix=f"Set {DEBUG}=1 to see where, and report it."
    )


def report(error: LegationError, *, as_json: bool) -> Exit:
    """Write an error as one line on standard error and return what the process exits with."""
    line = json.dumps({"error": error_json(error)}) if as_json else _sentence(error)
    sys.stderr.write(line + "\n")
    return exit_of_error(error)


def error_json(error: LegationError) -> dict[str, object]:
    """Return ``{code, message, pointer?, allowed?, claimed?, fix?}``."""
    shown: dict[str, object] = {"code": error.code, "message": error.detail}
    if error.pointer is not None:
        shown["pointer"] = error.pointer
    if isinstance(error, AttenuationError):
        shown |= {"allowed": error.allowed, "claimed": error.claimed}
    if error.fix:
        shown["fix"] = error.fix
    return shown


def _sentence(error: LegationError) -> str:
    place = f" (at {error.pointer})" if error.pointer else ""
    sides = ""
    if isinstance(error, AttenuationError):
        sides = f": allowed is {json.dumps(error.allowed)}, claimed {json.dumps(error.claimed)}"
    said = f"error: {error.detail}{place}{sides}"
    if error.fix:
        said += f" {error.fix}" if said.endswith((".", "?", "!")) else f". {error.fix}"
    return plain(said, most=2000)
