"""``credentialSchema``: what a credential's JSON Schemas say of it (VCDM 2.0 §4.11, VC JSON Schema).

A schema is only ever one that is at hand under its ``id``, never fetched. The work that one document can cause is
bounded: the size of a schema, the steps of an evaluation, no reference out of the schema, and regular expressions in
an engine that is linear in the text, whatever the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.strict_json import parse_json
from legation.standards.vc.contexts_rules import Vocabulary
from legation.standards.vc.related_resources import FindBytes
from legation.standards.vc.type_names import Node

CheckForm: TypeAlias = Callable[[Node], object]

_CREDENTIALS = "https://www.w3.org/2018/credentials#"
_JSON_SCHEMA = _CREDENTIALS + "JsonSchema"
_JSON_SCHEMA_CREDENTIAL = _CREDENTIALS + "JsonSchemaCredential"
_MAX_SCHEMA_BYTES = 64 * 1024
_MAX_STEPS = 20_000
_MAX_UNIQUE = 256
_MAX_NAME_CHARS = 256
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
# VC JSON Schema §4: 2020-12 must be known, 2019-09 and draft-07 may
_DRAFTS = {
    "https://json-schema.org/draft/2020-12/schema": "Draft202012Validator",
    "https://json-schema.org/draft/2019-09/schema": "Draft201909Validator",
    "http://json-schema.org/draft-07/schema": "Draft7Validator",
}
# ECMA-262 §22.2: digits and word characters are those of ASCII
_CLASSES = {"d": "[0-9]", "D": "[^0-9]", "w": "[0-9A-Za-z_]", "W": "[^0-9A-Za-z_]"}


def check_schemas(
    document: Node, schemas: tuple[Node, ...], vocabulary: Vocabulary, find: FindBytes, check_form: CheckForm
) -> tuple[str, ...]:
    """Hold a credential, without its proof, against each of its schemas; types that are no JSON Schema are left alone.

    ``find`` gives the bytes of a schema by its URL. Returns the ids of JSON Schemas that are not at hand, which the
    caller refuses or reports. ``check_form`` judges the credential in which a JsonSchemaCredential brings its schema.

    Raises:
        MalformedError: the credential is not as a schema asks (``schema_mismatch``), or a schema cannot be used
            (``schema_unusable``).
        TooLargeError: a schema, or its evaluation, is beyond its bounds.
    """
    unknown = []
    bare = {name: value for name, value in document.items() if name != "proof"}
    for item in schemas:
        kinds = _kinds(item, vocabulary)
        if not kinds:
            continue
        identifier = str(item["id"])
        raw = find(identifier)
        if raw is None:
            unknown.append(identifier)
        elif not _conforms(bare, raw, _JSON_SCHEMA_CREDENTIAL in kinds, check_form):
            raise MalformedError(
                "the credential is not as its schema asks", code="schema_mismatch", pointer="/credentialSchema"
            )
    return tuple(unknown)


def _kinds(item: Node, vocabulary: Vocabulary) -> set[str | None]:
    types = item["type"] if isinstance(item["type"], list) else [item["type"]]
    inner = vocabulary.within(item, "/credentialSchema")
    return {inner.find_url(str(name)) for name in types} & {_JSON_SCHEMA, _JSON_SCHEMA_CREDENTIAL}


def _conforms(document: Node, raw: bytes, in_credential: bool, check_form: CheckForm) -> bool:
    if len(raw) > _MAX_SCHEMA_BYTES:
        raise TooLargeError(f"a schema is larger than {_MAX_SCHEMA_BYTES // 1024} KiB", pointer="/credentialSchema")
    if in_credential:
        # what was put at hand is trusted for its bytes: its proof is not judged again, its form is
        check_form(_parse(raw))
    return _evaluate(_compile(raw, in_credential), document)


def _parse(raw: bytes) -> dict[str, object]:
    try:
        value = parse_json(raw, max_nesting=64)
    except MalformedError as error:
        raise _unusable("it is not JSON, or nested too deep") from error
    if not isinstance(value, dict):
        raise _unusable("it is not an object")
    return value


def _schema_of(raw: bytes, in_credential: bool) -> dict[str, object]:
    value = _parse(raw)
    if not in_credential:
        return value
    # VC JSON Schema §3.2: the subject is the schema
    subject, types = value.get("credentialSubject"), value.get("type")
    schema = subject.get("jsonSchema") if isinstance(subject, dict) and subject.get("type") == "JsonSchema" else None
    if not isinstance(schema, dict) or not isinstance(types, list) or "JsonSchemaCredential" not in types:
        raise _unusable("the credential that should bring it does not")
    return schema


def _unusable(reason: str) -> MalformedError:
    return MalformedError(f"a schema cannot be used: {reason}", code="schema_unusable", pointer="/credentialSchema")


def _evaluate(validator: Any, document: Node) -> bool:
    from referencing.exceptions import Unresolvable

    # the one object that jsonschema hands on from each part of an evaluation to the next
    counted = validator.evolve(format_checker=_Budget())
    try:
        return next(counted.iter_errors(document), None) is None
    except (RecursionError, Unresolvable, ArithmeticError, TypeError, ValueError) as error:
        raise _unusable("it refers to itself without end, or to what is not in it") from error


class _Budget:
    """The steps that are left to an evaluation; of formats it says nothing (JSON Schema 2020-12 validation §7.2.1)."""

    def __init__(self) -> None:
        self._left = _MAX_STEPS

    def check(self, instance: object, kind: object) -> None:
        """Accept every format."""

    def spend(self) -> None:
        """Take one step. Raises TooLargeError."""
        self._left -= 1
        if self._left < 0:
            raise TooLargeError("a schema takes too long to evaluate", pointer="/credentialSchema")


@lru_cache(maxsize=64)
def _compile(raw: bytes, in_credential: bool) -> Any:
    """Check a schema against its own draft, and return what evaluates it."""
    import jsonschema.validators
    from jsonschema.exceptions import SchemaError
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    schema = _schema_of(raw, in_credential)
    draft = _DRAFTS.get(str(schema.get("$schema")).removesuffix("#"))
    if draft is None:
        raise _unusable("its $schema is not 2020-12, 2019-09 or draft-07")
    base = getattr(jsonschema.validators, draft)
    try:
        base.check_schema(schema, format_checker=None)
    except (SchemaError, Unresolvable, RecursionError) as error:
        raise _unusable("it is not as its own draft asks") from error
    # jsonschema takes its own class, without our bounds, wherever a schema names its draft
    inner = {name: value for name, value in schema.items() if name != "$schema"}
    _check_parts(inner)
    # an empty registry retrieves nothing
    return _bounded(base)(inner, registry=Registry())


def _check_parts(schema: object) -> None:
    """Refuse references out of the schema, a second draft, patterns that cannot be bounded."""
    level, keywords = [schema], set[str]()
    while level:
        below: list[object] = []
        for node in level:
            if isinstance(node, dict):
                keywords.update(node)
                _check_keywords(node)
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
        level = below
    # what the library does for them itself is not counted
    if keywords & {"unevaluatedProperties", "unevaluatedItems"} and keywords & {
        "patternProperties",
        "dependentSchemas",
    }:
        raise _unusable("unevaluatedProperties beside patternProperties or dependentSchemas is beyond this version")


def _check_keywords(node: Mapping[str, object]) -> None:
    if isinstance(node.get("$schema"), str):
        raise _unusable("a part of it names a draft of its own")
    for keyword in _REFERENCES:
        reference = node.get(keyword)
        if isinstance(reference, str) and not reference.startswith("#"):
            raise _unusable("it refers to another schema")
    if isinstance(node.get("pattern"), str):
        _matcher(str(node["pattern"]))
    names = node.get("patternProperties")
    for pattern in names if isinstance(names, dict) else ():
        _matcher(pattern)


@lru_cache(maxsize=16)
def _bounded(base: Any) -> Any:
    """Return the draft's validator, with each keyword counted and the costly ones replaced."""
    from jsonschema.validators import extend

    own = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items(base.VALIDATORS["uniqueItems"]),
    }
    keywords = {**base.VALIDATORS, **own}
    return extend(base, {name: _counted(check) for name, check in keywords.items()})


_Check: TypeAlias = Callable[[Any, Any, Any, Any], "Iterator[Any] | None"]


def _counted(check: _Check) -> _Check:
    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        validator.format_checker.spend()
        return check(validator, value, instance, schema)

    return counted


@lru_cache(maxsize=512)
def _matcher(pattern: str) -> Callable[[str], bool]:
    """Return a search for a pattern, in an engine without backtracking: look-around and back-references are refused."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    plain = re.sub(r"\\(.)", lambda match: _CLASSES.get(match[1], match[0]), pattern, flags=re.DOTALL)
    try:
        validator = SchemaValidator(core_schema.str_schema(pattern=plain, regex_engine="rust-regex"))
    except SchemaError as error:
        raise _unusable("a pattern is beyond this version") from error
    return validator.isinstance_python


def _failure(sentence: str) -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError(sentence)


def _pattern(_: Any, value: Any, instance: Any, __: Any) -> Iterator[Any]:
    if isinstance(instance, str) and not _matcher(value)(instance):
        yield _failure("a text does not match its pattern")


def _matching(patterns: Any, name: str) -> Iterator[str]:
    if patterns and len(name) > _MAX_NAME_CHARS:
        raise TooLargeError("the name of a member is too long for a schema", pointer="/credentialSchema")
    return (pattern for pattern in patterns or () if _matcher(pattern)(name))


def _pattern_properties(validator: Any, value: Any, instance: Any, _: Any) -> Iterator[Any]:
    for name, item in instance.items() if isinstance(instance, dict) else ():
        for pattern in _matching(value, name):
            yield from validator.descend(item, value[pattern], path=name, schema_path=pattern)


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any]:
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties")
    for name, item in instance.items() if isinstance(instance, dict) else ():
        if name not in known and next(_matching(patterns, name), None) is None:
            yield from validator.descend(item, value, path=name)


def _unique_items(default: Any) -> _Check:
    def unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[Any] | None:
        if value and isinstance(instance, list) and len(instance) > _MAX_UNIQUE:
            raise TooLargeError("a list is too long to compare its items", pointer="/credentialSchema")
        found: Iterator[Any] | None = default(validator, value, instance, schema)
        return found

    return unique_items


def refuse_unknown(identifiers: tuple[str, ...]) -> None:
    """Refuse a credential with a JSON Schema that is not at hand. Raises UnknownTermError (``schema_unknown``)."""
    if identifiers:
        raise UnknownTermError(
            "a JSON Schema of the credential is not at hand, and none is fetched",
            code="schema_unknown",
            fix="Put the schema into the folder of contexts.",
            pointer="/credentialSchema",
        )
