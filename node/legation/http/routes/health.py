"""``/healthz``: the process is alive and answers."""

from __future__ import annotations

from aiohttp import web


async def show_health(_: web.Request) -> web.Response:
    """Say that this process answers; whether its stores do is another question."""
    return web.json_response({"status": "ok"})
