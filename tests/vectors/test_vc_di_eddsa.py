"""vc-di-eddsa: eddsa-jcs-2022 with every value in between, signed and verified."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.crypto.signing import Signer
from legation.errors import ProofError
from legation.standards.data_integrity.hop_proofs import build_proof, parse_proofs, verify_proof
from legation.standards.did.key import resolve_did_key
from legation.standards.jcs import canonicalize
from legation.standards.multiformats import decode_base58, decode_multikey, encode_base58
from tests.support.vectors import load_vectors, vector_path


def text(name: str) -> str:
    return vector_path("vc-di-eddsa", "eddsa-jcs-2022", name).read_text(encoding="utf-8").strip()


def signed() -> dict[str, Any]:
    found: dict[str, Any] = load_vectors("vc-di-eddsa", "eddsa-jcs-2022", "signedJCS.json")
    return found


def unsigned() -> dict[str, Any]:
    found: dict[str, Any] = load_vectors("vc-di-eddsa", "unsigned.json")
    return found


def public_key() -> PublicKey:
    return decode_multikey(load_vectors("vc-di-eddsa", "keyPair.json")["publicKeyMultibase"])


class _Key:
    """The private key of the vectors (multicodec ed25519-priv, 0x1300)."""

    def __init__(self) -> None:
        data = decode_base58(load_vectors("vc-di-eddsa", "keyPair.json")["privateKeyMultibase"][1:])
        assert data[:2] == b"\x80\x26"
        self._pair = crypto_sign_seed_keypair(data[2:])

    @property
    def public_key(self) -> PublicKey:
        return load_public_key(KeyType.ED25519, self._pair[0])

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._pair[1])[:64]


def test_document_and_proof_configuration_have_the_official_forms_and_hashes() -> None:
    document, config = unsigned(), load_vectors("vc-di-eddsa", "eddsa-jcs-2022", "proofConfigJCS.json")
    assert canonicalize(document).decode() == text("canonDocJCS.txt")
    assert canonicalize(config).decode() == text("proofCanonJCS.txt")
    assert sha256(canonicalize(document)).hexdigest() == text("docHashJCS.txt")
    assert sha256(canonicalize(config)).hexdigest() == text("proofHashJCS.txt")
    assert text("combinedHashJCS.txt") == text("proofHashJCS.txt") + text("docHashJCS.txt")


def test_signature_is_the_official_one_in_hex_and_base58() -> None:
    signature = bytes.fromhex(text("sigHexJCS.txt"))
    assert "z" + encode_base58(signature) == text("sigBTC58JCS.txt")
    assert decode_base58(text("sigBTC58JCS.txt")[1:]) == signature
    public_key().verify(bytes.fromhex(text("combinedHashJCS.txt")), signature)
    assert _Key().sign(bytes.fromhex(text("combinedHashJCS.txt"))) == signature


def test_signed_document_verifies_with_the_key_of_its_did() -> None:
    document = signed()
    (proof,) = parse_proofs(document)
    method = resolve_did_key(proof.did).find_method(proof.method, proof.purpose)
    assert method is not None
    assert method.key == public_key()
    verify_proof(document, proof, public_key())
    document["name"] = "Another Credential"
    with pytest.raises(ProofError):
        verify_proof(document, proof, public_key())


def test_our_proof_over_the_unsigned_document_is_the_official_one() -> None:
    expected = signed()["proof"]
    method = expected["verificationMethod"]
    signer = Signer(method.partition("#")[0], method, _Key())
    proof = build_proof(unsigned(), signer=signer, purpose="assertionMethod", created=expected["created"])
    assert proof == expected
    assert json.dumps({**unsigned(), "proof": proof}, sort_keys=True) == json.dumps(signed(), sort_keys=True)
