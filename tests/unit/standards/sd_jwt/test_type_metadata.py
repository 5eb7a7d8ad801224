"""Type metadata: documents that are what their integrity says, extended without weakening, and kept to."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256, sha384, sha512
from typing import Any

import pytest

from legation.errors import LegationError, MalformedError, ProofError, ResolutionError, TooLargeError
from legation.standards.sd_jwt.integrity import check_integrity
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.type_metadata import ClaimRule, find_missing_type, read_type_metadata
from legation.standards.sd_jwt.type_rules import check_type
from tests.support.selective import ISSUER, TYPE, salts, verify

BASE, CHILD = "https://types.example/base", "urn:example:child"


def sri(data: bytes, name: str = "sha256") -> str:
    digest = {"sha256": sha256, "sha384": sha384, "sha512": sha512}[name](data).digest()
    return f"{name}-{b64encode(digest).decode()}"


def document(name: str, *claims: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"vct": name, "claims": list(claims), "name": "x", **more}).encode()


def read(*documents: bytes, integrity: object = None) -> Any:
    by_name = {json.loads(data)["vct"]: data for data in documents}
    return read_type_metadata(json.loads(documents[0])["vct"], by_name, integrity=integrity)


# ------------------------------------------------------------------ integrity

DATA = b'{"a":1}'


@pytest.mark.parametrize(
    "metadata",
    [
        sri(DATA),
        sri(DATA, "sha384"),
        sri(DATA, "sha512"),
        f"{sri(DATA)}?option",
        f"  {sri(b'x')}\t{sri(DATA)} ",
        f"{sri(b'x')} {sri(DATA, 'sha512')}",
        f"md5-AAAA {sri(DATA)}",
    ],
)
def test_document_is_the_one_that_was_meant(metadata: str) -> None:
    check_integrity(DATA, metadata)
    with pytest.raises(ProofError):
        check_integrity(DATA + b" ", metadata)


def test_strongest_hash_counts_and_a_weaker_one_does_not_help() -> None:
    with pytest.raises(ProofError):
        check_integrity(DATA, f"{sri(DATA)} {sri(b'x', 'sha384')}")


@pytest.mark.parametrize(
    "metadata",
    [None, 7, "", " ", "md5-AAAA", "sha256", "sha256-", "SHA256-" + "A" * 43 + "=", "sha256_" + "A" * 44, "x" * 2000],
)
def test_metadata_without_a_hash_that_we_know_is_refused(metadata: object) -> None:
    with pytest.raises(MalformedError):
        check_integrity(DATA, metadata)
    with pytest.raises((ProofError, MalformedError)):
        check_integrity(DATA, f"sha256-{sri(DATA)[7:-1]}")


# ------------------------------------------------------------------ documents


def test_type_is_read_with_all_that_it_extends() -> None:
    base = document(BASE, {"path": ["name"], "sd": "always"}, {"path": ["age"]}, {"path": ["x"], "mandatory": True})
    child = document(
        CHILD,
        {"path": ["name"], "mandatory": True},
        {"path": ["age"], "sd": "never"},
        {"path": ["list", None, 0]},
        extends=BASE,
        **{"extends#integrity": sri(base)},
    )
    metadata = read(child, base, integrity=sri(child, "sha512"))
    assert metadata.type == CHILD
    assert metadata.rules == {
        ("name",): ClaimRule(("name",), "always", True),
        ("age",): ClaimRule(("age",), "never", False),
        ("x",): ClaimRule(("x",), "allowed", True),
        ("list", None, 0): ClaimRule(("list", None, 0)),
    }
    assert [each["vct"] for each in metadata.documents] == [CHILD, BASE]


def test_document_that_is_another_or_not_at_hand_is_refused() -> None:
    base, child = document(BASE), document(CHILD, extends=BASE, **{"extends#integrity": sri(b"x")})
    with pytest.raises(ProofError):
        read(base, integrity=sri(child))
    with pytest.raises(ProofError):
        read(child, base)
    with pytest.raises(ResolutionError) as refused:
        read(document(CHILD, extends=BASE))
    assert refused.value.code == "type_unknown"
    with pytest.raises(MalformedError):
        read_type_metadata(CHILD, {CHILD: base})
    read(document(CHILD, extends=BASE), base)


def test_next_document_to_fetch_is_told() -> None:
    child, base = document(CHILD, extends=BASE), document(BASE)
    documents: dict[str, bytes] = {}
    for name, data in ((CHILD, child), (BASE, base)):
        assert find_missing_type(CHILD, documents) == name
        documents[name] = data
    assert find_missing_type(CHILD, documents) is None
    assert find_missing_type(BASE, {BASE: document(BASE, extends=BASE)}) is None
    assert find_missing_type(BASE, {BASE: b"[]"}) is None


def test_extension_in_a_circle_or_without_end_is_refused() -> None:
    for extends in (BASE, [BASE], 7):
        with pytest.raises(MalformedError):
            read(document(BASE, extends=extends))
    with pytest.raises(MalformedError):
        read(document(CHILD, extends=BASE), document(BASE, extends=CHILD))
    chain = [document(f"urn:t:{number}", extends=f"urn:t:{number + 1}") for number in range(12)]
    with pytest.raises(TooLargeError):
        read(*chain)
    assert len(read(*chain[:8], document("urn:t:8")).documents) == 9


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"sd": "always"}, {"sd": "allowed"}),
        ({"sd": "always"}, {"sd": "never"}),
        ({"sd": "never"}, {"sd": "always"}),
        ({"mandatory": True}, {"mandatory": False}),
    ],
)
def test_extension_weakens_no_rule(before: dict[str, Any], after: dict[str, Any]) -> None:
    base = document(BASE, {"path": ["a"], **before})
    with pytest.raises(MalformedError):
        read(document(CHILD, {"path": ["a"], **after}, extends=BASE), base)
    for same in (before, {}):
        child = read(document(CHILD, {"path": ["a"], **same}, extends=BASE), base)
        assert child.rules == read(base).rules


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"{",
        json.dumps({"vct": BASE, "claims": {}}).encode(),
        json.dumps({"vct": BASE, "claims": [7]}).encode(),
        document(BASE, {}),
        document(BASE, {"path": []}),
        document(BASE, {"path": "a"}),
        document(BASE, {"path": [-1]}),
        document(BASE, {"path": [True]}),
        document(BASE, {"path": [1.5]}),
        document(BASE, {"path": [{}]}),
        document(BASE, {"path": ["a"], "sd": "sometimes"}),
        document(BASE, {"path": ["a"], "sd": None}),
        document(BASE, {"path": ["a"], "mandatory": "true"}),
        document(BASE, {"path": ["a"]}, {"path": ["a"]}),
        b'{"vct":"' + BASE.encode() + b'","vct":"' + BASE.encode() + b'"}',
    ],
)
def test_document_of_another_form_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_type_metadata(BASE, {BASE: data})
    with pytest.raises(TooLargeError):
        read(document(BASE, *({"path": [str(number)]} for number in range(513))))


# ------------------------------------------------------------------ rules

CLAIMS: dict[str, Any] = {
    "vct": BASE,
    "name": "Ana",
    "address": {"street": "x", "city": "y"},
    "degrees": [{"type": "a"}, {"type": "b"}],
}


def judge(rule: dict[str, Any], *disclosable: Any, without: tuple[str, ...] = (), keep: int | None = None) -> None:
    claims = {name: value for name, value in CLAIMS.items() if name not in without}
    text = issue_sd_jwt(claims, ISSUER, typ=TYPE, salts=salts(), disclosable=disclosable)
    if keep is not None:
        text = "~".join([*text.split("~")[: keep + 1], ""])
    check_type(verify(text), read(document(BASE, rule)))


def test_claims_that_keep_to_their_rules_are_accepted() -> None:
    judge({"path": ["name"], "sd": "never", "mandatory": True})
    judge({"path": ["name"], "sd": "always", "mandatory": True}, ("name",))
    judge({"path": ["name"], "sd": "always"}, ("name",), keep=0)
    judge({"path": ["name"], "sd": "always", "mandatory": True}, ("name",), keep=0)
    judge({"path": ["nobody"], "sd": "never"})
    judge({"path": ["address", "city"], "sd": "always"}, ("address", "city"))
    judge({"path": ["address", "city"], "sd": "never", "mandatory": True}, ("address",), keep=0)
    judge({"path": ["degrees", None, "type"], "sd": "always"}, ("degrees", None, "type"))
    judge({"path": ["degrees", None, "type"], "mandatory": True}, ("degrees", None), keep=0)
    judge({"path": ["degrees", 1], "sd": "always", "mandatory": True}, ("degrees", 1))
    judge({"path": ["degrees", 5], "sd": "always"})


@pytest.mark.parametrize(
    ("rule", "disclosable", "options"),
    [
        ({"path": ["name"], "sd": "never"}, [("name",)], {}),
        ({"path": ["name"], "sd": "always"}, [], {}),
        ({"path": ["name"], "mandatory": True}, [], {"without": ("name",)}),
        # what is hidden cannot be the claim: it is there in the clear, or must not be hidden
        ({"path": ["name"], "mandatory": True, "sd": "never"}, [("address",)], {"without": ("name",), "keep": 0}),
        ({"path": ["address", "zip"], "mandatory": True}, [("name",)], {"keep": 0}),
        ({"path": ["degrees", None, "type"], "sd": "always"}, [("degrees", 0, "type")], {}),
        ({"path": ["degrees", None, "type"], "sd": "never"}, [("degrees", 0, "type")], {}),
        ({"path": ["degrees", 5], "mandatory": True}, [], {}),
        ({"path": ["degrees", None, "x"], "mandatory": True}, [("name",)], {"keep": 0}),
        # paths that lead through another kind of value
        ({"path": ["name", "x"]}, [], {}),
        ({"path": ["address", 0]}, [], {}),
        ({"path": ["address", None]}, [], {}),
        ({"path": ["degrees", "type"]}, [], {}),
    ],
)
def test_claims_that_break_a_rule_are_refused(rule: dict[str, Any], disclosable: Any, options: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        judge(rule, *disclosable, **options)


def test_credential_of_another_type_is_refused() -> None:
    text = issue_sd_jwt({**CLAIMS, "vct": CHILD}, ISSUER, typ=TYPE, salts=salts())
    with pytest.raises(LegationError):
        check_type(verify(text), read(document(BASE)))
    check_type(verify(text), read(document(CHILD)))
