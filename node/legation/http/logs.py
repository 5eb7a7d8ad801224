"""What a node logs: one line per event, JSON unless somebody watches, and no secret of anybody."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

from legation.errors import LegationError

_MAX_TEXT = 500
_MAX_FRAMES = 12
_MAX_CAUSES = 4
# bearer tokens, operators' tokens, JWTs, compact chains, passwords in URLs, and whatever is as long as a key
_SECRETS = re.compile(
    r"(?i:bearer|basic|dpop)\s+\S+|legation_operator_\S+|eyJ[\w-]+\.[\w.=-]*|lgc1\.\S+|(?<=://)[^/@\s]*@|[\w=-]{40,}"
)
_HIDDEN = "[hidden]"
# the messages of other errors may repeat what a caller sent: of those the log has the kind and the place
_SPEAKING = (LegationError, OSError)
_SPEAKING_NAMES = frozenset(
    {"sqlite3.OperationalError", "asyncpg.exceptions.TooManyConnectionsError", "asyncpg.exceptions.DiskFullError"}
)
_REQUEST_JSON = (
    '{"time":"%s","level":"info","event":"request","method":"%s","route":"%s","status":%d,"ms":%.2f,'
    '"request_id":"%s","caller":"%s"}\n'
)
_REQUEST_TEXT = "%s %s %s %d %.2f ms %s %s\n"


class _RequestLog:
    """Where the lines of requests go, which are written without the machinery of the others: there are so many."""

    __slots__ = ("form", "write")

    def __init__(self) -> None:
        self.form = _REQUEST_JSON
        self.write: Callable[[str], object] | None = None


# a process has one log
_requests = _RequestLog()


def configure_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send the log of this process to ``stream``, standard error by default: as text to a terminal, else as JSON."""
    out = stream or sys.stderr
    as_text = out.isatty()
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Formatter(as_text=as_text))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("legation").setLevel(level)
    # their lines at INFO repeat what callers send, or say nothing to an operator
    for name in ("aiohttp", "alembic", "asyncio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _requests.form = _REQUEST_TEXT if as_text else _REQUEST_JSON
    _requests.write = out.write if level <= logging.INFO else None


def log_request(*, method: str, route: str | None, status: int, seconds: float, request_id: str, caller: str) -> None:
    """Write the line of a request; every value is one of ours, so none has to be escaped or looked through."""
    write = _requests.write
    if write is not None:
        # a log that takes no more, on a disk that is full, must not keep a request from its answer
        with suppress(OSError):
            write(_requests.form % (_now(), method, route or "none", status, seconds * 1000, request_id, caller))


def log_loop_error(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what an event loop reports: its words and the error, but not the representation of what was in flight."""
    logging.getLogger("legation.loop").error(
        "%s", context.get("message", "the loop failed"), exc_info=context.get("exception")
    )


class _Formatter(logging.Formatter):
    """Writes a record on one line, without what may not be logged, and an error as its kinds and places."""

    def __init__(self, *, as_text: bool):
        super().__init__()
        self._as_text = as_text

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        event = {
            "time": _now(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _clean_value(record.getMessage()),
        }
        error = record.exc_info[1] if record.exc_info else None
        errors = [] if error is None else [_describe(each) for each in _causes(error)]
        if not self._as_text:
            return orjson.dumps({**event, "errors": errors} if errors else event).decode()
        causes = "; ".join(f"{each['type']} {each.get('message', '')} at {each['at']}" for each in errors)
        return f"legation: {event['level']}: {event['event']}" + (f" ({causes})" if causes else "")


def _clean_value(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    # a text that is too long is cut before it is searched
    text = _SECRETS.sub(_HIDDEN, str(value)[: 4 * _MAX_TEXT])
    if not (text.isascii() and text.isprintable()):
        text = "".join(letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}" for letter in text)
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + "…"


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < _MAX_CAUSES:
        found.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _describe(error: BaseException) -> dict[str, object]:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    frames = traceback.extract_tb(error.__traceback__)[-_MAX_FRAMES:]
    described: dict[str, object] = {
        "type": name,
        "at": [f"{os.path.basename(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if isinstance(error, _SPEAKING) or name in _SPEAKING_NAMES:
        described["message"] = _clean_value(error)
    return described


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
