"""Strangers at every door: the table of routes, walked by callers who may not, with identifiers that are not theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from legation.domain.audit import Outcome
from legation.domain.callers import LOCAL
from legation.domain.hosted_agents import HostedAgent
from legation.domain.trust import Anchor
from legation.http.access import ROUTES, Access
from legation.http.openapi import build_openapi
from legation.http.operations import OPERATIONS
from legation.usecases.hosted_delegations import NewDelegation
from tests.support.delegated import DETAILS
from tests.support.keys import signer_of
from tests.support.nodes import AUTHORIZED, JSON, ORIGIN, TOKEN, Answer, Client, World, build_world, serving
from tests.support.secured import credential, issued, presentation

Key = tuple[str, str]
MALLORY = signer_of("mallory").did
DISCLOSABLE = issued(mechanism="vc+sd-jwt")
KEY = MALLORY.removeprefix("did:key:")
CLOSED = sorted(key for key, route in ROUTES.items() if route.access is not Access.ANYONE)
WITH_BODY = sorted(key for key in CLOSED if OPERATIONS[key].body is not None)

DESCRIBED: Any = build_openapi(dict.fromkeys(ROUTES, ""), public_url=ORIGIN)["components"]
DESCRIBED = DESCRIBED["schemas"]


@dataclass(frozen=True)
class Things:
    """The identifiers of one agent's things, by the names that samples use."""

    agent: str
    key: str
    access_key: str
    delegation: str
    chain: Any
    anchor: str
    operator: str


@dataclass(frozen=True)
class Sample:
    """One way to call a route: ``{…}`` in target and body stands for a thing; ``own`` are those of the caller's.

    Whatever else a sample names is foreign, and the call has to find nothing; without any it just has to be refused
    to those who may not call the route at all.
    """

    target: str
    body: Any = None
    own: frozenset[str] = frozenset()
    names: frozenset[str] = field(default=frozenset())


def sample(target: str, body: Any = None, *, names: str = "", own: str = "") -> Sample:
    return Sample(target, body, frozenset(own.split()), frozenset(names.split()))


def life(step: str) -> list[Sample]:
    return [sample(f"/v1/agents/{{agent}}/{step}", {}, names="agent")]


# every closed route, with one sample for each parameter that names something; a route without any fails the first test
SAMPLES: Mapping[Key, list[Sample]] = {
    ("POST", "/agents/{name}/credentials/issue"): [
        sample("/agents/{agent}/credentials/issue", {"credential": credential()}, names="agent")
    ],
    ("POST", "/agents/{name}/presentations"): [
        sample("/agents/{agent}/presentations", {"presentation": presentation()}, names="agent")
    ],
    ("POST", "/credentials/derive"): [sample("/credentials/derive", {"verifiableCredential": DISCLOSABLE})],
    ("POST", "/credentials/verify"): [sample("/credentials/verify", {"verifiableCredential": issued()})],
    ("POST", "/presentations/verify"): [sample("/presentations/verify", {"verifiablePresentation": presentation()})],
    ("POST", "/v1/agents"): [sample("/v1/agents", {"name": "new"})],
    ("GET", "/v1/agents"): [sample("/v1/agents")],
    ("GET", "/v1/agents/{name}"): [sample("/v1/agents/{agent}", names="agent")],
    ("PATCH", "/v1/agents/{name}"): [sample("/v1/agents/{agent}", {"agent_model": "m"}, names="agent")],
    ("POST", "/v1/agents/{name}/resume"): life("resume"),
    ("POST", "/v1/agents/{name}/retire"): life("retire"),
    ("POST", "/v1/agents/{name}/suspend"): life("suspend"),
    ("GET", "/v1/audit"): [sample("/v1/audit")],
    ("POST", "/v1/challenges"): [sample("/v1/challenges", {})],
    ("POST", "/v1/delegations"): [
        sample("/v1/delegations", {"agent": "{agent}", "to": MALLORY, "details": DETAILS}, names="agent")
    ],
    ("GET", "/v1/delegations"): [sample("/v1/delegations?agent={agent}", names="agent")],
    ("POST", "/v1/delegations/import"): [sample("/v1/delegations/import", {"chain": "{chain}"}, names="chain")],
    ("GET", "/v1/delegations/{id}"): [sample("/v1/delegations/{delegation}", names="delegation")],
    ("POST", "/v1/delegations/{id}/attenuate"): [
        sample("/v1/delegations/{delegation}/attenuate", {"to": MALLORY}, names="delegation"),
        sample(
            "/v1/delegations/{delegation}/attenuate",
            {"to": MALLORY, "agent": "{agent}"},
            names="agent",
            own="delegation",
        ),
    ],
    ("GET", "/v1/delegations/{id}/tree"): [sample("/v1/delegations/{delegation}/tree", names="delegation")],
    ("GET", "/v1/keys"): [sample("/v1/keys?agent={agent}", names="agent")],
    ("POST", "/v1/keys"): [sample("/v1/keys", {"agent": "{agent}", "publicKeyMultibase": KEY}, names="agent")],
    ("DELETE", "/v1/keys/{id}"): [
        sample("/v1/keys/{access_key}", names="access_key"),
        sample("/v1/keys/{key}", names="key"),
    ],
    ("POST", "/v1/keys/{id}/rotate"): [sample("/v1/keys/{key}/rotate", {"compromised": True}, names="key")],
    ("POST", "/v1/operators"): [sample("/v1/operators", {"name": "mallory"})],
    ("GET", "/v1/operators"): [sample("/v1/operators")],
    ("DELETE", "/v1/operators/{id}"): [sample("/v1/operators/{operator}", names="operator")],
    ("POST", "/v1/presentations"): [
        sample(
            "/v1/presentations",
            {"delegation": "{delegation}", "challenge": "c", "domain": ORIGIN},
            names="delegation",
        ),
        sample("/v1/presentations", {"chain": "{chain}", "challenge": "c", "domain": ORIGIN}, names="chain"),
        sample(
            "/v1/presentations",
            {"delegation": "{delegation}", "agent": "{agent}", "challenge": "c", "domain": ORIGIN},
            names="agent",
            own="delegation",
        ),
    ],
    ("POST", "/v1/presentations/verify"): [sample("/v1/presentations/verify", {"presentation": "x"})],
    ("POST", "/v1/trust"): [sample("/v1/trust", {"issuer": MALLORY})],
    ("GET", "/v1/trust"): [sample("/v1/trust")],
    ("DELETE", "/v1/trust/{id}"): [sample("/v1/trust/{anchor}", names="anchor")],
    ("POST", "/v1/verify"): [sample("/v1/verify", {"chain": []})],
}
CASES = [(key, index) for key in CLOSED for index in range(len(SAMPLES.get(key, ())))]
FOREIGN = [(key, index) for key, index in CASES if SAMPLES[key][index].names]


@dataclass
class Scene:
    """A node of two owners: ana has planner and worker, ben has broker."""

    world: World
    client: Client
    planner: HostedAgent
    broker: HostedAgent
    things: Mapping[str, Things]
    ana: dict[str, str]
    ben: dict[str, str]

    async def call(self, key: Key, index: int, headers: Mapping[str, str], whose: str = "broker") -> Answer:
        """Make one call with the things of ``whose`` and, where the sample says so, of planner."""
        method, target, body = self.fill(key, index, whose)
        fields = {**headers, **({} if body is None else JSON)}
        return await self.client.ask(method, target, body=b"" if body is None else body, headers=fields)

    def fill(self, key: Key, index: int, whose: str = "broker") -> tuple[str, str, Any]:
        """Return method, target and body of a sample."""
        chosen = SAMPLES[key][index]
        values = {
            name: getattr(self.things["planner" if name in chosen.own else whose], name)
            for name in Things.__dataclass_fields__
        }
        return key[0], chosen.target.format(**values), _fill(chosen.body, values)

    def snapshot(self) -> object:
        """Return all that a call could change, but the audit trail."""
        tables = self.world.state.tables.copy()
        tables.audit.clear()
        return tables, {name: dict(keys) for name, keys in self.world.vault.profiles.items()}

    def refused(self) -> list[tuple[str, str, str, str | None]]:
        """Return actor, act, target and code of every refused act."""
        rows = self.world.state.tables.audit
        return [(row.actor, row.act, row.target, row.code) for row in rows if row.outcome is Outcome.REFUSED]


def _fill(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("{") and value.endswith("}"):
        return values[value[1:-1]]
    if isinstance(value, dict):
        return {name: _fill(item, values) for name, item in value.items()}
    return value


async def set_scene(world: World, client: Client) -> Scene:
    planner, worker = await world.host("planner", "ana"), await world.host("worker", "ana")
    broker = await world.host("broker", "ben")
    ana, ana_headers = await world.operate("ana", "ana")
    ben, ben_headers = await world.operate("ben", "ben")
    anchor = await world.services.trust.add(LOCAL, Anchor(signer_of("acme").did))
    things = {}
    for agent in (planner, worker, broker):
        multikey = signer_of(f"{agent.name}-own").did.removeprefix("did:key:")
        _, access_key = await world.services.keys.add_access_key(LOCAL, agent.name, multikey)
        # to itself, so that nobody else is a party to it
        held = await world.services.delegations.issue(LOCAL, NewDelegation(agent="node", to=agent.did, details=DETAILS))
        operator = ben if agent is broker else ana
        chain = json.loads(held.chain or "")
        things[agent.name] = Things(agent.name, agent.keys[0].id, access_key.id, held.id, chain, anchor.id, operator.id)
    return Scene(world, client, planner, broker, things, ana_headers, ben_headers)


def play(act: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        world = await build_world()
        async with serving(world) as client:
            await act(await set_scene(world, client))

    asyncio.run(run())


def named(value: object) -> str | None:
    return f"{value[0]} {value[1]}" if isinstance(value, tuple) else None


def test_k08_every_closed_route_has_a_sample_for_each_part_of_its_path() -> None:
    assert set(SAMPLES) == set(CLOSED)
    for (_, path), samples in SAMPLES.items():
        if "{" in path:
            assert any(not each.own and each.names for each in samples), path


def test_k08_samples_are_good_calls_so_that_what_refuses_them_is_who_calls() -> None:
    async def act(scene: Scene) -> None:
        for key, index in CASES:
            if key[1].endswith(("/retire", "/resume")) or (key == ("DELETE", "/v1/keys/{id}") and index == 1):
                continue  # those that the calls before them leave nothing to do for
            answer = await scene.call(key, index, AUTHORIZED, whose="planner")
            assert answer.status < 300, (key, index, answer.status, answer.body)
            if key[1].endswith("/suspend"):
                scene.world.state.tables.agents[scene.planner.id] = scene.planner

    play(act)


# ------------------------------------------------------------------ Y06: no credentials


@pytest.mark.parametrize("key", CLOSED, ids=named)
def test_y06_caller_without_good_credentials_is_refused_everywhere_and_changes_nothing(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before = scene.snapshot()
        token = await scene.world.call_as(scene.broker, "GET", "/v1/elsewhere")
        for headers in (
            {},
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": f"Bearer {TOKEN[:-1]}A"},
            {"Authorization": f"Basic {TOKEN}"},
            {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
            {"Cookie": f"token={TOKEN}"},
            token,
        ):
            answer = await scene.call(key, 0, headers, whose="planner")
            assert (answer.status, answer.json["code"]) == (401, "authentication_required"), headers
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert scene.snapshot() == before
        assert scene.refused() == []

    play(act)


# ------------------------------------------------------------------ K08: other tenants' identifiers


@pytest.mark.parametrize(("key", "index"), FOREIGN, ids=named)
def test_k08_agent_finds_nothing_under_identifiers_of_another_owner(key: Key, index: int) -> None:
    play(lambda scene: _walk_as_agent(scene, key, index, "broker"))


@pytest.mark.parametrize(("key", "index"), FOREIGN, ids=named)
def test_k08_agent_finds_nothing_under_identifiers_of_another_agent_of_its_owner(key: Key, index: int) -> None:
    play(lambda scene: _walk_as_agent(scene, key, index, "worker"))


async def _walk_as_agent(scene: Scene, key: Key, index: int, whose: str) -> None:
    method, target, _ = scene.fill(key, index, whose)
    headers = await scene.world.call_as(scene.planner, method, target)
    await _refuse(scene, key, index, headers, scene.planner.did, whose)


@pytest.mark.parametrize(("key", "index"), FOREIGN, ids=named)
def test_k08_operator_of_one_owner_finds_nothing_under_identifiers_of_another(key: Key, index: int) -> None:
    async def act(scene: Scene) -> None:
        actor = f"operator:{scene.things['planner'].operator}"
        await _refuse(scene, key, index, scene.ana, actor, "broker")

    play(act)


async def _refuse(scene: Scene, key: Key, index: int, headers: Mapping[str, str], actor: str, whose: str) -> None:
    route, before = ROUTES[key], scene.snapshot()
    operator = actor.startswith("operator:")
    allowed = (Access.CALLER, Access.OPERATOR) if operator else (Access.CALLER,)
    expected = (404, "not_found") if route.access in allowed else (403, "access_denied")
    answer = await scene.call(key, index, headers, whose)
    assert (answer.status, answer.json["code"]) == expected
    assert scene.snapshot() == before
    # one row for an act, and none for a look
    rows = scene.refused()
    assert [(row[0], row[1], row[3]) for row in rows] == (
        [] if route.act is None else [(actor, route.act, expected[1])]
    )
    if route.target is not None and route.act is not None:
        assert rows[0][2] in scene.fill(key, index, whose)[1]


@pytest.mark.parametrize("key", [key for key in CLOSED if ROUTES[key].access is not Access.CALLER], ids=named)
def test_y06_agent_is_refused_on_every_operators_route_even_for_its_own(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before = scene.snapshot()
        method, target, _ = scene.fill(key, 0, "planner")
        headers = await scene.world.call_as(scene.planner, method, target)
        answer = await scene.call(key, 0, headers, whose="planner")
        assert (answer.status, answer.json["code"]) == (403, "access_denied")
        assert scene.snapshot() == before
        act_name = ROUTES[key].act
        assert [row[1] for row in scene.refused()] == ([] if act_name is None else [act_name])

    play(act)


@pytest.mark.parametrize("key", [key for key in CLOSED if ROUTES[key].access is Access.ADMIN], ids=named)
def test_y06_operator_of_one_owner_is_refused_on_every_route_of_the_whole_node(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before = scene.snapshot()
        answer = await scene.call(key, 0, scene.ana, whose="planner")
        assert (answer.status, answer.json["code"]) == (403, "access_denied")
        assert scene.snapshot() == before

    play(act)


@pytest.mark.parametrize("key", [key for key in WITH_BODY if ROUTES[key].access is not Access.CALLER], ids=named)
def test_y06_who_may_not_call_a_route_is_refused_before_anything_is_read(key: Key) -> None:
    async def act(scene: Scene) -> None:
        method, target, _ = scene.fill(key, 0, "planner")
        headers = await scene.world.call_as(scene.planner, method, target)
        answer = await scene.client.ask(method, target, body=b"{", headers={**headers, **JSON})
        assert (answer.status, answer.json["code"]) == (403, "access_denied")

    play(act)


def test_y06_operator_of_one_owner_makes_no_agent_for_another() -> None:
    async def act(scene: Scene) -> None:
        before = scene.snapshot()
        for owner, status in (("ben", 403), ("ana", 201)):
            body = {"name": f"new-{owner}", "owner": owner}
            answer = await scene.client.ask("POST", "/v1/agents", body=body, headers=scene.ana)
            assert answer.status == status
            assert (scene.snapshot() == before) is (status == 403)
        assert [row[1:] for row in scene.refused()] == [("agent.create", "new-ben", "access_denied")]

    play(act)


# ------------------------------------------------------------------ K09: side doors


@pytest.mark.parametrize(
    "target",
    [
        "/v1/agents",
        "/v1/agents?owner=ben",
        "/v1/agents?name=b",
        "/v1/delegations",
        "/v1/audit",
        "/v1/audit?target=broker",
    ],
)
def test_k09_lists_and_filters_show_an_operator_of_one_owner_nothing_of_another(target: str) -> None:
    async def act(scene: Scene) -> None:
        whole = await scene.client.ask("GET", target, headers=AUTHORIZED)
        assert b"broker" in whole.body or scene.things["broker"].delegation.encode() in whole.body
        answer = await scene.client.ask("GET", target, headers=scene.ana)
        assert answer.status == 200
        assert b"broker" not in answer.body
        assert b"ben" not in answer.body
        assert scene.things["broker"].delegation.encode() not in answer.body

    play(act)


@pytest.mark.parametrize("path", ["/v1/agents", "/v1/delegations", "/v1/audit"])
def test_k09_cursor_of_another_owners_list_shows_nothing_of_it(path: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.world.host("bystander", "ben")
        await scene.world.host("second", "ben")
        first = await scene.client.ask("GET", f"{path}?limit=1", headers=AUTHORIZED)
        cursor = first.json["next"]
        seen = []
        while cursor is not None:
            answer = await scene.client.ask("GET", f"{path}?limit=1&cursor={cursor}", headers=scene.ana)
            if answer.status != 200:
                assert (answer.status, answer.json["code"]) == (400, "malformed")
                break
            seen.append(answer.body)
            cursor = answer.json.get("next")
        assert not any(b"ben" in body or b"broker" in body or b"second" in body for body in seen)

    play(act)


# ------------------------------------------------------------------ bad input


def is_problem(answer: Answer) -> bool:
    kind = answer.headers["content-type"].startswith("application/problem+json")
    return kind and 400 <= answer.status < 500 and answer.json["status"] == answer.status and bool(answer.json["code"])


def bad_bodies(valid: dict[str, Any], key: Key) -> list[tuple[str, Any]]:
    """Return bodies that no route takes, and those that this one does not take."""
    model = OPERATIONS[key].body
    assert model is not None
    schema = DESCRIBED[model.__name__]
    text = json.dumps(valid).encode()
    bad: list[tuple[str, Any]] = [
        ("no JSON", b"{"),
        ("null", b"null"),
        ("an array", b"[]"),
        ("a text", b'"x"'),
        ("a number", b"1"),
        ("more after it", text + b"x"),
        ("not UTF-8", text[:-1] + b',"x": "\xff"}' if valid else b'{"x": "\xff"}'),
        ("a lone surrogate", b'{"x": "\\ud800"}'),
        ("NaN", b'{"x": NaN}'),
        ("a name twice", b'{"x": 1, "x": 1}'),
        ("deep nesting", b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        ("a megabyte", b'{"x": "' + b"a" * 1_000_000 + b'"}'),
        ("an unknown member", {**valid, "surprise": 1}),
    ]
    bad += [(f"without {name}", {n: v for n, v in valid.items() if n != name}) for name in schema.get("required", [])]
    for name, found in schema.get("properties", {}).items():
        wrong = "x" if "integer" in json.dumps(found) or found.get("type") == "boolean" else 5
        bad.append((f"another type of {name}", {**valid, name: wrong}))
    return bad


@pytest.mark.parametrize("key", WITH_BODY, ids=named)
def test_y02_body_that_no_route_takes_is_a_problem_with_a_code_and_changes_nothing(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before, (method, target, valid) = scene.snapshot(), scene.fill(key, 0, "planner")
        bodies = bad_bodies(valid, key)
        for what, body in bodies:
            answer = await scene.client.ask(method, target, body=body, headers={**AUTHORIZED, **JSON})
            assert is_problem(answer), (what, answer.status, answer.body)
        assert scene.snapshot() == before
        # each of them an act that was refused, once
        acts = [row[1] for row in scene.refused()]
        assert acts == ([] if ROUTES[key].act is None else [ROUTES[key].act] * len(bodies))

    play(act)


@pytest.mark.parametrize("key", WITH_BODY, ids=named)
def test_y02_body_of_another_media_type_is_refused_by_every_route(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before, (method, target, valid) = scene.snapshot(), scene.fill(key, 0, "planner")
        for fields in (
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/x-www-form-urlencoded"},
            {"Content-Type": "multipart/form-data; boundary=x"},
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ):
            body = json.dumps(valid).encode()
            answer = await scene.client.ask(method, target, body=body, headers={**AUTHORIZED, **fields})
            assert (answer.status, answer.json["code"]) == (415, "unsupported_media_type")
        assert scene.snapshot() == before

    play(act)


@pytest.mark.parametrize("key", list(CLOSED), ids=named)
def test_y14_query_that_the_route_does_not_know_is_refused(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before, (method, target, body) = scene.snapshot(), scene.fill(key, 0, "planner")
        join = "&" if "?" in target else "?"
        for query in ("surprise=1", "limit=1&limit=2", "agent=%ff", "=", "a", "limit=1;limit=2"):
            answer = await scene.client.ask(
                method, f"{target}{join}{query}", body=b"" if body is None else body, headers=AUTHORIZED
            )
            assert (answer.status, answer.json["code"]) == (400, "malformed"), query
        assert scene.snapshot() == before

    play(act)


# ------------------------------------------------------------------ Y14: spellings


@pytest.mark.parametrize("key", list(CLOSED), ids=named)
def test_y14_other_spellings_of_a_path_reach_no_route(key: Key) -> None:
    async def act(scene: Scene) -> None:
        before, (method, target, body) = scene.snapshot(), scene.fill(key, 0, "planner")
        path, mark, query = target.partition("?")
        spellings = (
            path.upper(),
            f"/{path}",
            path.replace("/v1/", "/v1//"),
            path.replace("/v1/", "/v1/./"),
            path.replace("/v1/", "/v1/x/../"),
            path.replace("/v1/", "/v1/%2e/"),
            path.replace("/v1/", "/v1%2f"),
            path.replace("/v1/", "/%761/"),
            path.replace("/v1/", "/v1;x/"),
            f"{path}/",
            f"{path}.",
            f"{path}%00",
            f"{path}%20",
            f"{ORIGIN}{path}",
            f"/1.0/identifiers/..%2f..{path.replace('/', '%2f')}",
            f"/1.0/identifiers/../..{path}",
            f"/healthz/..{path}",
        )
        for spelled in (spelling for spelling in spellings if spelling != path):
            for headers in ({}, AUTHORIZED):
                answer = await scene.client.ask(
                    method, spelled + mark + query, body=b"" if body is None else body, headers=headers
                )
                assert answer.status in (400, 401, 404, 405), (spelled, answer.status)
        assert scene.snapshot() == before

    play(act)
