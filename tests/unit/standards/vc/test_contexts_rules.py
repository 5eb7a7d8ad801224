"""``@context`` of credentials, and the URLs that it gives to types."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.vc.contexts_rules import CREDENTIALS_V1, CREDENTIALS_V2, read_vocabulary
from tests.support.vcdm import EXAMPLES, contexts, credential, formed, refusal


def resolved(name: str, *entries: Any) -> str | None:
    return read_vocabulary({"@context": [CREDENTIALS_V2, *entries]}, contexts()).find_url(name)


@pytest.mark.parametrize(
    ("name", "entries", "url"),
    [
        ("VerifiableCredential", [], "https://www.w3.org/2018/credentials#VerifiableCredential"),
        ("https://example.org/#A", [], "https://example.org/#A"),
        ("A", [], None),
        ("A", [{"A": "https://example.org/#A"}], "https://example.org/#A"),
        ("A", [{"A": {"@id": "https://example.org/#A"}}], "https://example.org/#A"),
        ("A", [{"A": "x:A", "x": "https://example.org/#"}], "https://example.org/#A"),
        ("x:A", [{"x": "https://example.org/#"}], "https://example.org/#A"),
        ("x:A", [{"x": {"@id": "https://example.org/"}}], "x:A"),  # no prefix unless it says so
        ("x:A", [{"x": {"@id": "https://example.org/", "@prefix": True}}], "https://example.org/A"),
        ("A", [{"@vocab": "https://example.org/#"}], "https://example.org/#A"),
        ("A", [EXAMPLES], "https://example.org/vocabulary#A"),
        ("A b", [EXAMPLES], None),
        ("A", [{"A": "https ://not-a-url#A"}], None),
        ("_:a", [], None),
        ("@id", [EXAMPLES], None),
        ("", [], None),
        ("id", [], None),
    ],
)
def test_type_stands_for_the_url_that_the_contexts_give(name: str, entries: list[Any], url: str | None) -> None:
    assert resolved(name, *entries) == url


@pytest.mark.parametrize(
    "entry",
    [
        {"VerifiableCredential": "https://example.org/#Bad"},
        {"VerifiableCredential": {"@id": "https://www.w3.org/2018/credentials#VerifiableCredential"}},
        {"name": "https://example.org/#name"},
        {"type": "https://example.org/#type"},
        {"id": "https://example.org/#id"},
        CREDENTIALS_V1,
    ],
)
def test_context_that_redefines_a_protected_term_is_refused(entry: Any) -> None:
    assert refusal(credential(context=[CREDENTIALS_V2, entry])) == ("malformed", "/@context")


def test_context_that_says_the_same_again_is_accepted() -> None:
    assert formed(credential(context=[CREDENTIALS_V2, {"name": "https://schema.org/name"}, CREDENTIALS_V2]))


def test_inline_context_keeps_what_it_protects() -> None:
    first = {"@protected": True, "A": "https://example.org/#A"}
    types = ["VerifiableCredential", "A"]
    assert formed(credential(type=types, context=[CREDENTIALS_V2, first, {"B": "https://example.org/#B"}]))
    assert refusal(credential(type=types, context=[CREDENTIALS_V2, first, {"A": "https://example.org/#B"}])) == (
        "malformed",
        "/@context",
    )


@pytest.mark.parametrize(
    "entry", [123192875, None, True, ["https://example.org"], "https ://not-a-url", "relative", ""]
)
def test_entry_that_is_neither_url_nor_object_is_refused(entry: Any) -> None:
    assert refusal(credential(context=[CREDENTIALS_V2, entry]))[0] == "malformed"


def test_context_that_is_not_at_hand_is_refused() -> None:
    assert refusal(credential(context=[CREDENTIALS_V2, "https://example.com"])) == ("context_unknown", "/@context")


def test_json_schema_at_hand_is_no_context() -> None:
    known = bundled_contexts().extended({"https://example.org/schema": b'{"$schema": "x"}'})
    document = credential(context=[CREDENTIALS_V2, "https://example.org/schema"])
    with pytest.raises(LegationError) as refused:
        read_vocabulary(document, known)
    assert refused.value.code == "context_unknown"


@pytest.mark.parametrize(
    "entry",
    [
        {"@base": "https://example.org/"},
        {"@import": CREDENTIALS_V2},
        {"kind": "@type"},
        {"A": None},
        {"A": 1},
        {"A": {"@id": 1}},
        {"A": "B:x", "B": "A:x"},
        {"A": {}},
        {"A": {"@id": "https://example.org/#A", "@protected": "yes"}},
    ],
)
def test_context_that_does_more_than_add_terms_is_refused(entry: Any) -> None:
    assert refusal(credential(context=[CREDENTIALS_V2, entry]))[0] in ("malformed", "unknown_term")


def test_scoped_contexts_of_types_do_not_redefine_what_the_credential_has() -> None:
    def document(scope: dict[str, str]) -> dict[str, Any]:
        entry = {"Zone": {"@id": "https://example.org/#Zone", "@context": scope}}
        return credential(context=[CREDENTIALS_V2, entry], type=["VerifiableCredential", "Zone"])

    assert formed(document({"area": "https://example.org/#area"}))
    assert refusal(document({"credentialSubject": "https://example.org/#subject"})) == ("malformed", "/@context")


def test_too_many_contexts_are_refused() -> None:
    assert refusal(credential(context=[CREDENTIALS_V2] + [{"A": "https://example.org/#A"}] * 64))[0] == "too_large"


def test_long_contexts_are_read_anew_and_short_ones_once() -> None:
    known = contexts()
    short = {"@context": [CREDENTIALS_V2, {"A": "https://example.org/#A"}]}
    assert read_vocabulary(short, known) is read_vocabulary(dict(short), known)
    long = {"@context": [CREDENTIALS_V2, {f"A{index}": f"https://example.org/#{'a' * 100}" for index in range(60)}]}
    assert read_vocabulary(long, known) is not read_vocabulary(long, known)
    assert read_vocabulary(short, known) is not read_vocabulary(short, bundled_contexts())
