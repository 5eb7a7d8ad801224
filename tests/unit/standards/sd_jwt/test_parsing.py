"""SD-JWTs taken apart: the compact form exactly, and every disclosure strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.sd_jwt.disclosures import parse_disclosures, read_hash
from legation.standards.sd_jwt.parsing import MAX_DISCLOSURES, parse_sd_jwt
from tests.support.chains import base64url
from tests.support.selective import ISSUER, TYPE, digest, forge_disclosure, forge_sd_jwt, parse, verify

NAME = forge_disclosure("salt", "name", "Ana")
GOOD = forge_sd_jwt({"_sd": [digest(NAME)]}, [NAME])


def test_parts_are_as_they_came() -> None:
    sd_jwt = parse(GOOD)
    assert sd_jwt.issuer_signed == GOOD.partition("~")[0]
    (disclosure,) = sd_jwt.disclosures
    assert (disclosure.text, disclosure.digest) == (NAME, digest(NAME))
    assert (disclosure.salt, disclosure.name, disclosure.value) == ("salt", "name", "Ana")
    assert sd_jwt.key_binding is None
    assert sd_jwt.without_binding() == GOOD
    assert sd_jwt.fingerprint() == digest(GOOD)
    assert sd_jwt.type == TYPE


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rstrip("~"),
        lambda text: text.partition("~")[0],
        lambda text: text + "~",
        lambda text: "~" + text,
        lambda text: text.replace("~", "~~", 1),
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("~", "~\u00e9", 1),
        lambda text: text.replace("~", "~=", 1),
        lambda text: text.replace("~" + NAME, "~" + NAME + "="),
        lambda text: text.replace("~" + NAME, "~" + NAME[:-1] + "1"),
        lambda text: "",
        lambda text: "~",
        lambda text: "~~",
        lambda text: text.replace(".", "~", 1),
        lambda text: json.dumps({"payload": text}),
    ],
)
def test_text_in_another_spelling_is_refused(change: Any) -> None:
    verify(GOOD)
    with pytest.raises(LegationError):
        verify(change(GOOD))


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b'["salt"]',
        b'["salt","n","v","x"]',
        b'{"salt":"n"}',
        b'"salt"',
        b"null",
        b'[7,"n","v"]',
        b'[null,"v"]',
        b'["salt",7,"v"]',
        b'["salt",null,"v"]',
        b'["salt","_sd","v"]',
        b'["salt","...","v"]',
        b'["salt","_sd_alg","v"]',
        b'["salt","n",{"a":1,"a":1}]',
        b'["salt","n",NaN]',
        b'["salt","n","v"]x',
        b'["salt","n","\xff"]',
        b'["salt","n","v"',
        b'["salt","n",' + b"[" * 40 + b"]" * 40 + b"]",
        b'["s","n","v"],["t","m","w"]',
        '["salt","n","v"]'.encode("utf-16"),
    ],
)
def test_disclosure_that_is_not_strict_json_of_its_form_is_malformed(content: bytes) -> None:
    text = base64url(content)
    with pytest.raises(MalformedError):
        parse(forge_sd_jwt({"_sd": [digest(text)]}, [text]))
    # nor beside one that is
    with pytest.raises(MalformedError):
        parse(forge_sd_jwt({"_sd": [digest(text), digest(NAME)]}, [NAME, text]))


def test_texts_that_only_together_are_json_are_malformed() -> None:
    function = read_hash({})
    for contents in (
        (b'["a",["b"]', b'["c"],"d"]', b'["x","y"],["z","w"]'),
        (b'["a","b"', b'"c"],["d","e"]'),
        (b'["a","b"]', b'["c"', b'"d"],["e","f"]'),
    ):
        with pytest.raises(MalformedError):
            parse_disclosures([base64url(content) for content in contents], function)


def test_disclosures_written_otherwise_are_read_alike() -> None:
    function = read_hash({})
    texts = [b'["a", "b", {"c": [1, 2.50]}]', b'[ "a",\t"caf\\u00e9" ]', b'["a","b","x y"]', b'["a",1E3]']
    read = parse_disclosures([base64url(text) for text in texts], function)
    assert [(each.name, each.value) for each in read] == [
        ("b", {"c": [1, 2.5]}),
        (None, "café"),
        ("b", "x y"),
        (None, 1000.0),
    ]
    assert parse_disclosures([], function) == ()


@pytest.mark.parametrize("name", ["md5", "sha-1", "SHA-256", "sha256", "", None, 7, ["sha-256"]])
def test_unknown_hash_is_refused(name: object) -> None:
    with pytest.raises(UnknownTermError):
        parse(forge_sd_jwt({"_sd_alg": name}))
    parse(forge_sd_jwt({"_sd_alg": "sha-256"}))


def test_sizes_are_bounded() -> None:
    parse(forge_sd_jwt({}, [forge_disclosure(str(number), 1) for number in range(MAX_DISCLOSURES)]))
    with pytest.raises(TooLargeError):
        parse(forge_sd_jwt({}, [forge_disclosure(str(number), 1) for number in range(MAX_DISCLOSURES + 1)]))
    with pytest.raises(TooLargeError):
        parse(GOOD + "a" * (256 * 1024))
    with pytest.raises(MalformedError):
        parse(forge_sd_jwt(b"[]"))


def test_type_and_key_are_what_the_caller_asks_for() -> None:
    for typ in ("dc+sd-jwt", "sd-jwt", "JWT"):
        with pytest.raises(MalformedError):
            parse_sd_jwt(GOOD, typ=typ)
    without = forge_sd_jwt({}, kid=None)
    assert parse_sd_jwt(without, typ=TYPE, named=False).jws.method == ""
    with pytest.raises(MalformedError):
        parse_sd_jwt(without, typ=TYPE)
    for header in ({"x5c": ["MII"]}, {"jwk": {}}, {"crit": ["x"]}):
        with pytest.raises(MalformedError):
            parse_sd_jwt(forge_sd_jwt({}, **header), typ=TYPE, named=False)
    assert parse(GOOD).jws.did == ISSUER.did
