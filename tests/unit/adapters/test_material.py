"""Resolving from material that the caller brings along."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from legation.adapters.material import MaterialResolver
from legation.adapters.system_clock import SystemClock
from legation.errors import MalformedError, ResolutionError
from legation.ports.resolver import Resolution
from legation.standards.did.jwk import build_did_jwk
from legation.standards.did.key import build_did_key, build_did_key_document
from tests.support.clock import FakeClock
from tests.support.keys import Ed25519Key

DID = "did:web:acme.example"
KEY = Ed25519Key("material").public_key


def resolve(documents: dict[str, Any], did: str) -> Resolution:
    resolver = MaterialResolver.from_material({"didDocuments": documents, "statusLists": {}}, clock=FakeClock())
    return asyncio.run(resolver.resolve(did, max_age=timedelta(0)))


def test_given_document_is_checked_and_returned() -> None:
    resolution = resolve({DID: {"id": DID}}, DID)
    assert resolution.document.id == DID
    assert resolution.raw == {"id": DID}
    assert resolution.fetched_at == FakeClock().now()


@pytest.mark.parametrize(
    "documents",
    [{}, {DID: None}, {DID: "x"}, {DID: {"id": "did:web:other.example"}}, {"did:web:other.example": {"id": DID}}],
)
def test_did_without_a_document_of_its_own_is_unresolvable(documents: dict[str, Any]) -> None:
    with pytest.raises(ResolutionError):
        resolve(documents, DID)


def test_malformed_document_of_one_did_does_not_hinder_another() -> None:
    documents = {DID: {"id": DID}, "did:web:other.example": {"id": 1}}
    assert resolve(documents, DID).document.id == DID
    with pytest.raises(ResolutionError):
        resolve(documents, "did:web:other.example")


@pytest.mark.parametrize("did", [build_did_key(KEY), build_did_jwk(KEY)])
def test_did_that_says_it_all_is_resolved_from_itself_whatever_the_material_claims(did: str) -> None:
    other = build_did_key_document(build_did_key(Ed25519Key("other").public_key))
    resolution = resolve({did: {**other, "id": did}}, did)
    assert next(iter(resolution.document.methods.values())).key == KEY
    assert resolution.raw["id"] == did


@pytest.mark.parametrize("did", ["", "did:example:a", "did:key:z", "did:web:127.0.0.1"])
def test_refused_did_is_unresolvable_even_with_a_document(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve({did: {"id": did}}, did)


@pytest.mark.parametrize("material", [None, [], "x", {"didDocuments": []}, {"didDocuments": None}])
def test_material_of_another_form_is_malformed(material: object) -> None:
    with pytest.raises(MalformedError):
        MaterialResolver.from_material(material, clock=FakeClock())


def test_material_without_documents_resolves_what_needs_none() -> None:
    resolver = MaterialResolver.from_material({}, clock=SystemClock())
    resolution = asyncio.run(resolver.resolve(build_did_key(KEY), max_age=timedelta(0)))
    assert abs(resolution.fetched_at - datetime.now(UTC)) < timedelta(minutes=1)
