"""The quick reader of hops never says anything that the exact one does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.domain.delegation.credential import Hop, parse_hop
from legation.domain.delegation.issuance import Terms, issue_root
from legation.domain.delegation.typed import read_typed
from legation.errors import LegationError
from legation.standards.jose import split_jws
from legation.standards.strict_json import parse_json
from tests.support.chains import AT, FROM, UNTIL, copy, credential, delegation_of, parties, read
from tests.support.strategies import authorities

FIELDS = [name for name in Hop.__struct_fields__ if name not in {"source", "plain"}]
LAW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=150)
ODD_TEXTS = ["", "\u200b", "e\u0301", "a\\b", "\x7f", 'say "so"', "é", "\n", "did:web:a.example", "*", FROM, UNTIL]
ODD = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.sampled_from([None, True, 1.0, -0.0, -1, 0, 17, 2**53, 2**70, [], {}, [1], ["a", "a"], {"id": "x"}]),
)
MEMBER_NAMES = st.sampled_from(
    ["id", "type", "name", "parent", "usageLedger", "iss", "exp", "proof", "x", "constraints"]
)


def exactly(text: bytes) -> Hop | None:
    try:
        return parse_hop(parse_json(text), enveloped=True)
    except LegationError:
        return None


def same(quick: Hop, exact: Hop | None) -> bool:
    return exact is not None and all(getattr(quick, name) == getattr(exact, name) for name in FIELDS)


def written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


@LAW
@given(authorities())
def test_on_generated_authority_both_readers_agree(details: list[dict[str, Any]]) -> None:
    first, second = parties(1)[:2]
    document = credential(0, first, second, details=details)
    text = written(document)
    quick = read_typed(text, unique=False)
    assert quick is None or same(quick, exactly(text))


@LAW
@given(st.data())
def test_on_mutated_hops_the_quick_reader_takes_nothing_that_the_exact_one_refuses(data: st.DataObject) -> None:
    first, second, third = parties(2)[:3]
    parent = credential(0, first, second)
    document = credential(1, second, third, parent=parent)
    places: list[Any] = [document]
    for place in places:
        places.extend(
            child for child in (place.values() if isinstance(place, dict) else place) if isinstance(child, dict | list)
        )
    place = data.draw(st.sampled_from(places))
    value = data.draw(ODD)
    if isinstance(place, dict):
        place[data.draw(st.one_of(st.sampled_from(sorted(place)), MEMBER_NAMES))] = value
    else:
        place.append(value)
    for unique in (False, True):
        text = written(document)
        quick = read_typed(text, unique=unique)
        assert quick is None or same(quick, exactly(text))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b'"maxDepth":', b'"maxDepth":3,"maxDepth":'),
        lambda text: text.replace(b'"actions":', b'"actions":["*"],"actions":'),
        lambda text: text.replace(b'"constraints":{', b'"constraints":{"maxUses":1,"maxUses":'),
        lambda text: text.replace(b'"currency":"EUR"', b'"currency":"EUR","currency":"EUR"'),
    ],
)
def test_a_member_that_stands_twice_is_never_taken(change: Any) -> None:
    first, second = parties(1)[:2]
    money = {"maxCost": {"amount": "5", "currency": "EUR"}}
    document = credential(0, first, second, details=[{"type": "t", "actions": ["a"], "constraints": money}])
    text = written(document)
    assert read_typed(text, unique=False) is None or same(read_typed(text, unique=False), exactly(text))  # type: ignore[arg-type]  # not None here
    assert read_typed(change(text), unique=False) is None


def test_what_we_issue_is_taken_by_the_quick_reader() -> None:
    first, second = parties(1)[:2]
    details = delegation_of(credential(0, first, second))["authorizationDetails"]
    terms = Terms("urn:uuid:1", second.did, AT, AT.replace(hour=9), copy(details), 3)
    token = issue_root(first, terms, principal=first.did, at=AT, form=None)
    wire = token.wire if isinstance(token.wire, str) else None
    document = read(token.wire if wire is None else wire)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    quick = read_typed(written(unsecured), unique=False)
    assert quick is not None
    assert same(quick, exactly(written(unsecured)))


def test_a_token_of_ours_is_taken_by_the_quick_reader() -> None:
    from legation.domain.delegation.issuance import Format

    first, second = parties(1)[:2]
    details = delegation_of(credential(0, first, second))["authorizationDetails"]
    terms = Terms("urn:uuid:1", second.did, AT, AT.replace(hour=9), copy(details), 3)
    token = issue_root(first, terms, principal=first.did, at=AT, form=Format.JWT)
    assert isinstance(token.wire, str)
    assert read_typed(split_jws(token.wire, typ="vc+jwt").payload, unique=False) is not None
