"""Histories of did:webvh DIDs over the network: what is fetched, what is kept, and for how long it counts."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest

from legation.adapters import did_histories
from legation.adapters.resolvers import NetworkResolver
from legation.errors import EgressError, ResolutionError, UnavailableError
from legation.ports.resolver import DIDResolver, VersionRequest, VersionResolver
from legation.standards.did.document import DeactivatedError
from legation.standards.did.key import build_did_key
from legation.standards.did.webvh.building import Changes, deactivate_log
from tests.support.clock import FakeClock
from tests.support.keys import Ed25519Key
from tests.support.webvh import AT, BEGAN, DAY, ORIGIN, History, document, witnesses, write_lines

LOG_URL = f"{ORIGIN}/.well-known/did.jsonl"
WITNESS_URL = f"{ORIGIN}/.well-known/did-witness.json"
HOUR = timedelta(hours=1)


class FakeFetcher:
    """Answers from a dictionary."""

    def __init__(self, history: History, *, allows_loopback: bool = False) -> None:
        self.allows_loopback = allows_loopback
        self.answers: dict[str, Any] = {LOG_URL: history.jsonl, WITNESS_URL: history.witness}
        self.fetched: list[str] = []

    async def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        self.fetched.append(url)
        answer = self.answers.get(url)
        if answer is None:
            raise EgressError("nothing is there", code="not_found")
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)


class Setting:
    """A resolver over one history."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.clock = FakeClock(AT)
        self.fetcher = FakeFetcher(history)
        self.resolver = NetworkResolver(self.fetcher, clock=self.clock)

    def resolve(self, *, max_age: timedelta = HOUR) -> Any:
        port: DIDResolver = self.resolver
        return asyncio.run(port.resolve(self.history.did, max_age=max_age))

    def resolve_version(self, max_age: timedelta = HOUR, **asked: Any) -> Any:
        port: VersionResolver = self.resolver
        return asyncio.run(port.resolve_version(self.history.did, VersionRequest(**asked), max_age=max_age))


def test_newest_document_comes_with_its_metadata_and_services() -> None:
    setting = Setting(History.begin().extend())
    found = setting.resolve()
    assert found.document.find_method(f"{setting.history.did}#one", "assertionMethod") is not None
    assert found.metadata["versionId"] == setting.history.last.id
    assert [service["type"] for service in found.raw["service"]] == ["relativeRef", "LinkedVerifiablePresentation"]
    assert found.fetched_at == AT
    assert setting.fetcher.fetched == [LOG_URL]


def test_earlier_versions_come_from_the_copy_that_is_kept() -> None:
    history = History.begin()
    setting = Setting(history.extend(state=document(history.did, "two")))
    assert setting.resolve().document.methods.keys() == {f"{history.did}#two"}
    for asked in ({"number": 1}, {"id": history.entries[0].version.id}, {"time": history.entries[0].version.time}):
        found = setting.resolve_version(**asked)
        assert found.document.methods.keys() == {f"{history.did}#one"}
        assert found.metadata["versionNumber"] == 1
    assert setting.fetcher.fetched == [LOG_URL]
    with pytest.raises(ResolutionError) as refusal:
        setting.resolve_version(number=3)
    assert refusal.value.code == "did_not_found"


@pytest.mark.parametrize(("ttl", "max_age"), [(600, HOUR), (7200, timedelta(minutes=10)), (600, timedelta.max)])
def test_copy_counts_for_the_shorter_of_its_ttl_and_the_callers_bound(ttl: int, max_age: timedelta) -> None:
    setting = Setting(History.begin(Changes(ttl=ttl)))
    first = setting.resolve(max_age=max_age)
    setting.clock.advance(timedelta(minutes=10, microseconds=-1))
    assert setting.resolve(max_age=max_age) is first
    setting.clock.advance(timedelta(microseconds=1))
    setting.resolve(max_age=max_age)
    assert len(setting.fetcher.fetched) == 2


def test_did_with_a_ttl_of_nothing_is_asked_for_each_time() -> None:
    setting = Setting(History.begin(Changes(ttl=0)))
    setting.resolve()
    setting.resolve()
    assert len(setting.fetcher.fetched) == 2


def test_witness_proofs_are_fetched_after_the_log_that_needs_them() -> None:
    setting = Setting(History.begin(Changes(witness=witnesses(1, "w1"))).see("w1"))
    setting.resolve()
    assert setting.fetcher.fetched == [LOG_URL, WITNESS_URL]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, ResolutionError),
        (b"[]", ResolutionError),
        (b"garbage", ResolutionError),
        (EgressError("a private address"), ResolutionError),
        (UnavailableError("no answer"), UnavailableError),
    ],
)
def test_log_without_the_proofs_that_it_needs_is_refused(answer: Any, kind: type[Exception]) -> None:
    setting = Setting(History.begin(Changes(witness=witnesses(1, "w1"))).see("w1"))
    setting.fetcher.answers[WITNESS_URL] = answer
    with pytest.raises(kind):
        setting.resolve()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(None, ResolutionError), (b"", ResolutionError), (UnavailableError("no answer"), UnavailableError)],
)
def test_log_that_cannot_be_fetched_is_refused_and_nothing_kept(answer: Any, kind: type[Exception]) -> None:
    setting = Setting(History.begin())
    setting.fetcher.answers[LOG_URL] = answer
    with pytest.raises(kind):
        setting.resolve()
    setting.fetcher.answers[LOG_URL] = setting.history.jsonl
    assert setting.resolve().document.id == setting.history.did


def test_log_with_a_refused_entry_is_not_kept() -> None:
    history = History.begin().extend()
    setting = Setting(history)
    setting.fetcher.answers[LOG_URL] = history.entries[0].line + write_lines([{}])
    assert setting.resolve_version(number=1).document.id == history.did
    setting.fetcher.answers[LOG_URL] = history.jsonl
    assert setting.resolve().metadata["versionNumber"] == 2


def test_deactivated_did_has_the_documents_that_it_had_and_none_now() -> None:
    history = History.begin()
    history.entries.append(deactivate_log(history.last, key=Ed25519Key("update"), at=BEGAN + DAY))
    setting = Setting(history)
    with pytest.raises(DeactivatedError):
        setting.resolve()
    with pytest.raises(DeactivatedError):
        setting.resolve_version(number=2)
    assert setting.resolve_version(number=1).document.id == history.did


@pytest.mark.parametrize("did", ["did:web:acme.example", build_did_key(Ed25519Key("one").public_key)])
def test_method_without_a_history_has_no_versions(did: str) -> None:
    setting = Setting(History.begin())
    with pytest.raises(ResolutionError) as refusal:
        asyncio.run(setting.resolver.resolve_version(did, VersionRequest(number=1), max_age=HOUR))
    assert refusal.value.code == "feature_not_supported"
    assert setting.fetcher.fetched == []


def test_concurrent_resolves_of_one_did_share_one_fetch() -> None:
    setting = Setting(History.begin())
    did = setting.history.did

    async def both() -> None:
        await asyncio.gather(
            setting.resolver.resolve(did, max_age=HOUR),
            setting.resolver.resolve_version(did, VersionRequest(number=1), max_age=HOUR),
        )

    asyncio.run(both())
    assert setting.fetcher.fetched == [LOG_URL]


def test_plain_http_is_for_localhost_where_a_setting_allows_it() -> None:
    history = History.begin(state=document("did:webvh:{SCID}:localhost%3A8080", "one"))
    for allowed, scheme in ((True, "http"), (False, "https")):
        url = f"{scheme}://localhost:8080/.well-known/did.jsonl"
        fetcher = FakeFetcher(history, allows_loopback=allowed)
        fetcher.answers = {url: history.jsonl}
        found = asyncio.run(NetworkResolver(fetcher, clock=FakeClock(AT)).resolve(history.did, max_age=HOUR))
        assert found.document.id == history.did
        assert fetcher.fetched == [url]


def test_long_log_is_verified_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = Setting(History.begin(state=document("did:webvh:{SCID}:acme.example", "one", note="x" * 20_000)))
    threads: list[threading.Thread] = []

    def verify(*given: Any, **named: Any) -> Any:
        threads.append(threading.current_thread())
        return original(*given, **named)

    original = did_histories.verify_entries
    monkeypatch.setattr(did_histories, "verify_entries", verify)
    setting.resolve()
    assert threads != [threading.main_thread()]
    short = Setting(History.begin())
    short.resolve()
    assert threads[1:] == [threading.main_thread()]
