"""Statements under the issuer's labels, and those that pointers select."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import MalformedError
from legation.standards.selective_disclosure.grouping import Statements
from legation.standards.selective_disclosure.labels import hmac_labels
from legation.standards.selective_disclosure.pointers import parse_pointers
from tests.support.disclosed import contexts, document

KEY = bytes(range(32))
SUBJECT = "/credentialSubject"


def statements(value: dict[str, Any] | None = None, key: bytes = KEY) -> Statements:
    return Statements(document() if value is None else value, contexts(), hmac_labels(key))


def lines(*pointers: str) -> list[str]:
    found = statements()
    return [found.lines[index] for index in found.group(parse_pointers(pointers)).indexes]


def test_lines_are_in_the_order_of_their_labels_which_the_key_alone_tells() -> None:
    one, other = statements(), statements(key=bytes(32))
    assert list(one.lines) == sorted(one.lines)
    assert len(one.lines) == len(other.lines)
    assert {line for line in one.lines if "_:" not in line} == {line for line in other.lines if "_:" not in line}
    assert {line for line in one.lines if "_:" in line}.isdisjoint(line for line in other.lines if "_:" in line)


def test_order_of_members_and_of_arrays_changes_no_statement() -> None:
    value = document()
    value["credentialSubject"]["boards"].reverse()
    value["credentialSubject"] = dict(reversed(value["credentialSubject"].items()))
    assert statements(value).lines == statements().lines


def test_no_pointer_selects_nothing() -> None:
    group = statements().group(())
    assert (group.indexes, group.labels) == ((), {})


def test_all_pointers_together_select_everything() -> None:
    found = statements()
    assert found.group(parse_pointers([""])).indexes == tuple(range(len(found.lines)))
    named = [f"/{name}" for name in document() if name != "@context"]
    assert found.group(parse_pointers(named)).indexes == tuple(range(len(found.lines)))


def test_group_has_what_is_pointed_to_and_the_way_to_it() -> None:
    found = "".join(lines(f"{SUBJECT}/boards/0/year"))
    assert '"2022"' in found
    assert "terms#Sailor>" in found
    assert "terms#Board>" in found
    assert not any(hidden in found for hidden in ("CompFoil", "2019", "Earth101", "Kanaha", "Wave"))


def test_groups_of_two_pointers_are_the_group_of_both() -> None:
    one, other = f"{SUBJECT}/boards/1", f"{SUBJECT}/boards/2/boardName"
    assert set(lines(one)) | set(lines(other)) == set(lines(one, other))


def test_labels_of_a_group_are_those_of_the_whole() -> None:
    found = statements()
    group = found.group(parse_pointers([f"{SUBJECT}/boards/1"]))
    assert set(group.labels) == {f"c14n{number}" for number in range(len(group.labels))}
    every = "".join(found.lines)
    assert all(f"_:{label}" in every for label in group.labels.values())


def test_nodes_that_nothing_disclosed_tells_apart_are_still_told_apart_by_their_labels() -> None:
    value = document()
    value["credentialSubject"]["boards"] = [{"type": "Board", "boardName": name} for name in ("a", "b")]
    found = statements(value)
    group = found.group(parse_pointers([f"{SUBJECT}/boards/0/type", f"{SUBJECT}/boards/1/type"]))
    assert len(set(group.labels.values())) == 3
    assert sum("terms#Board>" in found.lines[index] for index in group.indexes) == 2


@pytest.mark.parametrize("pointer", [f"{SUBJECT}/route/0", f"{SUBJECT}/route/1/boardName", f"{SUBJECT}/settings/type"])
def test_part_of_a_list_or_of_a_json_literal_is_refused_and_named(pointer: str) -> None:
    others = ["/issuer", f"{SUBJECT}/boards", "/validFrom"]
    for pointers in ([pointer], [pointer, *others], [*others, pointer]):
        with pytest.raises(MalformedError) as caught:
            lines(*pointers)
        assert (caught.value.code, caught.value.pointer) == ("malformed", pointer)
    assert lines(pointer.rpartition("/")[0].removesuffix("/1"))


def test_whole_list_and_whole_json_literal_can_be_selected() -> None:
    assert sum("rdf-syntax-ns#first>" in line for line in lines(f"{SUBJECT}/route")) == 2
    assert any("rdf-syntax-ns#JSON>" in line for line in lines(f"{SUBJECT}/settings"))


def test_one_language_of_several_can_be_selected() -> None:
    found = "".join(lines(f"{SUBJECT}/greeting/de"))
    assert '"ahoi"@de' in found
    assert "ahoy" not in found


@pytest.mark.parametrize("text", ["_:c14n0", "<urn:bnid:x:s0>", '"_:b0" .\n_:c14n1 ', "\\u005f:c14n0", "\u0000\u2028"])
def test_text_that_looks_like_a_node_stays_text(text: str) -> None:
    value = document()
    value["credentialSubject"]["sailNumber"] = text
    found = statements(value)
    assert len(found.lines) == len(statements().lines)
    assert len(found.group(parse_pointers([f"{SUBJECT}/sailNumber"])).indexes) == len(lines(f"{SUBJECT}/sailNumber"))


def blank_type(value: dict[str, Any]) -> None:
    value["credentialSubject"]["type"] = "_:b0"


def blank_reference(value: dict[str, Any]) -> None:
    value["credentialSubject"]["boards"][0]["maker"] = "_:b0"


def graph(value: dict[str, Any]) -> None:
    value["@context"].append({"holds": {"@id": "https://sails.example/terms#holds", "@container": "@graph"}})
    value["credentialSubject"]["holds"] = {"boardName": "in a graph"}


@pytest.mark.parametrize("spoil", [blank_type, blank_reference, graph])
def test_blank_node_that_no_object_is_is_refused(spoil: Any) -> None:
    value = document()
    assert statements(value)
    spoil(value)
    with pytest.raises(MalformedError):
        statements(value)


def test_members_under_their_full_names_and_under_contexts_of_their_own_can_be_selected() -> None:
    value = document()
    value["credentialSubject"]["https://sails.example/terms#builder"] = {"boardName": "by its full name"}
    own = {"inner": "https://sails.example/terms#inner", "other": "https://sails.example/terms#other"}
    value["credentialSubject"]["boards"][1] = {"@context": own, "inner": {"boardName": "inside"}, "other": "hidden"}
    found = statements(value)
    pointers = [f"{SUBJECT}/https:~1~1sails.example~1terms#builder/boardName", f"{SUBJECT}/boards/1/inner/boardName"]
    text = "".join(found.lines[index] for index in found.group(parse_pointers(pointers)).indexes)
    assert "by its full name" in text
    assert "inside" in text
    assert "hidden" not in text
