"""Resolving over the network: what is fetched, what is kept, and for how long it counts."""

from __future__ import annotations

import asyncio
import gc
import json
from datetime import timedelta
from typing import Any

import pytest

from legation.adapters.resolution_cache import ResolutionCache
from legation.adapters.resolvers import MAX_DOCUMENT_BYTES, NetworkResolver
from legation.errors import EgressError, LegationError, ResolutionError, UnavailableError
from legation.ports.resolver import DIDResolver
from legation.standards.did.jwk import build_did_jwk
from legation.standards.did.key import build_did_key
from legation.standards.multiformats import encode_multikey
from tests.support.clock import FakeClock
from tests.support.keys import Ed25519Key

DID = "did:web:acme.example"
URL = "https://acme.example/.well-known/did.json"
HOUR = timedelta(hours=1)
KEY = Ed25519Key("resolvers").public_key


def document(did: str = DID, name: str = "resolvers") -> dict[str, Any]:
    key = encode_multikey(Ed25519Key(name).public_key)
    method = {"id": f"{did}#key-1", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
    return {"id": did, "verificationMethod": [method], "assertionMethod": ["#key-1"]}


class FakeFetcher:
    """Answers from a dictionary, when the test lets it."""

    def __init__(self, answers: dict[str, Any], *, allows_loopback: bool = False) -> None:
        self.answers = answers
        self.allows_loopback = allows_loopback
        self.fetched: list[str] = []
        self.gate: asyncio.Event | None = None

    async def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        self.fetched.append(url)
        assert "json" in accept
        assert max_bytes == MAX_DOCUMENT_BYTES
        answer = self.answers[url]
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(answer, LegationError):
            raise answer
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    async def reached(self, times: int) -> None:
        """Wait until so many fetches have begun."""
        async with asyncio.timeout(10):
            while len(self.fetched) < times:
                await asyncio.sleep(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def fetcher() -> FakeFetcher:
    return FakeFetcher({URL: document()})


@pytest.fixture
def resolver(fetcher: FakeFetcher, clock: FakeClock) -> NetworkResolver:
    return NetworkResolver(fetcher, clock=clock)


def resolve(resolver: DIDResolver, did: str = DID, *, max_age: timedelta = HOUR) -> Any:
    return asyncio.run(resolver.resolve(did, max_age=max_age))


def test_hosted_document_is_fetched_and_checked(
    resolver: NetworkResolver, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    resolution = resolve(resolver)
    method = resolution.document.find_method(f"{DID}#key-1", "assertionMethod")
    assert method is not None
    assert method.key == KEY
    assert resolution.raw == document()
    assert resolution.fetched_at == clock.now()
    assert fetcher.fetched == [URL]


@pytest.mark.parametrize("did", [build_did_key(KEY), build_did_jwk(KEY)])
def test_did_that_says_it_all_is_not_fetched(resolver: NetworkResolver, fetcher: FakeFetcher, did: str) -> None:
    resolution = resolve(resolver, did)
    assert next(iter(resolution.document.methods.values())).key == KEY
    assert resolution.raw["id"] == did
    assert fetcher.fetched == []


def test_copy_counts_while_it_is_younger_than_the_callers_bound(
    resolver: NetworkResolver, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    first = resolve(resolver)
    clock.advance(HOUR - timedelta(microseconds=1))
    assert resolve(resolver) is first
    assert resolve(resolver, max_age=timedelta(minutes=5)) is not first
    assert len(fetcher.fetched) == 2
    clock.advance(HOUR)
    resolve(resolver)
    assert len(fetcher.fetched) == 3


@pytest.mark.parametrize("max_age", [timedelta(0), timedelta(seconds=-1)])
def test_bound_of_nothing_always_asks(resolver: NetworkResolver, fetcher: FakeFetcher, max_age: timedelta) -> None:
    resolve(resolver, max_age=max_age)
    resolve(resolver, max_age=max_age)
    assert len(fetcher.fetched) == 2


def test_copy_from_before_the_clock_was_set_back_does_not_count(
    resolver: NetworkResolver, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    resolve(resolver)
    clock.advance(timedelta(minutes=-1))
    resolve(resolver)
    assert len(fetcher.fetched) == 2


@pytest.mark.parametrize("failure", [UnavailableError("x"), EgressError("x", code="not_found"), b"<html>"])
def test_copy_beyond_the_bound_is_not_used_when_the_host_fails(
    resolver: NetworkResolver, fetcher: FakeFetcher, clock: FakeClock, failure: object
) -> None:
    first = resolve(resolver)
    fetcher.answers[URL] = failure
    clock.advance(HOUR - timedelta(seconds=1))
    assert resolve(resolver) is first
    clock.advance(timedelta(seconds=1))
    with pytest.raises((UnavailableError, ResolutionError)):
        resolve(resolver)


def test_failure_is_not_kept(resolver: NetworkResolver, fetcher: FakeFetcher) -> None:
    fetcher.answers[URL] = UnavailableError("x")
    with pytest.raises(UnavailableError):
        resolve(resolver)
    fetcher.answers[URL] = document()
    assert resolve(resolver).document.id == DID


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"[]",
        b"null",
        b"not json",
        b'{"id": "did:web:acme.example", "id": "did:web:acme.example"}',
        b'{"id": "did:web:acme.example"}\xff',
        b'{"id": "did:web:acme.example", "x": ' + b"[" * 40 + b"]" * 40 + b"}",
        b" " * (MAX_DOCUMENT_BYTES + 1),
        {"id": "did:web:other.example"},
        {**document(), "deactivated": True},
        EgressError("x"),
        EgressError("x", code="not_found"),
    ],
)
def test_answer_that_is_no_document_of_the_did_is_unresolvable(
    resolver: NetworkResolver, fetcher: FakeFetcher, answer: object
) -> None:
    fetcher.answers[URL] = answer
    with pytest.raises(ResolutionError) as refusal:
        resolve(resolver)
    assert refusal.value.code == "did_unresolvable"


@pytest.mark.parametrize("did", ["", "acme", "did:example:a", "did:web:127.0.0.1", "did:key:z", f"{DID}#key-1"])
def test_did_that_cannot_be_resolved_is_not_fetched(resolver: NetworkResolver, fetcher: FakeFetcher, did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve(resolver, did)
    assert fetcher.fetched == []


def test_only_localhost_and_only_by_the_dangerous_setting_is_asked_in_plain_http(clock: FakeClock) -> None:
    did = "did:web:localhost%3A8080:agents:planner"
    plain = "http://localhost:8080/agents/planner/did.json"
    answers = {plain: document(did), plain.replace("http:", "https:"): EgressError("x"), URL: document()}
    allowed = FakeFetcher(answers, allows_loopback=True)
    assert resolve(NetworkResolver(allowed, clock=clock), did).document.id == did
    assert resolve(NetworkResolver(allowed, clock=clock)).document.id == DID
    assert allowed.fetched == [plain, URL]
    with pytest.raises(ResolutionError):
        resolve(NetworkResolver(FakeFetcher(answers), clock=clock), did)


def test_resolves_at_the_same_time_share_one_fetch(resolver: NetworkResolver, fetcher: FakeFetcher) -> None:
    async def run() -> None:
        fetcher.gate = asyncio.Event()
        waiting = [asyncio.create_task(resolver.resolve(DID, max_age=HOUR)) for _ in range(5)]
        await fetcher.reached(1)
        waiting[0].cancel()
        fetcher.gate.set()
        cancelled, *resolutions = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(cancelled, asyncio.CancelledError)
        assert len({id(resolution) for resolution in resolutions}) == 1

    asyncio.run(run())
    assert len(fetcher.fetched) == 1


def test_failure_is_told_to_all_who_wait_and_to_nobody_else(resolver: NetworkResolver, fetcher: FakeFetcher) -> None:
    async def run() -> None:
        fetcher.gate = asyncio.Event()
        fetcher.answers[URL] = UnavailableError("x")
        waiting = [asyncio.create_task(resolver.resolve(DID, max_age=HOUR)) for _ in range(3)]
        await fetcher.reached(1)
        fetcher.gate.set()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(outcome, UnavailableError) for outcome in outcomes)
        fetcher.answers[URL] = document()
        assert (await resolver.resolve(DID, max_age=HOUR)).document.id == DID

    asyncio.run(run())


def test_failure_that_nobody_waits_for_any_more_is_nobodys_news(
    resolver: NetworkResolver, fetcher: FakeFetcher
) -> None:
    complaints: list[object] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        fetcher.gate = asyncio.Event()
        fetcher.answers[URL] = UnavailableError("x")
        only = asyncio.create_task(resolver.resolve(DID, max_age=HOUR))
        await fetcher.reached(1)
        only.cancel()
        await asyncio.wait([only])
        fetcher.gate.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})
        gc.collect()

    asyncio.run(run())
    assert complaints == []


def test_fetch_that_began_before_the_callers_bound_is_not_shared(
    resolver: NetworkResolver, fetcher: FakeFetcher, clock: FakeClock
) -> None:
    async def run() -> None:
        fetcher.gate = asyncio.Event()
        early = asyncio.create_task(resolver.resolve(DID, max_age=HOUR))
        await fetcher.reached(1)
        clock.advance(timedelta(seconds=5))
        fetcher.answers[URL] = document(name="rotated")
        late = asyncio.create_task(resolver.resolve(DID, max_age=timedelta(seconds=1)))
        await fetcher.reached(2)
        fetcher.gate.set()
        assert (await early).raw == document()
        assert (await late).raw == document(name="rotated")
        # what came second, of the fetch that began later, is what is kept
        assert (await resolver.resolve(DID, max_age=HOUR)).raw == document(name="rotated")

    asyncio.run(run())
    assert len(fetcher.fetched) == 2


def test_forgotten_did_is_asked_for_again_even_while_a_fetch_is_on_its_way(
    resolver: NetworkResolver, fetcher: FakeFetcher
) -> None:
    async def run() -> None:
        fetcher.gate = asyncio.Event()
        early = asyncio.create_task(resolver.resolve(DID, max_age=HOUR))
        await fetcher.reached(1)
        resolver.forget(DID)
        fetcher.answers[URL] = document(name="rotated")
        fetcher.gate.set()
        assert (await early).raw == document()
        assert (await resolver.resolve(DID, max_age=HOUR)).raw == document(name="rotated")

    asyncio.run(run())


def test_cache_is_bounded_in_number_the_least_used_going_first(clock: FakeClock) -> None:
    dids = [f"did:web:{name}.example" for name in "abc"]
    fetcher = FakeFetcher({f"https://{did[8:]}/.well-known/did.json": document(did) for did in dids})
    cache = ResolutionCache(max_entries=2)
    resolver = NetworkResolver(fetcher, clock=clock, cache=cache)
    a, b, c = dids
    for did in (a, b, a, c):
        resolve(resolver, did)
    assert len(fetcher.fetched) == 3
    assert len(cache) == 2
    resolve(resolver, a)
    assert len(fetcher.fetched) == 3
    resolve(resolver, b)
    assert len(fetcher.fetched) == 4


def test_cache_is_bounded_in_bytes(resolver: NetworkResolver, clock: FakeClock) -> None:
    resolution = resolve(resolver)
    cache = ResolutionCache(max_bytes=100)

    def kept() -> list[str]:
        return [name for name in "abc" if cache.find(name, at=clock.now(), max_age=HOUR)]

    cache.put("a", resolution, size=60)
    cache.put("b", resolution, size=40)
    assert kept() == ["a", "b"]
    cache.put("b", resolution, size=41)
    assert kept() == ["b"]
    cache.put("a", resolution, size=101)
    assert kept() == ["b"]
    cache.put("b", resolution, size=101)
    assert kept() == []
    cache.put("c", resolution, size=100)
    cache.forget("c")
    cache.forget("c")
    cache.put("a", resolution, size=100)
    assert kept() == ["a"]
