"""The laws of attenuation and of parsing, over generated authority and over whatever bytes come."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.domain.chain import Chain
from legation.domain.delegation.authority import Detail, parse_detail, parse_details
from legation.domain.delegation.compact import compress, expand
from legation.domain.delegation.credential import parse_hop
from legation.domain.delegation.location import parse_location
from legation.domain.delegation.predicates import parse_predicates
from legation.domain.delegation.request import Circumstances, parse_request
from legation.domain.material import Material
from legation.domain.principal import parse_principal
from legation.domain.reading import needed_material
from legation.domain.submission import parse_submission, read_submission
from legation.domain.trust import TrustAnchors, parse_trust_anchors
from legation.domain.verification import Expectation, judge
from legation.errors import LegationError
from legation.standards.data_integrity.hop_proofs import parse_proofs
from legation.standards.jose import find_type, parse_jws
from legation.standards.multiformats import decode_base58, decode_base64url, decode_multikey
from legation.standards.strict_json import parse_json
from legation.standards.timestamps import parse_timestamp
from tests.support import oracle
from tests.support.chains import (
    AT,
    CHALLENGE,
    DOMAIN,
    EMBEDDED,
    REQUEST,
    TOKEN,
    copy,
    delegation_of,
    forge_chain,
    forge_presentation,
    forge_presentation_token,
    honest_chain,
    judged_bare,
    parties,
)
from tests.support.strategies import (
    CONSTRAINT,
    EVERY_VALUE,
    LOCATIONS,
    PREDICATE,
    authorities,
    details,
    forged,
    hours,
    narrowed,
    predicates,
    requests,
    subset,
)

OWN_NAMES = frozenset({"https://a.example", "did:web:b.example"})
HERE = Circumstances(AT, OWN_NAMES)
RANKS = {
    None: oracle.YES,
    "charge_required": oracle.CHARGE,
    "budget_exhausted": oracle.EXHAUSTED,
    "approval_required": oracle.APPROVAL,
    "outside_hours": oracle.HOURS,
    "request_not_covered": oracle.NO,
}
# generation is slow, and what is generated is meant to be large
LAW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=100)


def parsed(value: dict[str, Any]) -> Detail:
    return parse_detail(value, "")


def rank(detail: Detail, request: dict[str, Any]) -> int:
    """Say what a request meets at an object; a request that cannot be read meets nothing."""
    with suppress(LegationError):
        return RANKS[detail.find_objection(parse_request(request), HERE)]
    return oracle.NO


# ------------------------------------------------------------------ attenuation


@LAW
@given(details())
def test_authority_is_narrower_than_itself_in_any_spelling(value: dict[str, Any]) -> None:
    again = parsed({name: value[name] for name in reversed(value)})
    assert parsed(value).covers(parsed(value))
    assert parsed(value).covers(again)
    assert again.covers(parsed(value))


@LAW
@given(st.data())
def test_narrower_than_narrower_is_narrower(data: st.DataObject) -> None:
    top = data.draw(details())
    middle = data.draw(st.one_of(narrowed(top), forged(top)))
    bottom = data.draw(st.one_of(narrowed(middle), forged(middle)))
    if parsed(top).covers(parsed(middle)) and parsed(middle).covers(parsed(bottom)):
        assert parsed(top).covers(parsed(bottom))


@LAW
@given(st.data())
def test_two_that_are_narrower_than_each_other_admit_the_same(data: st.DataObject) -> None:
    one = data.draw(details())
    other = data.draw(forged(one))
    if parsed(one).covers(parsed(other)) and parsed(other).covers(parsed(one)):
        request = data.draw(requests(one))
        assert rank(parsed(one), request) == rank(parsed(other), request)


@LAW
@given(st.data())
def test_what_is_narrowed_step_by_step_is_narrower(data: st.DataObject) -> None:
    parent = data.draw(details())
    assert parsed(parent).covers(parsed(data.draw(narrowed(parent))))


@LAW
@given(st.data())
def test_forged_child_is_narrower_exactly_where_the_design_page_says_so(data: st.DataObject) -> None:
    parent = data.draw(details())
    child = data.draw(forged(parent))
    assert parsed(parent).covers(parsed(child)) == oracle.narrower(parent, child)


@LAW
@given(st.data())
def test_request_meets_what_the_design_page_says(data: st.DataObject) -> None:
    value = data.draw(details())
    request = data.draw(requests(value))
    assert rank(parsed(value), request) == oracle.meets(value, request, AT, OWN_NAMES)


@LAW
@given(st.data())
def test_no_request_is_accepted_by_a_child_and_refused_by_its_parent(data: st.DataObject) -> None:
    parent = data.draw(details())
    child = data.draw(st.one_of(narrowed(parent), forged(parent)))
    request = data.draw(requests(child))
    if parsed(parent).covers(parsed(child)) and rank(parsed(child), request) <= oracle.CHARGE:
        assert rank(parsed(parent), request) <= rank(parsed(child), request)


@pytest.mark.parametrize("name", sorted(CONSTRAINT))
@settings(LAW, max_examples=60)
@given(data=st.data())
def test_no_request_is_accepted_by_a_constraint_and_refused_by_the_wider_one(name: str, data: st.DataObject) -> None:
    only = ("arguments", name) if name == "closedArguments" else (name,)
    parent = data.draw(details(only=only))
    child = copy(parent)
    child["constraints"][name] = data.draw(CONSTRAINT[name])
    if name == "closedArguments":
        child["constraints"]["arguments"] = data.draw(CONSTRAINT["arguments"])
    covered = parsed(parent).covers(parsed(child))
    assert covered == oracle.narrower(parent, child)
    request = data.draw(requests(child))
    if covered:
        assert rank(parsed(parent), request) <= rank(parsed(child), request)


@pytest.mark.parametrize("name", sorted(PREDICATE))
@settings(LAW, max_examples=100)
@given(data=st.data())
def test_no_argument_satisfies_a_predicate_and_not_the_one_that_it_implies(name: str, data: st.DataObject) -> None:
    own = {name: data.draw(PREDICATE[name])}
    child = data.draw(st.one_of(st.fixed_dictionaries({name: PREDICATE[name]}), predicates()))
    above, below = parse_predicates(own, ""), parse_predicates(child, "")
    implied = above.find_widening(below) is None
    assert implied == oracle.argument_narrower(own, child)
    for value in EVERY_VALUE:
        satisfied = below.satisfied_by(value)
        assert satisfied == oracle.argument_satisfies(child, value), value
        assert not (implied and satisfied) or above.satisfied_by(value), value


@LAW
@given(data=st.data())
def test_no_location_is_admitted_by_a_child_and_not_by_its_parent(data: st.DataObject) -> None:
    parent, child = ({"type": "t", "actions": ["*"], "locations": data.draw(subset(LOCATIONS[1:-1]))} for _ in range(2))
    covered = parsed(parent).covers(parsed(child))
    assert covered == oracle.narrower(parent, child)
    for location in LOCATIONS:
        request = {"type": "t", "action": "read", "location": location}
        admitted = rank(parsed(child), request) == oracle.YES
        assert admitted == any(oracle.place_covers(own, location) for own in child["locations"])
        assert not (covered and admitted) or rank(parsed(parent), request) == oracle.YES


@settings(LAW, max_examples=40)
@given(data=st.data())
def test_no_moment_is_open_to_a_child_and_closed_to_its_parent(data: st.DataObject) -> None:
    parent, child = ({"type": "t", "actions": ["*"], "constraints": {"hours": data.draw(hours())}} for _ in range(2))
    asked, monday = parse_request({"type": "t", "action": "read"}), datetime(2026, 11, 23, tzinfo=UTC)
    above, below = parsed(parent), parsed(child)
    covered = above.covers(below)
    assert covered == oracle.narrower(parent, child)
    opening = oracle.minutes(child["constraints"]["hours"])
    zone = ZoneInfo(child["constraints"]["hours"]["timezone"])
    for quarter in range(7 * 24 * 4):
        moment = monday + timedelta(minutes=15 * quarter)
        local = moment.astimezone(zone)
        here = Circumstances(moment, frozenset())
        is_open = below.find_objection(asked, here) is None
        assert is_open == (local.weekday() * 1440 + local.hour * 60 + local.minute in opening)
        assert not (covered and is_open) or above.find_objection(asked, here) is None


@settings(LAW, max_examples=100)
@given(st.data())
def test_verification_is_the_fold_of_attenuation_over_the_hops(data: st.DataObject) -> None:
    grants = [data.draw(authorities(most=2))]
    for _ in range(data.draw(st.integers(1, 3))):
        parents = st.sampled_from(grants[-1])
        grants.append([data.draw(parents.flatmap(lambda one: st.one_of(narrowed(one), narrowed(one), forged(one))))])
    edits = {
        number: lambda document, grant=grant: delegation_of(document).update(authorizationDetails=grant)
        for number, grant in enumerate(grants)
    }
    forms = data.draw(st.sampled_from([(EMBEDDED,), (TOKEN,), (EMBEDDED, TOKEN)]))
    verdict = judged_bare(forge_chain(len(grants), edits, forms=forms), names=OWN_NAMES)
    wider = [i for i in range(1, len(grants)) if not oracle.all_narrower(grants[i - 1], grants[i])]
    if wider:
        assert (verdict.verified, verdict.code) == (False, "widened")
        assert verdict.refusal is not None
        assert verdict.refusal.hop == wider[0]
    else:
        assert verdict.verified
    with suppress(LegationError):
        folded = [parse_details(grant, "") for grant in grants]
        assert verdict.verified == all(
            any(parent.covers(child) for parent in parents)
            for parents, children in pairwise(folded)
            for child in children
        )


@settings(LAW, max_examples=100)
@given(st.data())
def test_request_that_a_chain_accepts_is_covered_by_every_hop(data: st.DataObject) -> None:
    top = data.draw(authorities(most=2))
    middle = [data.draw(st.sampled_from(top).flatmap(narrowed))]
    leaf = [data.draw(st.sampled_from(middle).flatmap(narrowed))]
    grants = [top, middle, leaf]
    edits = {
        number: lambda document, grant=grant: delegation_of(document).update(authorizationDetails=grant)
        for number, grant in enumerate(grants)
    }
    request = data.draw(requests(leaf[0]))
    verdict = judged_bare(forge_chain(3, edits, forms=(TOKEN,)), names=OWN_NAMES, request=request)
    assert verdict.verified
    best = [min(oracle.meets(detail, request, AT, OWN_NAMES) for detail in grant) for grant in grants]
    if verdict.accepted:
        assert best == [oracle.YES] * 3
    elif verdict.code == "charge_required":
        assert max(best) <= oracle.CHARGE
    else:
        assert RANKS[verdict.code] == best[-1]


# ------------------------------------------------------------------ whatever comes

CHAIN = forge_chain(3, forms=(EMBEDDED, TOKEN))
TOKENS = forge_chain(2, forms=(TOKEN,))
HOLDER = parties(3)[3]
GOOD = [
    json.dumps(CHAIN).encode(),
    json.dumps(forge_presentation(CHAIN, HOLDER)).encode(),
    forge_presentation_token(CHAIN, HOLDER).encode(),
    compress(json.dumps(TOKENS, separators=(",", ":"))).encode(),
    json.dumps(CHAIN[0]).encode(),
    str(TOKENS[0]).encode(),
]
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def expectation(request: object = None) -> Expectation:
    return Expectation(TrustAnchors.of(parties(1)[0].did), AT, CHALLENGE, DOMAIN, HOLDER.did, OWN_NAMES, request)


def verified_or_refused(data: bytes | str, request: object = None) -> None:
    """Judge whatever came: a verdict, or an error of ours."""
    with suppress(LegationError):
        submission = parse_submission(data)
        needed_material(submission)
        json.dumps(judge(submission, {}, expectation(request)).to_json())


@st.composite
def spoiled_bytes(draw: st.DrawFn) -> bytes:
    """Draw something good, with a few bytes replaced, cut out or put in."""
    data = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data) - 1))
        put = draw(st.one_of(st.binary(max_size=3), st.sampled_from([b'"', b"{", b"[", b"null", b"1e9", b".", b"\\"])))
        data[at : at + draw(st.integers(0, 3))] = put
        data = data or bytearray(b"x")
    return bytes(data)


@st.composite
def spoiled_json(draw: st.DrawFn) -> object:
    """Draw a good chain or presentation, one member of which is replaced by anything."""
    value = copy(draw(st.sampled_from([CHAIN, forge_presentation(CHAIN, HOLDER)])))
    places: list[tuple[Any, Any]] = []
    stack = [value]
    while stack:
        node = stack.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node)
        places += [(node, key) for key, _ in items]
        stack += [child for _, child in items if isinstance(child, dict | list)]
    node, key = draw(st.sampled_from(places))
    if isinstance(node, dict) and draw(st.booleans()):
        del node[key]
        node[draw(st.text(max_size=8))] = draw(JSON)
    else:
        node[key] = draw(JSON)
    return value


@settings(max_examples=200)
@given(st.one_of(st.binary(max_size=200), spoiled_bytes()))
def test_any_bytes_are_judged_or_refused(data: bytes) -> None:
    verified_or_refused(data, REQUEST)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=200), JSON.map(json.dumps)))
def test_any_text_is_judged_or_refused(text: str) -> None:
    verified_or_refused(text)


@settings(max_examples=200)
@given(spoiled_json())
def test_good_chain_with_anything_in_one_place_is_judged_or_refused(value: object) -> None:
    verified_or_refused(json.dumps(value))


@settings(max_examples=200)
@given(JSON)
def test_any_json_is_read_or_refused_by_every_reader(value: object) -> None:
    for reader in (
        lambda: parse_hop(value, enveloped=False),
        lambda: parse_hop(value, enveloped=True),
        lambda: parse_details(value, ""),
        lambda: parse_detail(value, ""),
        lambda: parse_request(value),
        lambda: parse_location(value),
        lambda: parse_principal(value),
        lambda: parse_trust_anchors(value),
        lambda: parse_timestamp(value),
        lambda: parse_proofs({"proof": value}),
        lambda: read_submission(value),
        lambda: Material(value).documents(["did:web:a.example"]),
    ):
        with suppress(LegationError):
            reader()


@settings(max_examples=100)
@given(st.sampled_from(sorted({*CONSTRAINT, *PREDICATE})), JSON)
def test_any_value_of_a_constraint_or_predicate_is_read_or_refused(name: str, value: object) -> None:
    constraints = {name: value} if name in CONSTRAINT else {"arguments": {"x": {name: value}}}
    with suppress(LegationError):
        detail = parsed({"type": "t", "actions": ["*"], "constraints": constraints})
        assert detail.covers(detail)


@settings(max_examples=100)
@given(JSON)
def test_any_request_is_answered(value: object) -> None:
    verdict = judged_bare(CHAIN, request=value)
    assert verdict.verified
    assert verdict.accepted == (value is None)


@settings(max_examples=300)
@given(st.one_of(st.binary(max_size=120), spoiled_bytes()))
def test_any_bytes_are_read_or_refused_by_every_reader(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for reader in (
        lambda: parse_json(data),
        lambda: parse_jws(text, typ="vc+jwt", cty="vc"),
        lambda: find_type(text),
        lambda: decode_base58(text),
        lambda: decode_base64url(text),
        lambda: decode_base64url(data),
        lambda: decode_multikey("z" + text),
        lambda: expand("lgc1." + text),
        lambda: expand(text),
        lambda: compress(text),
        lambda: Chain.parse(data),
    ):
        with suppress(LegationError):
            reader()


@settings(max_examples=50)
@given(st.integers(1, 6), st.sampled_from([(EMBEDDED,), (TOKEN,), (TOKEN, EMBEDDED)]))
def test_honest_chain_of_any_length_and_form_is_accepted(hops: int, forms: tuple[str, ...]) -> None:
    assert judged_bare(forge_chain(hops, forms=forms), request=REQUEST).accepted
    assert judged_bare([hop.wire for hop in honest_chain(hops).hops], request=REQUEST).accepted
