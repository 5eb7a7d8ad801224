"""Making entries of a did:webvh log, and the proofs of witnesses."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from legation.errors import InvalidKeyError, MalformedError
from legation.standards.did.webvh.building import (
    NO_WITNESS,
    Changes,
    add_witness_proofs,
    create_log,
    deactivate_log,
    extend_log,
    sign_witness_proof,
)
from legation.standards.did.webvh.parameters import hash_key
from legation.standards.jcs import canonicalize
from legation.standards.multiformats import encode_base58
from tests.support.keys import Ed25519Key, P256Key
from tests.support.webvh import AT, BEGAN, DAY, History, did_key, document, multikey, parse_lines, witnesses

UPDATE = Ed25519Key("update")


def test_first_entry_has_the_scid_wherever_its_place_was_kept() -> None:
    state = document("did:webvh:{SCID}:acme.example:{SCID}", "one")
    history = History([create_log(state, Changes(), key=UPDATE, at=BEGAN + timedelta(microseconds=1))])
    scid = history.last.parameters.scid
    assert history.did == f"did:webvh:{scid}:acme.example:{scid}"
    assert b"{SCID}" not in history.jsonl
    assert history.last.written_time == "2026-10-01T12:00:00Z"
    assert history.read().latest == history.last


def test_scid_in_the_names_of_members_changes_their_order() -> None:
    # "Q…" sorts before "R", and "{" after it
    state = document("did:webvh:{SCID}:acme.example", "one", note={"{SCID}": 1, "R": [{'{SCID}"': 2, "R": "é"}]})
    history = History([create_log(state, Changes(), key=UPDATE, at=BEGAN)])
    scid = history.last.parameters.scid
    assert history.read().latest.state["note"] == {scid: 1, "R": [{f'{scid}"': 2, "R": "é"}]}
    (entry,) = parse_lines(history.jsonl)
    draft = {**entry, "versionId": "{SCID}"}
    del draft["proof"]
    written = canonicalize(json.loads(json.dumps(draft).replace(scid, "{SCID}")))
    assert scid == encode_base58(b"\x12\x20" + sha256(written).digest())


def test_entry_says_only_what_changes() -> None:
    history = History.begin().extend().extend(Changes(ttl=60))
    first, second, third = (entry["parameters"] for entry in parse_lines(history.jsonl))
    assert first == {
        "method": "did:webvh:1.0",
        "scid": history.last.parameters.scid,
        "updateKeys": [multikey("update")],
    }
    assert (second, third) == ({}, {"ttl": 60})
    assert history.jsonl.count(b"\n") == 3
    assert b": " not in history.jsonl


def test_entry_is_extended_from_the_version_alone() -> None:
    history = History.begin().extend()
    log = history.read()
    entry = extend_log(log.latest, key=UPDATE, at=AT)
    assert History([*history.entries, entry]).read().latest == entry.version


def test_pre_rotation_takes_the_keys_that_were_committed_to_until_it_is_ended() -> None:
    history = History.begin(Changes(next_keys=[multikey("next")]))
    assert history.last.parameters.next_key_hashes == (hash_key(multikey("next")),)
    history.extend(Changes(next_keys=[multikey("third")]), key="next")
    with pytest.raises(MalformedError):
        history.extend(Changes(next_keys=[]), key="next")
    with pytest.raises(MalformedError):
        history.extend(key="third")
    history.extend(Changes(next_keys=[]), key="third").extend(key="third")
    assert history.read().latest.parameters.update_keys == (multikey("third"),)


def test_deactivation_leaves_no_key_and_ends_pre_rotation_first() -> None:
    history = History.begin(Changes(next_keys=[multikey("next")]))
    with pytest.raises(MalformedError):
        deactivate_log(history.last, key=Ed25519Key("next"), at=AT)
    history.extend(Changes(next_keys=[]), key="next")
    history.entries.append(deactivate_log(history.last, key=Ed25519Key("next"), at=AT))
    parameters = history.read().latest.parameters
    assert (parameters.deactivated, parameters.update_keys) == (True, ())
    with pytest.raises(MalformedError):
        extend_log(history.last, key=Ed25519Key("next"), at=AT + DAY)


def test_entries_within_a_second_are_a_second_apart_until_they_run_ahead() -> None:
    history = History.begin()
    for _ in range(3):
        history.entries.append(extend_log(history.last, key=UPDATE, at=BEGAN))
    assert history.last.written_time == "2026-10-01T12:00:03Z"
    assert history.read().latest.number == 4
    with pytest.raises(MalformedError):
        extend_log(history.last, key=UPDATE, at=BEGAN - timedelta(seconds=30))


def test_log_is_signed_by_ed25519_keys_alone() -> None:
    history = History.begin()
    with pytest.raises(InvalidKeyError):
        extend_log(history.last, key=P256Key("update"), at=AT)
    with pytest.raises(InvalidKeyError):
        sign_witness_proof(history.last.id, P256Key("w1"), at=AT)


@pytest.mark.parametrize("state", [{}, {"id": "did:web:acme.example"}, {"id": "did:webvh:{SCID}:com"}, {"id": 1}])
def test_document_that_is_no_did_webvhs_makes_no_entry(state: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        create_log(state, Changes(), key=UPDATE, at=AT)


def test_witness_file_keeps_each_witnesses_newest_proof_of_what_is_published() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1", "w2"))).see("w1", "w2")
    history.extend().see("w1")
    kept = {
        (record["versionId"][0], proof["verificationMethod"].partition("#")[0])
        for record in json.loads(history.witness or b"")
        for proof in record["proof"]
    }
    assert kept == {("2", did_key("w1")), ("1", did_key("w2"))}
    assert history.read().latest.number == 2
    history.extend(Changes(witness=NO_WITNESS)).see("w2")
    assert history.read().latest.number == 3


def test_proof_of_a_version_that_is_not_published_yet_displaces_none() -> None:
    history = History.begin(Changes(witness=witnesses(1, "w1"))).see("w1")
    coming = History(list(history.entries), history.witness).extend()
    published = [entry.version for entry in history.entries]
    proof = sign_witness_proof(coming.last.id, Ed25519Key("w1"), at=AT)
    early = add_witness_proofs(history.witness, coming.last.id, [proof], published=published)
    # "The Witness Proofs File": it is published before the log, and both logs hold with it
    assert History(history.entries, early).read().latest.number == 1
    assert History(coming.entries, early).read().latest.number == 2
