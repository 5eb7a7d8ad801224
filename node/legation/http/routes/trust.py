"""``/v1/trust``: the root issuers that this node accepts."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.domain.trust import parse_anchor
from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.queries import NoQuery, parse_query
from legation.http.requests import AnchorBody
from legation.http.responses import AnchorShown, answer, answer_page
from legation.http.services import SERVICES
from legation.http.targets import name_target


async def list_anchors(request: web.Request) -> web.Response:
    """List the anchors of the trust file, and those that were added."""
    parse_query(request, NoQuery)
    anchors = await request.app[SERVICES].trust.list_all(caller_of(request))
    return answer_page(AnchorShown.of(anchor_id, anchor).to_json() for anchor_id, anchor in anchors)


async def add_anchor(request: web.Request) -> web.Response:
    """Add an anchor."""
    parse_query(request, NoQuery)
    body = await parse_body(request, AnchorBody)
    anchor = parse_anchor(body.model_dump(exclude_none=True))
    name_target(request, anchor.issuer)
    kept = await request.app[SERVICES].trust.add(caller_of(request), anchor)
    return answer(AnchorShown.of(kept.id, kept.anchor), status=HTTPStatus.CREATED)


async def remove_anchor(request: web.Request) -> web.Response:
    """Remove an anchor that was added; those of the trust file are the file's."""
    parse_query(request, NoQuery)
    await request.app[SERVICES].trust.remove(caller_of(request), request.match_info["id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)
