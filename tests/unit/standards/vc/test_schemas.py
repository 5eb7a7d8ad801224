"""credentialSchema: what a JSON Schema at hand says, and what one evaluation may cost."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from legation.errors import LegationError
from tests.support.vcdm import EXAMPLES, credential, formed, refusal

URL = "https://example.org/schema.json"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
DEGREE = {"properties": {"credentialSubject": {"required": ["degree"]}}}


def document(**subject: Any) -> dict[str, Any]:
    entry = {"id": URL, "type": "JsonSchema"}
    return credential(
        context=["https://www.w3.org/ns/credentials/v2"], credentialSchema=entry, credentialSubject=subject
    )


def held(schema: Any, **subject: Any) -> tuple[str, str | None] | None:
    """Return how a subject is refused by a schema, or None."""
    raw = schema if isinstance(schema, bytes) else json.dumps({"$schema": DRAFT, **schema}).encode()
    made = document(**(subject or {"a": 1}))
    try:
        formed(made, resources={URL: raw})
    except LegationError:
        return refusal(made, resources={URL: raw})
    return None


def on_subject(**keywords: Any) -> dict[str, Any]:
    return {"properties": {"credentialSubject": keywords}}


@pytest.mark.parametrize(
    "draft",
    [
        DRAFT,
        DRAFT + "#",
        "https://json-schema.org/draft/2019-09/schema",
        "http://json-schema.org/draft-07/schema#",
    ],
)
def test_credential_is_held_against_its_schema(draft: str) -> None:
    raw = json.dumps({"$schema": draft, **DEGREE}).encode()
    assert held(raw, degree="x") is None
    assert held(raw, other="x") == ("schema_mismatch", "/credentialSchema")


def test_proof_is_not_held_against_the_schema() -> None:
    raw = json.dumps({"$schema": DRAFT, "properties": {"proof": False}}).encode()
    made = {**document(a=1), "proof": {"type": "DataIntegrityProof"}}
    assert formed(made, resources={URL: raw})


def test_every_schema_must_hold() -> None:
    entries = [{"id": f"{URL}#{index}", "type": "JsonSchema"} for index in (1, 2)]
    made = {**document(degree="x"), "credentialSchema": entries}
    good, bad = (json.dumps({"$schema": DRAFT, "required": [name]}).encode() for name in ("issuer", "missing"))
    assert formed(made, resources={URL + "#1": good, URL + "#2": good})
    assert refusal(made, resources={URL + "#1": good, URL + "#2": bad})[0] == "schema_mismatch"


def test_schema_that_is_not_at_hand_is_refused_or_reported() -> None:
    assert refusal(document(a=1)) == ("schema_unknown", "/credentialSchema")
    assert formed(document(a=1), unknown_schemas=True).unknown_schemas == (URL,)
    # another name for the same type does not help
    for kind in ("https://www.w3.org/2018/credentials#JsonSchema", ["JsonSchema", "urn:x:Other"]):
        assert refusal({**document(a=1), "credentialSchema": {"id": URL, "type": kind}})[0] == "schema_unknown"
    # a type that is no JSON Schema is for those who know it
    assert formed({**document(a=1), "credentialSchema": {"id": URL, "type": "urn:x:Other"}}).unknown_schemas == ()


def test_schema_comes_in_a_credential() -> None:
    schema = {"$schema": DRAFT, **DEGREE}
    made = document(degree="x")
    made["credentialSchema"]["type"] = "JsonSchemaCredential"
    brought = credential(
        type=["VerifiableCredential", "JsonSchemaCredential"],
        credentialSchema={"id": "https://www.w3.org/ns/credentials/json-schema/v2.json", "type": "JsonSchema"},
        credentialSubject={"id": URL, "type": "JsonSchema", "jsonSchema": schema},
    )

    def resources(**changes: Any) -> dict[str, bytes]:
        return {URL: json.dumps({**brought, **changes}).encode()}

    assert formed(made, resources=resources())
    assert refusal({**made, "credentialSubject": {"other": "x"}}, resources=resources())[0] == "schema_mismatch"
    assert refusal(made, resources=resources(issuer="nobody"))[0] == "malformed"
    assert refusal(made, resources=resources(type=["VerifiableCredential"]))[0] == "schema_unusable"
    assert refusal(made, resources=resources(credentialSubject={"a": 1}))[0] == "schema_unusable"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b'{"@context": "x"}',
        b'{"$schema": "https://json-schema.org/draft/2030-12/schema"}',
        json.dumps({"$schema": DRAFT, "type": 5}).encode(),
        json.dumps({"$schema": DRAFT, "$ref": "https://example.org/other"}).encode(),
        json.dumps({"$schema": DRAFT, "$ref": "other.json"}).encode(),
        json.dumps({"$schema": DRAFT, "$ref": "#/$defs/missing"}).encode(),
        json.dumps({"$schema": DRAFT, "$ref": "#"}).encode(),
        json.dumps({"$schema": DRAFT, "allOf": [{"$schema": DRAFT}]}).encode(),
        json.dumps({"$schema": DRAFT, "properties": {"x": {"pattern": "(?=x)"}}}).encode(),
        json.dumps({"$schema": DRAFT, "properties": {"x": {"pattern": "(a)\\1"}}}).encode(),
        json.dumps({"$schema": DRAFT, "patternProperties": {"(a{1000}){1000}": True}}).encode(),
        json.dumps({"$schema": DRAFT, "patternProperties": {"a": True}, "unevaluatedProperties": False}).encode(),
    ],
)
def test_schema_that_cannot_be_used_refuses_the_credential(raw: bytes) -> None:
    assert held(raw) == ("schema_unusable", "/credentialSchema")


@pytest.mark.parametrize(
    ("keywords", "good", "bad"),
    [
        ({"properties": {"a": {"pattern": "^[0-9]{2}$"}}}, {"a": "12"}, {"a": "123"}),
        ({"properties": {"a": {"pattern": r"^\d+$"}}}, {"a": "12"}, {"a": "١٢"}),
        ({"properties": {"a": {"pattern": r"^[\w.]+@x$"}}}, {"a": "b.c@x"}, {"a": "b.c@x\n"}),
        ({"properties": {"a": {"pattern": "b"}}}, {"a": 5}, {"a": "c"}),
        ({"patternProperties": {"^x-": {"type": "string"}}}, {"x-a": "1", "a": 1}, {"x-a": 1}),
        ({"patternProperties": {"^x-": True}, "additionalProperties": False}, {"x-a": 1}, {"x-a": 1, "a": 1}),
        ({"properties": {"a": True}, "additionalProperties": {"type": "string"}}, {"a": 1, "b": "x"}, {"b": 1}),
        ({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, 2]}, {"a": [1, 1]}),
        ({"properties": {"a": {"format": "date"}}}, {"a": "no date: formats say nothing"}, None),
        ({"propertyNames": {"maxLength": 2}}, {"ab": 1}, {"abc": 1}),
    ],
)
def test_keywords_of_our_own_do_as_the_library_does(keywords: Any, good: Any, bad: Any) -> None:
    assert held(on_subject(**keywords), **good) is None
    if bad is not None:
        assert held(on_subject(**keywords), **bad) == ("schema_mismatch", "/credentialSchema")


def quick(schema: Any, **subject: Any) -> tuple[str, str | None] | None:
    begun = time.process_time()
    result = held(schema, **subject)
    assert time.process_time() - begun < 4
    return result


def test_no_pattern_takes_long() -> None:
    for pattern in ("^(a+)+$", "^(a|a)*$", "(.*)*x", ".*.*.*.*="):
        schema = on_subject(properties={"a": {"pattern": pattern}})
        assert quick(schema, a="a" * 20_000 + "!") == ("schema_mismatch", "/credentialSchema")
    names = on_subject(patternProperties={"^(a+)+$": False})
    assert quick(names, **{"a" * 200 + "!": 1}) is None
    assert quick(names, **{"a" * 300: 1}) == ("too_large", "/credentialSchema")


def test_evaluation_is_bounded() -> None:
    doubling: dict[str, Any] = {f"a{level}": {"allOf": [{"$ref": f"#/$defs/a{level + 1}"}] * 2} for level in range(40)}
    assert quick({"$defs": {**doubling, "a40": True}, "$ref": "#/$defs/a0"}) == ("too_large", "/credentialSchema")
    few = {f"a{level}": doubling[f"a{level}"] for level in range(5)}
    assert held({"$defs": {**few, "a5": True}, "$ref": "#/$defs/a0"}) is None
    unique = on_subject(properties={"a": {"uniqueItems": True}})
    assert quick(unique, a=[{"b": index} for index in range(300)]) == ("too_large", "/credentialSchema")
    assert held(unique, a=[{"b": index} for index in range(200)]) is None
    assert held({"description": "x" * 70_000}) == ("too_large", "/credentialSchema")


def test_types_of_schemas_resolve_through_the_contexts() -> None:
    made = document(a=1)
    made["credentialSchema"]["type"] = "JsonSchemaCredential2019"
    assert refusal(made) == ("unknown_term", "/credentialSchema/type")
    assert formed({**made, "@context": ["https://www.w3.org/ns/credentials/v2", EXAMPLES]})
