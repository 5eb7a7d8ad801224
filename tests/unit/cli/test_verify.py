"""``legation verify``: a verdict for whatever a file holds, and an exit code by the kind of its code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.domain.delegation.issuance import Format
from legation.domain.presentation import present
from legation.standards.did.key import build_did_key_document
from tests.support.chains import (
    AT,
    CHALLENGE,
    DETAILS,
    DOMAIN,
    PRINCIPAL,
    REQUEST,
    STATUS,
    TOKEN,
    Document,
    copy,
    delegation_of,
    detail_of,
    forge_chain,
    honest_chain,
    parties,
    read,
)
from tests.support.commands import Outcome, invoke
from tests.support.keys import signer_of

ROOT, LEAF = parties(3)[0].did, parties(3)[3].did
NOW = "2026-11-23T08:30:00Z"
CHAIN = honest_chain(3, [Format.JWT])
PRESENTED = ("--challenge", CHALLENGE, "--domain", DOMAIN)
BARE = ("--holder", LEAF)


def verify(data: object, *options: str, trust: str = ROOT, at: str = NOW, command: str = "verify") -> Outcome:
    """Judge bytes, a text or a JSON value from standard input, with JSON as the answer."""
    raw = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    return invoke(command, "-", "--trust", trust, "--at", at, "--format", "json", *options, stdin=raw)


def presentation(form: Format = Format.DATA_INTEGRITY) -> str:
    return present(CHAIN.hops, parties(3)[3], challenge=CHALLENGE, domain=DOMAIN, at=AT, form=form)


def code_of(outcome: Outcome) -> tuple[int, str | None]:
    """Return exit code and code of a verdict, having looked at its shape."""
    verdict = outcome.json
    assert verdict.keys() >= {"verified", "accepted", "principal", "hops", "error"}
    assert outcome.err == ""
    assert (outcome.code == 0) is (verdict["verified"] is True and verdict["accepted"] is True)
    return outcome.code, None if verdict["error"] is None else verdict["error"]["code"]


def edited(edit: Any, hop: int = 1, **options: Any) -> list[Any]:
    return forge_chain(2, {hop: edit}, **options)


def holder_of(chain: list[Any]) -> tuple[str, str]:
    return "--holder", read(chain[-1])["credentialSubject"]["id"]


# ------------------------------------------------------------------ what is accepted


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (presentation(), PRESENTED),
        (presentation(Format.JWT), PRESENTED),
        (CHAIN.to_json(), BARE),
        (CHAIN.to_compact(), BARE),
        (honest_chain(1, [Format.JWT]).hops[0].wire, ("--holder", parties(1)[1].did)),
        (honest_chain(1).hops[0].wire, ("--holder", parties(1)[1].did)),
        (honest_chain(3, [Format.JWT, Format.DATA_INTEGRITY]).to_json(), BARE),
    ],
    ids=["presentation", "vp+jwt", "array", "compact", "token", "embedded", "mixed"],
)
def test_every_form_that_a_file_may_hold_is_accepted(data: object, options: tuple[str, ...]) -> None:
    outcome = verify(data, *options)
    assert code_of(outcome) == (0, None)
    assert outcome.json["principal"] == PRINCIPAL


def test_request_that_the_leaf_covers_is_accepted() -> None:
    assert code_of(verify(CHAIN.to_json(), *BARE, "--request", json.dumps(REQUEST))) == (0, None)


@pytest.mark.parametrize("prefix", ["", "@"])
def test_file_is_named_by_its_path_with_and_without_the_sign(tmp_path: Path, prefix: str) -> None:
    file = tmp_path / "chain.json"
    file.write_text(CHAIN.to_json())
    outcome = invoke("verify", f"{prefix}{file}", "--trust", ROOT, *BARE, "--at", NOW, "--format", "json")
    assert code_of(outcome) == (0, None)


def test_trust_may_be_a_file_of_anchors(tmp_path: Path) -> None:
    file = tmp_path / "anchors.json"
    grants = [{"type": "mcp_tool", "locations": ["https://ads.acme.example/"]}]
    file.write_text(json.dumps({"anchors": [{"issuer": ROOT, "grants": grants}]}))
    assert code_of(verify(CHAIN.to_json(), *BARE, trust=f"@{file}")) == (0, None)
    file.write_text(json.dumps({"anchors": [{"issuer": ROOT, "grants": [{"type": "payment"}]}]}))
    assert code_of(verify(CHAIN.to_json(), *BARE, trust=f"@{file}")) == (6, "untrusted_root")


def test_several_anchors_are_joined() -> None:
    stranger = signer_of("stranger").did
    assert code_of(verify(CHAIN.to_json(), *BARE, "--trust", ROOT, trust=stranger)) == (0, None)


def test_bare_chain_with_a_domain_is_judged_under_that_name_and_under_further_ones() -> None:
    chain = forge_chain(1, {0: lambda document: detail_of(document)["constraints"].update(audience=[DOMAIN])})
    holder = holder_of(chain)
    assert code_of(verify(chain, *holder, "--domain", DOMAIN)) == (0, None)
    assert code_of(verify(chain, *holder, "--domain", "https://other.example", "--name", DOMAIN)) == (0, None)
    assert code_of(verify(chain, *holder, "--domain", "https://other.example")) == (6, "request_not_covered")


# ------------------------------------------------------------------ what is refused, by the kind of its code


def widen(document: Document) -> None:
    detail_of(document)["constraints"]["maxCost"]["amount"] = "9000.00"


def count(document: Document) -> None:
    detail_of(document)["constraints"]["maxUses"] = 3


def ask(document: Document) -> None:
    detail_of(document)["constraints"]["approval"] = {"threshold": 1, "approvers": [PRINCIPAL]}


def close(document: Document) -> None:
    hours = {"from": "12:00", "to": "13:00", "timezone": "UTC"}
    detail_of(document)["constraints"]["hours"] = hours


@pytest.mark.parametrize(
    ("chain", "options", "expected"),
    [
        (edited(widen), (), (5, "widened")),
        (edited(lambda document: document.update(unknown=1)), (), (5, "unknown_term")),
        (edited(lambda document: delegation_of(document).update(principal=ROOT)), (), (5, "principal_changed")),
        (forge_chain(2, links=False), (), (5, "link_broken")),
        (edited(lambda document: document.update(credentialStatus=STATUS)), (), (8, "status_unknown")),
        (edited(count, 0), ("--request", json.dumps(REQUEST)), (5, "widened")),
        (edited(count), ("--request", json.dumps(REQUEST)), (6, "charge_required")),
        (edited(ask), ("--request", json.dumps(REQUEST)), (9, "approval_required")),
        (edited(close), ("--request", json.dumps(REQUEST)), (6, "outside_hours")),
        (edited(lambda _: None), ("--request", '{"type": "x", "action": "y"}'), (6, "request_not_covered")),
        (edited(lambda _: None), ("--request", "null"), (6, "request_not_covered")),
        (edited(lambda _: None), ("--request", '["no", "sense"]'), (6, "request_not_covered")),
        (edited(lambda _: None), (), (0, None)),
    ],
)
def test_refusal_exits_by_the_kind_of_its_code(
    chain: list[Any], options: tuple[str, ...], expected: tuple[int, str | None]
) -> None:
    assert code_of(verify(chain, *holder_of(chain), *options)) == expected


def test_widening_names_hop_and_member_and_both_sides() -> None:
    chain = edited(widen)
    error = verify(chain, *holder_of(chain)).json["error"]
    assert (error["hop"], error["pointer"].rpartition("/")[2]) == (1, "maxCost")
    assert error["allowed"] == DETAILS[0]["constraints"]["maxCost"]
    assert error["claimed"]["amount"] == "9000.00"


def test_root_that_nobody_trusts_is_denied() -> None:
    assert code_of(verify(CHAIN.to_json(), *BARE, trust=signer_of("stranger").did)) == (6, "untrusted_root")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T07:59:59.999999Z", (7, "not_yet_valid")),
        (NOW, (0, None)),
        ("2026-11-23T09:00:00Z", (7, "expired")),
    ],
)
def test_chain_is_judged_as_of_the_moment_that_is_asked_for(at: str, expected: tuple[int, str | None]) -> None:
    assert code_of(verify(forge_chain(1), "--holder", parties(1)[1].did, at=at)) == expected


def test_without_a_moment_now_counts() -> None:
    outcome = invoke("verify", "-", "--trust", ROOT, *BARE, "--format", "json", stdin=CHAIN.to_json().encode())
    assert outcome.json["error"]["code"] in {"expired", "not_yet_valid"} or outcome.code == 0


def test_status_that_cannot_be_checked_is_passed_over_only_by_the_dangerous_option() -> None:
    chain = edited(lambda document: document.update(credentialStatus=STATUS))
    outcome = verify(chain, *holder_of(chain), "--status", "dangerously-skip")
    assert code_of(outcome) == (0, None)
    assert outcome.json["hops"][1]["checks"]["status"] == "skipped"


@pytest.mark.parametrize(("seconds", "expected"), [("3600", (0, None)), ("3599", (8, "status_missing"))])
def test_credential_without_status_lives_no_longer_than_the_verifier_allows(
    seconds: str, expected: tuple[int, str | None]
) -> None:
    chain = forge_chain(1)
    assert code_of(verify(chain, *holder_of(chain), "--max-unrevocable", seconds)) == expected


def test_bare_chain_proves_nobodys_possession() -> None:
    outcome = verify(CHAIN.to_json())
    assert code_of(outcome) == (5, "presentation_invalid")
    assert outcome.json["verified"] is True


def test_bare_chain_of_somebody_else_is_refused() -> None:
    assert code_of(verify(CHAIN.to_json(), "--holder", parties(3)[2].did)) == (5, "holder_mismatch")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--challenge", "other", "--domain", DOMAIN), "challenge_mismatch"),
        (("--challenge", CHALLENGE, "--domain", "https://other.example"), "domain_mismatch"),
    ],
)
def test_presentation_for_another_occasion_is_refused(options: tuple[str, ...], expected: str) -> None:
    assert code_of(verify(presentation(), *options)) == (5, expected)


# ------------------------------------------------------------------ whatever bytes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'""',
        b"[" * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b"[" + b'{"a":' * 500 + b"1" + b"}" * 500 + b"]",
        b'{"a": 1, "a": 2}',
        b"eyJ",
        b"eyJ.eyJ.eyJ",
        b"lgc1.",
        b"lgc1.AAAA",
        b'["' + b"a" * 1000 + b'"]',
        b'["\\ud800"]',
    ],
)
def test_bytes_that_are_no_credential_are_malformed(data: bytes) -> None:
    code, reason = code_of(verify(data))
    assert (code, reason) in {(5, "malformed"), (5, "unknown_term"), (5, "too_large")}


@pytest.mark.parametrize(("size", "reason"), [(256 * 1024, "malformed"), (256 * 1024 + 1, "too_large")])
def test_file_beyond_the_bound_is_too_large(size: int, reason: str) -> None:
    assert code_of(verify(b" " * size)) == (5, reason)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    outcome = verify(data)
    assert outcome.code == 5
    assert code_of(outcome)[1] is not None


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.data())
def test_bytes_changed_in_a_presentation_get_a_verdict_and_are_never_accepted(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from([Format.DATA_INTEGRITY, Format.JWT]))
    text = bytearray(presentation(form).encode())
    where = data.draw(st.integers(0, len(text) - 1))
    changed = data.draw(st.integers(0, 255).filter(lambda value: value != text[where]))
    text[where] = changed
    for command in ("verify", "explain"):
        outcome = invoke(command, "-", "--trust", ROOT, "--at", NOW, *PRESENTED, stdin=bytes(text))
        assert outcome.code in {5, 6}, outcome
        assert outcome.err == ""


# ------------------------------------------------------------------ command lines that do not say what to do


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--challenge", CHALLENGE),
        ("--domain", DOMAIN),
        ("--holder", LEAF),
        ("--domain", DOMAIN, "--holder", LEAF),
    ],
)
def test_presentation_without_challenge_and_domain_is_a_usage_error(options: tuple[str, ...]) -> None:
    outcome = verify(presentation(), *options)
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "usage", "")


@pytest.mark.parametrize(
    "options",
    [
        ("--holder", "not-a-did"),
        ("--holder", LEAF, *PRESENTED),
        ("--challenge", CHALLENGE),
        ("--request", "not json"),
        ("--request", ""),
        ("--at", "yesterday"),
        ("--trust", "acme.example"),
        ("--status", "skip"),
        ("--format", "yaml"),
        ("--max-unrevocable", "-1"),
        ("--max-unrevocable", "1e3"),
        ("--max-unrevocable", "10000000000"),
        ("--unknown",),
        ("surplus",),
    ],
)
def test_command_line_that_does_not_say_what_to_do_is_a_usage_error(options: tuple[str, ...]) -> None:
    outcome = invoke("verify", "-", "--trust", ROOT, *options, stdin=CHAIN.to_json().encode())
    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.err.splitlines()) == 1


def test_without_an_anchor_nothing_is_judged() -> None:
    outcome = invoke("verify", "-", "--format", "json", stdin=CHAIN.to_json().encode())
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "usage", "")


@pytest.mark.parametrize("option", ["FILE", "--trust", "--material", "--request"])
def test_file_that_does_not_exist_is_a_local_error(tmp_path: Path, option: str) -> None:
    absent = str(tmp_path / "absent")
    arguments = {
        "FILE": [absent, "--trust", ROOT],
        "--trust": ["-", "--trust", f"@{absent}"],
        "--material": ["-", "--trust", ROOT, "--material", absent],
        "--request": ["-", "--trust", ROOT, "--request", f"@{absent}"],
    }
    outcome = invoke("verify", *arguments[option], "--format", "json", stdin=CHAIN.to_json().encode())
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "file_unusable", "")


@pytest.mark.parametrize(
    "anchors", ["[]", "{}", '{"anchors": [{"issuer": "acme"}]}', '{"anchors": [], "more": 1}', "x"]
)
def test_file_of_anchors_of_another_form_is_a_local_error(tmp_path: Path, anchors: str) -> None:
    file = tmp_path / "anchors.json"
    file.write_text(anchors)
    outcome = verify(CHAIN.to_json(), *BARE, trust=f"@{file}")
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "file_unusable", "")


# ------------------------------------------------------------------ material


def test_hosted_issuer_is_judged_by_the_material_and_by_nothing_else(tmp_path: Path) -> None:
    chain, document, did = hosted_chain()
    file = tmp_path / "material.json"
    file.write_text(json.dumps({"didDocuments": {did: document}}))
    options = (*holder_of(chain), "--material", str(file))
    assert code_of(verify(chain, *options, trust=did)) == (0, None)
    file.write_text(json.dumps({"didDocuments": {}}))
    assert code_of(verify(chain, *options, trust=did)) == (5, "did_unresolvable")


def test_offline_nothing_is_fetched() -> None:
    chain, _, did = hosted_chain()
    assert code_of(verify(chain, *holder_of(chain), "--offline", trust=did)) == (5, "did_unresolvable")


@pytest.mark.parametrize("material", ["[]", '{"documents": {}}', '{"didDocuments": []}', "x"])
def test_material_of_another_form_is_a_local_error(tmp_path: Path, material: str) -> None:
    file = tmp_path / "material.json"
    file.write_text(material)
    outcome = verify(CHAIN.to_json(), *BARE, "--material", str(file))
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "file_unusable", "")


def hosted_chain() -> tuple[list[Any], Document, str]:
    """Return a chain whose root is a did:web, with that DID's document."""
    from legation.crypto.signing import Signer

    key = signer_of("acme")
    did = "did:web:acme.invalid"
    method = f"{did}#key-1"
    document = copy(build_did_key_document(key.did))
    document["id"] = did
    document["verificationMethod"][0] |= {"id": method, "controller": did}
    document |= {name: [method] for name in ("assertionMethod", "authentication")}
    document.pop("capabilityInvocation")
    document.pop("capabilityDelegation")
    people = [Signer(did, method, key.key), signer_of("planner")]
    return forge_chain(1, signers=people, forms=[TOKEN]), document, did
