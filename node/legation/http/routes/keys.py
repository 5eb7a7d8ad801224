"""``/v1/keys``: the keys of agents; private ones never leave the vault."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.queries import KeysQuery, NoQuery, parse_query
from legation.http.requests import AccessKeyBody, RotationBody
from legation.http.responses import KeyShown, RotationShown, answer, answer_page
from legation.http.services import SERVICES
from legation.http.targets import name_target


async def list_keys(request: web.Request) -> web.Response:
    """List the keys of an agent."""
    query = parse_query(request, KeysQuery)
    agent = await request.app[SERVICES].keys.list_all(caller_of(request), query.agent)
    return answer_page(KeyShown.of(agent, key).to_json() for key in agent.keys)


async def add_key(request: web.Request) -> web.Response:
    """Add an access key, whose private part the agent keeps itself."""
    parse_query(request, NoQuery)
    body = await parse_body(request, AccessKeyBody)
    name_target(request, body.agent)
    keys = request.app[SERVICES].keys
    agent, key = await keys.add_access_key(caller_of(request), body.agent, body.public_key_multibase)
    return answer(KeyShown.of(agent, key), status=HTTPStatus.CREATED)


async def rotate_key(request: web.Request) -> web.Response:
    """Replace a key by a new one of its kind."""
    parse_query(request, NoQuery)
    body = await parse_body(request, RotationBody, optional=True)
    rotation = await request.app[SERVICES].keys.rotate(
        caller_of(request), request.match_info["id"], compromised=body.compromised
    )
    shown = RotationShown(
        key=KeyShown.of(rotation.agent, rotation.key), replaced=KeyShown.of(rotation.agent, rotation.replaced)
    )
    return answer(shown)


async def remove_key(request: web.Request) -> web.Response:
    """Remove an access key."""
    parse_query(request, NoQuery)
    await request.app[SERVICES].keys.remove(caller_of(request), request.match_info["id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)
