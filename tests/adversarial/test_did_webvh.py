"""Attacks on did:webvh: forged, broken, replayed and cut logs; each name carries the id of its case."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from legation.adapters.did_histories import HistoryLostError, SeenVersions
from legation.adapters.resolvers import NetworkResolver
from legation.errors import EgressError, MalformedError, ResolutionError
from legation.ports.resolver import VersionRequest
from legation.standards.did.webvh import log
from legation.standards.did.webvh.building import (
    NO_WITNESS,
    Changes,
    add_witness_proofs,
    deactivate_log,
    sign_witness_proof,
)
from legation.standards.did.webvh.documents import rename_document
from legation.standards.did.webvh.entries import hash_entry
from legation.standards.did.webvh.log import CLOCK_SKEW, MAX_LOG_BYTES, read_log
from legation.standards.did.webvh.parameters import hash_key
from legation.standards.did.webvh.urls import did_webvh_urls
from legation.standards.did.webvh.witnesses import MAX_WITNESS_BYTES
from legation.standards.timestamps import nanoseconds
from tests.support.clock import FakeClock
from tests.support.keys import Ed25519Key
from tests.support.webvh import (
    AT,
    AT_NS,
    DAY,
    ORIGIN,
    Forgery,
    History,
    did_key,
    document,
    forge,
    multikey,
    parse_lines,
    seal,
    witnesses,
    write_lines,
)

SCID = "Qmdxt11AjZewCNXX69bpEDobgjySeZ7eFwjf4tgpF6p2Dg"
OTHER_SCID = "QmXhVjFG6EBTosDastaaHMRypm2qSv4SMGctADsx878Yux"
LOG_URL = f"{ORIGIN}/.well-known/did.jsonl"
WITNESS_URL = f"{ORIGIN}/.well-known/did-witness.json"


def three() -> History:
    return History.begin().extend().extend()


def refuse(did: str, jsonl: bytes, witness: bytes | None = None, *, code: str = "did_unresolvable") -> None:
    with pytest.raises(ResolutionError) as refusal:
        read_log(did, jsonl, witness, at=AT_NS)
    assert refusal.value.code == code


# --- R15: an entry that was altered after it was made


def put(*path: str, value: object) -> Forgery:
    def forgery(entry: dict[str, Any]) -> None:
        for name in path[:-1]:
            entry = entry[name]
        entry[path[-1]] = value

    return forgery


ALTERED: dict[str, Forgery] = {
    "document": put("state", "alsoKnownAs", value=["https://mallory.example"]),
    "parameters": put("parameters", "ttl", value=1),
    "time": put("versionTime", value="2026-10-02T12:00:01Z"),
    "purpose": lambda entry: entry["proof"][0].update(proofPurpose="authentication"),
    "proof's time": lambda entry: entry["proof"][0].update(created="2026-10-02T12:00:01Z"),
    "no proof": put("proof", value=[]),
    "proof that is no array": lambda entry: entry.update(proof=entry["proof"][0]),
    "suite": lambda entry: entry["proof"][0].update(cryptosuite="eddsa-rdfc-2022"),
    "member of an entry": put("note", value="x"),
    "member of a proof": lambda entry: entry["proof"][0].update(expires="2027-01-01T00:00:00Z"),
    "key as a document's": lambda entry: entry["proof"][0].update(verificationMethod=entry["state"]["id"] + "#one"),
}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("forgery", ALTERED.values(), ids=ALTERED)
def test_r15_entry_that_was_altered_refuses_the_whole_log(forgery: Forgery, number: int) -> None:
    history = three()
    entries = parse_lines(history.jsonl)
    assert read_log(history.did, write_lines(entries), None, at=AT_NS).latest.number == 3
    forgery(entries[number - 1])
    refuse(history.did, write_lines(entries))


def test_r15_entry_before_the_last_is_verified_though_a_later_one_holds() -> None:
    # its hash is right, and so is the chain to the next entry: only the signature is a stranger's
    history = three()
    entries = parse_lines(history.jsonl)
    entries[1] = seal(entries[1], entries[0]["versionId"], 2, key="stranger")
    entries[2] = seal(entries[2], entries[1]["versionId"], 3)
    refuse(history.did, write_lines(entries))
    entries[1] = seal(entries[1], entries[0]["versionId"], 2)
    entries[2] = seal(entries[2], entries[1]["versionId"], 3)
    assert read_log(history.did, write_lines(entries), None, at=AT_NS).latest.number == 3


@pytest.mark.parametrize("previous", ["3", "1-" + SCID, "{SCID}"])
def test_r15_hash_chain_that_is_broken_is_refused(previous: str) -> None:
    history = three()
    entries = parse_lines(history.jsonl)
    entries[2] = seal(entries[2], previous, 3)
    refuse(history.did, write_lines(entries))


@pytest.mark.parametrize("numbers", [[1, 3], [2], [1, 2, 2], [1, 1], [2, 1], [1, 3, 2]])
def test_r15_gap_repetition_or_other_order_of_versions_is_refused(numbers: list[int]) -> None:
    history = three()
    lines = history.jsonl.splitlines(keepends=True)
    refuse(history.did, b"".join(lines[number - 1] for number in numbers))


@pytest.mark.parametrize("number", ["3", "02", "1", "-2", "2.0", ""])
def test_r15_version_number_that_is_not_the_next_is_refused(number: str) -> None:
    history = History.begin().extend()
    entries = parse_lines(history.jsonl)
    assert seal(entries[1], entries[0]["versionId"], 2) == entries[1]
    entries[1] = seal(entries[1], entries[0]["versionId"], number)
    refuse(history.did, write_lines(entries))


TIMES = {
    "equal to the one before": "2026-10-01T12:00:00Z",
    "before the one before": "2026-10-01T11:59:59Z",
    "to come": "2026-11-01T12:01:01Z",
    "year 9999": "9999-06-15T00:00:00Z",
    "not UTC": "2026-10-02T14:00:00+02:00",
    "no zone": "2026-10-02T12:00:00",
    "a number": 1790000000,
}


@pytest.mark.parametrize("time", TIMES.values(), ids=TIMES)
def test_r15_version_time_that_is_equal_earlier_or_to_come_is_refused(time: object) -> None:
    # of the entry in the middle, which another follows whose time is right
    history = three()
    entries = parse_lines(history.jsonl)
    entries[1]["versionTime"] = time
    bare = {name: value for name, value in entries[1].items() if name != "proof"}
    proof = entries[1]["proof"]
    entries[1] = {**bare, "versionId": f"2-{hash_entry(bare, entries[0]['versionId'])}", "proof": proof}
    if isinstance(time, str):
        entries[1] = seal(entries[1], entries[0]["versionId"], 2)
    entries[2] = seal(entries[2], entries[1]["versionId"], 3)
    refuse(history.did, write_lines(entries))


def test_r15_clocks_may_differ_by_a_minute_and_no_more() -> None:
    history = History.begin()
    made = nanoseconds(AT) - 31 * DAY // timedelta(microseconds=1) * 1000
    assert history.read(at=made - CLOCK_SKEW).latest.number == 1
    with pytest.raises(ResolutionError):
        history.read(at=made - CLOCK_SKEW - 1)


@pytest.mark.parametrize(
    ("forgery", "key"),
    [
        (lambda entry: entry["parameters"].pop("updateKeys"), "update"),
        (lambda entry: entry["parameters"].pop("updateKeys"), "next"),
        (lambda entry: entry["parameters"].update(updateKeys=[]), "update"),
        (lambda entry: entry["parameters"].update(updateKeys=[multikey("update")]), "update"),
        (lambda entry: entry["parameters"].update(updateKeys=[multikey("next"), multikey("stranger")]), "stranger"),
        (lambda entry: entry["parameters"].update(updateKeys=None), "update"),
        (lambda entry: entry["parameters"].pop("nextKeyHashes"), "next"),
        (lambda _: None, "update"),
    ],
    ids=["inherited", "omitted", "empty", "old key", "one key more", "null", "no next", "signed by the old key"],
)
def test_r15_update_keys_that_nobody_committed_to_are_refused(forgery: Forgery, key: str) -> None:
    history = History.begin(Changes(next_keys=[multikey("next")]))
    history.extend(Changes(next_keys=[multikey("third")]), key="next")
    assert history.read().latest.parameters.update_keys == (multikey("next"),)
    refuse(*forge(history.jsonl, 2, forgery, key=key))


def test_r15_first_commitment_is_signed_by_the_keys_before_it() -> None:
    # whoever can write the file names a key of its own and commits to another, to sign under the rules of pre-rotation
    history = History.begin().extend()

    def take_over(entry: dict[str, Any]) -> None:
        entry["parameters"] = {"updateKeys": [multikey("stranger")], "nextKeyHashes": [hash_key(multikey("third"))]}

    refuse(*forge(history.jsonl, 2, take_over, key="stranger"))
    did, jsonl = forge(history.jsonl, 2, take_over, key="update")
    assert read_log(did, jsonl, None, at=AT_NS).latest.number == 2


def test_r15_rotated_out_key_signs_nothing_more() -> None:
    history = History.begin().extend(Changes(update_keys=[multikey("next")])).extend(key="next")
    assert history.read().latest.number == 3
    refuse(*forge(history.jsonl, 3, lambda _: None, key="update"))


def test_r15_second_proof_by_a_key_that_may_not_sign_is_refused() -> None:
    history = History.begin()
    (entry,) = parse_lines(history.jsonl)
    stranger = seal(entry, entry["parameters"]["scid"], 1, key="stranger")["proof"]
    refuse(history.did, write_lines([{**entry, "proof": entry["proof"] + stranger}]))
    assert read_log(history.did, write_lines([{**entry, "proof": entry["proof"] * 2}]), None, at=AT_NS)


@pytest.mark.parametrize("number", [1, 2])
def test_r15_document_with_another_scid_is_refused_in_any_entry(number: int) -> None:
    history = History.begin(Changes(portable=True)).extend()

    def swap(entry: dict[str, Any]) -> None:
        aliases = [entry["state"]["id"]]
        text = json.dumps(entry["state"]).replace(history.last.parameters.scid, OTHER_SCID)
        entry["state"] = {**json.loads(text), "alsoKnownAs": aliases}

    did, jsonl = forge(history.jsonl, number, swap)
    refuse(did, jsonl)
    refuse(history.did, jsonl)


def test_r15_placeholder_that_was_left_does_not_make_a_second_log_of_one_scid() -> None:
    history = History.begin()
    (entry,) = parse_lines(history.jsonl)
    scid = entry["parameters"]["scid"]
    entry["state"]["verificationMethod"][0]["controller"] = "did:webvh:{SCID}:acme.example"
    refuse(history.did, write_lines([seal(entry, scid, 1)]))
    entry["state"]["verificationMethod"][0]["controller"] = history.did
    assert read_log(history.did, write_lines([seal(entry, scid, 1)]), None, at=AT_NS)


PARAMETERS: dict[str, tuple[int, Forgery]] = {
    "unknown": (2, put("parameters", "prerotation", value=True)),
    "unknown version": (2, put("parameters", "method", value="did:webvh:99.0")),
    "older version": (1, put("parameters", "method", value="did:webvh:0.5")),
    "no method": (1, lambda entry: entry["parameters"].pop("method")),
    "second scid": (2, put("parameters", "scid", value=SCID)),
    "portable later": (2, put("parameters", "portable", value=True)),
    "portable as text": (2, put("parameters", "portable", value="false")),
    "ttl as text": (2, put("parameters", "ttl", value="60")),
    "negative ttl": (2, put("parameters", "ttl", value=-1)),
    "no list": (2, put("parameters", "watchers", value="https://watcher.example")),
    "list of numbers": (2, put("parameters", "nextKeyHashes", value=[1])),
    "null": (2, put("parameters", "deactivated", value=None)),
    "no object": (2, put("parameters", value=[])),
}


@pytest.mark.parametrize(("number", "forgery"), PARAMETERS.values(), ids=PARAMETERS)
def test_r15_parameter_that_the_specification_does_not_have_is_refused(number: int, forgery: Forgery) -> None:
    refuse(*forge(three().jsonl, number, forgery))
    did, jsonl = forge(three().jsonl, number, put("parameters", "ttl", value=60))
    assert read_log(did, jsonl, None, at=AT_NS).latest.parameters.ttl == 60


@pytest.mark.parametrize(
    "proof",
    [
        {"proofPurpose": "authentication"},
        {"expires": "2027-01-01T00:00:00Z"},
        {"challenge": "x"},
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"type": "Ed25519Signature2020"},
        {"created": "yesterday"},
        {"verificationMethod": "did:webvh:" + SCID + ":acme.example#one"},
    ],
    ids=str,
)
def test_r15_proof_of_another_kind_is_refused_though_its_signature_holds(proof: dict[str, str]) -> None:
    history = History.begin()
    (entry,) = parse_lines(history.jsonl)
    scid = entry["parameters"]["scid"]
    assert read_log(history.did, write_lines([seal(entry, scid, 1, id="urn:x:1")]), None, at=AT_NS)
    refuse(history.did, write_lines([seal(entry, scid, 1, **proof)]))


def test_r15_member_that_no_entry_has_is_refused_though_it_is_signed() -> None:
    history = three()
    for number in (1, 2):
        refuse(*forge(history.jsonl, number, put("note", value="x")))
        did, jsonl = forge(history.jsonl, number, put("state", "note", value="x"))
        assert read_log(did, jsonl, None, at=AT_NS).latest.number == 3


def test_r15_own_scid_is_not_said_a_second_time() -> None:
    history = History.begin().extend()
    scid = history.last.parameters.scid
    refuse(*forge(history.jsonl, 2, put("parameters", "scid", value=scid)))


def test_r15_deactivated_did_that_kept_its_keys_has_no_further_version() -> None:
    history = three()
    refuse(*forge(history.jsonl, 2, put("parameters", "deactivated", value=True)))
    did, jsonl = forge(history.jsonl, 3, put("parameters", "deactivated", value=True))
    assert read_log(did, jsonl, None, at=AT_NS).latest.parameters.deactivated


def test_r15_deactivated_did_has_no_further_version() -> None:
    history = History.begin()
    history.entries.append(deactivate_log(history.last, key=Ed25519Key("update"), at=AT - DAY))
    assert history.read().latest.parameters.deactivated
    entries = parse_lines(history.jsonl)
    after = {**entries[1], "versionTime": "2026-11-01T00:00:00Z", "parameters": {"deactivated": False}}
    refuse(history.did, write_lines([*entries, seal(after, entries[1]["versionId"], 3)]))


def test_r15_rename_of_a_did_that_is_not_portable_or_does_not_say_so_is_refused() -> None:
    def rename(history: History, **members: Any) -> Forgery:
        new = history.did.replace("acme.example", "mallory.example")
        return put("state", value={**rename_document(history.last.state, history.did, new), **members})

    fixed = History.begin().extend()
    refuse(*forge(fixed.jsonl, 2, rename(fixed, alsoKnownAs=[fixed.did])))
    portable = History.begin(Changes(portable=True)).extend()
    refuse(*forge(portable.jsonl, 2, rename(portable)))
    refuse(*forge(portable.jsonl, 2, rename(portable, alsoKnownAs=["did:web:acme.example"])))
    did, jsonl = forge(portable.jsonl, 2, rename(portable, alsoKnownAs=[portable.did]))
    assert read_log(did, jsonl, None, at=AT_NS).latest.did == did


# --- R15: witnesses


@pytest.mark.parametrize(
    "rule",
    [
        {"threshold": 0, "witnesses": [{"id": did_key("w1")}]},
        {"threshold": -1, "witnesses": [{"id": did_key("w1")}]},
        {"threshold": 2, "witnesses": [{"id": did_key("w1")}]},
        {"threshold": True, "witnesses": [{"id": did_key("w1")}]},
        {"threshold": "1", "witnesses": [{"id": did_key("w1")}]},
        {"threshold": None, "witnesses": [{"id": did_key("w1")}]},
        {"threshold": 2, "witnesses": [{"id": did_key("w1")}, {"id": did_key("w1")}]},
        {"threshold": 1, "witnesses": []},
        {"threshold": 0, "witnesses": []},
        {"threshold": 1, "witnesses": [{"id": multikey("w1")}]},
        {"threshold": 1, "witnesses": [{"id": "did:web:witness.example"}]},
        {"threshold": 1, "witnesses": [{"id": did_key("w1"), "weight": 1}]},
        {"threshold": 1, "witnesses": [{"id": did_key("w1")}], "selfweight": 1},
    ],
)
def test_r15_witness_rule_that_would_be_met_by_too_few_is_refused(rule: dict[str, Any]) -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1")
    assert history.read()
    for refused, value in ((True, rule), (False, witnesses(1, "w1").write())):
        did, jsonl = forge(history.jsonl, 1, put("parameters", "witness", value=value))
        version_id = parse_lines(jsonl)[0]["versionId"]
        proof = sign_witness_proof(version_id, Ed25519Key("w1"), at=AT)
        witness = add_witness_proofs(None, version_id, [proof])
        if refused:
            refuse(did, jsonl, witness)
    assert read_log(did, jsonl, witness, at=AT_NS).latest.number == 1


def test_r15_version_without_enough_witnesses_is_refused() -> None:
    history = History.begin(Changes(witness=witnesses(2, "w1", "w2", "w3")))
    refuse(history.did, history.jsonl)
    history.see("w1")
    refuse(history.did, history.jsonl, history.witness)
    history.see("w3")
    assert history.read()


def test_r15_one_witness_that_signs_twice_counts_once() -> None:
    history = History.begin(Changes(witness=witnesses(2, "w1", "w2"))).see("w1")
    records = json.loads(history.witness or b"")
    records[0]["proof"] *= 2
    refuse(history.did, history.jsonl, json.dumps(records * 2).encode())


def test_r15_witness_proof_of_another_did_is_not_replayed_here() -> None:
    rule = Changes(witness=witnesses(1, "w1"))
    theirs = History.begin(rule, "theirs").extend().see("w1")
    ours = History.begin(rule, "ours").extend()
    assert theirs.read()
    refuse(ours.did, ours.jsonl, theirs.witness)
    # nor under a versionId of ours: the signature is over theirs
    records = json.loads(theirs.witness or b"")
    records[0]["versionId"] = ours.last.id
    refuse(ours.did, ours.jsonl, json.dumps(records).encode())
    assert ours.see("w1").read()


def test_r15_entry_that_turns_witnesses_off_or_replaces_them_is_still_witnessed_by_them() -> None:
    for changes in (Changes(witness=NO_WITNESS), Changes(witness=witnesses(1, "stranger"))):
        history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1").extend(changes)
        refuse(history.did, history.jsonl, history.witness)
        stolen = History(history.entries, history.witness).see("stranger")
        refuse(stolen.did, stolen.jsonl, stolen.witness)
        assert history.see("w1").read().latest.number == 2


def test_r15_proof_of_an_unpublished_version_approves_nothing_before_it() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).extend().see("w1")
    assert history.read().latest.number == 2
    refuse(history.did, history.entries[0].line, history.witness)


def test_r15_witness_proof_for_another_purpose_is_refused() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1")
    records = json.loads(history.witness or b"")
    records[0]["proof"][0]["proofPurpose"] = "authentication"
    refuse(history.did, history.jsonl, json.dumps(records).encode())


# --- R17, and what the network brings


class FakeFetcher:
    """Answers from a dictionary that the test changes."""

    allows_loopback = False

    def __init__(self, history: History) -> None:
        self.answers: dict[str, bytes | None] = {LOG_URL: history.jsonl, WITNESS_URL: history.witness}
        self.asked: list[tuple[str, int]] = []

    async def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        self.asked.append((url, max_bytes))
        answer = self.answers.get(url)
        if answer is None:
            raise EgressError("nothing is there", code="not_found")
        if len(answer) > max_bytes:
            raise EgressError("too large")
        return answer


def resolve(resolver: NetworkResolver, did: str, version: VersionRequest | None = None) -> Any:
    never = timedelta(0)
    if version is not None:
        return asyncio.run(resolver.resolve_version(did, version, max_age=never))
    return asyncio.run(resolver.resolve(did, max_age=never))


def key_names(resolution: Any) -> set[str]:
    return {name.partition("#")[2] for name in resolution.document.methods}


def test_r17_log_that_was_cut_back_is_refused_and_a_rotated_out_key_does_not_return() -> None:
    history = History.begin()
    old = history.jsonl
    history.extend(state=document(history.did, "two"))
    fetcher = FakeFetcher(history)
    resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
    assert key_names(resolve(resolver, history.did)) == {"two"}
    fetcher.answers[LOG_URL] = old
    for version in (None, VersionRequest(number=1), VersionRequest(time=AT_NS)):
        with pytest.raises(HistoryLostError) as refusal:
            resolve(resolver, history.did, version)
        assert refusal.value.code == "did_unresolvable"
    resolver.forget(history.did)
    with pytest.raises(HistoryLostError):
        resolve(resolver, history.did)
    # a resolver that never saw more cannot know, and the whole log is welcome again
    assert key_names(resolve(NetworkResolver(fetcher, clock=FakeClock(AT)), history.did)) == {"one"}
    fetcher.answers[LOG_URL] = history.extend().jsonl
    assert key_names(resolve(resolver, history.did)) == {"two"}


def test_r17_branch_that_leaves_out_a_version_that_was_seen_is_refused_however_long_it_is() -> None:
    history = History.begin()
    fork = History(list(history.entries)).extend(Changes(ttl=1)).extend().extend()
    history.extend()
    fetcher = FakeFetcher(history)
    resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
    resolve(resolver, history.did)
    fetcher.answers[LOG_URL] = fork.jsonl
    with pytest.raises(HistoryLostError):
        resolve(resolver, history.did)


def test_r17_log_that_moved_is_remembered_by_its_scid() -> None:
    history = History.begin(Changes(portable=True))
    old_did, old = history.did, history.jsonl
    new = history.did.replace("acme.example", "new.example")
    history.extend(state=rename_document(history.last.state, old_did, new))
    fetcher = FakeFetcher(history)
    fetcher.answers["https://new.example/.well-known/did.jsonl"] = history.jsonl
    fetcher.answers[LOG_URL] = old
    resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
    assert resolve(resolver, new).document.id == new
    # whoever has the old host still serves the log as it was before the move
    with pytest.raises(HistoryLostError):
        resolve(resolver, old_did)


def test_r17_memory_of_versions_is_bounded() -> None:
    seen = SeenVersions(max_entries=2)
    histories = [History.begin(None, name).extend() for name in ("a", "b", "c")]
    for history in histories:
        seen.check(history.read())
    # the oldest is forgotten, the others are not
    seen.check(read_log(histories[0].did, histories[0].entries[0].line, None, at=AT_NS))
    with pytest.raises(HistoryLostError):
        seen.check(read_log(histories[2].did, histories[2].entries[0].line, None, at=AT_NS))


def test_r15_log_with_a_broken_entry_resolves_only_versions_that_are_named_before_it() -> None:
    history = three()
    entries = parse_lines(history.jsonl)
    entries[2]["proof"] = []
    fetcher = FakeFetcher(history)
    fetcher.answers[LOG_URL] = write_lines(entries)
    resolver = NetworkResolver(fetcher, clock=FakeClock(AT))
    refused = (None, VersionRequest(number=3), VersionRequest(time=AT_NS), VersionRequest(id=entries[2]["versionId"]))
    for version in refused:
        with pytest.raises(ResolutionError):
            resolve(resolver, history.did, version)
    between = nanoseconds(AT - 31 * DAY + timedelta(hours=1))
    for version in (VersionRequest(number=2), VersionRequest(id=entries[1]["versionId"]), VersionRequest(time=between)):
        assert resolve(resolver, history.did, version).document.id == history.did


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.0.0.1%3A8443", "127.0.0.1%3a8443", "2130706433", "0x7f.1", "0177.0.0.1", "127.1",
        "127%2E0%2E0%2E1", "127%2e0%2e0%2e1", "%5B%3A%3A1%5D", "169.254.169.254",
        "%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1", "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1", "127%E3%80%820%E3%80%820%E3%80%821",
    ],
)  # fmt: skip  # spellings of addresses read best as a block
def test_r04_address_in_any_spelling_is_no_host_of_a_did_webvh(host: str) -> None:
    with pytest.raises(ResolutionError):
        did_webvh_urls(f"did:webvh:{SCID}:{host}")
    assert did_webvh_urls(f"did:webvh:{SCID}:127.0.0.1.example")[0].startswith("https://127.0.0.1.example/")


@pytest.mark.parametrize(
    "rest",
    [
        "acme.example:..", "acme.example:%2e%2e", "acme.example:%2E%2E:secret", "acme.example:a%2Fb",
        "acme.example:a%252Fb", "acme.example:%00", "acme.example::a", "acme.example:a%5Cb", "acme.example:%3F",
        "acme.example:%FF", "ac%6De.example", "acme.example%40mallory.example", "acme.example%2Fmallory",
        "acme.example%3A", "acme.example%3A0", "acme.example%3A99999", "acme.example%3A80%3A81", "", ":a",
    ],
)  # fmt: skip  # as above
def test_r06_percent_encoding_that_leads_elsewhere_is_refused(rest: str) -> None:
    with pytest.raises(ResolutionError):
        did_webvh_urls(f"did:webvh:{SCID}:{rest}")


@pytest.mark.parametrize("colon", ["%3A", "%3a"])
def test_r06_colon_of_a_port_is_read_in_either_case(colon: str) -> None:
    assert did_webvh_urls(f"did:webvh:{SCID}:acme.example{colon}8443:a")[1] == (
        "https://acme.example:8443/a/did-witness.json"
    )


@pytest.mark.parametrize("did", [f"did:webvh:{OTHER_SCID}:acme.example", f"did:webvh:{SCID}:acme.example"])
def test_r07_log_of_another_did_is_refused(did: str) -> None:
    history = History.begin()
    refuse(did, history.jsonl)
    refuse(history.did.replace("acme.example", "mallory.example"), history.jsonl)
    assert read_log(history.did, history.jsonl, None, at=AT_NS).did == history.did


def test_r08_files_are_bounded_in_bytes_entries_and_records(monkeypatch: pytest.MonkeyPatch) -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1")
    fetcher = FakeFetcher(history)
    resolve(NetworkResolver(fetcher, clock=FakeClock(AT)), history.did)
    assert fetcher.asked == [(LOG_URL, MAX_LOG_BYTES), (WITNESS_URL, MAX_WITNESS_BYTES)]
    line = history.jsonl.rstrip()
    padding = MAX_LOG_BYTES - len(line) - 1
    assert read_log(history.did, line + b" " * padding + b"\n", history.witness, at=AT_NS)
    refuse(history.did, line + b" " * (padding + 1) + b"\n", history.witness)
    monkeypatch.setattr(log, "MAX_ENTRIES", 2)
    history.extend().see("w1")
    assert history.read()
    history.extend().see("w1")
    refuse(history.did, history.jsonl, history.witness)


def test_r08_witness_proofs_are_bounded_in_bytes_and_records() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1")
    records = (history.witness or b"").removesuffix(b"]")
    padding = MAX_WITNESS_BYTES - len(records) - 1
    assert read_log(history.did, history.jsonl, records + b" " * padding + b"]", at=AT_NS)
    refuse(history.did, history.jsonl, records + b" " * (padding + 1) + b"]")
    assert read_log(history.did, history.jsonl, records + b',{"versionId":"9-x"}' * 2047 + b"]", at=AT_NS)
    refuse(history.did, history.jsonl, records + b',{"versionId":"9-x"}' * 2048 + b"]")


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"versionId":1,"versionId":2}', b"\xff", b"[" * 5000])
def test_r08_line_that_is_no_entry_is_refused_wherever_it_stands(line: bytes) -> None:
    history = History.begin()
    for jsonl in (line, line + b"\n" + history.jsonl, history.jsonl + line + b"\n"):
        refuse(history.did, jsonl)


def test_builder_writes_nothing_that_a_resolver_would_refuse() -> None:
    history = History.begin()
    makers: list[Callable[[], object]] = [
        lambda: history.extend(key="stranger"),
        lambda: history.extend(Changes(portable=True)),
        lambda: history.extend(state=document(history.did.replace("acme", "mallory"), "one")),
        lambda: History.begin(Changes(witness=witnesses(2, "w1"))),
        lambda: add_witness_proofs(b"{}", history.last.id, []),
    ]
    for make in makers:
        with pytest.raises(MalformedError):
            make()
