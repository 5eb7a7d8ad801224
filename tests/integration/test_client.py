"""Both clients against the node's own application, over a port of this machine."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from legation.client import AsyncClient, Client
from legation.client.models import KeyState, Life, Outcome
from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, issue_root
from legation.errors import (
    AccessError,
    AttenuationError,
    AuthenticationError,
    ConflictError,
    GoneError,
    LegationError,
    MalformedError,
    NotFoundError,
    ResolutionError,
    UnknownTermError,
)
from legation.http.app import build_app
from legation.http.server import listen
from legation.standards.multiformats import encode_multikey
from tests.support import nodes
from tests.support.keys import signer_of
from tests.support.nodes import TOKEN, World, build_world, free_port

KINDS = ["async", "sync"]
READ = [{"type": "mail", "actions": ["read"]}]
BOTH_ACTIONS = [{"type": "mail", "actions": ["read", "send"]}]
MINUTE = timedelta(minutes=1)
Say = Callable[..., Awaitable[Any]]


@dataclass
class Node:
    """A node under way, and how to get a client of one kind."""

    world: World
    origin: str
    kind: str

    @asynccontextmanager
    async def client(self, **settings: Any) -> AsyncIterator[Say]:
        """Give a function that makes a call by the name of its method; what is yielded comes as a list."""
        given = {"clock": self.world.clock, **(settings or {"token": TOKEN})}
        if self.kind == "sync":
            with Client(self.origin, **given) as client:
                yield lambda method, /, *args, **named: asyncio.to_thread(_call, client, method, args, named)
            return
        async with AsyncClient(self.origin, **given) as waiting:

            async def say(method: str, /, *args: Any, **named: Any) -> Any:
                found = getattr(waiting, method)(*args, **named)
                return await found if inspect.isawaitable(found) else [item async for item in found]

            yield say


def _call(client: Client, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    found = getattr(client, name)(*args, **named)
    return list(found) if isinstance(found, Iterator) else found


@pytest.fixture(params=KINDS)
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Node], Any]], None]:
    """Return what serves a node for as long as a test's work takes."""
    port = free_port()
    monkeypatch.setattr(nodes, "ORIGIN", f"http://localhost:{port}")
    monkeypatch.setattr(nodes, "NODE", f"did:web:localhost%3A{port}")

    def serve(work: Callable[[Node], Any]) -> None:
        async def go() -> None:
            world = await build_world()
            app = build_app(world.services, hosts=frozenset({f"localhost:{port}"}))
            async with listen(app, host="127.0.0.1", port=port):
                await work(Node(world, nodes.ORIGIN, request.param))

        asyncio.run(go())

    return serve


async def refused(attempt: Awaitable[object]) -> LegationError:
    """Return the error of an attempt."""
    with pytest.raises(LegationError) as caught:
        await attempt
    return caught.value


def test_agent_lives_from_its_creation_to_its_retirement(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            made = await say("create_agent", "planner", owner="acme", agent_model="m-1", key_type="P-256")
            assert (made.name, made.owner, made.life, made.claims.agent_model) == (
                "planner",
                "acme",
                Life.ACTIVE,
                "m-1",
            )
            assert await say("get_agent", "planner") == made
            assert isinstance(await refused(say("create_agent", "planner")), ConflictError)
            changed = await say("update_agent", "planner", sponsor="mailto:ana@acme.example", agent_model=None)
            assert (changed.sponsor, changed.claims.agent_model) == ("mailto:ana@acme.example", None)
            assert (await say("suspend_agent", "planner")).life is Life.SUSPENDED
            error = await refused(say("issue_delegation", "planner", to=signer_of("ben").did, details=READ))
            assert (type(error), error.code) == (ConflictError, "agent_suspended")
            assert (await say("resume_agent", "planner")).life is Life.ACTIVE
            document = (await say("resolve_did", made.did)).document
            assert document["id"] == made.did
            assert (await say("retire_agent", "planner")).life is Life.RETIRED
            assert isinstance(await refused(say("resolve_did", made.did)), GoneError)
            assert (await refused(say("resume_agent", "planner"))).code == "agent_retired"

    run(work)


def test_agents_are_listed_by_pages_and_filters(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            for name in ("a-1", "a-2", "a-3", "b-1"):
                await say("create_agent", name, owner="acme" if name.startswith("a") else "other")
            first = await say("list_agents", limit=2, owner="acme")
            second = await say("list_agents", limit=2, owner="acme", cursor=first.next)
            assert [agent.name for agent in (*first.items, *second.items)] == ["a-1", "a-2", "a-3"]
            assert second.next is None
            assert [agent.name for agent in await say("iterate_agents", name="b")] == ["b-1"]
            assert await say("iterate_agents", owner="acme", life="suspended") == []
            assert isinstance(await refused(say("list_agents", limit=201)), MalformedError)

    run(work)


def test_keys_are_listed_added_rotated_and_removed(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            agent = await say("create_agent", "planner")
            keys = await say("list_keys", "planner")
            assert keys == agent.keys
            signing = next(key for key in keys if key.purpose.value == "signing")
            rotation = await say("rotate_key", signing.id)
            assert (rotation.replaced.id, rotation.replaced.state) == (signing.id, KeyState.EXPIRED)
            again = await say("rotate_key", rotation.key.id, compromised=True)
            assert again.replaced.state is KeyState.COMPROMISED
            added = await say("add_access_key", "planner", encode_multikey(signer_of("own").key.public_key))
            assert not added.is_held_here
            assert await say("remove_access_key", added.id) is None
            assert isinstance(await refused(say("remove_access_key", again.key.id)), LegationError)
            assert isinstance(await refused(say("remove_access_key", f"{'0' * 32}-9")), NotFoundError)

    run(work)


def test_chain_is_issued_narrowed_presented_and_judged(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            for name in ("planner", "worker"):
                await say("create_agent", name)
            planner, worker = [await say("get_agent", name) for name in ("planner", "worker")]
            root = await say("issue_delegation", "planner", to=worker.did, details=BOTH_ACTIONS, valid_for=5 * MINUTE)
            assert (root.issuer, root.subject, root.principal, root.hops) == (planner.did, worker.did, planner.did, 1)
            assert root.valid_until - root.valid_from == 5 * MINUTE
            ben = signer_of("ben").did
            leaf = await say("attenuate_delegation", root.id, to=ben, details=READ, valid_for=MINUTE, secure="vc+jwt")
            assert (leaf.parent, leaf.hops, len(leaf.chain)) == (root.id, 2, 2)
            tree = await say("get_delegation_tree", root.id)
            assert [child.delegation.id for child in tree.children] == [leaf.id]
            wider = [{"type": "mail", "actions": ["read", "delete"]}]
            error = await refused(say("attenuate_delegation", root.id, to=ben, details=wider))
            assert (type(error), error.code) == (AttenuationError, "widened")
            assert [held.id for held in await say("iterate_delegations", agent="planner", role="issuer")] != []
            assert (await say("get_delegation", root.id)).chain == root.chain

            challenge = await say("create_challenge")
            proof = {"challenge": challenge.value, "domain": challenge.domain}
            shown = await say("create_presentation", delegation=root.id, **proof)
            before = await say("verify_chain", shown, **proof)
            assert (before.accepted, before.code) == (False, "untrusted_root")
            anchor = await say("add_anchor", planner.did, grants=[{"type": "mail"}])
            assert anchor in await say("list_anchors")
            node.world.clock.advance(timedelta(seconds=2))
            request = {"type": "mail", "action": "read"}
            verdict = await say("verify_presentation", shown, request=request)
            assert (verdict.verified, verdict.accepted, verdict.holder) == (True, True, worker.did)
            assert (await say("verify_presentation", shown)).code == "replayed"
            for secure, of in (("vp+jwt", {"delegation": root.id}), ("eddsa-jcs-2022", {"chain": root.chain})):
                new = await say("create_challenge")
                made = await say("create_presentation", challenge=new.value, domain=new.domain, secure=secure, **of)
                assert (await say("verify_presentation", made, request=request)).accepted
            bare = await say("verify_chain", root.chain, holder=worker.did, request=request)
            assert bare.accepted
            assert await say("remove_anchor", anchor.id) is None
            assert isinstance(await refused(say("remove_anchor", anchor.id)), NotFoundError)

    run(work)


def test_chain_of_somebody_else_is_imported_in_any_of_its_forms(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            worker = await say("create_agent", "worker")
            ana, at = signer_of("ana"), node.world.clock.now()
            held = []
            for index, text in enumerate(("to_json", "to_compact", "as it is")):
                terms = Terms(f"urn:uuid:{index}", worker.did, at, at + MINUTE, READ, 1)
                chain = Chain((issue_root(ana, terms, principal=ana.did, at=at, form=Format.JWT),))
                sent = chain if text == "as it is" else getattr(chain, text)()
                held.append(await say("import_delegation", sent))
            assert {delegation.issuer for delegation in held} == {ana.did}
            assert isinstance(await refused(say("import_delegation", "no.chain.this")), LegationError)
            assert isinstance(await refused(say("import_delegation", [])), MalformedError)

    run(work)


def test_operators_reach_what_is_theirs_until_they_are_revoked(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            await say("create_agent", "theirs", owner="other")
            made = await say("create_operator", "ana", owner="acme")
            async with node.client(token=made.token) as limited:
                assert (await limited("create_agent", "ours")).owner == "acme"
                assert isinstance(await refused(limited("get_agent", "theirs")), NotFoundError)
                assert isinstance(await refused(limited("create_agent", "x", owner="other")), AccessError)
                assert isinstance(await refused(limited("list_operators")), AccessError)
                assert made.operator in await say("list_operators")
                assert await say("revoke_operator", made.operator.id) is None
                node.world.clock.advance(timedelta(seconds=5))
                assert isinstance(await refused(limited("get_agent", "ours")), AuthenticationError)

    run(work)


def test_audit_trail_tells_what_was_done_and_refused(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            await say("create_agent", "planner")
            await refused(say("create_agent", "planner"))
            entries = await say("iterate_audit", act="agent.create", target="planner")
            assert {entry.outcome for entry in entries} == {Outcome.DONE, Outcome.REFUSED}
            (entry,) = (await say("list_audit", outcome="refused")).items
            assert (entry.act, entry.target, entry.code) == ("agent.create", "planner", "conflict")

    run(work)


def test_agent_calls_with_its_own_key_and_reaches_what_is_its_own(run: Any) -> None:
    async def work(node: Node) -> None:
        own = signer_of("own", p256=True).key
        async with node.client() as say:
            agent = await say("create_agent", "planner", access_keys=[encode_multikey(own.public_key)])
            await say("create_agent", "stranger")
        key = next(key for key in agent.keys if not key.is_held_here)
        async with node.client(signer=Signer(agent.did, key.method, own)) as say:
            assert (await say("get_agent", "planner")).id == agent.id
            assert [found.name for found in await say("iterate_agents")] == ["planner"]
            assert isinstance(await refused(say("get_agent", "stranger")), NotFoundError)
            assert isinstance(await refused(say("suspend_agent", "planner")), AccessError)
            issued = await say("issue_delegation", "planner", to=signer_of("ben").did, details=READ)
            assert issued.issuer == agent.did
            assert (await say("verify_chain", issued.chain, holder=issued.subject)).code == "untrusted_root"
        async with node.client(signer=signer_of("nobody")) as say:
            assert isinstance(await refused(say("get_agent", "planner")), AuthenticationError)

    run(work)


def test_stranger_sees_what_is_shown_to_everybody(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client(token=None) as say:
            assert await say("get_health") == "ok"
            assert (await say("get_readiness")).ready
            node.world.missing["state"] = "locked"
            unready = await say("get_readiness")
            assert (unready.ready, unready.checks["state"]) == (False, "locked")
            did = f"did:web:{node.origin.removeprefix('http://').replace(':', '%3A')}"
            assert (await say("resolve_did", did)).document["id"] == did
            assert (await say("resolve_did", signer_of("ana").did)).document["id"] == signer_of("ana").did
            assert isinstance(await refused(say("resolve_did", "did:web:else.example")), AuthenticationError)
            error = await refused(say("resolve_did", f"{did}:agents:nobody"))
            assert (type(error), error.code) == (ResolutionError, "did_not_found")
            assert (await refused(say("resolve_did", "did:new:1"))).code == "method_not_supported"
            assert isinstance(await refused(say("list_agents")), AuthenticationError)

    run(work)


def test_refusal_says_where_in_the_body(run: Any) -> None:
    async def work(node: Node) -> None:
        async with node.client() as say:
            await say("create_agent", "planner")
            error = await refused(say("create_agent", "Not A Name"))
            assert (type(error), error.pointer) == (MalformedError, "/name")
            details = [{"type": "mail", "actions": ["read"], "moon": 1}]
            unknown = await refused(say("issue_delegation", "planner", to=signer_of("ben").did, details=details))
            assert isinstance(unknown, UnknownTermError)
            assert unknown.pointer is not None
            assert unknown.pointer.startswith("/details/0")

    run(work)
