"""Term definitions against PyLD as the oracle, for every context that the vectors need."""

from __future__ import annotations

import random
from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.jsonld.contexts import ContextDocument, Contexts
from legation.standards.vc.terms import Definitions, define_terms
from tests.support.contexts import suite_contexts


def oracle(entries: list[str], contexts: Contexts) -> dict[str, Any] | None:
    """Return PyLD's active context, or None where it refuses."""
    from pyld import jsonld

    def load(url: str, _: Any) -> dict[str, Any]:
        found = contexts.find(url)
        assert found is not None
        return {"document": dict(found.value), "documentUrl": url, "contextUrl": None}

    processor = jsonld.JsonLdProcessor()
    options = {"processingMode": "json-ld-1.1", "documentLoader": load, "base": ""}
    try:
        initial = processor._get_initial_context(options)
        active: dict[str, Any] = processor.process_context(initial, {"@context": entries}, options)
    except jsonld.JsonLdError:
        return None
    return active


def test_every_published_context_alone_and_with_another_reads_as_pyld_reads_it() -> None:
    contexts = suite_contexts()
    urls = sorted(contexts.urls)
    chosen = random.Random(4)
    pairs = [[first, second] for first in urls for second in urls if first != second]
    refused = 0
    for entries in [[url] for url in urls] + chosen.sample(pairs, 60):
        expected = oracle(entries, contexts)
        try:
            found = define_terms(Definitions(), entries, contexts)
        except LegationError:
            assert expected is None, entries
            refused += 1
            continue
        assert expected is not None, entries
        said = {name: term and term["@id"] for name, term in expected["mappings"].items() if name[0] != "@"}
        assert {name: term.url for name, term in found.terms.items()} == said
        assert found.vocabulary == expected.get("@vocab")
    assert refused < 30


def pinned(**values: object) -> Contexts:
    return Contexts(
        {f"urn:{name}": ContextDocument(f"urn:{name}", b"", "", {"@context": value}) for name, value in values.items()}
    )


def terms(*entries: object, **values: object) -> dict[str, str | None]:
    found = define_terms(Definitions(), list(entries), pinned(**values))
    return {name: term.url for name, term in found.terms.items()}


def test_published_context_may_import_refer_and_take_back() -> None:
    assert terms("urn:a", a={"@import": "urn:b", "A": "urn:x:A"}, b={"B": "urn:x:B"}) == {
        "A": "urn:x:A",
        "B": "urn:x:B",
    }
    assert terms("urn:a", a=["urn:b", {"A": "urn:x:A"}], b={"B": "urn:x:B"}) == {"A": "urn:x:A", "B": "urn:x:B"}
    assert terms("urn:a", a=[{"B": "urn:x:B"}, None, {"A": "urn:x:A"}]) == {"A": "urn:x:A"}
    assert terms("urn:a", a={"A": None, "B": {"@reverse": "urn:x:B"}}) == {"A": None, "B": "urn:x:B"}
    assert terms("urn:a", a={"@vocab": "urn:x:", "A": "A", "B": {}}) == {"A": "urn:x:A", "B": "urn:x:B"}


@pytest.mark.parametrize(
    "value",
    [
        {"@import": "urn:missing"},
        {"@import": 1},
        {"@version": 2},
        {"@protected": "true"},
        {"@vocab": 1},
        {"@unknown": "urn:x"},
        {"": "urn:x"},
        {"A": "B:a", "B": "A:b"},
        {"A": {"@id": ["urn:x"]}},
        {"A": {"@id": "urn:x", "@prefix": 1}},
        {"A": []},
        {"A": {}},
        [{"@protected": True, "A": "urn:x"}, None],
        5,
        "urn:a",
    ],
)
def test_context_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(LegationError):
        terms("urn:a", a=value)
    assert terms("urn:a", a={"A": "urn:x:A"})


def test_terms_that_refer_to_each_other_a_long_way_are_refused() -> None:
    chain = {f"t{index}": f"t{index + 1}:x" for index in range(200)}
    with pytest.raises(LegationError):
        terms("urn:a", a={**chain, "t200": "urn:x:"})
    short = {f"t{index}": f"t{index + 1}:x" for index in range(5)}
    assert terms("urn:a", a={**short, "t5": "urn:x:"})["t5"] == "urn:x:"
