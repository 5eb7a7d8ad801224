"""Who may call what: the table, walked by strangers."""

from __future__ import annotations

import asyncio

import pytest

from legation.http.access import ROUTES, Access
from tests.support.nodes import AUTHORIZED, TOKEN, Answer, ask, build_world, serving

PUBLIC = {"/.well-known/did.json", "/agents/{name}/did.json", "/healthz"}
ALL = sorted((method, path.format(name="planner")) for method, path in ROUTES)
CLOSED = [("POST", path) for path in ("/v1/challenges", "/v1/presentations/verify", "/v1/verify")]


def test_what_is_public_is_named_and_everything_else_asks_for_a_caller() -> None:
    assert {path for (_, path), route in ROUTES.items() if route.access is Access.ANYONE} == PUBLIC
    assert {(method, path) for (method, path), route in ROUTES.items() if route.access is Access.OPERATOR} == set(
        CLOSED
    )


def test_application_has_the_routes_of_the_table_and_no_others() -> None:
    from legation.http.app import build_app

    async def run() -> set[tuple[str, str]]:
        app = build_app((await build_world()).services, hosts=frozenset())
        return {
            (route.method, route.resource.canonical)
            for route in app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }

    assert asyncio.run(run()) == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), CLOSED)
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN.upper()}",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN} {TOKEN}",
        "Bearer " + "x" * 5000,
    ],
)
def test_caller_without_the_operators_token_is_refused(method: str, path: str, header: str | None) -> None:
    answer = ask(method, path, body={}, headers={} if header is None else {"Authorization": header})
    assert (answer.status, answer.json["code"]) == (401, "authentication_required")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_caller_with_the_operators_token_is_let_in(scheme: str) -> None:
    assert ask("POST", "/v1/challenges", headers={"Authorization": f"{scheme} {TOKEN}"}).status == 201


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
def test_only_the_method_of_a_route_serves(method: str, path: str) -> None:
    other = "DELETE" if method == "POST" else "POST"
    answer = ask(other, path, headers=AUTHORIZED)
    assert (answer.status, answer.json["code"]) == (405, "method_not_allowed")
    assert method in answer.headers["allow"]


def test_token_in_the_query_is_nobodys() -> None:
    assert ask("POST", f"/v1/challenges?access_token={TOKEN}").status == 401


def _head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")
