"""w3c/vc-di-eddsa-test-suite: issuers and verifiers of eddsa-rdfc-2022 and eddsa-jcs-2022, each against the other."""

from __future__ import annotations

import json

import pytest
from cryptography.exceptions import InvalidSignature

from legation.standards.multiformats import decode_base58, encode_base58
from tests.support.contexts import suite_contexts
from tests.support.json_ld_oracle import canonicalize_elsewhere
from tests.support.suites import (
    Document,
    Endpoints,
    Prover,
    canonize_jcs,
    canonize_rdfc,
    changed,
    check_elsewhere,
    earlier_credential,
    fresh,
    sha512_digest,
    valid_credential,
)

SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
suites = pytest.mark.parametrize("suite", SUITES)
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"


def foreign(made: Prover) -> Document:
    return made(fresh(valid_credential(), made.signer.did))


def unknown_canonize(document: Document) -> bytes:
    """Canonicalise as nobody does."""
    return json.dumps({f"unknown-{name}": value for name, value in document.items()}).encode()


@suites
class TestIssuer:
    """10-rdfc-create.js, 40-jcs-create.js, 70-data-model.js, 80-algorithms-*.js."""

    def test_issued_credential_has_type_and_cryptosuite_and_verifies(self, node: Endpoints, suite: str) -> None:
        issued = node.issued(suite)
        assert (issued["proof"]["type"], issued["proof"]["cryptosuite"]) == ("DataIntegrityProof", suite)
        assert node.accepts(issued)
        assert not node.accepts(changed(issued, "Somebody", "credentialSubject", "name"))

    def test_verification_method_is_a_multikey_of_34_bytes_listed_for_its_purpose(
        self, node: Endpoints, suite: str
    ) -> None:
        proof = node.issued(suite)["proof"]
        did, _, fragment = proof["verificationMethod"].partition("#")
        document = node.resolve(did, "application/did").json
        [method] = [each for each in document["verificationMethod"] if each["id"].endswith(f"#{fragment}")]
        assert method["type"] == "Multikey"
        assert method["controller"] == did
        assert method["publicKeyMultibase"][0] == "z"
        assert len(decode_base58(method["publicKeyMultibase"][1:])) == 34
        assert proof["verificationMethod"] in document[proof["proofPurpose"]]

    def test_proof_value_is_64_bytes_in_base58(self, node: Endpoints, suite: str) -> None:
        value = node.issued(suite)["proof"]["proofValue"]
        assert value[0] == "z"
        assert len(decode_base58(value[1:])) == 64

    def test_type_or_cryptosuite_of_another_kind_is_refused_at_issue(self, node: Endpoints, suite: str) -> None:
        assert node.issues(valid_credential(), options={"type": "DataIntegrityProof", "cryptosuite": suite})
        assert not node.issues(valid_credential(), options={"type": "UnknownProofType", "cryptosuite": suite})
        assert not node.issues(valid_credential(), options={"cryptosuite": "unknown-cryptosuite-2017"})

    def test_created_that_is_no_date_is_refused_at_issue(self, node: Endpoints, suite: str) -> None:
        now = node.issued(suite)["proof"]["created"]
        assert node.issues(valid_credential(), suite=suite, options={"created": now})
        assert not node.issues(valid_credential(), suite=suite, options={"created": "invalidDate"})

    def test_credential_of_vcdm_1_1_is_issued_with_a_context_for_its_proof(self, node: Endpoints, suite: str) -> None:
        issued = node.issued(suite, earlier_credential())
        assert issued["@context"][:2] == earlier_credential()["@context"]
        assert DATA_INTEGRITY_V2 in issued["@context"]
        assert node.accepts(issued)
        given = earlier_credential()
        given["@context"] = [*given["@context"], DATA_INTEGRITY_V2]
        assert node.issued(suite, given)["@context"] == given["@context"]


class TestInterop:
    """30-rdfc-interop.js, 60-jcs-interop.js: what one issues, the other verifies."""

    @suites
    def test_what_others_issue_verifies_here(self, node: Endpoints, suite: str) -> None:
        credential = foreign(Prover(suite))
        assert node.accepts(credential)
        assert not node.accepts(changed(credential, "Somebody", "credentialSubject", "name"))

    @suites
    def test_what_the_node_issues_verifies_elsewhere(self, node: Endpoints, suite: str) -> None:
        issued = node.issued(suite)
        check_elsewhere(issued)
        with pytest.raises(InvalidSignature):
            check_elsewhere(changed(issued, "Somebody", "credentialSubject", "name"))


class TestVerifier:
    """20-rdfc-verify.js, 50-jcs-verify.js."""

    @suites
    def test_proof_value_that_is_too_long_is_an_error(self, node: Endpoints, suite: str) -> None:
        credential = foreign(Prover(suite))
        assert node.accepts(credential)
        longer = "z" + encode_base58(decode_base58(credential["proof"]["proofValue"][1:]) + bytes(range(32)))
        assert not node.accepts(changed(credential, longer, "proof", "proofValue"))

    @suites
    def test_canonicalization_of_another_kind_is_an_error(self, node: Endpoints, suite: str) -> None:
        other = canonize_rdfc if "jcs" in suite else canonize_jcs
        assert not node.accepts(foreign(Prover(suite, canonize=other)))
        assert not node.accepts(foreign(Prover(suite, canonize=unknown_canonize)))

    @suites
    def test_hash_other_than_sha_256_is_an_error(self, node: Endpoints, suite: str) -> None:
        assert not node.accepts(foreign(Prover(suite, digest=sha512_digest)))

    @suites
    def test_cryptosuite_of_another_name_is_an_error(self, node: Endpoints, suite: str) -> None:
        credential = foreign(Prover(suite))
        for name in ("unknown-cryptosuite-2017", *(each for each in SUITES if each != suite)):
            assert not node.accepts(changed(credential, name, "proof", "cryptosuite"))

    def test_undefined_term_is_an_error_whether_it_was_signed_or_not(self, node: Endpoints) -> None:
        credential = foreign(Prover())
        assert not node.accepts(changed(credential, "IfDroppedWillVerify", "credentialSubject", "undefinedTerm"))
        assert not node.accepts(changed(credential, ["VerifiableCredential", "UndefinedType"], "type"))
        made = Prover(canonize=_dropping)
        subject = {**valid_credential()["credentialSubject"], "undefinedTerm": "IfDroppedWillVerify"}
        assert not node.accepts(made(fresh(valid_credential(credentialSubject=subject), made.signer.did)))


def _dropping(document: Document) -> bytes:
    """Canonicalise as a processor does that drops what no context defines."""
    document = json.loads(json.dumps(document))
    if "credentialSubject" in document:
        document["credentialSubject"].pop("undefinedTerm")
    return canonicalize_elsewhere(document, suite_contexts())
