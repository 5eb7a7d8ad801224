"""Contexts are pinned: byte for byte what they were, with the product installed, and never fetched."""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.resources import files

import pytest

from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.jsonld import contexts
from legation.standards.jsonld.contexts import LEGATION_V1, MAX_CONTEXT_BYTES, Contexts, bundled_contexts

V2 = "https://www.w3.org/ns/credentials/v2"
OTHER = "https://other.example/v1"
EMPTY = b'{"@context": {}}'


def test_bundled_contexts_are_those_of_the_library_and_ours() -> None:
    from pyld.documentloader.frozen import BUNDLED_CONTEXTS

    found = bundled_contexts()
    assert found.urls == {*BUNDLED_CONTEXTS, LEGATION_V1}
    for url, path in BUNDLED_CONTEXTS.items():
        assert found[url].raw == path.read_bytes()
    for url in found:
        assert found[url].sha256 == sha256(found[url].raw).hexdigest()
        assert found[url].value == json.loads(found[url].raw)


def test_our_context_is_data_of_the_package() -> None:
    found = bundled_contexts().find(LEGATION_V1)
    assert found is not None
    assert files("legation.standards.jsonld").joinpath("legation-v1.jsonld").read_bytes() == found.raw


@pytest.mark.parametrize("place", [None, ("legation.standards.jsonld", "absent.jsonld")])
def test_bundled_context_that_is_changed_or_missing_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: tuple[str, str] | None
) -> None:
    known, digest = contexts._BUNDLED[LEGATION_V1]
    contexts._read_bundled(LEGATION_V1, known, digest)
    pinned = (place or known, digest if place else "0" * 64)
    monkeypatch.setitem(contexts._BUNDLED, LEGATION_V1, pinned)
    with pytest.raises(LegationError) as refused:
        bundled_contexts.__wrapped__()
    assert refused.value.code == "context_changed"


def test_contexts_are_added_and_replaced_byte_for_byte() -> None:
    before = bundled_contexts()
    after = before.extended({OTHER: EMPTY, V2: EMPTY})
    assert (before.find(OTHER), before[V2].raw == EMPTY) == (None, False)
    assert (after[OTHER].raw, after[V2].raw, after.urls) == (EMPTY, EMPTY, before.urls | {OTHER})
    assert before.merged(Contexts().extended({OTHER: EMPTY, V2: EMPTY})).digest == after.digest


def test_digest_tells_sets_apart_by_url_and_bytes() -> None:
    sets = [Contexts(), *(Contexts().extended({url: raw}) for url in (OTHER, V2) for raw in (EMPTY, EMPTY + b" "))]
    assert len({found.digest for found in sets}) == len(sets)
    assert Contexts().extended({OTHER: EMPTY}).digest == Contexts().extended({OTHER: EMPTY}).digest


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"", MalformedError),
        (b"[]", MalformedError),
        (b'{"context": {}}', MalformedError),
        (b"[" * 100_000, MalformedError),
        (b'{"@context": {}}' + b" " * MAX_CONTEXT_BYTES, TooLargeError),
    ],
)
def test_what_is_no_context_is_not_added(raw: bytes, refusal: type[LegationError]) -> None:
    assert Contexts().extended({OTHER: EMPTY}).find(OTHER) is not None
    with pytest.raises(refusal):
        Contexts().extended({OTHER: raw})


def test_url_is_found_only_as_it_is_spelled() -> None:
    assert bundled_contexts().find(V2) is not None
    for spelling in (V2 + "/", V2.upper(), V2.replace("https", "http"), V2 + "#", ""):
        assert bundled_contexts().find(spelling) is None


def test_set_names_its_urls_and_nothing_else_when_printed() -> None:
    assert repr(Contexts().extended({OTHER: EMPTY})) == f"Contexts([{OTHER!r}])"
    assert len(Contexts()) == 0
