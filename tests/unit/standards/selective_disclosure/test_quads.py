"""Statements under other labels: skolem names taken back, lists named by what they hold."""

from __future__ import annotations

import pytest

from legation.errors import MalformedError
from legation.standards.jsonld.rdfc import Quad
from legation.standards.selective_disclosure.quads import deskolemize, relabel, write_lines

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FIRST, REST, NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
PREFIX = "urn:bnid:1:"
A, P, Q = "<urn:a>", "<urn:p>", "<urn:q>"


def cells(*labels: str, of: list[str]) -> list[Quad]:
    rest = [*labels[1:], NIL]
    return [
        quad
        for label, member, following in zip(labels, of, rest, strict=True)
        for quad in ((label, FIRST, member, ""), (label, REST, following, ""))
    ]


def test_lines_are_sorted_ended_and_said_once() -> None:
    quads: list[Quad] = [(A, Q, '"2"', ""), (A, P, "_:b", "<urn:g>"), (A, Q, '"2"', "")]
    assert write_lines(quads) == (f"{A} {P} _:b <urn:g> .\n", f'{A} {Q} "2" .\n')


def test_labels_are_replaced_in_every_place_and_in_no_text() -> None:
    quads: list[Quad] = [("_:b", P, "_:c", "_:b"), (A, P, '"_:b"', "")]
    assert relabel(quads, {"b": "x", "c": "y"}) == [("_:x", P, "_:y", "_:x"), (A, P, '"_:b"', "")]
    with pytest.raises(KeyError):
        relabel(quads, {"b": "x"})


def test_skolem_names_become_blank_nodes_and_others_stay() -> None:
    quads: list[Quad] = [("<urn:bnid:1:s0>", P, "<urn:bnid:1:s1>", ""), ("<urn:bnid:2:s0>", P, '"<urn:bnid:1:s0>"', "")]
    assert deskolemize(quads, PREFIX) == [("_:s0", P, "_:s1", ""), ("<urn:bnid:2:s0>", P, '"<urn:bnid:1:s0>"', "")]


def test_list_has_the_same_names_whatever_its_cells_were_called() -> None:
    one: list[Quad] = [(A, P, "_:b0", ""), *cells("_:b0", "_:b1", of=['"x"', "<urn:bnid:1:s0>"])]
    other: list[Quad] = [(A, P, "_:b7", ""), *cells("_:b7", "_:b3", of=['"x"', "<urn:bnid:1:s0>"])]
    assert deskolemize(one, PREFIX) == deskolemize(other, PREFIX)
    assert "_:b" not in "".join(write_lines(deskolemize(one, PREFIX)))


@pytest.mark.parametrize(
    ("owner", "members"),
    [(A, ['"x"']), (A, ['"y"', '"x"']), (A, ['"x"', '"y"', '"z"']), ("<urn:b>", ['"x"', '"y"'])],
)
def test_another_list_has_other_names(owner: str, members: list[str]) -> None:
    known: list[Quad] = [(A, P, "_:b0", ""), *cells("_:b0", "_:b1", of=['"x"', '"y"'])]
    labels = [f"_:b{number}" for number in range(len(members))]
    other: list[Quad] = [(owner, P, "_:b0", ""), *cells(*labels, of=members)]
    assert set(deskolemize(known, PREFIX)).isdisjoint(deskolemize(other, PREFIX))


def test_lists_in_lists_are_named_by_all_that_they_hold() -> None:
    def nested(value: str) -> set[Quad]:
        inner = cells("_:b2", of=[value])
        return set(deskolemize([(A, P, "_:b0", ""), *cells("_:b0", "_:b1", of=['"x"', "_:b2"]), *inner], PREFIX))

    assert nested('"y"') == nested('"y"')
    assert nested('"y"').isdisjoint(nested('"z"'))


def test_list_without_end_is_refused() -> None:
    good: list[Quad] = [(A, P, "_:b0", ""), *cells("_:b0", "_:b1", of=['"x"', '"y"'])]
    assert deskolemize(good, PREFIX)
    with pytest.raises(MalformedError):
        deskolemize([quad if quad[2] != NIL else (quad[0], REST, "_:b0", "") for quad in good], PREFIX)


def test_blank_node_that_is_no_cell_is_refused() -> None:
    quads: list[Quad] = [("<urn:bnid:1:s0>", P, A, "")]
    assert deskolemize(quads, PREFIX)
    for quad in (("_:b0", P, A, ""), (A, P, "_:b0", ""), (A, P, A, "_:b0")):
        with pytest.raises(MalformedError):
            deskolemize([*quads, quad], PREFIX)
