"""A context that a document brings along adds terms, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.jsonld.inline import MAX_ENTRIES, MAX_TERMS, MAX_TEXT, check_inline, list_entries
from tests.support.json_ld_oracle import canonicalize_elsewhere

V2 = "https://www.w3.org/ns/credentials/v2"
IRI = "https://vocabulary.example/term"


def document(*contexts: Any, **members: Any) -> dict[str, Any]:
    return {"@context": [V2, *contexts], "type": "VerifiableCredential", **members}


def canonical(*contexts: Any, **members: Any) -> bytes:
    return canonicalize(document(*contexts, **members), bundled_contexts())


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"term": IRI},
        {"term": {"@id": IRI, "@type": "@json", "@protected": True}},
        {"p": "https://vocabulary.example/", "term": {"@id": "p:term", "@type": "p:type", "@container": "@set"}},
        {"@vocab": "https://vocabulary.example/", "term": {"@type": "@id", "@language": "en"}},
        {"@version": 1.1, "@protected": True, "@language": "en", "term": {"@id": IRI, "@direction": "rtl"}},
        {"term": {"@id": IRI, "@context": {"inner": {"@id": IRI, "@context": [{"innermost": IRI}]}}}},
        {"id": "@id", "type": "@type", "Kind": {"@id": IRI, "@context": {"id": "@id", "type": "@type"}}},
    ],
)
def test_context_that_adds_terms_is_taken(context: Any) -> None:
    check_inline(context)
    assert canonical(context)


@pytest.mark.parametrize(
    ("context", "refusal"),
    [
        ({"@base": "https://evil.example/"}, UnknownTermError),
        ({"@import": V2}, UnknownTermError),
        ({"@propagate": False}, UnknownTermError),
        ({"@direction": "rtl"}, UnknownTermError),
        ({"@type": {"@container": "@set"}}, UnknownTermError),
        ({"@future": IRI}, UnknownTermError),
        ({"": IRI}, UnknownTermError),
        ({"@vocab": None}, MalformedError),
        ({"@vocab": ""}, MalformedError),
        ({"@vocab": "relative/"}, MalformedError),
        ({"@language": 1}, MalformedError),
        ({"term": None}, MalformedError),
        ({"term": 1}, MalformedError),
        ({"term": [IRI]}, MalformedError),
        ({"term": ""}, MalformedError),
        ({"term": "@id"}, MalformedError),
        ({"id": "@type"}, MalformedError),
        ({"type": {"@id": "@type"}}, MalformedError),
        ({"term": "@future"}, MalformedError),
        ({"term": "_:blank"}, MalformedError),
        ({"term": {"@id": "@type"}}, MalformedError),
        ({"term": {"@id": None}}, MalformedError),
        ({"term": {"@id": IRI, "@type": "_:blank"}}, MalformedError),
        ({"term": {"@reverse": IRI}}, UnknownTermError),
        ({"term": {"@id": IRI, "@nest": "@nest"}}, UnknownTermError),
        ({"term": {"@id": IRI, "@container": "@index", "@index": "prop"}}, UnknownTermError),
        ({"term": {"@id": IRI, "@context": None}}, MalformedError),
        ({"term": {"@id": IRI, "@context": V2}}, MalformedError),
        ({"term": {"@id": IRI, "@context": {"id": None}}}, MalformedError),
        ({"term": {"@id": IRI, "@context": {"@base": IRI}}}, UnknownTermError),
    ],
)
def test_context_that_does_more_is_refused(context: Any, refusal: type[LegationError]) -> None:
    with pytest.raises(refusal):
        check_inline(context)
    with pytest.raises(refusal):
        canonical(context)


@pytest.mark.parametrize(
    ("name", "said"), [("name", IRI), ("id", IRI), ("VerifiableCredential", IRI), ("digestSRI", {"@id": IRI})]
)
def test_term_that_a_context_before_defines_is_not_redefined(name: str, said: Any) -> None:
    assert canonical({"another": said})
    for contexts in (
        [{name: said}],
        [{"free": {"@id": IRI, "@context": {name: said}}}],
        [{"x": IRI}, {"x": IRI + "2"}],
    ):
        with pytest.raises(MalformedError):
            canonical(*contexts)


def test_whole_context_document_stands_for_what_it_holds_and_holds_no_other() -> None:
    said = canonical({"term": IRI}, term="a")
    assert canonical({"@context": {"term": IRI}}, term="a") == said
    whole = document({"@context": {"term": IRI}}, term="a")
    assert canonicalize_elsewhere(whole, bundled_contexts()) == said
    for wrong in (
        {"@context": {"@context": {"term": IRI}}},
        {"@context": [{"term": IRI}]},
        {"@context": V2},
        {"@context": {"name": IRI}},
        {"@context": {"term": IRI}, "other": IRI},
        {"term": {"@id": IRI, "@context": {"@context": {"inner": IRI}}}},
    ):
        with pytest.raises((MalformedError, UnknownTermError)):
            canonical(wrong)


def test_usual_alias_does_not_take_the_name_from_a_pinned_context_that_uses_it_for_something_else() -> None:
    url = "https://identified.example/v1"
    pinned = bundled_contexts().extended({url: b'{"@context": {"id": "https://identified.example/number"}}'})
    scoped = {"Kind": {"@id": IRI, "@context": {"id": "@id"}}}
    assert canonicalize({"@context": [url, {"Kind": IRI}], "@type": "Kind", "id": "1"}, pinned)
    with pytest.raises(MalformedError):
        canonicalize({"@context": [url, scoped], "@type": "Kind", "id": "urn:1"}, pinned)


def test_term_may_be_said_again_as_it_was() -> None:
    assert canonical({"term": IRI}, {"term": IRI}, term="a") == canonical({"term": IRI}, term="a")


@pytest.mark.parametrize("context", [None, [], 1, [None], [[]], [V2, 1], {"@context": {}}])
def test_what_is_no_context_is_refused(context: Any) -> None:
    with pytest.raises((MalformedError, UnknownTermError)):
        canonicalize({"@context": context, "@id": "urn:a", "urn:b": 1}, bundled_contexts())


def test_contexts_are_bounded() -> None:
    def deep(levels: int) -> dict[str, Any]:
        return {"t": {"@id": IRI, "@context": deep(levels - 1)}} if levels else {}

    for good, bad in (
        ({f"t{number}": IRI for number in range(MAX_TERMS)}, {f"t{number}": IRI for number in range(MAX_TERMS + 1)}),
        ({"t": "a:" + "b" * (MAX_TEXT - 2)}, {"t": "a:" + "b" * (MAX_TEXT - 1)}),
        ({"b" * MAX_TEXT: IRI}, {"b" * (MAX_TEXT + 1): IRI}),
        (deep(3), deep(4)),
    ):
        check_inline(good)
        with pytest.raises(TooLargeError):
            check_inline(bad)
    assert len(list_entries([V2] * MAX_ENTRIES)) == MAX_ENTRIES
    with pytest.raises(TooLargeError):
        list_entries([V2] * (MAX_ENTRIES + 1))


def test_contexts_in_a_document_are_bounded_in_all() -> None:
    def nested(count: int) -> list[dict[str, Any]]:
        return [{"@context": {f"t{number}": IRI}, f"t{number}": number} for number in range(count)]

    assert canonical({"@vocab": "https://v.example/"}, held=nested(50))
    with pytest.raises(TooLargeError):
        canonical({"@vocab": "https://v.example/"}, held=nested(400))
