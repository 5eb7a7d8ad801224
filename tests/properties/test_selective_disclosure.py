"""Laws of what is disclosed in part: what is chosen verifies, what is changed does not, and no more is shown."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.errors import LegationError, MalformedError, ProofError
from legation.standards.data_integrity.ecdsa_sd_2023_values import read_base_value, read_derived_value
from legation.standards.multiformats import decode_base64url, encode_base64url
from legation.standards.selective_disclosure.pointers import parse_pointers, select, write_pointer
from legation.standards.selective_disclosure.proof_values import read_proof_value, write_proof_value
from tests.support.disclosed import base, contexts, derived, document, standard_base, verify

LAW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25, deadline=None)
# values that JSON-LD takes whole
WHOLE = ("route", "settings")


def paths(value: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [above] if above else []
    if above and above[-1] in WHOLE:
        return found
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        if name not in ("@context", "proof"):
            found += paths(member, (*above, str(name)))
    return found


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        members = value.values() if isinstance(value, dict) else value
        return [leaf for member in members for leaf in leaves(member)]
    return [str(value)]


POINTERS = [write_pointer(path) for path in paths(document())]
CHOICES = st.lists(st.sampled_from(POINTERS), max_size=6)


@LAW
@given(mandatory=st.lists(st.sampled_from(POINTERS), min_size=1, max_size=3), chosen=CHOICES)
def test_whatever_is_chosen_verifies_and_is_all_that_is_shown(mandatory: list[str], chosen: list[str]) -> None:
    whole = base(mandatory=tuple(mandatory))
    shown = derived(*chosen, of=whole)
    verify(shown)
    expected = select(document(), parse_pointers([*mandatory, *chosen]))
    assert {name: value for name, value in shown.items() if name != "proof"} == expected
    hidden = set(leaves(document())) - set(leaves(expected))
    text = json.dumps({**shown, "proof": None}) + str(decode_base64url(shown["proof"]["proofValue"][1:]))
    assert not any(value in text for value in hidden if len(value) > 3)
    kept, all_of_it = (
        read_derived_value(shown["proof"]["proofValue"]),
        read_base_value(whole["proof"]["proofValue"]),
    )
    assert set(kept.signatures) <= set(all_of_it.signatures)
    assert all_of_it.hmac_key not in decode_base64url(shown["proof"]["proofValue"][1:])


@cache
def shown_text() -> str:
    return json.dumps(derived("/credentialSubject/boards/0", "/credentialSubject/nickname", "/name"))


def shown() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shown_text())
    return found


SHOWN_PATHS = [path for path in paths(shown()) if path]


def parent_of(value: Any, path: tuple[str, ...]) -> tuple[Any, Any]:
    for step in path[:-1]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value, int(path[-1]) if isinstance(value, list) else path[-1]


@pytest.mark.parametrize("path", SHOWN_PATHS, ids=[write_pointer(path) for path in SHOWN_PATHS])
def test_no_member_can_be_dropped_or_changed(path: tuple[str, ...]) -> None:
    good = shown()
    verify(good)
    less = copy.deepcopy(good)
    parent, name = parent_of(less, path)
    del parent[name]
    other = copy.deepcopy(good)
    parent, name = parent_of(other, path)
    parent[name] = f"{parent[name]}x" if isinstance(parent[name], str) else {"boardName": "another"}
    for changed in (less, other):
        with pytest.raises(LegationError):
            verify(changed)


@settings(LAW, max_examples=120)
@given(data=st.data())
def test_no_byte_of_a_proof_value_can_be_changed(data: st.DataObject) -> None:
    changed = shown()
    raw = bytearray(decode_base64url(changed["proof"]["proofValue"][1:]))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    changed["proof"]["proofValue"] = "u" + encode_base64url(bytes(raw))
    with pytest.raises(ProofError):
        verify(changed)


@settings(LAW, max_examples=60)
@given(data=st.data())
def test_no_character_of_a_proof_value_can_be_changed(data: st.DataObject) -> None:
    changed = shown()
    text = changed["proof"]["proofValue"]
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABab01-_+/=. é").filter(lambda character: character != text[place]))
    changed["proof"]["proofValue"] = text[:place] + other + text[place + 1 :]
    with pytest.raises(ProofError):
        verify(changed)


@settings(LAW, max_examples=300)
@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_as_they_would_be_written_or_refused(data: bytes) -> None:
    text = "u" + encode_base64url(b"\xd9\x5d\x01" + data)
    try:
        components = read_proof_value(text, b"\xd9\x5d\x01")
    except ProofError:
        return
    assert write_proof_value(b"\xd9\x5d\x01", components) == text


@LAW
@given(chosen=st.lists(st.text(max_size=20).map(lambda text: "/" + text), min_size=1, max_size=3))
def test_whatever_pointer_comes_is_used_or_refused(chosen: list[str]) -> None:
    try:
        found = derived(*chosen, of=standard_base())
    except MalformedError:
        return
    verify(found)


@settings(LAW, max_examples=200)
@given(path=st.lists(st.text(max_size=8), max_size=5))
def test_pointer_is_read_as_it_was_written(path: list[str]) -> None:
    pointer = write_pointer(tuple(path))
    if path and path[0] in ("@context", "proof"):
        with pytest.raises(MalformedError):
            parse_pointers([pointer])
    else:
        assert parse_pointers([pointer]) == (tuple(path),)


def test_contexts_of_the_laws_are_the_same_every_time() -> None:
    assert contexts() is contexts()
