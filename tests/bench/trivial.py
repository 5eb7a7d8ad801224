"""``python -m tests.bench.trivial PORT``: what answers over HTTP and does nothing else, the peer of every service."""

from __future__ import annotations

import sys

import uvloop
from aiohttp import web


async def answer(request: web.Request) -> web.Response:
    """Read a body, and answer with as many bytes as asked for."""
    await request.read()
    return web.Response(body=b"x" * int(request.headers.get("X-Answer-Bytes", "2")), content_type="application/json")


def main() -> int:
    """Serve until a signal."""
    app = web.Application()
    app.router.add_post("/", answer)
    port = int(sys.argv[1])
    web.run_app(
        app,
        host="127.0.0.1",
        port=port,
        loop=uvloop.new_event_loop(),
        access_log=None,
        print=lambda *_: sys.stdout.write("ready at this port\n") and sys.stdout.flush(),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
