"""Canonical datasets: the same for every naming of their blank nodes, and never more work than was agreed."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legation.errors import TooLargeError
from legation.standards.jsonld.rdfc import HashName, Quad, _orders, canonicalize_quads, write_quad
from tests.support.json_ld_oracle import canonicalize_quads_elsewhere
from tests.support.nquads import canonicalize_nquads
from tests.support.poison import refusal_time

P = "<https://p.example/>"
NODES = ["_:a", "_:b", "_:c", "_:d", "<https://n.example/>"]
quads = st.lists(
    st.tuples(
        st.sampled_from(NODES),
        st.sampled_from([P, "<https://q.example/>"]),
        st.sampled_from([*NODES, '"text"', '"text"@en']),
        st.sampled_from(["", "", "", "_:a", "_:g", "<https://g.example/>"]),
    ),
    max_size=7,
)


def clique(size: int) -> list[Quad]:
    return [(f"_:e{one}", P, f"_:e{other}", "") for one, other in permutations(range(size), 2)]


def cycle(size: int) -> list[Quad]:
    return [(f"_:e{number}", P, f"_:e{(number + 1) % size}", "") for number in range(size)]


def two_stars(size: int) -> list[Quad]:
    return [(f"_:{star}", P, f"_:{star}{number}", "") for star in "ab" for number in range(size)]


@given(quads, st.permutations(["_:w", "_:x", "_:y", "_:z", "_:g"]), st.sampled_from(["sha256", "sha384"]))
@settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
def test_form_is_that_of_another_library_whatever_the_nodes_are_called(
    dataset: list[Quad], names: list[str], algorithm: HashName
) -> None:
    found = canonicalize_quads(dataset, algorithm=algorithm)
    elsewhere = canonicalize_quads_elsewhere("".join(map(write_quad, dataset)), sha384=algorithm == "sha384")
    assert "".join(found.lines).encode() == elsewhere
    new = dict(zip([*NODES[:4], "_:g"], names, strict=True))
    renamed = [(new.get(s, s), p, new.get(o, o), new.get(g, g)) for s, p, o, g in reversed(dataset)]
    assert canonicalize_quads(renamed, algorithm=algorithm).lines == found.lines


@given(quads)
@settings(max_examples=50, suppress_health_check=list(HealthCheck), deadline=None)
def test_labels_lead_from_what_was_given_to_the_canonical_form(dataset: list[Quad]) -> None:
    found = canonicalize_nquads("".join(map(write_quad, dataset)))
    assert sorted(found.labels.values()) == sorted(f"c14n{number}" for number in range(len(found.labels)))

    def name(term: str) -> str:
        return f"_:{found.labels[term[2:]]}" if term.startswith("_:") else term

    relabelled = {write_quad((name(s), p, name(o), name(g))) for s, p, o, g in dataset}
    assert tuple(sorted(relabelled)) == found.lines


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (clique(4), clique(10)),
        (clique(4), clique(60)),
        (cycle(20), cycle(100)),
        (cycle(20), cycle(2000)),
        (two_stars(4), two_stars(12)),
        (two_stars(4), two_stars(500)),
    ],
)
def test_poison_is_refused_at_once(good: list[Quad], bad: list[Quad]) -> None:
    assert len(canonicalize_quads(good).lines) == len(good)
    assert refusal_time(lambda: canonicalize_quads(bad)) < 0.1


def test_many_equal_nodes_are_no_poison() -> None:
    dataset = [("<https://n.example/>", P, f"_:n{number}", "") for number in range(800)]
    dataset += [(f"_:n{number}", P, f"_:m{number}", "") for number in range(800)]
    assert len(canonicalize_quads(dataset).labels) == 1600


def test_empty_dataset_and_single_node_have_forms() -> None:
    assert canonicalize_quads([]).lines == ()
    found = canonicalize_quads([("_:only", P, "_:only", "_:only")] * 2)
    assert (found.lines, found.labels) == ((f"_:c14n0 {P} _:c14n0 _:c14n0 .\n",), {"only": "c14n0"})


@pytest.mark.parametrize("group", ["a", "aa", "ab", "bab", "aabb", "caba", "abcabc"])
def test_each_order_of_a_group_is_tried_once(group: str) -> None:
    assert sorted(_orders(list(group))) == sorted(set(permutations(group)))


def test_same_thing_many_times_in_two_graphs_is_told_apart_with_little_work() -> None:
    # a graph's name is related to a node once for each statement in it
    lines = [
        f'_:s{graph} <urn:p{number}> "v" _:g{graph} .\n<urn:root> <urn:holds> _:g{graph} .\n'
        for graph in range(2)
        for number in range(12)
    ]
    text = "".join(sorted(set("".join(lines).splitlines(keepends=True))))
    assert len(canonicalize_nquads(text).lines) == 26


def test_thousands_of_statements_in_two_graphs_that_are_alike_are_told_apart() -> None:
    lines = [f'_:s{graph} <urn:p{number}> "v" _:g{graph} .\n' for graph in range(2) for number in range(1500)]
    assert len(canonicalize_nquads("".join(lines)).lines) == 3000


def test_many_orders_of_nodes_that_are_alike_are_refused() -> None:
    def tied(uses: int) -> str:
        # each of two nodes is related to both graphs, equally often
        return "".join(
            f'_:s{node} <urn:p{number}> "v" _:g{graph} .\n'
            for node in range(2)
            for graph in range(2)
            for number in range(uses)
        )

    assert len(canonicalize_nquads(tied(2)).lines) == 8
    with pytest.raises(TooLargeError):
        canonicalize_nquads(tied(200))
