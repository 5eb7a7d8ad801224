"""``/v1/presentations/verify``: judge a presentation that answers a challenge of this node."""

from __future__ import annotations

from aiohttp import web

from legation.http.bodies import PresentationBody, parse_body
from legation.http.services import SERVICES


async def verify_presentation(request: web.Request) -> web.Response:
    """Answer with a verdict, whatever was presented; the challenge is spent if the proof holds."""
    body = await parse_body(request, PresentationBody)
    verdict = await request.app[SERVICES].presentations.verify(body.presentation, request=body.request)
    return web.json_response(verdict.to_json())
