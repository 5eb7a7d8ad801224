"""What a document says is signed whole, or refused: every member survives, every identifier is absolute."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.jsonld import compiled
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.compiled import MAX_ROOTS
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from tests.support.contexts import suite_contexts
from tests.support.json_ld_oracle import DroppedError, canonicalize_elsewhere
from tests.support.vectors import vector_path

V2 = "https://www.w3.org/ns/credentials/v2"
E = "https://e.example/"
TERMS = {
    "ex": E,
    "term": "ex:term",
    "ref": {"@id": "ex:ref", "@type": "@id"},
    "word": {"@id": "ex:word", "@type": "@vocab"},
    "json": {"@id": "ex:json", "@type": "@json"},
    "date": {"@id": "ex:date", "@type": "http://www.w3.org/2001/XMLSchema#date"},
    "list": {"@id": "ex:list", "@container": "@list"},
    "graph": {"@id": "ex:graph", "@container": "@graph"},
    "words": {"@id": "ex:words", "@container": "@language"},
    "Kind": {"@id": "ex:Kind", "@context": {"inner": "ex:inner"}},
    "part": {"@id": "ex:part", "@context": {"deep": "ex:deep"}},
}
CREDENTIAL = {
    "@context": [V2, {"@vocab": "https://vocabulary.example/"}],
    "id": "urn:uuid:1",
    "type": ["VerifiableCredential", "Example"],
    "issuer": {"id": "did:example:i", "name": {"@value": "\u00c9", "@language": "fr", "@direction": "ltr"}},
    "validFrom": "2026-11-24T00:00:00Z",
    "credentialSubject": [{"id": "did:example:s", "a": [1, 2.5, True]}, {"b": {"c": "d"}}],
}


def document(**members: Any) -> dict[str, Any]:
    return {"@context": TERMS, **members}


def canonical(made: dict[str, Any]) -> str:
    return canonicalize(made, bundled_contexts()).decode()


@pytest.mark.parametrize(
    "members",
    [
        {"term": "text"},
        {"term": ["a", ["b", ["a"]]]},
        {"term": [1, -1, 1.5, 1e22, True, False]},
        {"term": {}},
        {"term": {"ref": "urn:a"}},
        {"term": {"@value": "a", "@type": "ex:type"}},
        {"term": {"@value": "a", "@language": "en-GB", "@direction": "rtl"}},
        {"term": {"@value": {"a": [None]}, "@type": "@json"}},
        {"term": {"@list": []}},
        {"term": {"@list": ["a", {"term": "b"}, ["c", []]]}},
        {"list": ["a", "a"]},
        {"list": []},
        {"list": "a"},
        {"list": {"@list": ["a"]}},
        {"list": [["a"], []]},
        {"ref": ["urn:a", "urn:b", "_:c", {"@id": "_:c", "term": 1}]},
        {"word": ["Kind", "urn:a", "ex:b"]},
        {"json": {"b": None, "a": [], "@context": "any"}},
        {"json": None},
        {"date": ["2026-11-24", 5]},
        {"graph": {"term": "a"}},
        {"graph": [{"@id": "urn:a", "term": "a"}, {"graph": {"term": "b"}}]},
        {"words": {"en": ["a", "b"], "fr": "c", "@none": "d"}},
        {"words": "plain"},
        {"@type": "Kind", "inner": "a", "term": {"term": "b"}},
        {"@type": ["Kind", "ex:Other"], "@id": "urn:me"},
        {"part": {"deep": "a", "term": "b"}},
        {"part": [{"part": {"deep": "c"}}, "d"]},
        {"ex:compact": "a", "https://full.example/": "b"},
        {"term": {"@context": {"own": "ex:own"}, "own": "a", "term": "b"}},
        {"term": {"@context": V2, "id": "urn:a", "type": "VerifiableCredential", "issuer": "urn:b"}},
    ],
)
def test_form_is_the_one_that_other_libraries_give(members: dict[str, Any]) -> None:
    made = document(**members)
    assert canonicalize(made, bundled_contexts()) == canonicalize_elsewhere(made, bundled_contexts())


@pytest.mark.parametrize(
    ("bad", "good", "refusal"),
    [
        ({"unknown": 1}, {"term": 1}, UnknownTermError),
        ({"term": {"unknown": 1}}, {"term": {"term": 1}}, UnknownTermError),
        ({"inner": 1}, {"inner": 1, "@type": "Kind"}, UnknownTermError),
        ({"@type": "Kind", "term": {"inner": 1}}, {"@type": "Kind", "term": {"term": 1}}, UnknownTermError),
        ({"deep": 1}, {"part": {"deep": 1}}, UnknownTermError),
        ({"@future": 1}, {"ex:future": 1}, UnknownTermError),
        ({"term": None}, {"term": "None"}, UnknownTermError),
        ({"term": []}, {"term": [1]}, UnknownTermError),
        ({"term": [1, None]}, {"term": [1]}, UnknownTermError),
        ({"term": [1, []]}, {"term": [1, [1]]}, UnknownTermError),
        ({"list": [None]}, {"list": [1]}, UnknownTermError),
        ({"term": {"@value": None}}, {"term": {"@value": 1}}, UnknownTermError),
        ({"words": {}}, {"words": {"en": "a"}}, UnknownTermError),
        ({"words": {"en": []}}, {"words": {"en": ["a"]}}, UnknownTermError),
        ({"words": {"en": 1}}, {"words": {"en": "1"}}, MalformedError),
        ({"graph": {}}, {"graph": {"term": 1}}, UnknownTermError),
        ({"graph": {"@id": "urn:a"}}, {"graph": {"@id": "urn:a", "term": 1}}, UnknownTermError),
        ({"graph": "a"}, {"graph": {"term": "a"}}, UnknownTermError),
        ({"graph": {"@value": "a"}}, {"graph": {"term": {"@value": "a"}}}, UnknownTermError),
        ({"graph": {"@list": ["a"]}}, {"graph": {"list": ["a"]}}, UnknownTermError),
        ({"@id": "urn:a"}, {"@id": "urn:a", "term": 1}, MalformedError),
        ({}, {"term": 1}, MalformedError),
        ({"@id": "relative", "term": 1}, {"@id": "urn:relative", "term": 1}, MalformedError),
        ({"@id": "", "term": 1}, {"@id": "urn:", "term": 1}, MalformedError),
        ({"@id": "#a", "term": 1}, {"@id": "urn:a#a", "term": 1}, MalformedError),
        ({"@id": None, "term": 1}, {"term": 1}, MalformedError),
        ({"@id": ["urn:a"], "term": 1}, {"@id": "urn:a", "term": 1}, MalformedError),
        ({"@id": "urn:a> <urn:b", "term": 1}, {"@id": "urn:a", "term": 1}, MalformedError),
        ({"@id": "_:a b", "term": 1}, {"@id": "_:ab", "term": 1}, MalformedError),
        ({"ref": "relative"}, {"ref": "urn:relative"}, MalformedError),
        ({"ref": "@type"}, {"ref": "urn:type"}, MalformedError),
        ({"word": "Unknown"}, {"word": "Kind"}, MalformedError),
        ({"@type": "Unknown"}, {"@type": "Kind"}, MalformedError),
        ({"@type": []}, {"@type": ["Kind"]}, UnknownTermError),
        ({"@type": None}, {"@type": "Kind"}, MalformedError),
        ({"@type": [{"@id": "ex:Kind"}]}, {"@type": ["Kind"]}, MalformedError),
        ({"@type": "@id"}, {"@type": "Kind"}, MalformedError),
        ({"term": {"@value": "a", "@type": "Unknown"}}, {"term": {"@value": "a", "@type": "Kind"}}, MalformedError),
        ({"term": {"@value": "a", "@type": None}}, {"term": {"@value": "a"}}, MalformedError),
        ({"term": {"@value": "a", "@type": ["Kind"]}}, {"term": {"@value": "a", "@type": "Kind"}}, MalformedError),
        ({"term": {"@value": "a", "@type": "Kind", "@language": "en"}}, {"term": "a"}, MalformedError),
        ({"term": {"@value": "a", "@language": None}}, {"term": {"@value": "a"}}, None),
        ({"term": {"@value": 1, "@language": "en"}}, {"term": {"@value": "1", "@language": "en"}}, MalformedError),
        ({"term": {"@value": "a", "@language": "no tag"}}, {"term": "a"}, MalformedError),
        ({"term": {"@value": "a", "@direction": "up"}}, {"term": {"@value": "a", "@direction": "rtl"}}, MalformedError),
        ({"term": {"@value": "a", "term": "b"}}, {"term": {"@value": "a"}}, UnknownTermError),
        ({"term": {"@value": ["a"]}}, {"term": {"@value": "a"}}, MalformedError),
        ({"term": {"@language": "en"}}, {"term": {"@value": "a", "@language": "en"}}, UnknownTermError),
        ({"term": {"@set": ["a"]}}, {"term": ["a"]}, UnknownTermError),
        ({"term": {"@list": ["a"], "term": 1}}, {"term": {"@list": ["a"]}}, MalformedError),
        ({"@value": "a"}, {"term": "a"}, MalformedError),
        ({"@list": ["a"]}, {"list": ["a"]}, MalformedError),
        ({"@graph": [{"term": 1}]}, {"graph": [{"term": 1}]}, UnknownTermError),
        ({"@included": [{"term": 1}]}, {"term": 1}, UnknownTermError),
        ({"@reverse": {"term": {"@id": "urn:a"}}}, {"term": {"@id": "urn:a"}}, UnknownTermError),
        ({"@nest": {"term": 1}}, {"term": 1}, UnknownTermError),
        ({"@index": "a", "term": 1}, {"term": 1}, UnknownTermError),
        ({"term": {"@value": "a", "@index": "b"}}, {"term": {"@value": "a"}}, UnknownTermError),
        ({"term": 2**53}, {"term": 2**53 - 1}, MalformedError),
        ({"term": math.nan}, {"term": 1.0}, MalformedError),
        ({"term": math.inf}, {"term": 1e300}, MalformedError),
        ({"term": "a\ud800"}, {"term": "a"}, MalformedError),
        ({"term": b"a"}, {"term": "a"}, MalformedError),
        ({"json": 2**53}, {"json": 1}, MalformedError),
    ],
)
def test_member_that_would_not_be_signed_is_refused(
    bad: dict[str, Any], good: dict[str, Any], refusal: type[LegationError] | None
) -> None:
    assert canonical(document(**good))
    if refusal is None:
        assert canonical(document(**bad)) == canonical(document(**good))
        return
    with pytest.raises(refusal) as refused:
        canonical(document(**bad))
    assert refused.value.code in ("unknown_term", "malformed")


def test_keyword_is_said_once_under_whatever_name() -> None:
    made = {"@context": V2, "type": "VerifiableCredential", "id": "urn:a"}
    assert canonical(made)
    for more in ({"@id": "urn:a"}, {"@type": "VerifiablePresentation"}):
        with pytest.raises(MalformedError):
            canonical({**made, **more})
    value = {"@context": [V2, {"ex": E}], "ex:t": {"@value": "a", "type": "ex:b"}}
    assert canonical(value)
    value["ex:t"]["@type"] = "ex:b"  # type: ignore[index]  # an object
    with pytest.raises(MalformedError):
        canonical(value)


@pytest.mark.parametrize("other", ["ex:term", f"{E}term"])
def test_what_has_a_name_is_said_by_it(other: str) -> None:
    assert canonical(document(term=1))
    assert canonical(document(**{"ex:nameless": 1, f"{E}also": 2}))
    with pytest.raises(UnknownTermError):
        canonical(document(**{other: 1}))
    assert canonical(document(**{"@type": "ex:Other"}))
    for kind in ("ex:Kind", f"{E}Kind"):
        with pytest.raises(UnknownTermError):
            canonical(document(**{"@type": kind}))


def test_two_names_of_pinned_contexts_for_the_same_may_both_be_used() -> None:
    raw = json.dumps({"@context": {"one": f"{E}t", "two": f"{E}t"}}).encode()
    contexts = Contexts().extended({"urn:c": raw})
    assert canonicalize({"@context": "urn:c", "one": 1}, contexts) == canonicalize(
        {"@context": "urn:c", "two": 1}, contexts
    )


@pytest.mark.parametrize("name", ["type", "first", "rest"])
def test_structure_is_not_said_by_members(name: str) -> None:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    assert canonical(document(**{f"{rdf}value": 1}))
    with pytest.raises(UnknownTermError):
        canonical(document(**{f"{rdf}{name}": {"@id": "urn:a"}}))


@pytest.mark.parametrize("container", ["@index", "@id", "@type", ["@graph", "@id"], ["@graph", "@index"]])
def test_map_whose_keys_are_data_is_refused(container: Any) -> None:
    def contexts(said: Any) -> Contexts:
        raw = json.dumps({"@context": {"t": {"@id": f"{E}t", **said}}}).encode()
        return Contexts().extended({"urn:maps": raw})

    made = {"@context": "urn:maps", "t": {"urn:key": {"@id": "urn:a"}}}
    assert canonicalize({"@context": "urn:maps", "t": {"@id": "urn:a"}}, contexts({"@container": "@set"}))
    with pytest.raises(UnknownTermError):
        canonicalize(made, contexts({"@container": container}))


@pytest.mark.parametrize("said", [{"@reverse": f"{E}t"}, {"@id": "@nest"}, {"@id": "@graph"}, {"@id": "@included"}])
def test_term_of_a_pinned_context_that_says_things_elsewhere_is_refused(said: Any) -> None:
    raw = json.dumps({"@context": {"t": said, "u": f"{E}u"}}).encode()
    contexts = Contexts().extended({"urn:c": raw})
    assert canonicalize({"@context": "urn:c", "u": {"u": 1}}, contexts)
    with pytest.raises(UnknownTermError):
        canonicalize({"@context": "urn:c", "t": {"u": 1}}, contexts)


def test_document_without_context_is_refused() -> None:
    with pytest.raises(MalformedError):
        canonical({f"{E}term": 1})
    assert canonical({"@context": {"ex": E}, f"{E}term": 1})


def test_document_is_bounded() -> None:
    def nested(levels: int) -> dict[str, Any]:
        made: dict[str, Any] = {"@id": "urn:0", "term": "a"}
        for level in range(levels):
            made = {"@id": f"urn:{level}", "term": made}
        return made

    def arrays(levels: int) -> list[Any]:
        return json.loads("[" * levels + '"a"' + "]" * levels)  # type: ignore[no-any-return]  # arrays

    assert canonical(document(**nested(32)))
    assert canonical(document(list=arrays(30), term=arrays(30)))
    for bad in (
        nested(33),
        nested(3000),
        {"list": arrays(40)},
        {"term": arrays(40)},
        {"term": arrays(900)},
        {"term": list(range(5000))},
        {"term": ["a" * 100_000 + str(number) for number in range(30)]},
    ):
        with pytest.raises(TooLargeError):
            canonical(document(**bad))


def test_default_language_and_that_of_a_term_are_those_of_other_libraries() -> None:
    context = {
        "@language": "fr",
        "ex": E,
        "a": "ex:a",
        "b": {"@id": "ex:b", "@language": "en"},
        "c": {"@id": "ex:c", "@direction": "rtl"},
        "d": {"@id": "ex:d", "@language": None},
        "e": {"@id": "ex:e", "@type": "@none"},
    }
    made = {"@context": context, **{name: ["text", 1] for name in "abcde"}}
    assert canonicalize(made, bundled_contexts()) == canonicalize_elsewhere(made, bundled_contexts())


def test_direction_is_signed() -> None:
    for direction in ("rtl", "ltr"):
        assert f'"a"^^<https://www.w3.org/ns/i18n#en_{direction}>' in canonical(
            document(term={"@value": "a", "@language": "en", "@direction": direction})
        )


def test_change_of_any_leaf_changes_the_form() -> None:
    before = canonical(CREDENTIAL)

    def mutants(value: Any) -> Any:
        if isinstance(value, dict):
            for name, member in value.items():
                for changed in mutants(member):
                    yield {**value, name: changed}
        elif isinstance(value, list):
            for number, item in enumerate(value):
                for changed in mutants(item):
                    yield [*value[:number], changed, *value[number + 1 :]]
        elif isinstance(value, bool):
            yield not value
        elif isinstance(value, str):
            yield "rtl" if value == "ltr" else value + "x"
        else:
            yield value + 1

    changed = [
        {**CREDENTIAL, name: other}
        for name, member in CREDENTIAL.items()
        if name != "@context"
        for other in mutants(member)
    ]
    assert len(changed) == 13
    refused = 0
    for made in changed:
        try:
            after = canonical(made)
        except MalformedError:
            refused += 1
        else:
            assert after != before
    assert refused == 0


def test_order_of_members_and_values_is_not_signed_and_that_of_lists_is() -> None:
    assert canonical(document(term=["a", "b"], ref="urn:a")) == canonical(document(ref="urn:a", term=["b", "a"]))
    assert canonical(document(list=["a", "b"])) != canonical(document(list=["b", "a"]))


def test_contexts_of_another_set_are_never_used() -> None:
    made = {"@context": "urn:c", "t": 1}
    for number in range(3):
        contexts = Contexts().extended({"urn:c": json.dumps({"@context": {"t": f"{E}{number}"}}).encode()})
        assert f"<{E}{number}>" in canonicalize(made, contexts).decode()


def test_what_is_remembered_of_contexts_is_bounded() -> None:
    for number in range(MAX_ROOTS * 2):
        assert canonical({"@context": {"t": f"{E}{number}"}, "t": 1})
    assert len(compiled._ROOTS) <= MAX_ROOTS
    # one that is too long to be remembered does as well
    long = {f"t{number}": E + "x" * 1000 for number in range(10)}
    assert canonical({"@context": long, "t1": 1}) == canonical({"@context": long, "t1": 1})


def test_official_documents_have_the_form_that_other_libraries_give() -> None:
    contexts = suite_contexts()
    accepted = 0
    for folder in ("vcdm-2.0-inputs", "vc-di-eddsa", "vc-di-ecdsa", "vc-jose-cose"):
        for path in sorted(vector_path(folder).rglob("*.json")):
            made = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(made, dict) or "@context" not in made:
                continue
            made.pop("proof", None)
            try:
                ours = canonicalize(made, contexts)
            except LegationError:
                continue
            accepted += 1
            assert ours == canonicalize_elsewhere(made, contexts), path.name
    assert accepted > 60


def test_what_other_libraries_drop_is_refused_here() -> None:
    made = document(unknown=1, term=1)
    with pytest.raises(DroppedError):
        canonicalize_elsewhere(made, bundled_contexts())
    with pytest.raises(UnknownTermError):
        canonical(made)
