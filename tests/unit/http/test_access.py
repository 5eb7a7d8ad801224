"""Who may call what: the table, and what is in the audit trail of calls that are refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from legation.domain.audit import AuditEntry
from legation.errors import UnavailableError
from legation.http.access import ROUTES, Access
from legation.http.app import build_app
from tests.support.nodes import AUTHORIZED, TOKEN, Answer, Client, World, ask, build_world, serving

NAMES = {"name": "planner", "id": "x", "did": "did:web:node.example"}
PUBLIC = {
    "/.well-known/did-configuration.json",
    "/.well-known/did.json",
    "/1.0/identifiers/{did}",
    "/agents/{name}/did.json",
    "/agents/{name}/did.jsonl",
    "/docs",
    "/healthz",
    "/metrics",
    "/openapi.json",
    "/readyz",
}
# in the shapes of the W3C VC API, whose paths are not ours to choose
VC_API = {
    "/agents/{name}/credentials/issue",
    "/agents/{name}/presentations",
    "/credentials/derive",
    "/credentials/verify",
    "/presentations/verify",
}
ALL = sorted((method, path.format(**NAMES)) for method, path in ROUTES)


def play(act: Callable[[World, Client], Awaitable[None]]) -> None:
    async def run() -> None:
        world = await build_world()
        async with serving(world) as client:
            await act(world, client)

    asyncio.run(run())


def refused(world: World) -> list[AuditEntry]:
    return [entry for entry in world.state.tables.audit if entry.outcome.value == "refused"]


def test_what_is_public_is_named_and_everything_else_asks_for_a_caller() -> None:
    assert {path for (_, path), route in ROUTES.items() if route.access is Access.ANYONE} == PUBLIC
    assert all(path.startswith("/v1/") for _, path in ROUTES if path not in PUBLIC | VC_API)


def test_who_manages_what_is_said_here_a_second_time() -> None:
    def of(access: Access) -> set[tuple[str, str]]:
        return {key for key, route in ROUTES.items() if route.access is access}

    lives = {("POST", f"/v1/agents/{{name}}/{step}") for step in ("suspend", "resume", "retire")}
    operators = {("POST", "/v1/agents"), ("PATCH", "/v1/agents/{name}"), ("GET", "/v1/audit"), ("GET", "/v1/trust")}
    assert of(Access.OPERATOR) == lives | operators
    assert of(Access.ADMIN) == {
        ("GET", "/v1/operators"),
        ("POST", "/v1/operators"),
        ("DELETE", "/v1/operators/{id}"),
        ("POST", "/v1/trust"),
        ("DELETE", "/v1/trust/{id}"),
    }


def test_whatever_changes_something_for_good_is_an_act_and_nothing_else_is() -> None:
    judging = {"/v1/challenges", "/v1/verify", "/v1/presentations/verify"}
    judging |= {"/credentials/derive", "/credentials/verify", "/presentations/verify"}
    changing = {key for key in ROUTES if key[0] != "GET" and key[1] not in judging}
    assert {key for key, route in ROUTES.items() if route.act is not None} == changing
    acts = Counter(route.act for route in ROUTES.values() if route.act is not None)
    # a presentation is made in our own shape and in that of the VC API
    assert {act for act, routes in acts.items() if routes > 1} == {"presentation.create"}


def test_target_of_an_act_is_a_part_of_its_path() -> None:
    for (_, path), route in ROUTES.items():
        assert route.target is None or f"{{{route.target}}}" in path


def test_application_has_the_routes_of_the_table_and_no_others() -> None:
    async def run() -> set[tuple[str, str]]:
        app = build_app((await build_world()).services, hosts=frozenset())
        return {
            (route.method, route.resource.canonical)
            for route in app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }

    assert asyncio.run(run()) == set(ROUTES)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_caller_with_an_operators_token_is_let_in(scheme: str) -> None:
    assert ask("POST", "/v1/challenges", headers={"Authorization": f"{scheme} {TOKEN}"}).status == 201


def test_agent_with_a_token_for_this_call_is_let_in_once() -> None:
    async def act(world: World, client: Client) -> None:
        agent = await world.host("planner")
        headers = await world.call_as(agent, "GET", "/v1/agents/planner")
        first = await client.ask("GET", "/v1/agents/planner", headers=headers)
        assert (first.status, first.json["did"]) == (200, agent.did)
        assert (await client.ask("GET", "/v1/agents/planner", headers=headers)).status == 401
        # for another call it is none
        other = await world.call_as(agent, "GET", "/v1/agents")
        assert (await client.ask("GET", "/v1/agents/planner", headers=other)).status == 401
        # the query is not part of it
        listed = await client.ask("GET", "/v1/agents?limit=5", headers=await world.call_as(agent, "GET", "/v1/agents"))
        assert [item["name"] for item in listed.json["items"]] == ["planner"]

    play(act)


def test_url_of_a_call_is_made_from_the_public_one_and_never_from_the_host() -> None:
    async def act(world: World, client: Client) -> None:
        agent = await world.host("planner")
        headers = await world.call_as(agent, "GET", "/v1/agents")
        forged = {**headers, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        assert (await client.ask("GET", "/v1/agents", headers=forged)).status == 200

    play(act)


def test_two_tokens_in_one_request_are_refused_even_if_one_is_right() -> None:
    async def run() -> Answer:
        async with serving(await build_world()) as client:
            lines = [f"Authorization: Bearer {TOKEN}", "Authorization: Bearer other"]
            return await client.send(_head("POST /v1/challenges HTTP/1.1", "Host: node.example", *lines))

    assert asyncio.run(run()).status == 401


def test_refusal_repeats_no_token() -> None:
    answer = ask("POST", "/v1/challenges", headers={"Authorization": "Bearer tell-nobody"})
    assert b"tell-nobody" not in answer.body


@pytest.mark.parametrize(("method", "path"), ALL)
def test_only_the_methods_of_a_path_serve(method: str, path: str) -> None:
    answer = ask("PUT", path, headers=AUTHORIZED)
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert method in answer.headers["allow"].split(",")


def test_methods_that_serve_are_told_exactly() -> None:
    template = ask("PUT", "/v1/delegations/import", headers=AUTHORIZED)
    assert template.headers["allow"] == "POST"
    assert ask("PUT", "/v1/operators/x", headers=AUTHORIZED).headers["allow"] == "DELETE"


def test_token_in_the_query_is_nobodys() -> None:
    assert ask("POST", f"/v1/challenges?access_token={TOKEN}").status == 401


def test_public_route_does_not_look_at_tokens() -> None:
    assert ask("GET", "/healthz", headers={"Authorization": "Bearer nonsense"}).status == 200


# ------------------------------------------------------------------ the audit trail


def test_refused_act_is_one_row_with_its_code_its_target_and_the_id_that_the_caller_got() -> None:
    async def act(world: World, client: Client) -> None:
        await world.host("planner")
        answer = await client.ask("POST", "/v1/agents/planner/resume", headers=AUTHORIZED)
        assert (answer.status, answer.json["code"]) == (409, "agent_active")
        (row,) = refused(world)
        assert (row.act, row.target, row.code) == ("agent.resume", "planner", "agent_active")
        assert row.request_id == answer.json["requestId"] == answer.headers["x-request-id"]

    play(act)


@pytest.mark.parametrize(
    ("body", "target", "code"),
    [
        (b"{", "-", "malformed"),
        ({"name": "UPPER"}, "-", "malformed"),
        ({"name": "planner"}, "planner", "conflict"),
        ({"name": "new", "sponsor": "no uri"}, "new", "malformed"),
    ],
)
def test_target_of_a_refused_act_is_what_could_be_read_of_it(body: object, target: str, code: str) -> None:
    async def act(world: World, client: Client) -> None:
        await world.host("planner")
        answer = await client.ask(
            "POST", "/v1/agents", body=body, headers={**AUTHORIZED, "Content-Type": "application/json"}
        )
        (row,) = refused(world)
        assert (row.act, row.target) == ("agent.create", target)
        assert row.code == answer.json["code"]
        assert code in (row.code, "conflict")

    play(act)


def test_done_act_is_no_refused_one() -> None:
    async def act(world: World, client: Client) -> None:
        assert (await client.ask("POST", "/v1/agents", body={"name": "new"}, headers=AUTHORIZED)).status == 201
        assert refused(world) == []
        assert world.state.tables.audit[-1].act == "agent.create"

    play(act)


def test_act_that_failed_for_a_fault_of_ours_was_not_refused() -> None:
    async def act(world: World, client: Client) -> None:
        await client.ask("GET", "/v1/agents", headers=AUTHORIZED)  # the operator is known now
        world.state.calls.plan(1, error=lambda: UnavailableError("the store is down"))
        answer = await client.ask("POST", "/v1/agents", body={"name": "new"}, headers=AUTHORIZED)
        assert (answer.status, answer.json["code"]) == (503, "unavailable")
        assert refused(world) == []

    play(act)


def _head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")
