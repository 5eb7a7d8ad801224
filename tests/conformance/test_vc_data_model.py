"""w3c/vc-data-model-2.0-test-suite, by its sections: each statement with a document for it and documents against it.

The suite's own inputs, one by one, are in tests/vectors/test_vcdm_over_http.py; here is what its tests do with them,
and what its inputs were that the published vectors leave out.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256, sha384
from typing import Any

import pytest

from tests.support.suites import (
    CREDENTIALS_V2,
    EXAMPLES_V2,
    Document,
    Endpoints,
    Prover,
    changed,
    fresh,
    stranger,
    valid_credential,
    without,
)
from tests.support.vectors import vector_path

KIND = {"ExampleTestCredential": "https://example.org/#ExampleTestCredential"}
NAMES = {
    "en": {"@value": "HTML and CSS", "@language": "en"},
    "ar": {"@value": "كتاب", "@language": "ar", "@direction": "rtl"},
}
AUTHENTICATION = Prover(purpose="authentication")


def with_examples(**more: Any) -> Document:
    return valid_credential(**{"@context": [CREDENTIALS_V2, EXAMPLES_V2], **more})


def presentation(*credentials: object, **more: Any) -> Document:
    made: Document = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], **more}
    return {**made, "verifiableCredential": list(credentials)} if credentials else made


def presented(*credentials: object, **more: Any) -> Document:
    """Return a presentation that the suite's own holder secured."""
    return AUTHENTICATION(presentation(*credentials, **more))


def foreign(**more: Any) -> Document:
    made = Prover()
    return made(fresh(valid_credential(**more), made.signer.did))


class Test1Conformance:
    """1.3 Conformance, and 4.12 Securing Mechanisms."""

    def test_issued_document_is_secured_and_has_all_required_properties(self, node: Endpoints) -> None:
        issued = node.issued("eddsa-rdfc-2022")
        assert {"@context", "type", "issuer", "credentialSubject", "proof"} <= issued.keys()
        assert node.accepts(issued)
        assert not node.accepts(without(issued, "proof"))

    def test_verifier_produces_errors_for_what_does_not_conform(self, node: Endpoints) -> None:
        document = {"type": ["NonconformingDocument"]}
        assert not node.accepts(document)
        assert not node.accepts_presentation(document)


class Test43Contexts:
    """4.3 Contexts."""

    @pytest.mark.parametrize(
        "context",
        [
            None,
            [],
            [EXAMPLES_V2],
            [EXAMPLES_V2, CREDENTIALS_V2],
            [CREDENTIALS_V2, "https ://not-a-url/contexts/example/v1"],
            [CREDENTIALS_V2, "https://example.com"],
            [CREDENTIALS_V2, 123192875],
        ],
        ids=["missing", "empty", "another", "order", "no-url", "unknown", "number"],
    )
    def test_context_begins_with_the_base_context_and_goes_on_with_contexts(
        self, node: Endpoints, context: list[object] | None
    ) -> None:
        given: dict[str, Any] = {} if context is None else {"@context": context}
        assert node.issues(valid_credential())
        assert not node.issues({**without(valid_credential(), "@context"), **given})
        shown = presented()
        assert node.accepts_presentation(shown)
        assert not node.accepts_presentation({**without(shown, "@context"), **given})
        assert not node.accepts_presentation({**without(presentation(), "@context"), **given})

    def test_context_goes_on_with_urls_and_objects(self, node: Endpoints) -> None:
        for more in (EXAMPLES_V2, KIND):
            context = [CREDENTIALS_V2, more]
            assert node.issues(valid_credential(**{"@context": context}))
            assert node.accepts_presentation(presented(**{"@context": context}))
        assert node.issued("eddsa-rdfc-2022", with_examples())["@context"] == [CREDENTIALS_V2, EXAMPLES_V2]


class Test44Identifiers:
    """4.4 Identifiers."""

    @pytest.mark.parametrize(
        "name", ["did:example:123", "https://id.example/1", "urn:uuid:0b2f1c5a-3c7d-4f45-9a50-7d3f0c1f0a77"]
    )
    def test_id_is_a_single_url(self, node: Endpoints, name: str) -> None:
        assert node.issues(valid_credential(id=name))
        assert node.accepts_presentation(presented(id=name))

    @pytest.mark.parametrize("name", [None, 4, {}, ["did:example:1", "did:example:2"], "not a url", "no-url"])
    def test_id_is_nothing_else(self, node: Endpoints, name: object) -> None:
        assert not node.issues(valid_credential(id=name))
        assert not node.issues(valid_credential(credentialSubject={"id": name, "name": "A"}))
        assert not node.accepts_presentation(presentation(id=name))
        assert not node.accepts_presentation(changed(presented(id="urn:a:b"), name, "id"))


class Test45Types:
    """4.5 Types."""

    def test_type_is_one_or_more_terms_or_absolute_urls_in_any_order(self, node: Endpoints) -> None:
        url, other = "https://example.org/#A", "https://example.org/#B"
        assert node.issues(valid_credential(type=["VerifiableCredential", url]))
        assert node.issues(valid_credential(type=[url, "VerifiableCredential", other]))
        assert node.issues(valid_credential(type=[url, other, "VerifiableCredential"]))
        mapped = {"@context": [CREDENTIALS_V2, KIND], "type": ["VerifiableCredential", "ExampleTestCredential"]}
        assert node.issues(valid_credential(**mapped))
        assert not node.issues(valid_credential(type=["VerifiableCredential", "ExampleTestCredential"]))
        wrong = {"ExampleTestCredential": "https ://not-a-url#ExampleTestCredential"}
        assert not node.issues(valid_credential(**{**mapped, "@context": [CREDENTIALS_V2, wrong]}))

    def test_credential_and_presentation_are_of_their_own_type(self, node: Endpoints) -> None:
        assert not node.issues(without(valid_credential(), "type"))
        assert not node.issues(with_examples(type=["ExampleCredential"]))
        shown = presented(
            **{"@context": [CREDENTIALS_V2, KIND]}, type=["VerifiablePresentation", "ExampleTestCredential"]
        )
        assert node.accepts_presentation(shown)
        for document in (shown, without(shown, "proof")):
            assert not node.accepts_presentation(without(document, "type"))
            assert not node.accepts_presentation(changed(document, ["ExampleTestCredential"], "type"))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("credentialStatus", {"id": "https://status.example/1#94567", "type": "ExampleStatus"}),
            ("termsOfUse", {"type": "ExamplePolicy"}),
            ("evidence", {"type": "ExampleEvidence", "id": "https://evidence.example/1"}),
            ("refreshService", {"type": "ExampleRefresh", "id": "https://refresh.example/1"}),
            ("credentialSchema", {"type": "ExampleSchema", "id": "https://schema.example/1.json"}),
        ],
    )
    def test_objects_that_must_have_a_type_have_one(self, node: Endpoints, name: str, value: Document) -> None:
        assert node.issues(with_examples(**{name: value}))
        assert node.issues(with_examples(**{name: [value, {**value, "id": "https://other.example/2"}]}))
        for wrong in ({"id": "https://evidence.example/1"}, {**value, "type": None}, "https://evidence.example/1", 4):
            assert not node.issues(with_examples(**{name: wrong}))
        assert not node.issues(with_examples(**{name: {**value, "id": "not a url"}}))
        assert not node.issues(with_examples(**{name: {**value, "id": ["urn:a:b", "urn:a:c"]}}))


class Test46NamesAndDescriptions:
    """4.6 Names and Descriptions, 11.1 Language and Base Direction."""

    @pytest.mark.parametrize("name", ["name", "description"])
    @pytest.mark.parametrize("at", ["credential", "issuer"])
    def test_value_is_a_string_or_a_language_value_object(self, node: Endpoints, name: str, at: str) -> None:
        def place(value: object) -> Document:
            if at == "credential":
                return valid_credential(**{name: value})
            return valid_credential(issuer={"id": node.dids["eddsa"], name: value})

        for value in ("plain", NAMES["en"], NAMES["ar"], list(NAMES.values()), {"@value": "plain"}):
            assert node.issues(place(value))
        extra = {**NAMES["en"], "url": "did:example:extra"}
        for value in (extra, [NAMES["en"], extra], {"@language": "en"}, {"@value": 4}, 4, {}):
            assert not node.issues(place(value))


class Test47To49:
    """4.7 Issuer, 4.8 Credential Subject, 4.9 Validity Period."""

    def test_issuer_is_a_url_or_an_object_with_one(self, node: Endpoints) -> None:
        did = node.dids["eddsa"]
        for right in (did, {"id": did}, {"id": did, "name": "A"}):
            assert node.issues(valid_credential(issuer=right))
        for wrong in (None, "fake-issuer", {"id": None}, {"id": "fake-issuer"}, 4, []):
            assert not node.issues(valid_credential(issuer=wrong))

    def test_subject_makes_claims(self, node: Endpoints) -> None:
        two = [{"id": "did:example:1", "name": "A"}, {"id": "did:example:2", "name": "B"}]
        assert node.issues(valid_credential(credentialSubject=two))
        assert node.issues(valid_credential(credentialSubject={"id": "did:example:1"}))
        assert not node.issues(without(valid_credential(), "credentialSubject"))
        for wrong in ({}, [{}], [two[0], {}], []):
            assert not node.issues(valid_credential(credentialSubject=wrong))

    @pytest.mark.parametrize("name", ["validFrom", "validUntil"])
    def test_moment_is_a_date_time_stamp(self, node: Endpoints, name: str) -> None:
        for right in ("2023-01-01T12:00:00Z", "2046-01-01T00:00:00.123Z", "2023-11-01T00:00:00-06:00"):
            issued = node.issued("eddsa-rdfc-2022", valid_credential(**{name: right}))
            assert issued[name] == right
        for wrong in ("invalid", "2023-01-01", "2023-13-01T00:00:00Z", 1700000000, None):
            assert not node.issues(valid_credential(**{name: wrong}))

    def test_period_does_not_end_before_it_begins(self, node: Endpoints) -> None:
        early, late = "2025-11-24T00:00:00Z", "2027-11-24T00:00:00Z"
        assert node.accepts(node.issued("eddsa-rdfc-2022", valid_credential(validFrom=early, validUntil=late)))
        assert not node.issues(valid_credential(validFrom=late, validUntil=early))
        past = node.issued("eddsa-rdfc-2022", valid_credential(validFrom="2023-01-01T00:00:00Z", validUntil=early))
        assert not node.accepts(past)
        # the operator of this node lets callers choose the moment
        assert node.accepts(foreign(validUntil="2026-01-02T00:00:00Z"), at="2026-01-01T12:00:00Z")
        assert not node.accepts(foreign(validUntil="2026-01-02T00:00:00Z"), at="2026-01-02T12:00:00Z")


class Test410Status:
    """4.10 Status: what nobody here knows is told, and does not make a credential false."""

    def test_status_of_an_unknown_type_is_told(self, node: Endpoints) -> None:
        status = {"id": "https://status.example/1#94567", "type": "ExampleStatus"}
        answer = node.verify(node.issued("eddsa-rdfc-2022", with_examples(credentialStatus=status)))
        assert answer.status == 200
        [notice] = answer.json["problemDetails"]
        assert notice["title"] == "status_unknown"
        assert node.issues(with_examples(credentialStatus={"type": "ExampleStatus"}))


class Test413Presentations:
    """4.13 Verifiable Presentations."""

    def test_presentation_holds_with_any_number_of_credentials(self, node: Endpoints) -> None:
        for credentials in ((), (foreign(),), (foreign(), node.issued("ecdsa-rdfc-2019"))):
            assert node.accepts_presentation(presented(*credentials))
            assert node.accepts_presentation(presentation(*credentials))
        assert not node.accepts_presentation(presented(changed(foreign(), "Mallory", "credentialSubject", "name")))

    @pytest.mark.parametrize("wrong", ["string", 4, "https://example.com/credential", None, ["string"], [4], [{}]])
    def test_credentials_are_objects(self, node: Endpoints, wrong: object) -> None:
        document = {**presentation(foreign()), "verifiableCredential": wrong}
        assert not node.accepts_presentation(document)

    def test_holder_is_a_url_or_an_object_with_one(self, node: Endpoints) -> None:
        did = stranger().did
        for right in (did, {"id": did}, {"id": did, "name": "A"}):
            assert node.accepts_presentation(presented(holder=right))
        for wrong in ({}, {"name": "A"}, 4, None, [did], "not a url"):
            assert not node.accepts_presentation(presentation(holder=wrong))
        assert not node.accepts_presentation(presented(holder="did:example:acme"))

    def test_self_asserted_credential_is_that_of_its_holder(self, node: Endpoints) -> None:
        did = stranger().did
        own = valid_credential(issuer=did)
        assert node.accepts_presentation(presented(own, holder=did))
        assert not node.accepts_presentation(presented(own))
        assert not node.accepts_presentation(presented(own, holder="did:example:acme"))
        assert not node.accepts_presentation(presented(valid_credential(issuer="did:example:acme"), holder=did))

    def test_signature_that_is_no_signature_is_refused(self, node: Endpoints) -> None:
        shown = presented()
        assert node.accepts_presentation(shown)
        assert not node.accepts_presentation(changed(shown, "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh", "proof", "proofValue"))


class Test4131Envelopes:
    """4.13.1 Enveloped Verifiable Credentials, 4.13.2 Enveloped Verifiable Presentations."""

    @pytest.mark.parametrize("suite", ["vc+jwt", "vc+sd-jwt"])
    def test_enveloped_credential_has_its_context_id_and_type(self, node: Endpoints, suite: str) -> None:
        answer = node.issue(valid_credential(), suite=suite)
        enveloped = answer.json["verifiableCredential"]
        assert node.accepts(enveloped)
        for context in ([], EXAMPLES_V2, [EXAMPLES_V2]):
            assert not node.accepts(changed(enveloped, context, "@context"))
        assert not node.accepts(changed(enveloped, enveloped["id"].partition(",")[2], "id"))
        assert not node.accepts(without(enveloped, "type"))
        assert not node.accepts(changed(enveloped, "VerifiableCredential", "type"))
        assert node.accepts_presentation(presented(enveloped))
        assert not node.accepts_presentation(presentation(changed(enveloped, "VerifiableCredential", "type")))

    def test_enveloped_presentation_has_its_context_id_and_type(self, node: Endpoints) -> None:
        answer = node.post("/agents/eddsa/presentations?cryptosuite=vp%2Bjwt", {"presentation": presentation()})
        enveloped = answer.json["verifiablePresentation"]
        assert node.accepts_presentation(enveloped)
        for context in ([], [EXAMPLES_V2]):
            assert not node.accepts_presentation(changed(enveloped, context, "@context"))
        assert not node.accepts_presentation(changed(enveloped, enveloped["id"].partition(",")[2], "id"))
        assert not node.accepts_presentation(without(enveloped, "type"))
        for kind in ("VerifiablePresentation", ["VerifiablePresentation"]):
            assert not node.accepts_presentation(changed(enveloped, kind, "type"))


def digests(url: str) -> Document:
    """Return the digests of a context as published."""
    raw = vector_path("contexts", "www.w3.org_ns_credentials_v2.jsonld").read_bytes()
    text = urlsafe_b64encode(b"\x12\x20" + sha256(raw).digest()).decode().rstrip("=")
    sri = urlsafe_b64encode(sha384(raw).digest()).decode().replace("-", "+").replace("_", "/")
    return {"id": url, "digestSRI": f"sha384-{sri}", "digestMultibase": f"u{text}"}


class Test5AdvancedConcepts:
    """5.2 Extensibility, 5.3 Integrity of Related Resources."""

    def test_term_that_a_context_redefines_is_an_error(self, node: Endpoints) -> None:
        for name in ("VerifiableCredential", "issuer", "credentialSubject", "id"):
            context = [CREDENTIALS_V2, {name: "https://example.org/other"}]
            assert not node.issues(valid_credential(**{"@context": context}))
        assert node.issues(valid_credential(**{"@context": [CREDENTIALS_V2, {"other": "https://example.org/other"}]}))

    def test_related_resource_has_an_id_and_the_digest_of_what_is_there(self, node: Endpoints) -> None:
        whole = digests(CREDENTIALS_V2)
        assert node.issues(valid_credential(relatedResource=whole))
        assert node.issues(valid_credential(relatedResource=[{**whole, "mediaType": "application/ld+json"}]))
        for name in ("digestSRI", "digestMultibase"):
            single = {"id": whole["id"], name: whole[name]}
            assert node.issues(valid_credential(relatedResource=[single]))
            wrong = {**single, name: whole[name][:-4] + "AAAA"}
            assert not node.issues(valid_credential(relatedResource=[wrong]))
        for bad in (without(whole, "id"), {"id": whole["id"]}, CREDENTIALS_V2, [CREDENTIALS_V2], [whole, whole]):
            assert not node.issues(valid_credential(relatedResource=bad))
