"""The did:key vectors of the W3C Credentials Community Group: every one of them.

The folder ``legacy`` is older than Multikey. What it says of a DID and its key, and of which relationships list the
key, is as today; the types of its verification methods are not, and two things are listed that this version leaves out:
a key agreement key that is derived from an Ed25519 key, or that is the signing key of a P curve or secp256k1 itself.
Both are an option of the specification (``enableEncryptionKeyDerivation``), which is off here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.errors import ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS
from legation.standards.did.key import build_did_key, build_did_key_document, build_did_key_of, resolve_did_key
from legation.standards.jwk import parse_public_jwk
from legation.standards.multiformats import Curve, decode_base58, decode_base64url, decode_public_key
from tests.support.vectors import load_vectors

# by the first characters of the multibase value: did:key Method 0.9 §5
CURVES = {
    "z6Mk": Curve.ED25519,
    "zDn": Curve.P256,
    "z82L": Curve.P384,
    "z2J9": Curve.P521,
    "zQ3s": Curve.SECP256K1,
    "z6LS": Curve.X25519,
    "zUC7": Curve.BLS12_381_G2,
}
VERIFYING = {curve.value for curve in Curve} & {key_type.value for key_type in KeyType}
FILES = ("bls12381.json", "ed25519-x25519.json", "nist-curves.json", "secp256k1.json", "x25519.json")


def curve_of(did: str) -> Curve:
    value = did.removeprefix("did:key:")
    return next(curve for prefix, curve in CURVES.items() if value.startswith(prefix))


def legacy(name: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Return each DID of a file, with its document and its key pair as the file has them."""
    vectors = load_vectors("did-key", "legacy", name)
    if name == "x25519.json":
        for did, document in vectors["didDocument"].items():
            yield did, document, document["verificationMethod"][0]
        return
    for did, vector in vectors.items():
        yield did, vector["didDocument"], vector.get("verificationKeyPair") or vector["verificationMethod"]


def assert_is_its_key(did: str) -> None:
    """Resolve a DID: it lists its one key under what its type serves, and is built again from it."""
    curve, document = curve_of(did), resolve_did_key(did)
    (method,) = document.methods.values()
    assert set(document.relationships) == ({"keyAgreement"} if curve is Curve.X25519 else set(SIGNING_RELATIONSHIPS))
    assert all(listed == {method.id} for listed in document.relationships.values())
    assert (method.key is not None) == (curve.value in VERIFYING)
    if method.key is not None:
        assert method.key.type.value == curve.value
        assert build_did_key(method.key) == did
    assert build_did_key_of(*decode_public_key(did.removeprefix("did:key:"))) == did


def test_examples_of_the_specification_resolve() -> None:
    examples = [
        did for text in load_vectors("did-key", "spec-examples.json") if isinstance(text, str) for did in text.split()
    ]
    assert {curve_of(did) for did in examples} == {Curve.ED25519, Curve.SECP256K1, Curve.BLS12_381_G2, Curve.P256}
    for did in examples:
        assert_is_its_key(did)


@pytest.mark.parametrize("name", FILES)
def test_vector_holds_the_key_that_the_did_says(name: str) -> None:
    seen = 0
    for did, _, pair in legacy(name):
        assert_is_its_key(did)
        curve, raw = decode_public_key(did.removeprefix("did:key:"))
        if curve is Curve.X25519 and "publicKeyJwk" in pair:
            # RFC 8037 §2: a JWK that signs nothing, and that nothing here reads
            assert decode_base64url(pair["publicKeyJwk"]["x"]) == raw
        elif "publicKeyJwk" in pair:
            assert parse_public_jwk(pair["publicKeyJwk"]).raw == raw
        else:
            assert decode_base58(pair["publicKeyBase58"]) == raw
        assert curve is curve_of(did)
        seen += 1
    assert seen >= 3


@pytest.mark.parametrize("name", FILES)
def test_vectors_document_lists_the_key_where_ours_does(name: str) -> None:
    for did, document, _ in legacy(name):
        ours = build_did_key_document(did)
        (method,) = ours["verificationMethod"]  # type: ignore[misc]  # an object in its type, a list in fact
        assert method["id"] in [entry["id"] for entry in document["verificationMethod"]]
        assert (method["type"], method["controller"]) == ("Multikey", did)
        listed = {
            relationship for relationship in SIGNING_RELATIONSHIPS if method["id"] in document.get(relationship, [])
        }
        if curve_of(did) is Curve.X25519:
            assert (listed, document["keyAgreement"], ours["keyAgreement"]) == (set(), [method["id"]], [method["id"]])
        else:
            assert listed == set(SIGNING_RELATIONSHIPS)
            assert all(ours[relationship] == [method["id"]] for relationship in SIGNING_RELATIONSHIPS)
            assert "keyAgreement" not in ours


def test_rsa_is_refused_by_name() -> None:
    vectors = load_vectors("did-key", "legacy", "rsa.json")
    assert len(vectors) == 2
    for did in vectors:
        with pytest.raises(ResolutionError) as refusal:
            resolve_did_key(did)
        assert "RSA" in refusal.value.detail
