"""``/v1/agents``: the agents of this node and their lives."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from legation.domain.agent_keys import KeyKind
from legation.domain.hosted_agents import Claims, DIDMethod, HostedAgent, Life
from legation.http.authentication import caller_of
from legation.http.bodies import EmptyBody, parse_body
from legation.http.queries import AgentsQuery, NoQuery, parse_query
from legation.http.requests import AgentBody, AgentChangeBody
from legation.http.responses import AgentShown, answer, answer_page
from legation.http.services import SERVICES
from legation.http.targets import name_target
from legation.ports.state import AgentFilter
from legation.usecases.agents import AgentChange, NewAgent


async def create_agent(request: web.Request) -> web.Response:
    """Make an agent with new keys."""
    parse_query(request, NoQuery)
    body = await parse_body(request, AgentBody)
    name_target(request, body.name)
    wanted = NewAgent(
        name=body.name,
        owner=body.owner,
        sponsor=body.sponsor,
        claims=Claims(body.agent_model, body.agent_provider, body.agent_version, body.agent_instance_id),
        method=DIDMethod(body.did_method),
        signing_kind=KeyKind(body.key_type),
        access_keys=tuple(body.access_keys),
    )
    agent = await request.app[SERVICES].agents.create(caller_of(request), wanted)
    response = answer(AgentShown.of(agent), status=HTTPStatus.CREATED)
    response.headers["Location"] = f"/v1/agents/{agent.name}"
    return response


async def list_agents(request: web.Request) -> web.Response:
    """List the agents that the caller reaches."""
    query = parse_query(request, AgentsQuery)
    where = AgentFilter(query.owner, None if query.life is None else Life(query.life), query.name)
    page = await request.app[SERVICES].agents.list_page(caller_of(request), where, query.page())
    return answer_page((AgentShown.of(agent).to_json() for agent in page.items), page.next)


async def show_agent(request: web.Request) -> web.Response:
    """Show an agent."""
    parse_query(request, NoQuery)
    return _agent(await request.app[SERVICES].agents.get(caller_of(request), request.match_info["name"]))


async def update_agent(request: web.Request) -> web.Response:
    """Change what is said of an agent."""
    parse_query(request, NoQuery)
    body = await parse_body(request, AgentChangeBody)
    change = AgentChange(body.model_dump(exclude_unset=True))
    return _agent(await request.app[SERVICES].agents.update(caller_of(request), request.match_info["name"], change))


async def suspend_agent(request: web.Request) -> web.Response:
    """Suspend an agent: nothing is signed for it until it is resumed."""
    name = await _named(request)
    return _agent(await request.app[SERVICES].agents.suspend(caller_of(request), name))


async def resume_agent(request: web.Request) -> web.Response:
    """Resume a suspended agent."""
    name = await _named(request)
    return _agent(await request.app[SERVICES].agents.resume(caller_of(request), name))


async def retire_agent(request: web.Request) -> web.Response:
    """Retire an agent, for good: its keys are destroyed."""
    name = await _named(request)
    return _agent(await request.app[SERVICES].agents.retire(caller_of(request), name))


async def _named(request: web.Request) -> str:
    parse_query(request, NoQuery)
    await parse_body(request, EmptyBody, optional=True)
    return request.match_info["name"]


def _agent(agent: HostedAgent) -> web.Response:
    return answer(AgentShown.of(agent))
