"""JSON Pointers, and the part of a document that they select."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import MalformedError, TooLargeError
from legation.standards.selective_disclosure.pointers import (
    MAX_CHARS,
    MAX_POINTERS,
    name_members,
    parse_pointers,
    select,
    write_pointer,
)

DOCUMENT: dict[str, Any] = {
    "@context": ["https://c.example/v1"],
    "id": "urn:uuid:1",
    "type": ["A", "B"],
    "proof": {"created": "now"},
    "a/b": {"m~n": 1, "": 2, "0": "zero"},
    "list": ["x", {"id": "urn:2", "type": "C", "deep": {"v": 1, "w": 2}}, ["y", "z"]],
    "no": None,
}


def part(*pointers: str) -> dict[str, Any]:
    return select(DOCUMENT, parse_pointers(pointers))


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", ()),
        ("/", ("",)),
        ("/a~1b/m~0n", ("a/b", "m~n")),
        ("/~01", ("~1",)),
        ("/a//b", ("a", "", "b")),
        ("/list/0", ("list", "0")),
    ],
)
def test_pointer_is_read_and_written_as_rfc_6901_says(pointer: str, path: tuple[str, ...]) -> None:
    assert parse_pointers([pointer]) == (path,)
    assert write_pointer(path) == pointer


@pytest.mark.parametrize("pointer", ["a", "a/b", "#/a", "/a~", "/a~2", "/~", " /a", 7, None, ["/a"]])
def test_what_is_no_pointer_is_refused(pointer: Any) -> None:
    with pytest.raises(MalformedError):
        parse_pointers([pointer])
    assert parse_pointers(["/a"])


@pytest.mark.parametrize("pointer", ["/@context", "/@context/0", "/proof", "/proof/created"])
def test_pointer_to_context_or_proof_is_refused_and_named(pointer: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_pointers(["/id", pointer])
    assert caught.value.pointer == pointer
    assert parse_pointers(["/id", "/proofs", "/a/proof"])


def test_pointers_are_bounded_in_number_and_length() -> None:
    assert len(parse_pointers(["/a"] * MAX_POINTERS)) == MAX_POINTERS
    assert parse_pointers(["/" + "a" * (MAX_CHARS - 1)])
    with pytest.raises(TooLargeError):
        parse_pointers(["/a"] * (MAX_POINTERS + 1))
    with pytest.raises(TooLargeError):
        parse_pointers(["/" + "a" * MAX_CHARS])


@pytest.mark.parametrize(
    "pointer",
    [
        "/b",
        "/id/x",
        "/list/3",
        "/list/-",
        "/list/-1",
        "/list/01",
        "/list/1e0",
        "/list/ 1",
        "/list/x",
        "/no/x",
        "/list/٠",
    ],
)
def test_pointer_that_leads_to_nothing_is_refused_and_named(pointer: str) -> None:
    with pytest.raises(MalformedError) as caught:
        part("/id", pointer)
    assert (caught.value.code, caught.value.pointer) == ("malformed", pointer)


def test_index_of_astronomic_size_is_refused_as_quickly() -> None:
    with pytest.raises(MalformedError):
        part("/list/" + "9" * 900)


@pytest.mark.parametrize(
    ("pointers", "selected"),
    [
        (["/a~1b/m~0n"], {"a/b": {"m~n": 1}}),
        (["/a~1b/"], {"a/b": {"": 2}}),
        (["/a~1b/0"], {"a/b": {"0": "zero"}}),
        (["/a~1b"], {"a/b": DOCUMENT["a/b"]}),
        (["/list/0"], {"list": ["x"]}),
        (["/list/2/1"], {"list": [["z"]]}),
        (["/list/1/deep/v"], {"list": [{"id": "urn:2", "type": "C", "deep": {"v": 1}}]}),
        (["/list/1/id"], {"list": [{"id": "urn:2", "type": "C"}]}),
        (["/list/2", "/list/0"], {"list": ["x", ["y", "z"]]}),
        (["/list/1/deep/v", "/list/1/deep"], {"list": [DOCUMENT["list"][1]]}),
        (["/list/1/deep", "/list/1/deep/v"], {"list": [DOCUMENT["list"][1]]}),
        (["/list", "/list/0"], {"list": DOCUMENT["list"]}),
        (["/no"], {"no": None}),
        (["/type"], {}),
        (["/type/1"], {}),
        (["/id", "/id"], {}),
    ],
)
def test_part_has_what_is_selected_and_who_stands_on_the_way(pointers: list[str], selected: dict[str, Any]) -> None:
    always = {name: DOCUMENT[name] for name in ("@context", "id", "type")}
    assert part(*pointers) == {**always, **selected}


def test_empty_pointer_selects_all_but_the_proof() -> None:
    assert part("") == {name: value for name, value in DOCUMENT.items() if name != "proof"}
    assert part("", "/list/0") == part("")


def test_part_has_the_order_of_the_document() -> None:
    assert list(part("/list/0", "/a~1b")) == ["@context", "id", "type", "a/b", "list"]


def test_keywords_say_who_a_node_is_as_their_aliases_do() -> None:
    document = {"@id": "urn:1", "@type": "A", "x": 1, "y": 2}
    assert select(document, parse_pointers(["/x"])) == {"@id": "urn:1", "@type": "A", "x": 1}


def test_context_of_an_object_on_the_way_stays_with_it() -> None:
    document = {"@context": "c", "a": {"@context": {"t": "urn:t"}, "t": 1, "u": 2}}
    assert select(document, parse_pointers(["/a/t"])) == {"@context": "c", "a": {"@context": {"t": "urn:t"}, "t": 1}}


def test_empty_pointer_is_named_member_by_member() -> None:
    assert name_members(DOCUMENT, ("",)) == ("/id", "/type", "/a~1b", "/list", "/no")
    assert name_members(DOCUMENT, ("/id", "/list/0")) == ("/id", "/list/0")
