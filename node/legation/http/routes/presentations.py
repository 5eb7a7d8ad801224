"""``/v1/presentations``: present a chain of an agent, or judge what answers a challenge of this node."""

from __future__ import annotations

from http import HTTPStatus

import orjson
from aiohttp import web

from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.queries import NoQuery, parse_query
from legation.http.requests import NewPresentationBody, PresentationBody, find_format
from legation.http.responses import answer_json, answer_verdict
from legation.http.services import SERVICES
from legation.http.targets import name_target
from legation.usecases.hosted_delegations import NewPresentation


async def create_presentation(request: web.Request) -> web.Response:
    """Present a chain to a verifier, as the agent that holds it."""
    parse_query(request, NoQuery)
    body = await parse_body(request, NewPresentationBody)
    if body.delegation is not None:
        name_target(request, body.delegation)
    new = NewPresentation(
        challenge=body.challenge,
        domain=body.domain,
        delegation=body.delegation,
        chain=body.chain,
        agent=body.agent,
        form=find_format(body.secure),
    )
    text = await request.app[SERVICES].delegations.present(caller_of(request), new)
    # exactly as it was signed: an object, or the text of a token
    presentation = orjson.Fragment(text) if text.startswith("{") else text
    return answer_json({"presentation": presentation}, status=HTTPStatus.CREATED)


async def verify_presentation(request: web.Request) -> web.Response:
    """Answer with a verdict, whatever was presented; the challenge is spent if the proof holds."""
    parse_query(request, NoQuery)
    body = await parse_body(request, PresentationBody)
    services = request.app[SERVICES]
    verdict = await services.presentations.verify(body.presentation, request=body.request)
    return answer_verdict(verdict, services.metrics)
