"""``/openapi.json`` and ``/docs``: what this API is, for programs and for people."""

from __future__ import annotations

import orjson
from aiohttp import web

from legation.http.openapi import build_openapi
from legation.http.pages import STYLE_HASH, render_page

_DOCUMENT: web.AppKey[bytes] = web.AppKey("openapi", bytes)
_PAGE: web.AppKey[bytes] = web.AppKey("docs", bytes)
# the one thing that the page needs beside itself is its own style
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def describe(app: web.Application, access: dict[tuple[str, str], str], *, public_url: str) -> None:
    """Build both once, for an application with these routes; ``access`` says who may call each."""
    document = build_openapi(access, public_url=public_url)
    app[_DOCUMENT] = orjson.dumps(document)
    app[_PAGE] = render_page(document).encode()


async def show_openapi(request: web.Request) -> web.Response:
    """Show the API in OpenAPI 3.1."""
    return web.Response(body=request.app[_DOCUMENT], content_type="application/json")


async def show_pages(request: web.Request) -> web.Response:
    """Show the API as one page, which needs no script and nothing from anywhere else."""
    response = web.Response(body=request.app[_PAGE], content_type="text/html", charset="utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    return response
