"""Names for the nodes that have none, in the document as it was written."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError, MalformedError
from legation.standards.selective_disclosure.skolem import Skolemized
from tests.support.disclosed import contexts, document


def named(value: dict[str, Any]) -> Any:
    return Skolemized(value, contexts()).document


def names(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in names(item)]
    if isinstance(value, dict):
        own = [value["@id"]] if "@id" in value else []
        return own + [name for member in value.values() for name in names(member)]
    return []


def without_names(value: Any) -> Any:
    if isinstance(value, list):
        return [without_names(item) for item in value]
    if isinstance(value, dict):
        return {name: without_names(member) for name, member in value.items() if name != "@id"}
    return value


def test_every_node_without_an_id_gets_a_name_of_its_own_and_nothing_else_changes() -> None:
    skolemized = Skolemized(document(), contexts())
    found = names(skolemized.document)
    # the subject, two boards, a maker, and two legs of the route
    assert len(found) == len(set(found)) == 6
    assert all(name.startswith(skolemized.prefix) for name in found)
    assert without_names(skolemized.document) == document()


def test_values_literals_and_languages_get_no_name() -> None:
    subject: Any = named(document())["credentialSubject"]
    assert subject["settings"] == document()["credentialSubject"]["settings"]
    assert subject["greeting"] == {"en": "ahoy", "de": "ahoi"}
    assert "@id" not in subject["boards"][2]


def test_array_of_one_stays_an_array() -> None:
    value = document()
    value["credentialSubject"]["boards"] = [{"boardName": "only"}]
    value["credentialSubject"] = [value["credentialSubject"]]
    found: Any = named(value)
    assert found["credentialSubject"][0]["boards"][0]["@id"].startswith("urn:bnid:")


def test_document_cannot_take_a_name_that_will_be_given() -> None:
    value = document()
    first: Any = named(value)["credentialSubject"]["@id"]
    value["credentialSubject"]["boards"][2]["id"] = first
    second: Any = named(value)["credentialSubject"]["@id"]
    assert second != first
    assert second.rpartition(":")[0] != first.rpartition(":")[0]


def test_document_that_names_blank_nodes_itself_is_refused() -> None:
    value = document()
    value["credentialSubject"]["boards"][0]["id"] = "urn:example:board"
    assert named(value)
    value["credentialSubject"]["boards"][0]["id"] = "_:b0"
    with pytest.raises(MalformedError):
        named(value)


def test_object_that_stands_in_two_places_is_two_nodes() -> None:
    value = document()
    value["credentialSubject"]["boards"] = [{"boardName": "same"}] * 2
    found: Any = named(value)
    assert len(set(names(found["credentialSubject"]["boards"]))) == 2
    assert "@id" not in value["credentialSubject"]["boards"][0]


def test_member_that_no_context_defines_is_refused() -> None:
    value = document()
    value["credentialSubject"]["undefined"] = "x"
    with pytest.raises(LegationError) as caught:
        named(value)
    assert caught.value.code == "unknown_term"
