"""``/v1/challenges``: what a presenter has to answer, once."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.http.bodies import EmptyBody, parse_body
from legation.http.queries import NoQuery, parse_query
from legation.http.responses import ChallengeShown, answer
from legation.http.services import SERVICES
from legation.standards.timestamps import format_timestamp


async def issue_challenge(request: web.Request) -> web.Response:
    """Give a new challenge."""
    parse_query(request, NoQuery)
    await parse_body(request, EmptyBody, optional=True)
    issued = await request.app[SERVICES].challenges.issue()
    shown = ChallengeShown(
        challenge=issued.challenge.value, domain=issued.domain, expires_at=format_timestamp(issued.expires_at)
    )
    return answer(shown, status=HTTPStatus.CREATED)
