"""Suites over graphs, against PyLD as an implementation that shares no code with ours; and Ed25519Signature2020."""

from __future__ import annotations

from hashlib import sha256, sha384
from typing import Any

import pytest
from pyld import jsonld

from legation.crypto.keys import KeyType
from legation.crypto.signing import Signer
from legation.errors import LegationError, ProofError, UnknownTermError
from legation.standards.data_integrity.rdfc_suites import EDDSA_RDFC_2022
from tests.support.chains import base58
from tests.support.data_integrity import CONTEXTS, CREATED, caller, credential_of, secure, verify

ANA = caller()
ED25519 = "https://w3id.org/security/suites/ed25519-2020/v1"


def normalize(document: dict[str, Any]) -> bytes:
    """Return canonical N-Quads by PyLD."""

    def load(url: str, _: object) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": CONTEXTS[url].value,
        }

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    text: str = jsonld.normalize(document, options)
    return text.encode()


def forge(document: dict[str, Any], signer: Signer, digest: Any = sha256, **members: Any) -> dict[str, Any]:
    """Return a proof by other code; ``members`` change it before it is signed, None leaves out."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": CREATED,
        "verificationMethod": signer.method,
        "proofPurpose": "assertionMethod",
        **members,
    }
    proof = {name: value for name, value in proof.items() if value is not None}
    config = normalize({**proof, "@context": document["@context"]})
    data = digest(config).digest() + digest(normalize(document)).digest()
    return {**proof, "proofValue": "z" + base58(signer.key.sign(data))}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"created": None},
        {"id": "urn:uuid:1"},
        {"challenge": 'a "quoted" \u00e9', "domain": ["d", "e"], "expires": "2027-01-01T00:00:00Z", "nonce": "n"},
    ],
)
def test_proof_by_other_code_is_ours(members: dict[str, Any]) -> None:
    document = credential_of(ANA)
    proof = forge(document, ANA, **members)
    verify({**document, "proof": proof})
    assert secure(document, ANA, "eddsa-rdfc-2022", **{"created": CREATED, **members})["proof"] == proof


def test_chained_proof_by_other_code_is_ours() -> None:
    """The graphs of the previous proofs are named, and belong to what is signed."""
    one = secure(credential_of(ANA), ANA, "eddsa-rdfc-2022", id="urn:uuid:1")
    with_previous = {**one, "proof": [one["proof"]]}
    proof = forge(with_previous, ANA, previousProof="urn:uuid:1")
    verify({**one, "proof": [one["proof"], proof]})
    assert secure(one, ANA, "eddsa-rdfc-2022", previousProof="urn:uuid:1")["proof"][1] == proof
    with pytest.raises(ProofError):
        verify({**one, "proof": [one["proof"], forge(credential_of(ANA), ANA, previousProof="urn:uuid:1")]})


@pytest.mark.parametrize(
    ("key_type", "digest", "other"), [(KeyType.P256, sha256, sha384), (KeyType.P384, sha384, sha256)]
)
def test_hash_is_that_of_the_curve(key_type: KeyType, digest: Any, other: Any) -> None:
    signer = caller(key_type)
    document = credential_of(signer)
    proof = forge(document, signer, digest, cryptosuite="ecdsa-rdfc-2019")
    verify({**document, "proof": proof})
    assert secure(document, signer, "ecdsa-rdfc-2019")["proof"] == proof
    with pytest.raises(ProofError):
        verify({**document, "proof": forge(document, signer, other, cryptosuite="ecdsa-rdfc-2019")})


def test_proof_member_that_no_context_defines_is_refused() -> None:
    document = credential_of(ANA)
    proof = forge(document, ANA)
    verify({**document, "proof": proof})
    # PyLD drops it, and so signs the same
    assert forge(document, ANA, caveat="none") == {**proof, "caveat": "none"}
    with pytest.raises(UnknownTermError):
        verify({**document, "proof": {**proof, "caveat": "none"}})


def test_extension_of_a_proof_that_a_context_defines_is_signed() -> None:
    document = {**credential_of(ANA)}
    document["@context"] = [*document["@context"], {"caveat": "https://x.example/caveat"}]
    proof = forge(document, ANA, caveat="none")
    verify({**document, "proof": proof})
    with pytest.raises(ProofError):
        verify({**document, "proof": {**proof, "caveat": "some"}})


def legacy(**members: Any) -> dict[str, Any]:
    document = {**credential_of(ANA)}
    document["@context"] = [*document["@context"], ED25519]
    return {**document, "proof": forge(document, ANA, type="Ed25519Signature2020", cryptosuite=None, **members)}


def test_ed25519_signature_2020_is_verified() -> None:
    made = legacy()
    (proof,) = verify(made)
    assert (proof.type, proof.cryptosuite) == ("Ed25519Signature2020", None)
    verify(legacy(challenge="c", domain="d", purpose=None), challenge="c", domain="d")
    for change in (
        {"created": "2026-11-23T08:29:00Z"},
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"challenge": "c"},
        {"previousProof": "urn:uuid:1"},
        {"jws": "x"},
        {"proofValue": "u" + made["proof"]["proofValue"][1:]},
        {"verificationMethod": caller(name="bob").method},
    ):
        with pytest.raises(LegationError):
            verify({**made, "proof": {**made["proof"], **change}})
    with pytest.raises(LegationError):
        verify({**made, "name": "x"})


def test_ed25519_signature_2020_needs_a_context_that_knows_it() -> None:
    made = legacy()
    verify(made)
    with pytest.raises(UnknownTermError):
        verify({**made, "@context": made["@context"][:1]})


def test_ed25519_signature_2020_is_not_signed() -> None:
    with pytest.raises(UnknownTermError):
        secure(credential_of(ANA), ANA, "Ed25519Signature2020")


def test_canonical_form_of_a_document_is_made_once_for_all_its_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    from legation.standards.data_integrity import rdfc_suites

    made = credential_of(ANA)
    for name in ("ana", "bob", "eve"):
        made = secure(made, caller(name=name), EDDSA_RDFC_2022.name)
    asked = []
    exact = rdfc_suites.canonicalize

    def count(*arguments: Any, **options: Any) -> bytes:
        asked.append(options)
        return exact(*arguments, **options)

    monkeypatch.setattr(rdfc_suites, "canonicalize", count)
    assert len(verify(made)) == 3
    assert asked == [{"algorithm": "sha256"}]
