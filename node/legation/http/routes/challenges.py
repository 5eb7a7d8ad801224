"""``/v1/challenges``: what a presenter has to answer, once."""

from __future__ import annotations

from aiohttp import web

from legation.http.bodies import ChallengeBody, parse_body
from legation.http.services import SERVICES
from legation.standards.timestamps import format_timestamp


async def issue_challenge(request: web.Request) -> web.Response:
    """Give a new challenge."""
    await parse_body(request, ChallengeBody, optional=True)
    issued = await request.app[SERVICES].challenges.issue()
    body = {
        "challenge": issued.challenge.value,
        "domain": issued.domain,
        "expiresAt": format_timestamp(issued.expires_at),
    }
    return web.json_response(body, status=201)
