"""Public material that a caller brings along."""

from __future__ import annotations

from typing import Any

import pytest

from legation.domain.material import Material
from legation.errors import MalformedError, ResolutionError, UnknownTermError
from legation.standards.did.document import DIDDocument

ACME, OTHER = "did:web:acme.example", "did:web:other.example"


def test_documents_that_are_here_are_read_and_others_left_out() -> None:
    material = Material({"didDocuments": {ACME: {"id": ACME}}, "statusLists": {}})
    found = material.documents([ACME, OTHER])
    assert set(found) == {ACME}
    assert isinstance(found[ACME], DIDDocument)


@pytest.mark.parametrize("document", [None, {}, {"id": OTHER}, [], "x"])
def test_document_that_cannot_be_used_says_why(document: Any) -> None:
    assert isinstance(Material({"didDocuments": {ACME: document}}).documents([ACME])[ACME], ResolutionError)


def test_material_may_hold_nothing() -> None:
    assert Material({}).documents([ACME]) == {}


@pytest.mark.parametrize("value", [None, [], "x", {"didDocuments": []}, {"statusLists": None}])
def test_malformed_material_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        Material(value)


def test_material_with_an_unknown_member_is_refused() -> None:
    with pytest.raises(UnknownTermError):
        Material({"didDocuments": {}, "keys": {}})
