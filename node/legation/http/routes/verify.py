"""``/v1/verify``: judge what the caller received, for the caller; nothing is spent or kept."""

from __future__ import annotations

from aiohttp import web

from legation.domain.submission import read_submission
from legation.errors import LegationError
from legation.http.bodies import parse_body
from legation.http.queries import NoQuery, parse_query
from legation.http.requests import VerifyBody
from legation.http.responses import answer_verdict
from legation.http.services import SERVICES
from legation.usecases.verification import Question, refuse_unread


async def verify_chain(request: web.Request) -> web.Response:
    """Answer with a verdict, whatever was received."""
    parse_query(request, NoQuery)
    body = await parse_body(request, VerifyBody)
    services = request.app[SERVICES]
    try:
        submission = read_submission(body.chain)
    except LegationError as error:
        return answer_verdict(refuse_unread(error), services.metrics)
    question = Question(
        at=services.clock.now(),
        challenge=body.challenge,
        domain=body.domain,
        holder=body.holder,
        request=body.request,
    )
    return answer_verdict(await services.verification.judge(submission, question), services.metrics)
