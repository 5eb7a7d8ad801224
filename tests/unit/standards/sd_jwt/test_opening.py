"""Digests and disclosures: each in one place, nothing overwritten, nothing left over, and what is hidden is known."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError, MalformedError
from legation.standards.sd_jwt.opening import open_sd_jwt
from tests.support.selective import digest, forge_disclosure, forge_sd_jwt, parse

MEMBER = forge_disclosure("s1", "name", "Ana")
ELEMENT = forge_disclosure("s2", "first")
OUTER = forge_disclosure("s3", "outer", {"_sd": [digest(MEMBER)]})


def opened(claims: dict[str, Any], *disclosures: str) -> Any:
    return open_sd_jwt(parse(forge_sd_jwt(claims, disclosures)))


def test_disclosures_stand_where_their_digests_were() -> None:
    claims = {
        "_sd": [digest(OUTER), digest("decoy")],
        "_sd_alg": "sha-256",
        "list": [{"...": digest("hidden")}, 1, {"...": digest(ELEMENT)}],
        "empty": {"_sd": []},
    }
    result = opened(claims, ELEMENT, MEMBER, OUTER)
    assert result.claims == {"list": [1, "first"], "empty": {}, "outer": {"name": "Ana"}}
    assert {path for path, _ in result.disclosed} == {("outer",), ("outer", "name"), ("list", 1)}
    assert result.hidden == {(), ("list",)}


@pytest.mark.parametrize(
    ("claims", "disclosures"),
    [
        # a digest twice, in one array, in two objects, in an array's elements, and in a disclosure
        ({"_sd": [digest(MEMBER), digest(MEMBER)]}, [MEMBER]),
        ({"_sd": [digest("x"), digest("x")]}, []),
        ({"_sd": [digest(MEMBER)], "a": {"_sd": [digest(MEMBER)]}}, [MEMBER]),
        ({"a": [{"...": digest(ELEMENT)}, {"...": digest(ELEMENT)}]}, [ELEMENT]),
        ({"_sd": [digest(OUTER), digest(MEMBER)]}, [OUTER, MEMBER]),
        ({"_sd": [digest("x")], "a": [{"...": digest("x")}]}, []),
        # a disclosure twice, or without its digest, or whose digest is in one that did not come
        ({"_sd": [digest(MEMBER)]}, [MEMBER, MEMBER]),
        ({}, [MEMBER]),
        ({"_sd": [digest(MEMBER)]}, [MEMBER, ELEMENT]),
        ({"_sd": [digest(OUTER)]}, [MEMBER]),
        # of the wrong kind for its place
        ({"_sd": [digest(ELEMENT)]}, [ELEMENT]),
        ({"a": [{"...": digest(MEMBER)}]}, [MEMBER]),
        # over a claim that is there, in the clear or by another disclosure
        ({"_sd": [digest(MEMBER)], "name": "Bob"}, [MEMBER]),
        (
            {"_sd": [digest(MEMBER), digest(forge_disclosure("s9", "name", 1))]},
            [MEMBER, forge_disclosure("s9", "name", 1)],
        ),
        # digests of another form
        ({"_sd": digest(MEMBER)}, []),
        ({"_sd": {"a": 1}}, []),
        ({"_sd": [7]}, []),
        ({"_sd": [None]}, []),
        ({"_sd": [[digest(MEMBER)]]}, []),
        ({"a": [{"...": 7}]}, []),
        ({"a": [{"...": digest(ELEMENT), "b": 1}]}, [ELEMENT]),
        ({"...": digest(MEMBER)}, [MEMBER]),
        ({"a": {"...": digest(ELEMENT)}}, [ELEMENT]),
        ({"a": {"_sd_alg": "sha-256"}}, []),
    ],
)
def test_what_rfc_9901_tells_to_reject_is_refused(claims: dict[str, Any], disclosures: list[str]) -> None:
    with pytest.raises(MalformedError):
        opened(claims, *disclosures)


def test_recursion_over_many_disclosures_is_bounded() -> None:
    def nested(depth: int) -> tuple[dict[str, Any], list[str]]:
        texts = [forge_disclosure("s", "n", 1)]
        for number in range(depth):
            texts.append(forge_disclosure(str(number), "n", {"_sd": [digest(texts[-1])]}))
        return {"_sd": [digest(texts[-1])]}, texts

    claims, texts = nested(31)
    assert opened(claims, *texts).claims
    claims, texts = nested(32)
    with pytest.raises(MalformedError):
        opened(claims, *texts)
    claims, texts = nested(1000)
    with pytest.raises(LegationError):
        opened(claims, *texts)


def test_what_may_be_hidden_is_told_by_path() -> None:
    claims = {"_sd": [digest("x")], "a": {"b": {"_sd": [digest("y")]}, "c": {"d": 1}}, "e": [{"...": digest("z")}, 1]}
    result = opened(claims)
    for path in ((), ("a",), ("a", "b"), ("a", "b", "x"), ("e",), ("nobody",), ("nobody", "x")):
        assert result.may_hide(path)
    for path in (("a", "c"), ("a", "c", "d"), ("a", "nobody")):
        assert not result.may_hide(path)
    assert not opened({"a": {"b": 1}}).may_hide(("c",))
