"""The did:key vectors of the W3C Credentials Community Group."""

from __future__ import annotations

import pytest

from legation.crypto.keys import KeyType, load_public_key
from legation.errors import ResolutionError
from legation.standards.did.key import build_did_key, resolve_did_key
from legation.standards.jwk import parse_public_jwk
from legation.standards.multiformats import decode_base58
from tests.support.vectors import load_vectors

# by the first characters of the multibase value: did:key Method 0.9 §5
REFUSED = {
    "zQ3s": "secp256k1",
    "zUC7": "BLS12-381 G2",
    "z6LS": "X25519",
    "z4MX": "RSA",
    "zgghB": "RSA",
}
SUPPORTED = {"z6Mk": KeyType.ED25519, "zDn": KeyType.P256, "z82L": KeyType.P384, "z2J9": KeyType.P521}


def refused_type(did: str) -> str | None:
    """Return the name of the type that this version does not verify with."""
    value = did.removeprefix("did:key:")
    return next((name for prefix, name in REFUSED.items() if value.startswith(prefix)), None)


def assert_judged_by_type(did: str) -> None:
    """Resolve a supported DID; see another refused by the name of its type."""
    if name := refused_type(did):
        with pytest.raises(ResolutionError) as refusal:
            resolve_did_key(did)
        assert name in refusal.value.detail
        return
    (method,) = resolve_did_key(did).methods.values()
    assert method.key is not None
    assert did.removeprefix("did:key:").startswith(next(k for k, v in SUPPORTED.items() if v is method.key.type))
    assert build_did_key(method.key) == did


def test_examples_of_the_specification_resolve_or_are_refused_by_name() -> None:
    examples = [
        did for text in load_vectors("did-key", "spec-examples.json") if isinstance(text, str) for did in text.split()
    ]
    assert {refused_type(did) for did in examples} >= {None, "secp256k1", "BLS12-381 G2"}
    for did in examples:
        assert_judged_by_type(did)


def test_ed25519_vectors_hold_the_key_that_the_did_says() -> None:
    vectors = load_vectors("did-key", "legacy", "ed25519-x25519.json")
    assert vectors
    for did, vector in vectors.items():
        pair = vector["verificationKeyPair"]
        key = (
            parse_public_jwk(pair["publicKeyJwk"])
            if "publicKeyJwk" in pair
            else load_public_key(KeyType.ED25519, decode_base58(pair["publicKeyBase58"]))
        )
        assert build_did_key(key) == did
        document = resolve_did_key(did)
        # the type of the method in these documents is older than Multikey; id and relationships are as today
        for name in ("assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation"):
            (listed,) = vector["didDocument"][name]
            found = document.find_method(listed, name)
            assert found is not None
            assert found.key == key


def test_p256_vectors_hold_the_key_that_the_did_says() -> None:
    seen = 0
    for did, vector in load_vectors("did-key", "legacy", "nist-curves.json").items():
        assert_judged_by_type(did)
        if refused_type(did):
            continue
        method = vector["verificationMethod"]
        key = (
            parse_public_jwk(method["publicKeyJwk"])
            if "publicKeyJwk" in method
            else load_public_key(KeyType.P256, decode_base58(method["publicKeyBase58"]))
        )
        assert build_did_key(key) == did
        seen += 1
    assert seen == 2


@pytest.mark.parametrize("name", ["bls12381.json", "rsa.json", "secp256k1.json", "x25519.json"])
def test_vectors_of_other_types_are_refused_by_name(name: str) -> None:
    vectors = load_vectors("did-key", "legacy", name)
    dids = vectors["didDocument"] if name == "x25519.json" else vectors
    assert dids
    for did in dids:
        assert refused_type(did)
        assert_judged_by_type(did)
