"""Wycheproof: tokens of our algorithms get the verdict of the vector, and tokens of others are refused.

Two things of ours stand between a vector and a verdict: a token of ours names ``typ`` and a ``kid`` that is a DID URL,
and its claims are a JSON object, none of which the vectors have. So each vector is judged in two parts. As it stands it
is refused, whatever it is. And its signature is judged over its own bytes by the key of its group: there the verdict is
the vector's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from legation.crypto.keys import PublicKey
from legation.errors import InvalidKeyError, LegationError, MalformedError
from legation.standards.jose import ALGORITHMS, parse_jws
from legation.standards.jwk import parse_public_jwk
from legation.standards.multiformats import decode_base64url
from legation.standards.strict_json import parse_json
from tests.support.vectors import load_vectors

FILES = ("json_web_signature_test.json", "json_web_crypto_test.json")
# header members that our tokens never carry, whatever the signature says (RFC 8725 §3.10)
KEYS_IN_HEADERS = {"jwk", "jku", "x5u", "x5c"}


def vectors() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each test that holds a JWS, with its group."""
    for name in FILES:
        for group in load_vectors("wycheproof", name)["testGroups"]:
            for test in group["tests"]:
                if "jws" in test:
                    yield group, test


def key_of(group: dict[str, Any]) -> PublicKey | None:
    """Return the group's key where it is one that we verify with."""
    jwk = group.get("public") or group.get("private") or {}
    public = {name: value for name, value in jwk.items() if name != "d"}
    try:
        return parse_public_jwk(public)
    except InvalidKeyError:
        return None


def holds(token: str, key: PublicKey) -> bool:
    """Judge a token by our parts, but for typ, kid and what its payload says."""
    try:
        head, body, signature = token.split(".")
        header = parse_json(decode_base64url(head))
        assert isinstance(header, dict)
        if not KEYS_IN_HEADERS.isdisjoint(header) or ALGORITHMS.get(header.get("alg")) is not key.type:
            return False
        decode_base64url(body)
        key.verify(f"{head}.{body}".encode("ascii"), decode_base64url(signature))
    except (LegationError, ValueError, AssertionError):
        return False
    return True


def test_token_of_our_algorithms_gets_the_verdict_of_the_vector() -> None:
    seen = {"valid": 0, "invalid": 0}
    for group, test in vectors():
        key = key_of(group)
        if key is not None:
            token = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            expected = test["result"] == "valid"
            assert holds(token, key) == expected, (group["comment"], test["tcId"], test["comment"])
            seen[test["result"]] += 1
    assert seen["valid"] >= 2
    assert seen["invalid"] >= 30


def test_token_of_any_other_algorithm_is_refused() -> None:
    seen = 0
    for group, test in vectors():
        if key_of(group) is None:
            token = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
            try:
                parse_jws(token, typ="vc+jwt", cty="vc")
            except MalformedError:
                seen += 1
                continue
            raise AssertionError((group["comment"], test["tcId"]))
    assert seen > 100


def test_no_token_of_the_vectors_is_a_token_of_ours() -> None:
    seen = 0
    for _, test in vectors():
        token = test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])
        for typ in ("vc+jwt", "vp+jwt"):
            try:
                parse_jws(token, typ=typ)
            except MalformedError:
                seen += 1
                continue
            raise AssertionError(test["tcId"])
    assert seen > 400


def test_every_token_of_the_file_of_keys_is_refused_and_none_of_its_keys_would_verify_it() -> None:
    vectors = load_vectors("wycheproof", "json_web_key_test.json")
    seen = {"valid": 0, "invalid": 0}
    for group in vectors["testGroups"]:
        given = {**group.get("private", {}), **group.get("public", {})}.get("keys", [])
        keys = [key for jwk in given if (key := key_of({"public": jwk})) is not None]
        for test in group["tests"]:
            # valid ones are of HS256, HS512 and RS256, which are not of our profile
            assert parse_json(decode_base64url(test["jws"].split(".")[0]))["alg"] != "ES256" or (  # type: ignore[index]  # an object
                test["result"] == "invalid"
            )
            assert not any(holds(test["jws"], key) for key in keys), test["tcId"]
            for typ in ("vc+jwt", "vp+jwt", "JWT"):
                try:
                    parse_jws(test["jws"], typ=typ)
                except MalformedError:
                    continue
                raise AssertionError(test["tcId"])
            seen[test["result"]] += 1
    assert seen == {"valid": 3, "invalid": 15}


def test_every_case_of_the_files_is_a_token_of_one_kind() -> None:
    for name in FILES:
        vectors = load_vectors("wycheproof", name)
        tests = [test for group in vectors["testGroups"] for test in group["tests"]]
        assert len(tests) == vectors["numberOfTests"]
        assert all(("jws" in test) != ("jwe" in test) for test in tests)


def test_no_encrypted_token_is_a_token_of_ours() -> None:
    seen = 0
    for name in FILES:
        for group in load_vectors("wycheproof", name)["testGroups"]:
            for test in group["tests"]:
                if "jwe" in test:
                    token = test["jwe"] if isinstance(test["jwe"], str) else json.dumps(test["jwe"])
                    try:
                        parse_jws(token, typ="vc+jwt", cty="vc")
                    except MalformedError:
                        seen += 1
                        continue
                    raise AssertionError(test["tcId"])
    assert seen > 10
