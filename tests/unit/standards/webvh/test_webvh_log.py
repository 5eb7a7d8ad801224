"""The history of a did:webvh: what was when, and which key."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import ResolutionError
from legation.standards.did.document import DeactivatedError
from legation.standards.did.webvh.building import NO_WITNESS, Changes, deactivate_log
from legation.standards.did.webvh.documents import build_parallel_did_web, rename_document
from legation.standards.did.webvh.log import read_log, verify_entries
from legation.standards.did.webvh.parameters import DEFAULT_TTL
from legation.standards.multiformats import decode_multikey
from legation.standards.timestamps import nanoseconds
from tests.support.keys import Ed25519Key
from tests.support.webvh import AT_NS, BEGAN, DAY, History, did_key, document, forge, multikey, witnesses


def on(day: int) -> int:
    """Return noon of a day: that of the entry of this number."""
    return nanoseconds(BEGAN + (day - 1) * DAY)


@pytest.fixture
def rotated() -> History:
    """Return a DID whose keys were: one; one and two; two; one again."""
    history = History.begin()
    for names in (("one", "two"), ("two",), ("one",)):
        history.extend(state=document(history.did, *names))
    return history


def test_version_is_found_by_id_number_and_time(rotated: History) -> None:
    log = rotated.read()
    third = rotated.entries[2].version
    assert log.latest == log.find() == rotated.last
    assert third == log.find(version_id=third.id) == log.find(version_number=3)
    assert third == log.find(version_time=on(3)) == log.find(version_time=on(4) - 1)
    assert log.find(version_time=on(400)) == rotated.last


@pytest.mark.parametrize(
    "asked",
    [
        {"version_number": 0},
        {"version_number": 5},
        {"version_id": "1-QmW1CqLGc5DD7ymwBUQTbWEejCgSi9kz12x3hgWCGMonbD"},
        {"version_id": ""},
        {"version_time": on(1) - 1},
        {"version_number": 1, "version_time": on(1)},
    ],
)
def test_version_that_is_not_there_is_not_found(rotated: History, asked: dict[str, Any]) -> None:
    with pytest.raises(ResolutionError) as refusal:
        rotated.read().find(**asked)
    assert refusal.value.code == "did_not_found"


def test_document_at_a_moment_is_the_one_of_then(rotated: History) -> None:
    log = rotated.read()
    for time, names in ((on(1), {"one"}), (on(2), {"one", "two"}), (on(3) + 1, {"two"}), (AT_NS, {"one"})):
        assert log.document_at(time).methods.keys() == {f"{rotated.did}#{name}" for name in names}


def test_key_has_a_period_for_each_time_that_it_was_listed(rotated: History) -> None:
    one, two = (decode_multikey(multikey(name)) for name in ("one", "two"))
    periods = [(p.method.partition("#")[2], p.key, p.since, p.until) for p in rotated.read().key_periods()]
    assert periods == [("one", one, on(1), on(3)), ("two", two, on(2), on(4)), ("one", one, on(4), None)]
    assert rotated.read().key_periods("authentication") == ()


def test_key_periods_end_with_the_did(rotated: History) -> None:
    rotated.entries.append(deactivate_log(rotated.last, key=Ed25519Key("update"), at=BEGAN + 4 * DAY))
    log = rotated.read()
    assert [period.until for period in log.key_periods()] == [on(3), on(4), on(5)]
    assert log.document_at(on(5) - 1)
    with pytest.raises(DeactivatedError):
        log.document_at(on(5))
    assert log.metadata(log.latest)["deactivated"] is True


def test_metadata_is_what_the_specification_lists(rotated: History) -> None:
    log = rotated.read()
    second = rotated.entries[1].version
    assert log.metadata(second) == {
        "versionId": second.id,
        "versionNumber": 2,
        "versionTime": "2026-10-02T12:00:00Z",
        "nextVersionId": rotated.entries[2].version.id,
        "created": "2026-10-01T12:00:00Z",
        "updated": "2026-10-04T12:00:00Z",
        "scid": rotated.did.split(":")[2],
        "portable": False,
        "deactivated": False,
        "ttl": DEFAULT_TTL,
    }


def test_metadata_of_witnesses_has_their_threshold_as_text() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"), watchers=["https://w.example"], ttl=0)).see("w1")
    log = history.read()
    found = log.metadata(log.latest)
    assert found["witness"] == {"threshold": "1", "witnesses": [{"id": did_key("w1")}]}
    assert (found["watchers"], found["ttl"]) == (["https://w.example"], 0)


def test_parameters_stay_until_they_are_changed_and_null_is_their_default() -> None:
    history = History.begin(Changes(ttl=60, watchers=["https://w.example"], witness=witnesses(1, "w1"))).extend()
    history.extend(Changes(ttl=1, watchers=[], witness=NO_WITNESS)).see("w1")
    first, second, third = (version.parameters for version in history.read().versions)
    assert first == second
    assert (third.ttl, third.watchers, third.witness) == (1, (), None)

    def empty(entry: dict[str, Any]) -> None:
        entry["parameters"] = dict.fromkeys(("watchers", "witness", "nextKeyHashes", "ttl"))

    did, jsonl = forge(History.begin(Changes(ttl=60)).extend().jsonl, 2, empty)
    assert read_log(did, jsonl, None, at=AT_NS).latest.parameters.ttl == DEFAULT_TTL


def test_moved_did_has_the_documents_of_its_names_when_it_bore_them() -> None:
    history = History.begin(Changes(portable=True))
    old = history.did
    new = old.replace("acme.example", "new.example:agents")
    history.extend(state=rename_document(history.last.state, old, new))
    log, before = history.read(new), history.read(old)
    assert log.latest.state["alsoKnownAs"] == [old]
    assert log.document_at(on(2)).id == new
    assert before.document_at(on(1)).id == old
    for other, time in ((log, on(1)), (before, on(2))):
        with pytest.raises(ResolutionError):
            other.document_at(time)
    assert [period.until for period in before.key_periods()] == [on(2)]


def test_document_is_resolved_with_the_services_that_it_does_not_define() -> None:
    history = History.begin(None, "agents", "planner")
    log = history.read()
    files, whois = log.document(log.latest)["service"]  # type: ignore[misc]  # the two that are added
    base = "https://acme.example/agents/planner/"
    assert files == {"id": f"{history.did}#files", "type": "relativeRef", "serviceEndpoint": base}
    assert whois["serviceEndpoint"] == f"{base}whois.vp"
    assert whois["type"] == "LinkedVerifiablePresentation"
    own = [{"id": "#whois", "type": "X", "serviceEndpoint": "https://elsewhere.example"}]
    history.extend(state=document(history.did, "one", service=own))
    log = history.read()
    assert log.document(log.latest)["service"] == [*own, files]


def test_parallel_did_web_names_the_did_webvh_and_not_itself() -> None:
    history = History.begin(None, "agents")
    web = "did:web:acme.example:agents"
    state = document(history.did, "one", alsoKnownAs=[web, "https://acme.example"])
    history.extend(state=state)
    parallel = build_parallel_did_web(history.last.state, history.did)
    assert parallel["id"] == web
    assert parallel["alsoKnownAs"] == ["https://acme.example", history.did]
    assert parallel["assertionMethod"] == [f"{web}#one"]
    assert [service["id"] for service in parallel["service"]] == [f"{web}#files", f"{web}#whois"]  # type: ignore[attr-defined]  # a list of objects


def test_witness_proofs_are_asked_for_only_where_they_are_needed() -> None:
    plain = History.begin(Changes(witness=NO_WITNESS))
    entries = verify_entries(plain.did, plain.jsonl, at=AT_NS)
    assert not entries.needs_witnesses
    # a file that nobody needs is not read
    assert entries.check_witnesses(b"garbage").latest.number == 1
    witnessed = plain.extend(Changes(witness=witnesses(1, "w1")))
    assert verify_entries(witnessed.did, witnessed.jsonl, at=AT_NS).needs_witnesses


def test_versions_before_one_without_its_witnesses_are_still_found_by_number() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1").extend()
    log = verify_entries(history.did, history.jsonl, at=AT_NS).check_witnesses(history.witness)
    assert log.find(version_number=1).number == 1
    for asked in ({}, {"version_number": 2}, {"version_time": AT_NS}):
        with pytest.raises(ResolutionError):
            log.find(**asked)


def test_last_line_may_lack_its_line_feed() -> None:
    history = History.begin().extend()
    assert read_log(history.did, history.jsonl.removesuffix(b"\n"), None, at=AT_NS).latest.number == 2
