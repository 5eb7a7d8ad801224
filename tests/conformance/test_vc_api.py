"""w3c-ccg/vc-api-issuer-test-suite and w3c-ccg/vc-api-verifier-test-suite: the shapes of requests and answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.suites import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    ED25519_2020,
    EXAMPLES_V2,
    Document,
    Endpoints,
    Prover,
    changed,
    earlier_credential,
    fresh,
    valid_credential,
    without,
)


class TestIssuer:
    """10-issuer.js: issue credential, Data Integrity."""

    @pytest.mark.parametrize("version", ["1.1", "2.0"])
    def test_credential_is_issued_with_201(self, node: Endpoints, version: str) -> None:
        unsigned = earlier_credential() if version == "1.1" else valid_credential()
        credential = fresh(unsigned, node.dids["eddsa"])
        answer = node.issue(credential)
        assert (answer.status, answer.headers["content-type"]) == (201, "application/json")
        assert answer.json.keys() == {"verifiableCredential"}
        issued = answer.json["verifiableCredential"]
        assert "VerifiableCredential" in issued["type"]
        assert isinstance(issued["proof"], dict)
        # as it was given, and a proof; of VCDM 1.1 a context for the proof too
        assert {name: issued[name] for name in credential if name != "@context"} == without(credential, "@context")
        assert issued["@context"][: len(credential["@context"])] == credential["@context"]

    def test_body_has_a_credential(self, node: Endpoints) -> None:
        credential = fresh(valid_credential(), node.dids["eddsa"])
        path = "/agents/eddsa/credentials/issue"
        assert node.post(path, {"credential": credential, "options": {}}).status == 201
        answer = node.post(path, {"verifiableCredential": credential, "options": {}})
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (400, "application/problem+json")

    @pytest.mark.parametrize("name", ["@context", "type", "credentialSubject"])
    def test_missing_member_is_refused(self, node: Endpoints, name: str) -> None:
        assert node.issues(valid_credential())
        assert not node.issues(without(valid_credential(), name))

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("@context", [4, False, None, []]),
            ("@context", [[{"foo": True}, 4, False, None], [4], [[]]]),
            ("type", [4, None, True, []]),
            ("type", [[2, None, {"foo": True}, False], [[]]]),
            ("issuer", [None, True, 4, []]),
            ("credentialSubject", [None, True, 4, [], "did:example:1234", [None, True, 4]]),
        ],
    )
    def test_member_of_another_kind_is_refused(self, node: Endpoints, name: str, values: list[object]) -> None:
        for value in values:
            assert not node.issues(changed(valid_credential(), value, name))

    def test_issuer_may_be_a_string_an_object_or_missing(self, node: Endpoints) -> None:
        did = node.dids["eddsa"]
        named = {"id": did, "name": "Example"}
        for given, told in ((did, did), (named, named), (None, did)):
            credential = valid_credential() if given is None else valid_credential(issuer=given)
            assert node.issue(credential).json["verifiableCredential"]["issuer"] == told
        assert not node.issues(valid_credential(issuer="did:example:somebody-else"))

    def test_dates_of_vcdm_1_1_may_be_given(self, node: Endpoints) -> None:
        dates = {"issuanceDate": "2026-11-01T00:00:00.000Z", "expirationDate": "2046-11-01T00:00:00Z"}
        issued = node.issue(earlier_credential(**dates)).json["verifiableCredential"]
        assert {name: issued[name] for name in dates} == dates
        assert not node.issues(earlier_credential(issuanceDate="yesterday"))

    @pytest.mark.parametrize(
        "name", ["urn:uuid:2fbc6fc3-d5ae-4b0d-9cb9-3c8e3a4d7e5f", "https://a.example/1?b=2#c", "did:example:1"]
    )
    def test_id_may_be_any_url_and_no_other_text(self, node: Endpoints, name: str) -> None:
        assert node.issue(valid_credential(id=name)).json["verifiableCredential"]["id"] == name
        assert not node.issues(valid_credential(id=name.partition(":")[2] + " "))

    def test_nobody_without_a_token_issues(self, node: Endpoints) -> None:
        body = {"credential": valid_credential()}
        answer = node.ask(
            "POST", "/agents/eddsa/credentials/issue", body=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 401


class TestIssuerOfTokens:
    """11-issuer-jwt.js: issue credential, JWT."""

    def test_credential_is_enveloped_with_201(self, node: Endpoints) -> None:
        answer = node.issue(valid_credential(), suite="vc+jwt")
        assert answer.status == 201
        issued = answer.json["verifiableCredential"]
        assert issued["type"] == "EnvelopedVerifiableCredential"
        assert issued["id"].startswith("data:application/vc+jwt,")
        assert node.accepts(issued)
        assert not node.accepts(changed(issued, issued["id"][:-4] + "AAAA", "id"))

    @pytest.mark.parametrize("name", ["@context", "type", "credentialSubject"])
    def test_missing_member_is_refused(self, node: Endpoints, name: str) -> None:
        assert not node.issues(without(valid_credential(), name), suite="vc+jwt")


def secured(version: str = "2.0") -> Document:
    """Return a credential with the proof of the suite's vector, by its issuer."""
    made = Prover("Ed25519Signature2020")
    if version == "1.1":
        unsigned = earlier_credential()
        unsigned["@context"] = [*unsigned["@context"], ED25519_2020]
        return made(fresh(unsigned, made.signer.did))
    return made(
        {
            "@context": [CREDENTIALS_V2, EXAMPLES_V2, ED25519_2020],
            "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
            "type": ["VerifiableCredential", "AlumniCredential"],
            "name": "Alumni Credential",
            "description": "A minimum viable example of an Alumni Credential.",
            "issuer": made.signer.did,
            "validFrom": "2023-01-01T00:00:00Z",
            "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
        }
    )


class TestVerifier:
    """10-vc-di.js: verify credential, Data Integrity.

    The suite's own vector names an issuer that has no keys, https://vc.example/issuers/5678, beside a proof by a
    did:key. Whoever takes that takes everybody's proof for everybody's credential, so the vector is refused here; the
    same document verifies once its issuer is who signed it.
    """

    @pytest.mark.parametrize("version", ["1.1", "2.0"])
    def test_valid_credential_verifies_with_200(self, node: Endpoints, version: str) -> None:
        answer = node.verify(secured(version))
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json["verified"] is True

    def test_proof_by_somebody_else_than_the_issuer_does_not_verify(self, node: Endpoints) -> None:
        made = Prover("Ed25519Signature2020")
        vector = made({**without(secured(), "proof"), "issuer": "https://vc.example/issuers/5678"})
        answer = node.verify(vector)
        assert (answer.status, answer.json["verified"]) == (400, False)
        assert answer.json["problemDetails"][0]["type"].endswith("#CRYPTOGRAPHIC_SECURITY_ERROR")

    @pytest.mark.parametrize("name", ["@context", "type", "issuer", "credentialSubject", "proof"])
    def test_missing_member_does_not_verify(self, node: Endpoints, name: str) -> None:
        assert not node.accepts(without(secured(), name))

    @pytest.mark.parametrize("name", ["type", "created", "verificationMethod", "proofValue", "proofPurpose"])
    def test_missing_member_of_the_proof_does_not_verify(self, node: Endpoints, name: str) -> None:
        assert not node.accepts(without(secured(), "proof", name))

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("@context", ["string", {}, None, 10, True]),
            ("@context", [[[]], [{}], [None], [10], [True]]),
            ("type", ["string", {}, None, 10, True]),
            ("type", [[[]], [{}], [None], [10], [True]]),
            ("issuer", [[], None, 10, True]),
            ("credentialSubject", ["string", None, 10, True, []]),
            ("proof", ["string", None, 10, True, []]),
        ],
    )
    def test_member_of_another_kind_does_not_verify(self, node: Endpoints, name: str, values: list[object]) -> None:
        for value in values:
            assert not node.accepts(changed(secured(), value, name))

    @pytest.mark.parametrize("kind", ["string", "number", "array"])
    def test_what_is_no_credential_does_not_verify(self, node: Endpoints, kind: str) -> None:
        values: dict[str, Any] = {"string": "eyJ", "number": 4, "array": [secured()]}
        assert not node.accepts(values[kind])

    def test_options_of_the_api_are_taken_and_the_credential_is_returned_as_it_came(self, node: Endpoints) -> None:
        credential = secured()
        options = {"returnCredential": True, "returnProblemDetails": True, "returnResults": True}
        answer = node.verify(credential, **options)
        assert answer.status == 200
        assert answer.json["verifiableCredential"] == credential
        assert "verifiableCredential" not in node.verify(credential).json
        assert node.post("/credentials/verify", {"verifiableCredential": credential}).status == 200


class TestForms:
    """What the suites do not ask for by a test of its own, and send all the same."""

    @pytest.mark.parametrize("agent", ["eddsa", "p256", "p384", "hosted", "logged"])
    def test_agent_of_every_method_and_key_issues_what_verifies(self, node: Endpoints, agent: str) -> None:
        answer = node.issue(fresh(valid_credential(), node.dids[agent]), agent=agent)
        assert answer.status == 201, answer.body
        issued = answer.json["verifiableCredential"]
        assert node.accepts(issued)
        assert not node.accepts(changed(issued, "Mallory", "credentialSubject", "name"))

    @pytest.mark.parametrize(
        "created", ["2026-01-01T00:00:00.123Z", "2026-01-01T02:00:00+02:00", "2025-12-31T18:00:00-06:00"]
    )
    def test_created_may_have_fractions_and_an_offset(self, node: Endpoints, created: str) -> None:
        made = Prover(proof={"created": created})
        assert node.accepts(made(fresh(valid_credential(), made.signer.did)))

    def test_proof_may_be_an_array_of_one(self, node: Endpoints) -> None:
        credential = secured()
        assert node.accepts({**credential, "proof": [credential["proof"]]})
        assert not node.accepts({**credential, "proof": [{**credential["proof"], "proofValue": "z1"}]})

    def test_issued_credential_is_given_one_more_proof(self, node: Endpoints) -> None:
        issued = node.issued("eddsa-rdfc-2022")
        answer = node.issue(issued, suite="eddsa-jcs-2022")
        assert answer.status == 201
        both = answer.json["verifiableCredential"]
        assert [proof["cryptosuite"] for proof in both["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
        assert both["proof"][0] == issued["proof"]
        assert node.accepts(both)

    @pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json"])
    def test_body_is_json_and_nothing_else(self, node: Endpoints, kind: str) -> None:
        body = {"verifiableCredential": secured()}
        headers = {"Authorization": f"Bearer {node.token}", "Content-Type": kind}
        assert node.ask("POST", "/credentials/verify", body=body, headers=headers).status == 200
        other = {**headers, "Content-Type": "text/plain"}
        assert node.ask("POST", "/credentials/verify", body=body, headers=other).status == 415

    def test_unknown_option_is_refused(self, node: Endpoints) -> None:
        # every schema of the VC API says additionalProperties: false
        assert node.verify(secured()).status == 200
        assert node.verify(secured(), trustEverybody=True).status == 400
        assert not node.issues(valid_credential(), options={"trustEverybody": True})

    def test_presentation_holds_credentials_of_both_versions_of_the_data_model(self, node: Endpoints) -> None:
        bare = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
        both = {**bare, "verifiableCredential": [secured("1.1"), secured("2.0")]}
        assert node.accepts_presentation(both)
        earlier = {**both, "@context": [CREDENTIALS_V1]}
        assert node.accepts_presentation({**earlier, "verifiableCredential": [secured("1.1")]})
        assert not node.accepts_presentation(changed(both, "Mallory", "verifiableCredential", 1, "name"))


class TestPresentations:
    """12-vp-di.js, 13-vp-jwt.js: named by the suite, and what the API says of them."""

    def test_presentation_is_made_and_holds_for_its_challenge_and_domain(self, node: Endpoints) -> None:
        asked = {"challenge": "1235abcd6789", "domain": "domain.example"}
        unsigned = {
            "@context": [CREDENTIALS_V2],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [secured()],
        }
        answer = node.post("/agents/p256/presentations", {"presentation": unsigned, "options": asked})
        assert answer.status == 201
        assert answer.json.keys() == {"verifiablePresentation"}
        made = answer.json["verifiablePresentation"]
        assert node.accepts_presentation(made, **asked)
        returned = node.verify_presentation(made, **asked, returnPresentation=True)
        assert returned.json["verifiablePresentation"] == made
        assert not node.accepts_presentation(made, **{**asked, "challenge": "other"})
        assert not node.accepts_presentation(made, **{**asked, "domain": "other.example"})

    def test_presentation_without_a_proof_holds_only_where_nothing_is_asked(self, node: Endpoints) -> None:
        bare = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "verifiableCredential": [secured()]}
        assert node.accepts_presentation(bare)
        assert not node.accepts_presentation(bare, challenge="1235abcd6789")
        assert not node.accepts_presentation(changed(bare, "Mallory", "verifiableCredential", 0, "name"))

    def test_enveloped_presentation_holds_with_an_enveloped_credential_in_it(self, node: Endpoints) -> None:
        enveloped = node.issue(valid_credential(), suite="vc+jwt").json["verifiableCredential"]
        unsigned = {
            "@context": [CREDENTIALS_V2],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [enveloped],
        }
        options = {"challenge": "123456789", "domain": "example.com"}
        body = {"presentation": unsigned, "options": options}
        answer = node.post("/agents/eddsa/presentations?cryptosuite=vp%2Bjwt", body)
        assert answer.status == 201, answer.body
        made = answer.json["verifiablePresentation"]
        assert made["type"] == "EnvelopedVerifiablePresentation"
        assert node.accepts_presentation(made, **options)
        assert not node.accepts_presentation(made, **{**options, "challenge": "987654321"})
        assert not node.accepts_presentation(changed(made, "VerifiablePresentation", "type"))
