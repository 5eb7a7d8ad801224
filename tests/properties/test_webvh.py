"""Laws of did:webvh logs."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import ResolutionError
from legation.standards.did.webvh.building import Changes
from legation.standards.did.webvh.log import read_log
from tests.support.webvh import AT_NS, History, document, multikey, witnesses

NAMES = ("one", "two", "three")


@cache
def witnessed() -> History:
    history = History.begin(Changes(witness=witnesses(1, "w1"), next_keys=[multikey("next")])).see("w1")
    return history.extend(Changes(next_keys=[]), key="next").see("w1")


@given(st.data())
def test_log_with_any_byte_changed_is_refused(data: st.DataObject) -> None:
    history = witnessed()
    jsonl = bytearray(history.jsonl)
    at = data.draw(st.integers(0, len(jsonl) - 1))
    new = data.draw(st.integers(0, 255).filter(lambda byte: byte != jsonl[at]))
    # the last line feed alone says nothing
    if at == len(jsonl) - 1 and chr(new) in " \t\r":
        return
    jsonl[at] = new
    with pytest.raises(ResolutionError):
        read_log(history.did, bytes(jsonl), history.witness, at=AT_NS)


@given(st.lists(st.sets(st.sampled_from(NAMES), min_size=1), min_size=1, max_size=4))
def test_periods_of_keys_say_what_the_documents_said(listed: list[set[str]]) -> None:
    history = History.begin(state=document("did:webvh:{SCID}:acme.example", *sorted(listed[0])))
    for names in listed[1:]:
        history.extend(state=document(history.did, *sorted(names)))
    log = history.read()
    periods = log.key_periods()
    for version, names in zip(log.versions, listed, strict=True):
        for time in (version.time, version.time + 1):
            then = {p.method.partition("#")[2] for p in periods if p.since <= time and (not p.until or time < p.until)}
            assert then == names
            assert {name.partition("#")[2] for name in log.document_at(time).methods} == names
