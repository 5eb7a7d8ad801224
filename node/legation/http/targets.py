"""What an act is on, for the audit trail, where the path does not say so: handlers name it once they have read it."""

from __future__ import annotations

from aiohttp import web

# an act whose body could not be read is on nothing that is known
UNREAD = "-"
_TARGET: web.RequestKey[str] = web.RequestKey("target", str)


def name_target(request: web.Request, target: str) -> None:
    """Say what the act of a request is on: a name or an id, as it was read."""
    request[_TARGET] = target


def find_target(request: web.Request) -> str | None:
    """Return what the act is on, or None where nobody could say."""
    return request.get(_TARGET)
