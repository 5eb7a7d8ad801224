"""Who may call what: one table of every route, and the check before each handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler

from legation.http.authentication import authenticate_operator
from legation.http.routes import agents, challenges, health, presentations, verify
from legation.http.services import SERVICES


class Access(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Route:
    """What answers, and whom."""

    handler: Handler
    access: Access


# by method and path; a GET answers HEAD too
ROUTES: Mapping[tuple[str, str], Route] = MappingProxyType(
    {
        ("GET", "/.well-known/did.json"): Route(agents.show_node_document, Access.ANYONE),
        ("GET", "/agents/{name}/did.json"): Route(agents.show_agent_document, Access.ANYONE),
        ("GET", "/healthz"): Route(health.show_health, Access.ANYONE),
        ("POST", "/v1/challenges"): Route(challenges.issue_challenge, Access.OPERATOR),
        ("POST", "/v1/presentations/verify"): Route(presentations.verify_presentation, Access.OPERATOR),
        ("POST", "/v1/verify"): Route(verify.verify_chain, Access.OPERATOR),
    }
)


def check_access(request: web.Request) -> None:
    """Let a request through to its handler, or refuse it; what stands in no table is nobody's.

    Raises:
        AuthenticationError: the route asks for an operator, and the caller did not prove to be one.
        web.HTTPException: no route matches; aiohttp's own, which says why.
    """
    mismatch = request.match_info.http_exception
    if mismatch is not None:
        raise mismatch
    resource = request.match_info.route.resource
    method = "GET" if request.method == "HEAD" else request.method
    route = ROUTES.get((method, "" if resource is None else resource.canonical))
    if route is None or route.access is not Access.ANYONE:
        authenticate_operator(request, request.app[SERVICES].operator)
