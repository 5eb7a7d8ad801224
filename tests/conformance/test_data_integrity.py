"""w3c-ccg/data-integrity-test-suite-assertion: what every cryptosuite's own suite asks of issuers and verifiers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from pyld import jsonld

from legation.crypto.keys import KeyType
from tests.support.contexts import suite_contexts
from tests.support.data_integrity import caller
from tests.support.suites import (
    AGENTS,
    CREDENTIALS_V2,
    Document,
    Endpoints,
    Prover,
    changed,
    earlier_credential,
    fresh,
    stranger,
    valid_credential,
    without,
)

SUITES = ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019", "ecdsa-sd-2023"]
# XML Schema 1.1, dateTimeStamp
MOMENT = re.compile(r"-?[0-9]{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
BASE58 = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+", re.ASCII)
BASE64URL = re.compile(r"u[A-Za-z0-9_-]+", re.ASCII)
NAMES = ("urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54")

suites = pytest.mark.parametrize("suite", SUITES)


def expand(document: Document) -> list[Any]:
    """Expand with PyLD."""
    contexts = suite_contexts()

    def load(url: str, _: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": dict(contexts[url].value)}

    resolver = jsonld.ContextResolver({}, load)
    found: list[Any] = jsonld.expand(document, {"documentLoader": load, "contextResolver": resolver})
    return found


def prover(suite: str, **more: Any) -> Prover:
    key = KeyType.P256 if suite.startswith("ecdsa") else KeyType.ED25519
    return Prover(suite, stranger(key), **more)


def foreign(suite: str, **more: Any) -> Document:
    """Return a credential that somebody else secured."""
    made = prover(suite, **more)
    return made(fresh(valid_credential(), made.signer.did))


def standard(node: Endpoints, suite: str) -> Document:
    """Return a credential that holds, of the suite: somebody else's, or one that the node issued and derived."""
    if suite != "ecdsa-sd-2023":
        return foreign(suite)
    body = {
        "verifiableCredential": node.issued(suite),
        "options": {"selectivePointers": ["/credentialSubject/id"]},
    }
    answer = node.post("/credentials/derive", body)
    assert answer.status == 201, answer.body
    found: Document = answer.json["verifiableCredential"]
    return found


@suites
class TestCreate:
    """Suites/create.js."""

    def test_proof_property_is_used_and_is_an_object_or_a_set_of_objects(self, node: Endpoints, suite: str) -> None:
        proof = node.issued(suite)["proof"]
        assert all(isinstance(each, dict) for each in (proof if isinstance(proof, list) else [proof]))

    def test_proof_id_is_a_url_where_it_is_given(self, node: Endpoints, suite: str) -> None:
        name = "urn:uuid:6d2b6d8e-7d9c-4a8e-8f5a-0d7f7b2f3c11"
        assert node.issued(suite, proofId=name)["proof"]["id"] == name
        assert not node.issues(valid_credential(), agent=AGENTS[suite], suite=suite, options={"proofId": "no url"})

    def test_type_and_cryptosuite_are_strings_that_map_to_urls(self, node: Endpoints, suite: str) -> None:
        issued = node.issued(suite)
        proof = issued["proof"]
        assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", suite)
        assert "https://www.w3.org/ns/credentials/v2" in issued["@context"]
        [expanded] = expand({"@context": issued["@context"], "type": proof["type"], "cryptosuite": suite})
        assert all(urlsplit(kind).scheme for kind in expanded["@type"])
        string = "https://w3id.org/security#cryptosuiteString"
        assert expanded["https://w3id.org/security#cryptosuite"] == [{"@type": string, "@value": suite}]

    def test_created_and_expires_are_date_time_stamps(self, node: Endpoints, suite: str) -> None:
        proof = node.issued(suite, expires="2046-01-01T00:00:00Z")["proof"]
        assert MOMENT.fullmatch(proof["created"])
        assert MOMENT.fullmatch(proof["expires"])
        for name in ("created", "expires"):
            assert not node.issues(valid_credential(), agent=AGENTS[suite], suite=suite, options={name: "invalidDate"})

    def test_verification_method_and_purpose_map_to_urls(self, node: Endpoints, suite: str) -> None:
        issued = node.issued(suite)
        proof = issued["proof"]
        [expanded] = expand({**proof, "@context": issued["@context"]})
        for term in ("verificationMethod", "proofPurpose"):
            [value] = expanded[f"https://w3id.org/security#{term}"]
            assert urlsplit(value["@id"]).scheme
        assert proof["proofPurpose"] == "assertionMethod"

    def test_proof_value_is_a_string_with_the_header_of_its_encoding(self, node: Endpoints, suite: str) -> None:
        value = node.issued(suite)["proof"]["proofValue"]
        assert (BASE64URL if suite == "ecdsa-sd-2023" else BASE58).fullmatch(value)

    def test_domain_challenge_and_nonce_are_strings_where_they_are_given(self, node: Endpoints, suite: str) -> None:
        given = {"domain": "domain.example", "challenge": "1235abcd6789", "nonce": "Zm9v"}
        proof = node.issued(suite, **given)["proof"]
        assert {name: proof[name] for name in given} == given
        assert not {"domain", "challenge", "nonce", "previousProof"} & node.issued(suite)["proof"].keys()

    def test_previous_proof_that_is_not_there_is_refused(self, node: Endpoints, suite: str) -> None:
        agent = AGENTS[suite]
        first = node.issued(suite, proofId="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")
        missing = {"previousProof": "urn:uuid:00000000-0000-4000-8000-000000000000"}
        assert not node.issues(first, agent=agent, suite=suite, options=missing)
        chained = {"previousProof": first["proof"]["id"]}
        answer = node.issue(first, agent=agent, suite=suite, options=chained)
        if suite == "ecdsa-sd-2023":
            # what is disclosed in part stands in no chain: what it is derived from, and what came before, is not shown
            assert answer.status == 400
            return
        assert answer.status == 201, answer.body
        assert answer.json["verifiableCredential"]["proof"][1]["previousProof"] == first["proof"]["id"]


@suites
class TestVerify:
    """Suites/verify.js: what is not so, is refused; what is, is accepted."""

    def test_missing_or_invalid_proof_is_an_error(self, node: Endpoints, suite: str) -> None:
        credential = standard(node, suite)
        assert node.accepts(credential)
        assert not node.accepts(without(credential, "proof"))
        assert not node.accepts(changed(credential, None, "proof"))

    @pytest.mark.parametrize("name", ["type", "verificationMethod", "proofPurpose", "proofValue", "cryptosuite"])
    def test_missing_member_of_the_proof_is_an_error(self, node: Endpoints, suite: str, name: str) -> None:
        assert not node.accepts(without(standard(node, suite), "proof", name))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("type", "UnknownProofType"),
            ("cryptosuite", "UnknownCryptosuite"),
            ("verificationMethod", "did:key:invalidVm"),
            ("verificationMethod", "did:key:@invalidVm@"),
            ("proofPurpose", "invalidPurpose"),
            ("proofPurpose", "authentication"),
            ("proofValue", None),
            ("created", "invalidDate"),
        ],
    )
    def test_invalid_member_of_the_proof_is_an_error(
        self, node: Endpoints, suite: str, name: str, value: object
    ) -> None:
        assert not node.accepts(changed(standard(node, suite), value, "proof", name))

    def test_proof_value_without_its_multibase_header_is_an_error(self, node: Endpoints, suite: str) -> None:
        credential = standard(node, suite)
        assert not node.accepts(changed(credential, credential["proof"]["proofValue"][1:], "proof", "proofValue"))

    def test_purpose_other_than_the_expected_one_is_an_error(self, node: Endpoints, suite: str) -> None:
        credential = standard(node, suite)
        assert node.accepts(credential, expectedProofPurpose="assertionMethod")
        assert not node.accepts(credential, expectedProofPurpose="authentication")


@pytest.mark.parametrize("suite", SUITES[:-1])
class TestVerifySigned:
    """The tests of suites/verify.js in which a good signature is over a bad proof."""

    @pytest.mark.parametrize("name", ["verificationMethod", "proofPurpose"])
    def test_missing_member_that_was_signed_is_an_error(self, node: Endpoints, suite: str, name: str) -> None:
        assert not node.accepts(foreign(suite, drop=frozenset({name})))

    @pytest.mark.parametrize(
        "proof",
        [
            {"proofPurpose": "invalidPurpose"},
            {"verificationMethod": "did:key:invalidVm"},
            {"created": "invalidDate"},
            {"expires": "2020-01-01T00:00:00"},
        ],
        ids="-".join,
    )
    def test_invalid_member_that_was_signed_is_an_error(
        self, node: Endpoints, suite: str, proof: dict[str, object]
    ) -> None:
        made = prover(suite, proof=proof)
        if "rdfc" in suite:
            # what is no URL, no canonicalisation takes
            credential = changed(foreign(suite), proof, "proof")
            credential["proof"] = {
                **prover(suite).config(),
                **proof,
                "proofValue": foreign(suite)["proof"]["proofValue"],
            }
        else:
            credential = made(fresh(valid_credential(), made.signer.did))
        assert not node.accepts(credential)

    def test_created_may_be_missing_and_may_be_a_year_ago(self, node: Endpoints, suite: str) -> None:
        assert node.accepts(foreign(suite, drop=frozenset({"created"})))
        assert node.accepts(foreign(suite, proof={"created": "2025-11-24T00:00:00Z"}))

    @pytest.mark.parametrize(("name", "year"), [("created", "2026"), ("expires", "2046")])
    def test_time_without_an_offset_is_no_date_time_stamp(
        self, node: Endpoints, suite: str, name: str, year: str
    ) -> None:
        # VC Data Integrity 1.0 §2.1 lets a processor take it for UTC; the suite has it fail, and so has this node
        assert node.accepts(foreign(suite, proof={name: f"{year}-01-01T00:00:00+02:00"}))
        assert not node.accepts(foreign(suite, proof={name: f"{year}-01-01T00:00:00"}))

    def test_domain_other_than_the_expected_one_is_an_error(self, node: Endpoints, suite: str) -> None:
        right = foreign(suite, proof={"domain": "domain.example", "challenge": "1235abcd6789"})
        wrong = foreign(suite, proof={"domain": "invalid-vc-domain.example.com", "challenge": "1235abcd6789"})
        assert node.accepts(right, domain="domain.example", challenge="1235abcd6789")
        assert not node.accepts(wrong, domain="domain.example")
        assert not node.accepts(wrong, domain="domain.example", challenge="1235abcd6789")

    def test_challenge_other_than_the_expected_one_is_an_error(self, node: Endpoints, suite: str) -> None:
        wrong = foreign(suite, proof={"domain": "domain.example", "challenge": "invalid-challenge"})
        assert not node.accepts(wrong, domain="domain.example", challenge="1235abcd6789")
        assert node.accepts(wrong, domain="domain.example", challenge="invalid-challenge")

    def test_previous_proof_is_a_proof_that_is_there(self, node: Endpoints, suite: str) -> None:
        first, second = NAMES
        made = prover(suite, proof={"id": first})
        signed = made(fresh(valid_credential(), made.signer.did))
        for previous in (first, [first]):
            later = prover(suite, proof={"id": second, "previousProof": previous})
            chained = later(signed)
            assert node.accepts(chained)
        for previous in (second, [first, second], "urn:uuid:0", 4, [4], []):
            assert not node.accepts(changed(chained, previous, "proof", 1, "previousProof"))

    def test_chain_of_two_parties_verifies_and_its_last_one_is_the_issuers(self, node: Endpoints, suite: str) -> None:
        # as inputs/eddsa-rdfc-2022 of the suite, whose contexts are whole context documents
        first, issuer = prover(suite, proof={"id": NAMES[0]}), prover(suite, proof={"previousProof": [NAMES[0]]})
        first.signer = caller(first.signer.key.public_key.type, "somebody else")
        terms = {name: f"https://www.example.org/{name}" for name in ("AlumniCredential", "alumniOf")}
        unsigned = valid_credential(
            **{"@context": [CREDENTIALS_V2, {"@context": terms}]},
            type=["VerifiableCredential", "AlumniCredential"],
            credentialSubject={"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
        )
        chained = issuer(first(fresh(unsigned, issuer.signer.did)))
        assert node.accepts(chained)
        # the first party's proof alone is nobody's whose credential it is
        assert not node.accepts({**chained, "proof": chained["proof"][:1]})
        assert not node.accepts({**chained, "proof": chained["proof"][1:]})


@pytest.mark.parametrize("version", ["1.1", "2.0"])
@suites
def test_driver_license_with_a_scoped_context_is_issued_and_verifies(node: Endpoints, suite: str, version: str) -> None:
    """The credential that tests/fixtures/credentials has in both versions of the data model."""
    names = ("documentIdentifier", "dateOfBirth", "expirationDate", "issuingAuthority")
    scoped = {"@protected": True, "id": "@id", "type": "@type", **{name: f"urn:example:{name}" for name in names}}
    terms = {
        "@protected": True,
        "DriverLicenseCredential": "urn:example:DriverLicenseCredential",
        "DriverLicense": {"@id": "urn:example:DriverLicense", "@context": scoped},
        "driverLicense": {"@id": "urn:example:driverLicense", "@type": "@id"},
    }
    document = valid_credential() if version == "2.0" else earlier_credential()
    document |= {
        "@context": [document["@context"][0], terms],
        "type": ["VerifiableCredential", "DriverLicenseCredential"],
        "credentialSubject": {"driverLicense": {"type": "DriverLicense", **dict.fromkeys(names, "01-01-2030")}},
    }
    issued = node.issued(suite, document)
    if suite == "ecdsa-sd-2023":
        pointer = "/credentialSubject/driverLicense/documentIdentifier"
        body = {"verifiableCredential": issued, "options": {"selectivePointers": [pointer]}}
        issued = node.post("/credentials/derive", body).json["verifiableCredential"]
    assert node.accepts(issued)
    other = changed(issued, "Z1", "credentialSubject", "driverLicense", "documentIdentifier")
    assert not node.accepts(other)
