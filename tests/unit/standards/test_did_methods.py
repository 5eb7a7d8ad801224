"""The registry of DID methods."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import ResolutionError
from legation.standards.did.document import DIDDocument, parse_did_document
from legation.standards.did.jwk import build_did_jwk, resolve_did_jwk
from legation.standards.did.key import build_did_key, resolve_did_key
from legation.standards.did.methods import METHODS, HostedMethod, OfflineMethod, find_method_of, resolve_offline
from legation.standards.did.peer import PeerKey, build_did_peer_2, resolve_did_peer
from tests.support.keys import Ed25519Key

KEY = Ed25519Key("methods").public_key


def test_did_that_says_it_all_is_resolved() -> None:
    did_key, did_jwk = build_did_key(KEY), build_did_jwk(KEY)
    assert resolve_offline(did_key) is resolve_did_key(did_key)
    assert resolve_offline(did_jwk) is resolve_did_jwk(did_jwk)
    did_peer = build_did_peer_2([PeerKey("assertionMethod", did_key.removeprefix("did:key:"))])
    assert resolve_offline(did_peer) is resolve_did_peer(did_peer)


def test_did_whose_document_is_material_is_not() -> None:
    assert resolve_offline("did:web:acme.example") is None
    assert isinstance(find_method_of("did:web:acme.example"), HostedMethod)


@pytest.mark.parametrize(
    "did",
    ["", "did", "did:", "did:key", "did:key:", "key:z6Mk", "did:example:a", "did::a", "did:web:127.0.0.1", "did:WEB:a"],
)
def test_unknown_method_or_refused_did_is_unresolvable(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_offline(did)


def test_new_method_is_one_line_in_the_registry() -> None:
    def resolve(did: str) -> DIDDocument:
        return parse_did_document(describe(did), did=did)

    def describe(did: str) -> dict[str, object]:
        return {"id": did}

    document = resolve_offline("did:example:a", {**METHODS, "example": OfflineMethod(resolve, describe)})
    assert document is not None
    assert document.id == "did:example:a"


@given(
    st.one_of(st.text(), st.text().map(lambda text: "did:" + text), st.sampled_from("kjw").map(lambda c: f"did:{c}"))
)
def test_any_text_is_resolved_or_refused(text: str) -> None:
    with suppress(ResolutionError):
        resolve_offline(text)
