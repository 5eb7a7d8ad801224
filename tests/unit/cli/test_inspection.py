"""``legation inspect``: what a file says, and never that it holds."""

from __future__ import annotations

import json

import pytest

from legation.domain.delegation.issuance import Format
from tests.support.chains import (
    CHALLENGE,
    DOMAIN,
    EMBEDDED,
    TOKEN,
    digest_of,
    forge_chain,
    forge_presentation,
    forge_presentation_token,
    honest_chain,
    parties,
)
from tests.support.commands import Outcome, invoke


def inspect(data: object, *options: str) -> Outcome:
    raw = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    return invoke("inspect", "-", *options, stdin=raw)


def test_hops_of_both_forms_are_decoded_with_header_and_digest() -> None:
    hops = forge_chain(2, forms=[TOKEN, EMBEDDED])
    outcome = inspect(hops, "--format", "json")
    first, second = outcome.json["hops"]
    assert outcome.code == 0
    assert outcome.json["signatures"] == "NOT checked"
    assert (first["header"]["alg"], first["claims"]["issuer"]) == ("EdDSA", parties(2)[0].did)
    assert second["document"] == hops[1]
    assert [first["digestMultibase"], second["digestMultibase"]] == [digest_of(hop) for hop in hops]


@pytest.mark.parametrize("forge", [forge_presentation, forge_presentation_token])
def test_presentation_is_decoded_with_holder_challenge_and_domain(forge: object) -> None:
    assert callable(forge)
    outcome = inspect(forge(forge_chain(1), parties(1)[1]), "--format", "json")
    found = outcome.json["presentation"]
    assert outcome.code == 0
    assert (found["holder"], found["challenge"], found["domain"]) == (parties(1)[1].did, CHALLENGE, DOMAIN)


def test_compact_form_is_decoded() -> None:
    chain = honest_chain(2, [Format.JWT])
    assert inspect(chain.to_compact(), "--format", "json").json == inspect(chain.to_json(), "--format", "json").json


def test_forged_signature_is_not_noticed_and_nothing_is_called_valid() -> None:
    hop = forge_chain(1)[0]
    assert isinstance(hop, dict)
    hop["proof"]["proofValue"] = "z" + "1" * 64
    outcome = inspect(hop)
    assert outcome.code == 0
    assert outcome.out.count("signatures NOT checked") == 2
    assert "✓" not in outcome.out
    assert "valid " not in outcome.out.lower()


@pytest.mark.parametrize("hop", [{"a": 1}, "eyJhbGciOiJub25lIn0.e30.AAAA", "x.y.z", {"a": [[[[1]]]] * 3}])
def test_hop_of_another_form_is_shown_with_its_problem_and_exits_with_5(hop: object) -> None:
    outcome = inspect([forge_chain(1)[0], hop], "--format", "json")
    assert outcome.code == 5
    assert "problem" not in outcome.json["hops"][0]
    assert outcome.json["hops"][1]["problem"]["code"] in {"malformed", "unknown_term"}
    assert inspect([hop]).code == 5


def test_document_that_is_too_deep_is_not_shown() -> None:
    deep = b'[{"a":' * 100 + b"1" + b"}]" * 100
    outcome = inspect(b"[" + deep[1:-1] + b"]", "--format", "json")
    assert outcome.code == 5
    assert outcome.json["hops"][0].keys() == {"problem"}


@pytest.mark.parametrize("data", [b"", b"nonsense", b"[]", b"[" * 1000, b"lgc1.x", b"\xff", b" " * (256 * 1024 + 1)])
def test_file_that_cannot_be_read_exits_with_5(data: bytes) -> None:
    outcome = inspect(data, "--format", "json")
    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.error["code"] in {"malformed", "too_large"}


def test_file_that_does_not_exist_is_a_local_error() -> None:
    outcome = invoke("inspect", "absent", "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "file_unusable")
