"""Who may call what: one table of every route, and the check before each handler."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from aiohttp import web
from aiohttp.typedefs import Handler

from legation.domain.callers import Caller
from legation.errors import LegationError
from legation.http.authentication import authenticate, caller_of
from legation.http.errors import status_of
from legation.http.metrics import show_metrics
from legation.http.routes import (
    agents,
    audit,
    challenges,
    credentials,
    delegations,
    documents,
    health,
    identifiers,
    keys,
    openapi,
    operators,
    presentations,
    trust,
    verify,
)
from legation.http.services import SERVICES
from legation.http.targets import UNREAD, find_target


class Access(Enum):
    """Who may call a route: ``CALLER`` is an operator or an agent, ``ADMIN`` an operator of everything."""

    ANYONE = "anyone"
    CALLER = "caller"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Route:
    """What answers, and whom.

    ``act`` is what a call does, as the audit trail has it; ``target`` names the part of the path that says on what,
    None where the body says so.
    """

    handler: Handler
    access: Access
    act: str | None = None
    target: str | None = None


_ANYONE, _CALLER, _OPERATOR, _ADMIN = Access.ANYONE, Access.CALLER, Access.OPERATOR, Access.ADMIN

# by method and path; a GET answers HEAD too
ROUTES: Mapping[tuple[str, str], Route] = MappingProxyType(
    {
        ("GET", "/.well-known/did-configuration.json"): Route(documents.show_did_configuration, _ANYONE),
        ("GET", "/.well-known/did.json"): Route(documents.show_node_document, _ANYONE),
        ("GET", "/1.0/identifiers/{did}"): Route(identifiers.resolve_identifier, _ANYONE),
        ("GET", "/agents/{name}/did.json"): Route(documents.show_agent_document, _ANYONE),
        ("GET", "/agents/{name}/did.jsonl"): Route(documents.show_agent_log, _ANYONE),
        ("POST", "/agents/{name}/credentials/issue"): Route(
            credentials.issue_credential, _CALLER, "credential.issue", "name"
        ),
        ("POST", "/agents/{name}/presentations"): Route(
            credentials.create_presentation, _CALLER, "presentation.create", "name"
        ),
        ("POST", "/credentials/derive"): Route(credentials.derive_credential, _CALLER),
        ("POST", "/credentials/verify"): Route(credentials.verify_credential, _CALLER),
        ("POST", "/presentations/verify"): Route(credentials.verify_presentation, _CALLER),
        ("GET", "/docs"): Route(openapi.show_pages, _ANYONE),
        ("GET", "/healthz"): Route(health.show_health, _ANYONE),
        ("GET", "/metrics"): Route(show_metrics, _ANYONE),
        ("GET", "/openapi.json"): Route(openapi.show_openapi, _ANYONE),
        ("GET", "/readyz"): Route(health.show_readiness, _ANYONE),
        ("POST", "/v1/agents"): Route(agents.create_agent, _OPERATOR, "agent.create"),
        ("GET", "/v1/agents"): Route(agents.list_agents, _CALLER),
        ("GET", "/v1/agents/{name}"): Route(agents.show_agent, _CALLER),
        ("PATCH", "/v1/agents/{name}"): Route(agents.update_agent, _OPERATOR, "agent.update", "name"),
        ("POST", "/v1/agents/{name}/resume"): Route(agents.resume_agent, _OPERATOR, "agent.resume", "name"),
        ("POST", "/v1/agents/{name}/retire"): Route(agents.retire_agent, _OPERATOR, "agent.retire", "name"),
        ("POST", "/v1/agents/{name}/suspend"): Route(agents.suspend_agent, _OPERATOR, "agent.suspend", "name"),
        ("GET", "/v1/audit"): Route(audit.list_acts, _OPERATOR),
        ("POST", "/v1/challenges"): Route(challenges.issue_challenge, _CALLER),
        ("POST", "/v1/delegations"): Route(delegations.issue_delegation, _CALLER, "delegation.issue"),
        ("GET", "/v1/delegations"): Route(delegations.list_delegations, _CALLER),
        ("POST", "/v1/delegations/import"): Route(delegations.import_chain, _CALLER, "delegation.import"),
        ("GET", "/v1/delegations/{id}"): Route(delegations.show_delegation, _CALLER),
        ("POST", "/v1/delegations/{id}/attenuate"): Route(
            delegations.attenuate_delegation, _CALLER, "delegation.attenuate", "id"
        ),
        ("GET", "/v1/delegations/{id}/tree"): Route(delegations.show_tree, _CALLER),
        ("GET", "/v1/keys"): Route(keys.list_keys, _CALLER),
        ("POST", "/v1/keys"): Route(keys.add_key, _CALLER, "key.add"),
        ("DELETE", "/v1/keys/{id}"): Route(keys.remove_key, _CALLER, "key.remove", "id"),
        ("POST", "/v1/keys/{id}/rotate"): Route(keys.rotate_key, _CALLER, "key.rotate", "id"),
        ("POST", "/v1/operators"): Route(operators.create_operator, _ADMIN, "operator.create"),
        ("GET", "/v1/operators"): Route(operators.list_operators, _ADMIN),
        ("DELETE", "/v1/operators/{id}"): Route(operators.revoke_operator, _ADMIN, "operator.revoke", "id"),
        ("POST", "/v1/presentations"): Route(presentations.create_presentation, _CALLER, "presentation.create"),
        ("POST", "/v1/presentations/verify"): Route(presentations.verify_presentation, _CALLER),
        ("POST", "/v1/trust"): Route(trust.add_anchor, _ADMIN, "trust.add"),
        ("GET", "/v1/trust"): Route(trust.list_anchors, _OPERATOR),
        ("DELETE", "/v1/trust/{id}"): Route(trust.remove_anchor, _ADMIN, "trust.remove", "id"),
        ("POST", "/v1/verify"): Route(verify.verify_chain, _CALLER),
    }
)


async def answer_caller(request: web.Request, handler: Handler, *, request_id: str | None) -> web.StreamResponse:
    """Let a request through to its handler, or refuse it; a refused act of somebody who is known is kept.

    Raises:
        AuthenticationError: the route asks for a caller, and this one did not prove to be any.
        AccessError: the caller may not call this route.
        LegationError: what the handler raises.
        web.HTTPException: no route matches; aiohttp's own, which says why.
    """
    route = _find_route(request)
    if route.access is Access.ANYONE:
        return await handler(request)
    caller = await authenticate(request, request_id)
    if caller is None:
        # who may call nothing without a token is told so, whatever else is wrong
        caller = caller_of(request)
    try:
        _check_access(route, caller)
        return await handler(request)
    except LegationError as error:
        if route.act is not None and status_of(error) < 500:
            target = request.match_info[route.target] if route.target else find_target(request)
            await request.app[SERVICES].audits.refused(caller, route.act, target or UNREAD, error)
        raise


def _find_route(request: web.Request) -> Route:
    mismatch = request.match_info.http_exception
    if mismatch is not None:
        raise mismatch
    resource = request.match_info.route.resource
    method = "GET" if request.method == "HEAD" else request.method
    route = ROUTES.get((method, "" if resource is None else resource.canonical))
    if route is None:
        # what stands in no table is nobody's
        raise web.HTTPNotFound
    return route


def _check_access(route: Route, caller: Caller) -> None:
    if route.access is Access.OPERATOR:
        caller.check_operator()
    elif route.access is not Access.CALLER:
        caller.check_admin()
