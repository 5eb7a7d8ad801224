"""What a reviewer with fresh eyes broke: foreign and forged chains whose verdict was not the design page's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from legation.domain.delegation.authority import covers_locations
from legation.domain.delegation.constraints.hours import Hours
from legation.domain.delegation.location import Location, parse_location
from legation.domain.delegation.predicates import PREDICATES, parse_predicates
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.domain.delegation.signatures import SignatureCache, SignedHop
from legation.domain.submission import parse_submission
from legation.domain.verification import StatusPolicy
from legation.errors import MalformedError
from legation.verifier import Verifier
from tests.support.chains import (
    AT,
    EMBEDDED,
    STATUS,
    TOKEN,
    Document,
    credential,
    delegation_of,
    detail_of,
    entry,
    forge_chain,
    forge_hop,
    forge_presentation,
    forge_proof,
    forge_token,
    judged,
    judged_bare,
    judged_presented,
    parties,
)
from tests.support.commands import invoke
from tests.support.keys import signer_of

SKIP = StatusPolicy.DANGEROUSLY_SKIP


def nested(depth: int) -> Any:
    """Return a value that so many arrays enclose."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def deepened(depth: int) -> Callable[[Document], None]:
    """Return the edit that puts so deep a value into a hop."""

    def edit(document: Document) -> None:
        document["evidence"] = nested(depth)

    return edit


# ------------------------------------------------------------------ what costs too much


@pytest.mark.parametrize(
    ("opens", "closes", "days"), [(9, 17, [1, 5]), (22, 6, [7]), (0, 24, [3]), (23, 1, [1, 2, 3, 4, 5, 6, 7])]
)
def test_a_window_of_the_week_is_the_minutes_that_a_clock_would_count(opens: int, closes: int, days: list[int]) -> None:
    value = {"from": f"{opens:02}:00", "to": f"{closes:02}:00", "timezone": "UTC", "days": days}
    length = (closes - opens if closes > opens else closes + 24 - opens) * 60
    expected = {((day - 1) * 1440 + opens * 60 + minute) % 10080 for day in days for minute in range(length)}
    minutes = Hours.parse(value, "", {}).minutes
    assert {minute for minute in range(10080) if minutes >> minute & 1} == expected
    assert minutes < 1 << 10080


def test_thousands_of_locations_are_not_compared_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = tuple(parse_location(f"https://a.example/{number}/") for number in range(1000))
    child = tuple(parse_location(f"https://a.example/{number}/x/y") for number in reversed(range(1000)))
    compared = []
    monkeypatch.setattr(Location, "covers", lambda own, other: compared.append(other))
    assert covers_locations(parent, child)
    assert not covers_locations(parent, (*child, parse_location("https://a.example/1000/x")))
    assert not compared


def test_many_locations_are_covered_exactly_where_one_of_them_covers() -> None:
    paths = ["/", "/a", "/a/", "/a/b", "/a/b/", "/ab", "/a/b/c", "/b/"]
    texts = [
        host + path for host, path in product(("https://a.example", "http://a.example", "https://b.example"), paths)
    ]
    others = tuple(map(parse_location, texts))
    filler = tuple(parse_location(f"https://c.example/{number}") for number in range(100))
    for own in others:
        for other in others:
            assert covers_locations((own, *filler), (other,)) is own.covers(other), (str(own), str(other))


PLACES: list[list[object]] = [
    ["/a/b", "/a", "/a/c/d"],
    ["/a", "/ab", "/a/b"],
    ["a/b", "/a"],
    ["/a", "/a/../b", "/c"],
    ["10.0.0.1", "10.1.0.0/16", "10.255.0.0/24"],
    ["10.0.0.0/8", "10.1.0.0/16"],
    ["10.0.0.1", "::1"],
    ["10.0.0.0", "10.0.0.1"],
    ["::1", "2001:db8::/32"],
    ["https://a.example/b", "https://a.example/b/c", "https://a.example/b/"],
    ["https://a.example/b", "https://a.example/bc"],
    ["https://a.example/b"],
    ["https://a.example", "https://b.example", "http://a.example"],
    ["https://a.example/b", "https://a.example/../b"],
]


@pytest.mark.parametrize(
    "values", [[1, 2, 3], [-1], ["1", "2.50"], ["1", "x"], ["a", "b"], [True, False], [True], ["/a/b"], *PLACES]
)
def test_all_values_of_an_argument_satisfy_a_predicate_where_each_of_them_does(values: list[object]) -> None:
    limits: dict[str, list[object]] = {
        "equals": [1, True, "a"],
        "in": [[1, 2, 3], [True], ["a", "b", "c"], ["1", "2.50"]],
        "notIn": [[1], [4], [True], ["a"], ["z"]],
        "min": [1, 2, "1", "2"],
        "max": [1, 3, "1", "2.5"],
        "prefix": ["/", "/a", "a"],
        "cidr": ["10.0.0.0/8", "10.1.0.0/16", "::/0", "10.0.0.0/31"],
        "url": ["https://a.example/", "https://a.example/b", "https://a.example/b/"],
        "contains": [["a"]],
        "subsetOf": [[1, 2, 3]],
    }
    (group,) = parse_predicates({"in": values}, "").values
    for name, operands in limits.items():
        for operand in operands:
            predicate = PREDICATES[name].parse(operand, "")
            assert predicate.satisfied_by_all(group) is all(map(predicate.satisfied_by, values)), (name, operand)


# ------------------------------------------------------------------ what is remembered


def test_the_text_of_an_object_does_not_pass_for_the_object_once_that_is_known() -> None:
    cache = SignatureCache()
    (hop,) = forge_chain(1)
    holder = parties(1)[1].did
    text = json.dumps(hop, sort_keys=True, separators=(",", ":"))
    assert judged([text], holder=holder, cache=cache).code == "malformed"
    assert judged([hop], holder=holder, cache=cache).accepted
    assert len(cache) == 1
    assert judged([text], holder=holder, cache=cache).code == "malformed"


def test_whoever_changes_a_verdict_changes_no_later_one() -> None:
    verifier = Verifier(trust=[parties(1)[0].did])
    text, holder = json.dumps(forge_chain(1)), parties(1)[1].did
    first = verifier.verify_offline(text, holder=holder, at=AT)
    first.authorization_details[0]["actions"] = ["*"]
    again = verifier.verify_offline(text, holder=holder, at=AT)
    assert first.accepted
    assert again.accepted
    assert again.authorization_details[0]["actions"] != ["*"]


def test_threads_share_a_small_cache_of_signatures() -> None:
    reads = [read_hop(SecuredCredential(hop)) for hop in forge_chain(8, forms=[TOKEN])]
    cache = SignatureCache(max_entries=2)

    read = len(reads)

    def use(turn: int) -> None:
        for number in range(300):
            digest = bytes([(turn + number) % read])
            cache.add(digest, SignedHop(reads[digest[0]], ()))
            cache.find(digest)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(8)))
    assert len(cache) <= 2


# ------------------------------------------------------------------ bounds on nesting


@pytest.mark.parametrize("form", [EMBEDDED, TOKEN])
def test_a_single_credential_may_be_nested_32_deep_and_no_deeper(form: str) -> None:
    for depth, code in ((31, None), (32, "malformed")):
        (hop,) = forge_chain(1, {0: deepened(depth)}, forms=[form])
        assert judged(hop if form == EMBEDDED else json.dumps(hop), holder=parties(1)[1].did).code == code


def test_an_array_of_credentials_may_be_nested_32_deep_and_no_deeper() -> None:
    for depth, code in ((30, None), (31, "malformed")):
        hops = forge_chain(1, {0: deepened(depth)})
        assert judged_bare(hops).code == code


def test_a_presentation_may_be_nested_32_deep_and_no_deeper() -> None:
    holder = parties(1)[1]
    for depth, code in ((29, None), (30, "malformed")):
        hops = forge_chain(1, {0: deepened(depth)})
        assert judged_presented(forge_presentation(hops, holder)).code == code


def test_a_status_entry_in_a_token_counts_its_nesting_from_the_claims() -> None:
    for depth, code in ((30, None), (31, "malformed")):
        (root, agent) = parties(1)
        document = credential(0, root, agent)
        detail = detail_of(document)
        # in the order that the quick reader takes
        ordered = {name: detail[name] for name in ("type", "locations", "actions", "constraints")}
        delegation_of(document)["authorizationDetails"] = [ordered]
        document["credentialStatus"] = {**STATUS, "more": nested(depth)}
        assert judged_bare([forge_token(document, root)], status=SKIP).code == code


# ------------------------------------------------------------------ form


def test_a_presentation_holds_tokens_enveloped_never_bare() -> None:
    hops, holder = forge_chain(2, forms=[TOKEN]), parties(2)[2]

    def bare(document: Document) -> None:
        document["verifiableCredential"] = hops

    assert judged_presented(forge_presentation(hops, holder)).accepted
    with pytest.raises(MalformedError):
        parse_submission(json.dumps(forge_presentation(hops, holder, edit=bare)))
    assert judged_bare(hops).accepted
    assert judged_bare([entry(hop) for hop in hops], holder=holder.did).accepted


def test_a_set_of_proofs_or_status_entries_holds_none_twice() -> None:
    root, agent = parties(1)
    document = credential(0, root, agent)
    first, second = forge_proof(document, root), forge_proof(document, root, created="2026-11-23T08:00:01Z")
    assert judged_bare([{**document, "proof": [first, second]}]).accepted
    assert judged_bare([{**document, "proof": [first, first]}]).code == "malformed"
    for entries, code in (([STATUS, {**STATUS, "statusPurpose": "suspension"}], None), ([STATUS, STATUS], "malformed")):
        assert judged_bare([forge_hop({**document, "credentialStatus": entries}, root)], status=SKIP).code == code


# ------------------------------------------------------------------ hosted DIDs

WEB = "did:web:acme.example"


class _NobodyAsked:
    async def resolve(self, did: str, *, max_age: object) -> Any:
        raise AssertionError("nothing is fetched for it")


def test_a_root_that_cannot_be_read_is_told_as_what_is_wrong_with_it_before_anything_is_fetched() -> None:
    root, agent = parties(1)
    document = credential(0, root, agent)
    below = credential(1, agent, parties(2)[2], parent=forge_hop(document, root))
    below["issuer"] = WEB
    leaf = forge_hop(below, signer_of("acme"))
    verifier = Verifier(trust=["did:web:somebody.example"], resolver=_NobodyAsked())
    for edit, code in (
        ({}, "untrusted_root"),
        ({"termsOfUse": "none"}, "unknown_term"),
        ({"type": "DelegationCredential"}, "malformed"),
        ({"evidence": nested(40)}, "malformed"),
    ):
        text = json.dumps([forge_hop({**document, **edit}, root), leaf])
        verdict = asyncio.run(verifier.verify(text, at=AT))
        assert (verdict.verified, verdict.accepted, verdict.code) == (False, False, code)


# ------------------------------------------------------------------ the ends of the calendar


def test_the_last_day_of_the_calendar_is_outside_hours_further_east() -> None:
    hours = Hours.parse({"from": "00:00", "to": "24:00", "timezone": "Asia/Tokyo"}, "", {})
    request = {"type": "t", "action": "a"}

    def edit(document: Document) -> None:
        document |= {"validFrom": "9999-12-31T00:00:00Z", "validUntil": "9999-12-31T23:59:59-23:59"}
        value = {"from": "00:00", "to": "24:00", "timezone": "Asia/Tokyo"}
        delegation_of(document)["authorizationDetails"] = [
            {"type": "t", "actions": ["a"], "constraints": {"hours": value}}
        ]

    limit = {"max_unrevocable": timedelta(days=2)}
    hops = forge_chain(1, {0: edit})
    early, late = datetime(9999, 12, 31, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert hours.minutes.bit_count() == 10080
    assert judged_bare(hops, at=early, request=request, **limit).accepted
    assert judged_bare(hops, at=late, request=request, **limit).code == "outside_hours"


def test_a_moment_before_the_calendar_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "chain.json"
    file.write_text(json.dumps(forge_chain(1)), encoding="utf-8")
    root, agent = (party.did for party in parties(1))
    command = ("verify", str(file), "--trust", root, "--holder", agent, "--format", "json", "--at")
    assert invoke(*command, "2026-11-23T09:30:00+01:00").code == 0
    refused = invoke(*command, "0001-01-01T00:00:00+10:00")
    assert (refused.code, refused.error["code"]) == (1, "usage")


def test_token_whose_header_names_another_issuer_is_refused_and_one_that_repeats_it_is_not() -> None:
    from legation.errors import MalformedError
    from legation.standards.jose import parse_jws
    from tests.support.chains import credential, forge_token, parties

    first, second = parties(1)[:2]
    claims = credential(0, first, second)
    assert parse_jws(forge_token(claims, first, iss=first.did), typ="vc+jwt").did == first.did
    with pytest.raises(MalformedError):
        parse_jws(forge_token(claims, first, iss=second.did), typ="vc+jwt")


def test_enveloped_hop_may_carry_the_context_of_a_delegation_and_no_other() -> None:
    from legation.domain.delegation.credential import CONTEXT
    from legation.domain.submission import read_credential
    from legation.errors import MalformedError
    from tests.support.chains import credential, entry, forge_token, parties

    first, second = parties(1)[:2]
    wrapped = entry(forge_token(credential(0, first, second), first))
    assert read_credential({**wrapped, "@context": list(CONTEXT)}).wire
    with pytest.raises(MalformedError):
        read_credential({**wrapped, "@context": [*CONTEXT, "https://other.example/v1"]})
