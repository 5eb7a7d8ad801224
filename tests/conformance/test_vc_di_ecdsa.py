"""w3c/vc-di-ecdsa-test-suite: ecdsa-rdfc-2019 and ecdsa-jcs-2019 with P-256 and P-384."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidSignature

from legation.crypto.keys import KeyType
from legation.standards.multiformats import decode_base58
from tests.support.suites import (
    DATA_INTEGRITY_V2,
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
    stranger,
    valid_credential,
    without,
)

SUITES = ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"]
KEYS = {"p256": KeyType.P256, "p384": KeyType.P384}
# of the multikey: its length in bytes and what it begins with
HEADERS = {"p256": (35, b"\x80\x24", "zDn"), "p384": (51, b"\x81\x24", "z82")}
SIGNATURE_BYTES = {"p256": 64, "p384": 96}
FIRST, SECOND = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54"

suites = pytest.mark.parametrize("suite", SUITES)
keys = pytest.mark.parametrize("key", KEYS)
versions = pytest.mark.parametrize("version", ["1.1", "2.0"])


def unsigned(version: str) -> Document:
    if version == "2.0":
        return valid_credential()
    made = earlier_credential()
    return {**made, "@context": [*made["@context"], DATA_INTEGRITY_V2]}


def prover(suite: str, key: str, **more: object) -> Prover:
    return Prover(suite, stranger(KEYS[key]), **more)  # type: ignore[arg-type]  # what a Prover has


def foreign(suite: str, key: str, version: str = "2.0", **more: object) -> Document:
    made = prover(suite, key, **more)
    return made(fresh(unsigned(version), made.signer.did))


@suites
@keys
class TestIssuer:
    """05- and 10-rdfc-create.js, 70- and 80-data-model.js, 90-algorithms-*.js."""

    @versions
    def test_issued_credential_verifies_and_names_its_cryptosuite(
        self, node: Endpoints, suite: str, key: str, version: str
    ) -> None:
        credential = earlier_credential() if version == "1.1" else valid_credential()
        issued = node.issued(suite, credential, agent=key)
        assert (issued["proof"]["type"], issued["proof"]["cryptosuite"]) == ("DataIntegrityProof", suite)
        assert node.accepts(issued)
        other = changed(issued, "Somebody", "credentialSubject", "name")
        assert not node.accepts(other)
        # 30-rdfc-interop.js
        check_elsewhere(issued)
        with pytest.raises(InvalidSignature):
            check_elsewhere(other)

    def test_signature_is_in_the_format_of_ieee_p1363_and_base58(self, node: Endpoints, suite: str, key: str) -> None:
        value = node.issued(suite, agent=key)["proof"]["proofValue"]
        assert value[0] == "z"
        assert len(decode_base58(value[1:])) == SIGNATURE_BYTES[key]

    def test_verification_method_is_a_multikey_with_the_header_of_its_curve(
        self, node: Endpoints, suite: str, key: str
    ) -> None:
        proof = node.issued(suite, agent=key)["proof"]
        did, _, fragment = proof["verificationMethod"].partition("#")
        document = node.resolve(did, "application/did").json
        [method] = [each for each in document["verificationMethod"] if each["id"].endswith(f"#{fragment}")]
        size, header, beginning = HEADERS[key]
        raw = decode_base58(method["publicKeyMultibase"][1:])
        assert (method["type"], len(raw), raw[:2]) == ("Multikey", size, header)
        assert method["publicKeyMultibase"].startswith(beginning)
        assert proof["verificationMethod"] in document[proof["proofPurpose"]]

    def test_suite_of_another_key_type_is_refused(self, node: Endpoints, suite: str, key: str) -> None:
        assert not node.issues(valid_credential(), suite=suite)
        assert not node.issues(valid_credential(), agent=key, suite="eddsa-rdfc-2022")


@suites
@keys
class TestVerifier:
    """15-rdfc-di-verify.js, 20-rdfc-verify.js, 70-conformance.js, suites/algorithms.js."""

    @versions
    def test_what_others_issue_verifies_here(self, node: Endpoints, suite: str, key: str, version: str) -> None:
        credential = foreign(suite, key, version)
        assert node.accepts(credential)
        assert not node.accepts(changed(credential, "Somebody", "credentialSubject", "name"))

    def test_type_and_cryptosuite_are_both_there(self, node: Endpoints, suite: str, key: str) -> None:
        credential = foreign(suite, key)
        assert not node.accepts(without(without(credential, "proof", "type"), "proof", "cryptosuite"))
        assert not node.accepts(changed(changed(credential, "", "proof", "type"), "", "proof", "cryptosuite"))
        assert not node.accepts(changed(credential, "invalid-cryptosuite", "proof", "cryptosuite"))
        assert not node.accepts(changed(credential, "UnknownProofType", "proof", "type"))

    def test_verification_method_that_is_not_in_base58_is_an_error(self, node: Endpoints, suite: str, key: str) -> None:
        credential = foreign(suite, key)
        for method in ("did:key:invalidVm", "did:key:u-not-base58", credential["issuer"], "not a url", 4):
            assert not node.accepts(changed(credential, method, "proof", "verificationMethod"))

    def test_created_that_is_no_date_is_an_error(self, node: Endpoints, suite: str, key: str) -> None:
        assert not node.accepts(changed(foreign(suite, key), "invalidDate", "proof", "created"))

    def test_hash_or_canonicalization_of_another_kind_is_an_error(self, node: Endpoints, suite: str, key: str) -> None:
        assert not node.accepts(foreign(suite, key, digest=sha512_digest))
        other = canonize_rdfc if "jcs" in suite else canonize_jcs
        assert not node.accepts(foreign(suite, key, canonize=other))


@suites
class TestProofChains:
    """75-proof-chains.js."""

    def test_chain_verifies_and_a_proof_that_is_renamed_does_not(self, node: Endpoints, suite: str) -> None:
        signed = foreign(suite, "p256", proof={"id": FIRST}, drop=frozenset({"created"}))
        chained = prover(suite, "p256", proof={"id": SECOND, "previousProof": FIRST})(signed)
        assert node.accepts(chained)
        assert not node.accepts(changed(chained, FIRST[:-1] + "5", "proof", 0, "id"))
        assert not node.accepts(changed(chained, SECOND[:-1] + "5", "proof", 1, "id"))
        assert not node.accepts(changed(chained, SECOND, "proof", 1, "previousProof"))
        assert not node.accepts({**chained, "proof": [chained["proof"][1]]})

    def test_set_verifies_and_with_one_bad_proof_does_not(self, node: Endpoints, suite: str) -> None:
        signed = foreign(suite, "p256", proof={"id": FIRST})
        both = prover(suite, "p256", proof={"id": SECOND})(signed)
        assert node.accepts(both)
        assert node.accepts({**both, "proof": [both["proof"][1]]})
        assert not node.accepts(changed(both, both["proof"][0]["proofValue"], "proof", 1, "proofValue"))
