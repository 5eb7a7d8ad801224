"""N-Quads: every term has one spelling, and what is no term is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.jsonld.nquads import (
    is_absolute,
    write_blank,
    write_iri,
    write_json,
    write_literal,
    write_scalar,
    write_text,
)
from tests.support.nquads import parse_nquads

XSD = "http://www.w3.org/2001/XMLSchema#"
S = "<https://s.example/>"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_is_read_back_as_it_was(text: str) -> None:
    literal = write_literal(text)
    assert parse_nquads(f"{S} {S} {literal} .\n") == [(S, S, literal, "")]
    assert "\n" not in literal


@pytest.mark.parametrize(
    ("value", "datatype", "literal"),
    [
        (5, None, f'"5"^^<{XSD}integer>'),
        (5.0, None, f'"5"^^<{XSD}integer>'),
        (-0.0, None, f'"0"^^<{XSD}integer>'),
        (5, "urn:d", '"5"^^<urn:d>'),
        (5, f"{XSD}double", f'"5.0E0"^^<{XSD}double>'),
        ("5", f"{XSD}double", f'"5.0E0"^^<{XSD}double>'),
        ("five", f"{XSD}double", f'"five"^^<{XSD}double>'),
        (0.1, None, f'"1.0E-1"^^<{XSD}double>'),
        (1e21, None, f'"1.0E21"^^<{XSD}double>'),
        (123.5, "urn:d", '"1.235E2"^^<urn:d>'),
        (True, None, f'"true"^^<{XSD}boolean>'),
        (False, "urn:d", '"false"^^<urn:d>'),
        ("text", f"{XSD}string", '"text"'),
    ],
)
def test_scalars_have_the_form_of_all_implementations(value: object, datatype: str | None, literal: str) -> None:
    assert write_scalar(value, datatype) == literal  # type: ignore[arg-type]  # as parametrised


@pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), float("-inf"), 10**400])
def test_number_that_others_read_otherwise_is_refused(value: float) -> None:
    assert write_scalar(2**53 - 1, None)
    with pytest.raises(MalformedError):
        write_scalar(value, None)


def test_text_has_language_and_direction() -> None:
    assert write_text("a", None, None) == '"a"'
    assert write_text("a", "en-GB", None) == '"a"@en-gb'
    assert write_text("a", "AR", "rtl") == '"a"^^<https://www.w3.org/ns/i18n#ar_rtl>'
    assert write_text("a", None, "ltr") == '"a"^^<https://www.w3.org/ns/i18n#_ltr>'
    for language, direction in (("", None), ("e n", None), ("en@x", "ltr"), ("en", "up"), ("en", "")):
        with pytest.raises(MalformedError):
            write_text("a", language, direction)


def test_json_is_written_in_its_canonical_form() -> None:
    assert write_json({"b": None, "a": ["\u20ac"]}).startswith('"{\\"a\\":[\\"\u20ac\\"],\\"b\\":null}"^^')
    with pytest.raises(MalformedError):
        write_json({"a": 2**53})


@pytest.mark.parametrize("text", ["a\ud800", "\udfff"])
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        write_literal(text)


@pytest.mark.parametrize("iri", ["https://a.example/\u00e9?q#f", "urn:a", "did:key:z6Mk#z6Mk", "data:,a", "a:"])
def test_absolute_identifiers_are_told(iri: str) -> None:
    assert is_absolute(iri)
    assert write_iri(iri) == f"<{iri}>"


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "a",
        "/a",
        "//a",
        "#a",
        ":a",
        "1a:b",
        "https://a b",
        "urn:a\n",
        "urn:<",
        "urn:>",
        "urn:a> <urn:b",
        'urn:"',
        "urn:{",
        "urn:|",
        "urn:^",
        "urn:`",
        "urn:\\",
        "urn:\x7f",
        "urn:\ud800",
        "_:a",
    ],
)
def test_what_is_no_absolute_identifier_is_refused(iri: str) -> None:
    assert not is_absolute(iri)
    with pytest.raises(MalformedError):
        write_iri(iri)


def test_blank_nodes_have_plain_names() -> None:
    assert write_blank("_:b0.a-1") == "_:b0.a-1"
    for name in ("_:", "_:a.", "_:.a", "_:a b", "_:a> ", "_:\u00e9", "a"):
        with pytest.raises(MalformedError):
            write_blank(name)
