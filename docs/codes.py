"""Which codes the code raises, and with which class: read from its source, so that none stays undescribed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import legation
from legation import errors
from legation.cli.exit_codes import ERROR_EXITS, VERDICT_EXITS
from legation.http.credential_problems import GENERATION_TYPES, VERIFICATION_TYPES
from legation.http.errors import STATUS_OF_CODE, status_of

_PACKAGE = Path(legation.__file__).parent
# what these rooms raise no caller of the node is ever told
_NOT_SERVED = {"cli", "client", "maintenance", "wallet"}


def find_codes() -> Mapping[str, int | None]:
    """Return every code that is neither a class's own nor a verdict's, with its HTTP status where a node answers it."""
    own = {kind.code for kind in _classes().values()}
    found: dict[str, int | None] = dict.fromkeys(ERROR_EXITS)
    for code, name, room in _raised():
        found.setdefault(code, None)
        kind = _classes().get(name)
        if room == "http":
            found[code] = int(status_of(errors.LegationError("", code=code)))
        elif kind is not None and kind is not errors.LegationError and room not in _NOT_SERVED:
            found[code] = int(status_of(_sample(kind, code)))
    for code in {*VERIFICATION_TYPES, *GENERATION_TYPES, "option_not_allowed"}:
        # of a document that a caller handed in, or of what it asks for it
        found[code] = found.get(code) or int(HTTPStatus.BAD_REQUEST)
    found |= {code: int(status) for code, status in STATUS_OF_CODE.items()}
    return {code: found[code] for code in sorted(found) if code not in own and code not in VERDICT_EXITS}


def _raised() -> Iterator[tuple[str, str, str]]:
    """Yield each code that stands in a call, with what is called and the room in which it stands."""
    for path in sorted(_PACKAGE.rglob("*.py")):
        room = path.relative_to(_PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            values = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
            # a function that only refuses takes the code first
            values += node.args[:1] if name in {"refuse", "_refuse"} and len(node.args) > 1 else []
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield value.value, name, room


def _classes() -> dict[str, type[errors.LegationError]]:
    return {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.LegationError)
    }


def _sample(kind: type[errors.LegationError], code: str) -> errors.LegationError:
    if issubclass(kind, errors.AttenuationError):
        return kind("", pointer="", allowed=None, claimed=None, code=code)
    return kind("", code=code)
