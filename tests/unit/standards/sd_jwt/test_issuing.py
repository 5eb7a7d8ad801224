"""Issuing: what is disclosable is behind digests, and comes back where it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import decode_base64url
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.parsing import MAX_DISCLOSURES
from tests.support.selective import HOLDER, ISSUER, TYPE, parse, salts, verify

CLAIMS: dict[str, Any] = {
    "iss": ISSUER.did,
    "name": "Ana",
    "address": {"street": "Main St", "city": {"name": "Anytown", "code": 7}},
    "roles": ["a", {"b": "c"}, ["d", "e"]],
    "none": None,
}


def issue(claims: dict[str, Any] = CLAIMS, **options: Any) -> str:
    return issue_sd_jwt(claims, ISSUER, typ=TYPE, salts=salts(), **options)


PATHS: list[list[tuple[str | int | None, ...]]] = [
    [],
    [("name",)],
    [("address", "city", "code")],
    [("address",), ("address", "city"), ("address", "city", "name")],
    [("roles", 0), ("roles", 2, 1)],
    [("roles",), ("roles", None), ("roles", 1, "b"), ("roles", 2, None)],
    [(name,) for name in CLAIMS],
]


@pytest.mark.parametrize("paths", PATHS, ids=str)
def test_what_is_disclosable_is_hidden_and_comes_back(paths: list[tuple[str | int | None, ...]]) -> None:
    text = issue(disclosable=paths)
    opened = verify(text)
    assert opened.claims == CLAIMS
    assert not opened.hidden
    signed = text.partition("~")[0]
    alone = verify(signed + "~")
    assert bool(alone.hidden) == bool(paths)
    for path in paths:
        if None not in path:
            assert alone.may_hide(path)  # type: ignore[arg-type]  # without None it is a path
    places = {path for path, _ in opened.disclosed}
    assert len(places) == text.count("~") - 1
    assert {path for path in paths if None not in path} <= places


def test_without_anything_disclosable_it_is_a_plain_payload() -> None:
    payload = json.loads(decode_base64url(issue().split(".")[1]))
    assert payload == CLAIMS


def test_digests_are_sorted_and_salts_are_used_once() -> None:
    sd_jwt = parse(issue(disclosable=[(name,) for name in CLAIMS], decoys={(): 3}))
    digests = sd_jwt.claims["_sd"]
    assert isinstance(digests, list)
    assert digests == sorted(digests)
    assert len(digests) == len(CLAIMS) + 3
    used = [disclosure.salt for disclosure in sd_jwt.disclosures]
    assert len(set(used)) == len(used) == len(CLAIMS)
    assert all(len(decode_base64url(salt)) == 16 for salt in used)


def test_decoys_stand_wherever_they_are_wanted_and_change_nothing() -> None:
    decoys: dict[tuple[str | int, ...], int] = {(): 2, ("address", "city"): 1, ("roles",): 3, ("roles", 2): 1}
    opened = verify(issue(disclosable=[("name",)], decoys=decoys))
    assert opened.claims == CLAIMS
    assert opened.hidden == set(decoys)
    hidden = verify(issue(disclosable=[("address",)], decoys={("address",): 2}))
    assert hidden.claims == CLAIMS
    assert hidden.hidden == {("address",)}


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512"])
def test_hash_is_one_of_three(algorithm: str) -> None:
    text = issue(disclosable=[("name",)], algorithm=algorithm)
    assert parse(text).claims["_sd_alg"] == algorithm
    assert verify(text).claims == CLAIMS
    for wrong in ("md5", "sha-1", "SHA-256", "sha-256-128", ""):
        with pytest.raises(UnknownTermError):
            issue(disclosable=[("name",)], algorithm=wrong)


def test_key_of_the_holder_goes_into_cnf() -> None:
    key = HOLDER.key.public_key
    confirmation = {"jwk": build_public_jwk(key)}
    assert verify(issue(holder_key=key)).claims["cnf"] == confirmation
    assert verify(issue({**CLAIMS, "cnf": confirmation}, holder_key=key)).claims["cnf"] == confirmation
    with pytest.raises(MalformedError):
        issue({**CLAIMS, "cnf": {"jwk": build_public_jwk(ISSUER.key.public_key)}}, holder_key=key)


@pytest.mark.parametrize(
    "paths",
    [
        [()],
        [("nobody",)],
        [("address", "nobody")],
        [("name", "x")],
        [("roles", 3)],
        [("roles", -1)],
        [("roles", "0")],
        [("address", 0)],
        [("address", None)],
        [("name",), ("nobody", "x")],
    ],
)
def test_path_that_names_nothing_is_refused(paths: Any) -> None:
    with pytest.raises(MalformedError):
        issue(disclosable=paths)


@pytest.mark.parametrize("path", [("name",), ("nobody",), ("roles", 0)])
def test_decoy_where_there_is_no_object_and_no_array_is_refused(path: Any) -> None:
    with pytest.raises(MalformedError):
        issue(decoys={path: 1})


@pytest.mark.parametrize(
    "claims",
    [{"_sd": []}, {"a": {"_sd": ["x"]}}, {"a": [{"...": "x"}]}, {"_sd_alg": "sha-256"}, {"a": [[{"_sd_alg": 1}]]}],
)
def test_claims_that_sd_jwt_reserves_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        issue(claims)


def test_bounds_hold_when_issuing() -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(30):
        deep = {"a": deep}
    issue(deep)
    with pytest.raises(MalformedError):
        issue({"a": deep})
    wide = {str(number): number for number in range(MAX_DISCLOSURES)}
    assert len(verify(issue(wide, disclosable=[(name,) for name in wide])).disclosed) == MAX_DISCLOSURES
    with pytest.raises(TooLargeError):
        issue(wide, disclosable=[(name,) for name in wide], decoys={(): 1})
