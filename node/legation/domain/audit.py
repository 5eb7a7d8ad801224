"""The audit trail: one entry for every management act, done or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

MAX_TARGET_CHARS = 512


class Outcome(Enum):
    """How an act ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An act: when, who, what (``noun.verb``), on what (a name or an id), and how it ended.

    ``owner`` is the tenant whose trail it belongs to, None for the node's own; ``code`` is the error's where it was
    refused. ``id`` is given by the store, rising. It never holds a secret, nor anything that a caller sent but names.
    """

    at: datetime
    actor: str
    act: str
    target: str
    outcome: Outcome
    owner: str | None = None
    code: str | None = None
    request_id: str | None = None
    id: int | None = None


def write_target(text: str) -> str:
    r"""Return a name or an id as an entry holds it: printable, on one line, at most 512 characters.

    What steers a terminal, breaks a line or cannot be seen is written as ``\u{…}``; a text that is cut ends with ``…``.
    """
    cut = text[: MAX_TARGET_CHARS + 1]
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in cut)
    return cut if len(cut) <= MAX_TARGET_CHARS else cut[: MAX_TARGET_CHARS - 1] + "…"
