"""``/v1/operators``: who manages this node, or what belongs to one owner."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.queries import NoQuery, parse_query
from legation.http.requests import OperatorBody
from legation.http.responses import NewOperatorShown, OperatorShown, answer, answer_page
from legation.http.services import SERVICES
from legation.http.targets import name_target


async def list_operators(request: web.Request) -> web.Response:
    """List the operators, revoked ones too."""
    parse_query(request, NoQuery)
    operators = await request.app[SERVICES].operators.list_all(caller_of(request))
    return answer_page(OperatorShown.of(operator).to_json() for operator in operators)


async def create_operator(request: web.Request) -> web.Response:
    """Make an operator; its token is shown in this answer and never again."""
    parse_query(request, NoQuery)
    body = await parse_body(request, OperatorBody)
    name_target(request, body.name)
    operator, token = await request.app[SERVICES].operators.create(caller_of(request), body.name, body.owner)
    shown = NewOperatorShown(**OperatorShown.of(operator).model_dump(), token=token)
    return answer(shown, status=HTTPStatus.CREATED)


async def revoke_operator(request: web.Request) -> web.Response:
    """Revoke an operator's token, for good."""
    parse_query(request, NoQuery)
    await request.app[SERVICES].operators.revoke(caller_of(request), request.match_info["id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)
