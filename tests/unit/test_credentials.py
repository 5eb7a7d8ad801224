"""The plain functions over a document and a caller's key: no wallet, no node, and nothing fetched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

import legation
from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.errors import InvalidKeyError, LegationError
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import encode_base58, encode_base64url, encode_multikey
from tests.support.secured import CREDENTIALS_V2, credential, presentation
from tests.support.vectors import load_vectors

MORNING, NOON = datetime(2026, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC)
SIZES = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}
PREFIXES = {KeyType.ED25519: b"\x80\x26", KeyType.P256: b"\x86\x26"}


def secret(key_type: KeyType) -> bytes:
    return bytes(range(1, SIZES[key_type] + 1))


def jwk(key_type: KeyType, **more: Any) -> dict[str, Any]:
    public = build_public_jwk(PrivateKey(key_type, secret(key_type)).public_key)
    return {**public, "d": encode_base64url(secret(key_type)), **more}


def multikey(key_type: KeyType, **more: Any) -> dict[str, Any]:
    private = "z" + encode_base58(PREFIXES[key_type] + secret(key_type))
    public = encode_multikey(PrivateKey(key_type, secret(key_type)).public_key)
    return {"type": "Multikey", "publicKeyMultibase": public, "secretKeyMultibase": private, **more}


@pytest.mark.parametrize("key", [*(jwk(kind) for kind in KeyType), *(multikey(kind) for kind in PREFIXES)])
def test_key_of_any_kind_secures_what_it_verifies(key: dict[str, Any]) -> None:
    secured = legation.secure_credential(credential(), key)
    found = legation.verify_credential(secured)
    assert found.form.issuer.startswith("did:key:")
    shown = legation.secure_presentation(presentation(), key, challenge="c", domain="d")
    assert legation.verify_presentation(shown, challenge="c", domain="d").holder == found.form.issuer
    with pytest.raises(LegationError):
        legation.verify_presentation(shown, challenge="e", domain="d")


def test_method_is_the_callers_the_keys_or_the_key_itself() -> None:
    named = jwk(KeyType.ED25519, kid="did:web:acme.example#one")
    assert legation.secure_credential(credential(), named)["issuer"] == "did:web:acme.example"  # type: ignore[index]  # an object
    said = legation.secure_credential(credential(), named, verification_method="did:web:other.example#two")
    assert isinstance(said, dict)
    assert said["issuer"] == "did:web:other.example"
    thumbprint = legation.secure_credential(credential(), jwk(KeyType.ED25519, kid="thumbprint"))
    assert isinstance(thumbprint, dict)
    assert str(thumbprint["issuer"]).startswith("did:key:z6Mk")


def test_documents_of_others_are_handed_over_and_not_fetched() -> None:
    key = multikey(KeyType.P256, id="did:web:acme.example#key")
    secured = legation.secure_credential(credential(), key, cryptosuite="ecdsa-jcs-2019")
    with pytest.raises(LegationError) as unknown:
        legation.verify_credential(secured)
    assert unknown.value.code == "did_unresolvable"
    method = {"id": key["id"], "type": "Multikey", "controller": "did:web:acme.example"}
    method["publicKeyMultibase"] = key["publicKeyMultibase"]
    document = {"id": "did:web:acme.example", "verificationMethod": [method], "assertionMethod": [key["id"]]}
    assert legation.verify_credential(secured, {"did:web:acme.example": document}).notices == ()
    with pytest.raises(LegationError) as other:
        legation.verify_credential(secured, {"did:web:acme.example": {**document, "id": "did:web:b.example"}})
    assert other.value.code == "did_unresolvable"


def test_moment_is_now_or_the_callers() -> None:
    document = credential(validUntil="2026-11-01T11:00:00Z")
    secured = legation.secure_credential(document, jwk(KeyType.ED25519), created=MORNING)
    with pytest.raises(LegationError) as late:
        legation.verify_credential(secured, at=NOON)
    assert late.value.code == "expired"
    assert legation.verify_credential(secured, at=MORNING).notices == ()


def test_part_of_a_credential_is_derived() -> None:
    for cryptosuite in ("ecdsa-sd-2023", "vc+sd-jwt"):
        base = legation.secure_credential(credential(), jwk(KeyType.P256), cryptosuite=cryptosuite)
        derived = legation.derive_credential(base, ["/credentialSubject/name"])
        assert legation.verify_credential(derived).document["credentialSubject"] == credential()["credentialSubject"]


def test_contexts_are_added_as_they_were_published() -> None:
    url = "https://acme.example/contexts/v1"
    document = credential(**{"@context": [CREDENTIALS_V2, url]}, badge="gold")
    contexts = {url: b'{"@context": {"badge": "https://acme.example/#badge"}}'}
    secured = legation.secure_credential(document, jwk(KeyType.ED25519), contexts=contexts)
    assert legation.verify_credential(secured, contexts=contexts).document["badge"] == "gold"
    with pytest.raises(LegationError) as unknown:
        legation.verify_credential(secured)
    assert unknown.value.code == "context_unknown"


@pytest.mark.parametrize("key", [{}, {"kty": "OKP"}, {"kty": "oct", "k": "AAAA"}, {"publicKeyMultibase": "z6Mk"}])
def test_what_is_no_private_key_secures_nothing(key: dict[str, Any]) -> None:
    with pytest.raises(InvalidKeyError):
        legation.secure_credential(credential(), key)


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_key_pair_of_the_official_vectors_is_taken_as_it_stands(suite: str) -> None:
    pair = load_vectors("vc-di-eddsa", "keyPair.json")
    secured = legation.secure_credential(credential(), pair, cryptosuite=suite)
    assert legation.verify_credential(secured).form.issuer == f"did:key:{pair['publicKeyMultibase']}"
