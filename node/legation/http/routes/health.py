"""``/healthz`` and ``/readyz``: the process answers, and has what it needs to do its work."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.http.errors import RETRY_AFTER_SECONDS
from legation.http.responses import CheckShown, ReadinessShown, answer, answer_json
from legation.http.services import SERVICES


async def show_health(_: web.Request) -> web.Response:
    """Say that this process answers; whether its stores do is another question."""
    return answer_json({"status": "ok"})


async def show_readiness(request: web.Request) -> web.Response:
    """Say whether this node can do its work now, and if not, what it lacks."""
    found = await request.app[SERVICES].checks()
    checks = [CheckShown(name=name, ok=reason is None, detail=reason) for name, reason in found.items()]
    ready = all(check.ok for check in checks)
    shown = ReadinessShown(status="ready" if ready else "not ready", checks=checks)
    if ready:
        return answer(shown)
    response = answer(shown, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
