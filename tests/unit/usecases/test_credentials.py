"""Credentials on a node: who may use which agent's key, what is audited and fetched, and as of when it is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.crypto.signing import Signer
from legation.domain.callers import Caller
from legation.domain.hosted_agents import Life
from legation.errors import (
    ConflictError,
    LegationError,
    MalformedError,
    NotFoundError,
    ResolutionError,
    UnavailableError,
)
from legation.ports.resolver import Resolution, VersionRequest, VersionResolver
from legation.standards.did.document import parse_did_document
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import nanoseconds
from legation.usecases.credentials import Asked, CredentialPolicy, Credentials, Wanted
from legation.usecases.heavy_work import HeavyWork
from tests.support.hosted import ADMIN, ANA, BEN, HostedWorld, agent_caller
from tests.support.keys import signer_of
from tests.support.secured import ACME, HOLDER, credential, issued, presentation, presented

WEB = Signer("did:web:acme.example", "did:web:acme.example#key", ACME.key)
NOTHING = Wanted(proof={})
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Resolver:
    """The port ``DIDResolver``, on one document; ``asked`` are the DIDs that were wanted."""

    def __init__(self, failure: LegationError | None = None) -> None:
        self.asked: list[str] = []
        self.failure = failure

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        self.asked.append(did)
        if self.failure is not None:
            raise self.failure
        if did != WEB.did:
            raise ResolutionError("no document")
        method = {"id": WEB.method, "type": "Multikey", "controller": did}
        method["publicKeyMultibase"] = ACME.did.removeprefix("did:key:")
        raw: dict[str, Any] = {"id": did, "verificationMethod": [method], "assertionMethod": [WEB.method]}
        return Resolution(parse_did_document(raw, did=did), raw, datetime.min.replace(tzinfo=UTC))


class History:
    """The port ``VersionResolver``, on a method that had the key until noon of 1 November 2026."""

    async def resolve_version(self, did: str, version: VersionRequest, *, max_age: timedelta) -> Resolution:
        if did != WEB.did:
            raise ResolutionError("no history", code="feature_not_supported")
        if version.time is None or version.time >= nanoseconds(NOON):
            raise ResolutionError("deactivated", code="did_unresolvable")
        return await Resolver().resolve(did, max_age=max_age)


def use_case(
    world: HostedWorld,
    resolver: Resolver | None = None,
    *,
    may_choose_time: bool = False,
    versions: VersionResolver | None = None,
) -> Credentials:
    policy = CredentialPolicy(
        contexts=bundled_contexts(), max_age=timedelta(minutes=5), may_choose_time=may_choose_time
    )
    asked = resolver or Resolver()
    return Credentials(
        world.state, world.vault, world.clock, policy, resolver=asked, versions=versions, heavy=HeavyWork()
    )


def play(act: Callable[[HostedWorld], Awaitable[None]]) -> None:
    asyncio.run(act(HostedWorld()))  # type: ignore[arg-type]  # a coroutine, as every test hands over


async def refused(doing: Awaitable[object]) -> LegationError:
    with pytest.raises(LegationError) as found:
        await doing
    return found.value


# ------------------------------------------------------------------ signing


def test_operators_in_scope_and_the_agent_itself_issue_and_it_is_audited() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        credentials = use_case(world)
        for caller in (ADMIN, ANA, agent_caller(planner)):
            secured = await credentials.issue(caller, "planner", credential(), NOTHING)
            assert isinstance(secured, dict)
            assert secured["issuer"] == planner.did
        assert world.audited() == [("credential.issue", planner.did, "ana")] * 3

    play(act)


def test_presentation_is_audited_under_the_name_that_it_has() -> None:
    async def act(world: HostedWorld) -> None:
        await world.host("planner")
        wanted = Wanted(proof={"challenge": "c"}, target="urn:uuid:1")
        secured = await use_case(world).present(ANA, "planner", presentation(issued()), wanted)
        assert isinstance(secured, dict)
        assert world.audited() == [("presentation.create", "urn:uuid:1", "ana")]

    play(act)


def test_agents_out_of_scope_are_not_there() -> None:
    async def act(world: HostedWorld) -> None:
        planner, broker = await world.host("planner"), await world.host("broker", "ben")
        credentials = use_case(world)
        strangers: list[tuple[Caller, str]] = [
            (BEN, "planner"),
            (agent_caller(broker), "planner"),
            (agent_caller(planner), "broker"),
            (ADMIN, "nobody"),
            (ADMIN, "No Name"),
        ]
        for caller, name in strangers:
            for doing in (
                credentials.issue(caller, name, credential(), NOTHING),
                credentials.present(caller, name, presentation(), NOTHING),
            ):
                assert isinstance(await refused(doing), NotFoundError)
        assert world.audited() == []

    play(act)


def test_agent_that_is_not_active_signs_nothing() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        credentials = use_case(world)
        await credentials.issue(ANA, "planner", credential(), NOTHING)
        world.set_agent(planner, life=Life.SUSPENDED)
        # remembered as active: only the transaction tells, and what was signed is given to nobody
        error = await refused(credentials.issue(ANA, "planner", credential(), NOTHING))
        assert (type(error), error.code) == (ConflictError, "agent_suspended")
        assert len(world.audited()) == 1

    play(act)


def test_credential_that_is_refused_leaves_nothing() -> None:
    async def act(world: HostedWorld) -> None:
        await world.host("planner")
        credentials = use_case(world)
        bad = credential(validFrom="2026-01-02T00:00:00Z", validUntil="2026-01-01T00:00:00Z")
        assert (await refused(credentials.issue(ANA, "planner", bad, NOTHING))).code == "malformed"
        elsewhere = credential(issuer=ACME.did)
        assert (await refused(credentials.issue(ANA, "planner", elsewhere, NOTHING))).code == "issuer_mismatch"
        assert world.audited() == []

    play(act)


def test_proof_is_made_with_the_key_in_use_and_within_its_life() -> None:
    async def act(world: HostedWorld) -> None:
        planner = await world.host("planner")
        credentials = use_case(world)
        now, method = world.clock.now(), (await world.signer(planner)).method
        good = Wanted(proof={}, method=method, created=now)
        assert await credentials.issue(ANA, "planner", credential(), good)
        for bad in (
            Wanted(proof={}, method=f"{planner.did}#another"),
            Wanted(proof={}, created=now - timedelta(seconds=1)),
            Wanted(proof={}, created=now + timedelta(minutes=2)),
        ):
            assert isinstance(await refused(credentials.issue(ANA, "planner", credential(), bad)), MalformedError)
        await world.rotate(planner)
        assert isinstance(await refused(credentials.issue(ANA, "planner", credential(), good)), MalformedError)
        assert len(world.audited()) == 1

    play(act)


# ------------------------------------------------------------------ judging


def test_only_documents_that_are_needed_are_fetched() -> None:
    async def act(world: HostedWorld) -> None:
        resolver = Resolver()
        credentials = use_case(world, resolver)
        await credentials.verify_credential(issued(), Asked())
        assert resolver.asked == []
        await credentials.verify_credential(issued(signer=WEB), Asked())
        assert resolver.asked == [WEB.did]

    play(act)


@pytest.mark.parametrize(
    "document",
    [
        {},
        credential(issuer=WEB.did),
        {**issued(signer=WEB), "issuer": ACME.did},
        {**issued(signer=WEB), "type": []},
        issued(credential(validUntil="2026-01-01T00:00:00Z"), signer=WEB),
    ],
)
def test_nothing_is_fetched_for_what_cannot_hold(document: dict[str, object]) -> None:
    async def act(world: HostedWorld) -> None:
        resolver = Resolver()
        credentials = use_case(world, resolver)
        await refused(credentials.verify_credential(document, Asked()))
        await refused(credentials.verify_presentation(presentation(document), Asked()))
        assert resolver.asked == []

    play(act)


@pytest.mark.parametrize("failure", [ResolutionError("no document"), UnavailableError("no answer in time")])
def test_issuer_that_cannot_be_reached_is_no_issuer(failure: LegationError) -> None:
    async def act(world: HostedWorld) -> None:
        credentials = use_case(world, Resolver(failure))
        assert (await refused(credentials.verify_credential(issued(signer=WEB), Asked()))).code == "did_unresolvable"
        shown = presented(presentation(issued(signer=WEB)))
        assert (await refused(credentials.verify_presentation(shown, Asked()))).code == "did_unresolvable"

    play(act)


def test_moment_is_now_unless_the_operator_lets_callers_choose_it() -> None:
    async def act(world: HostedWorld) -> None:
        expired = issued(credential(validUntil="2026-10-01T00:00:00Z"))
        then = Asked(at=world.clock.now() - timedelta(days=60))
        free, bound = use_case(world, may_choose_time=True), use_case(world)
        assert (await free.verify_credential(expired, then)).notices == ()
        assert (await free.verify_presentation(presentation(expired), then)).credentials
        for doing in (bound.verify_credential(expired, then), bound.verify_presentation(presentation(expired), then)):
            error = await refused(doing)
            assert (error.code, error.pointer) == ("option_not_allowed", "/options/at")
        assert (await refused(free.verify_credential(expired, Asked()))).code == "expired"

    play(act)


def test_key_is_that_of_the_chosen_moment_where_the_method_of_the_did_tells() -> None:
    async def act(world: HostedWorld) -> None:
        gone = Resolver(ResolutionError("deactivated"))
        credentials = use_case(world, gone, may_choose_time=True, versions=History())
        secured = issued(signer=WEB)
        then, later = Asked(at=NOON - timedelta(hours=1)), Asked(at=NOON)
        assert (await credentials.verify_credential(secured, then)).notices == ()
        assert gone.asked == []
        for asked in (later, Asked()):
            assert (await refused(credentials.verify_credential(secured, asked))).code == "did_unresolvable"
        # of a method without a history the document of now counts, and of one without any there is none
        other = Signer("did:web:other.example", "did:web:other.example#key", ACME.key)
        assert (await refused(credentials.verify_credential(issued(signer=other), then))).code == "did_unresolvable"
        assert gone.asked == [WEB.did, other.did]

    play(act)


def test_presentation_is_judged_for_the_challenge_that_is_named() -> None:
    async def act(world: HostedWorld) -> None:
        credentials = use_case(world)
        shown = presented(challenge="c", domain="d")
        found = await credentials.verify_presentation(shown, Asked(challenge="c", domain="d"))
        assert found.holder == HOLDER.did
        error = await refused(credentials.verify_presentation(shown, Asked(challenge="e", domain="d")))
        assert error.code == "challenge_mismatch"
        error = await refused(credentials.verify_presentation(presentation(issued()), Asked(challenge="c")))
        assert error.code == "proof_missing"

    play(act)


def test_credential_is_derived() -> None:
    async def act(world: HostedWorld) -> None:
        credentials = use_case(world)
        base = issued(signer=signer_of("pea", p256=True), mechanism="ecdsa-sd-2023")
        derived = await credentials.derive(base, ["/credentialSubject/name"])
        assert isinstance(derived, dict)
        assert (await credentials.verify_credential(derived, Asked())).document["credentialSubject"] == {
            "id": HOLDER.did,
            "name": "Holder",
        }

    play(act)
