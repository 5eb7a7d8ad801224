"""One walk of ours says what PyLD and Oxigraph say, for whatever document hypothesis comes up with."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from legation.errors import LegationError
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.contexts import LEGATION_V1, bundled_contexts
from legation.standards.jsonld.rdfc import write_quad
from legation.standards.jsonld.walk import walk
from tests.support.json_ld_oracle import canonicalize_elsewhere
from tests.support.nquads import canonicalize_nquads

V2 = "https://www.w3.org/ns/credentials/v2"
CONTEXTS = bundled_contexts()
PINNED = [V2, "https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/v2", LEGATION_V1]
NAMES = ["alpha", "beta", "gamma", "delta", "ex:compact", "https://other.example/term"]
TYPES = ["ex:Alpha", "Alpha", "Beta", "VerifiableCredential", "VerifiablePresentation", "DataIntegrityProof", "ex:Kind"]
IDENTIFIERS = ["https://a.example/1", "did:example:b", "ex:c", "urn:uuid:d", "_:e"]
OTHER_MEMBERS = ["issuer", "credentialSubject", "verifiableCredential", "proof", "name", "validFrom", "delegation"]
XSD = "http://www.w3.org/2001/XMLSchema#"

texts = st.sampled_from(["", "text", 'quo"te\\', "\u00e9\u2028\n\t\x07", "2026-11-24T00:00:00Z", *IDENTIFIERS])
numbers = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([0.1, 1e21, 1e-7, -0.0, 5.0, 1.5e300, 123456.789]),
)
scalars = st.one_of(texts, numbers, st.booleans())
languages = st.sampled_from(["en", "en-GB", "ar"])


def nonempty(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


definitions = st.one_of(
    st.sampled_from(["https://vocabulary.example/a", "ex:b"]),
    st.fixed_dictionaries(
        {"@id": st.sampled_from(["https://vocabulary.example/a", "ex:b"])},
        optional={
            "@type": st.sampled_from(["@id", "@vocab", "@json", "@none", f"{XSD}date", f"{XSD}double", "ex:type"]),
            "@container": st.sampled_from(["@set", "@list", "@graph", "@language", ["@graph", "@set"]]),
            "@language": st.sampled_from(["fr", "de-AT"]),
            "@protected": st.booleans(),
            "@context": st.deferred(lambda: scoped),
        },
    ),
)
scoped = st.dictionaries(st.sampled_from(["epsilon", "zeta", "Alpha2"]), definitions, max_size=2)
inline = st.fixed_dictionaries(
    {"ex": st.just("https://ex.example/"), **dict.fromkeys(("alpha", "beta", "gamma"), definitions)},
    optional={
        **dict.fromkeys(("Alpha", "Beta"), definitions),
        "@language": st.sampled_from(["fr"]),
        "@protected": st.booleans(),
    },
)
others = st.sampled_from(
    [{}, {"@vocab": "https://vocab.example/"}, {"@vocab": "https://vocab.example/#"}, {"delta": "ex:d"}]
)
values = st.one_of(
    st.fixed_dictionaries({"@value": scalars}),
    st.fixed_dictionaries({"@value": scalars, "@type": st.sampled_from(["ex:t", f"{XSD}double", "@json", "Alpha"])}),
    st.fixed_dictionaries({"@value": texts}, optional={"@language": languages}),
    # PyLD takes texts that differ in their direction alone for one
    st.builds(lambda way: {"@value": f"text {way}", "@direction": way}, st.sampled_from(["ltr", "rtl"])),
    st.dictionaries(languages, st.one_of(texts, st.lists(texts, min_size=1, max_size=2)), min_size=1, max_size=2),
)


def nodes(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    held = st.one_of(children, st.lists(children, min_size=1, max_size=3))
    keywords = st.fixed_dictionaries(
        {},
        optional={"@id": st.sampled_from(IDENTIFIERS), "@type": kinds, "@context": st.sampled_from([*PINNED, *OWN])},
    )
    node = st.builds(lambda said, named: {**said, **named}, st.dictionaries(names, held, max_size=3), keywords)
    return st.one_of(node, node, node, st.lists(children, max_size=3).map(lambda items: {"@list": items}))


OWN = [{"@vocab": "https://vocab.example/"}, {"epsilon": {"@id": "ex:e", "@container": "@list"}}, []]
names = st.one_of(st.sampled_from(NAMES), st.sampled_from([*NAMES, *OTHER_MEMBERS, "epsilon", "zeta"]))
kinds = st.one_of(st.sampled_from(TYPES), st.lists(st.sampled_from(TYPES), min_size=1, max_size=2))
trees = st.recursive(st.one_of(scalars, scalars, values), nodes, max_leaves=12)
ALIASED = {V2, PINNED[1], PINNED[2]}


def compact(value: Any, *, aliased: bool) -> Any:
    """Say ``id`` and ``type`` of nodes where a pinned context has these names."""
    if isinstance(value, list):
        return [compact(item, aliased=aliased) for item in value]
    if not isinstance(value, dict) or "@value" in value:
        return value
    aliased = aliased or any(value.get("@context") == url for url in ALIASED)
    return {
        name[1:] if aliased and name in ("@id", "@type") else name: (
            member if name == "@context" else compact(member, aliased=aliased)
        )
        for name, member in value.items()
    }


def build(pinned: list[str], own: Any, other: Any, members: dict[str, Any], types: Any) -> dict[str, Any]:
    said = compact({"@type": types, **members}, aliased=not ALIASED.isdisjoint(pinned))
    return {"@context": [*pinned, own, other], **said}


documents = st.builds(
    build,
    st.lists(st.sampled_from(PINNED), max_size=2, unique=True),
    inline,
    others,
    st.dictionaries(names, st.one_of(trees, st.lists(trees, min_size=1, max_size=3)), min_size=1, max_size=3),
    kinds,
)


@given(documents)
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_what_is_accepted_has_the_form_that_others_give_it(document: dict[str, Any]) -> None:
    try:
        ours = canonicalize(document, CONTEXTS)
    except LegationError as error:
        event(f"refused: {error.code}")
        return
    event("accepted")
    assert ours == canonicalize_elsewhere(document, CONTEXTS)
    lines = map(write_quad, walk(document, CONTEXTS))
    assert "".join(canonicalize_nquads("".join(lines)).lines).encode() == ours
