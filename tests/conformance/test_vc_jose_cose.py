"""w3c/vc-jose-cose-test-suite, over HTTP: what it issues and verifies with a key, the node does with an agent's.

The suite's own inputs with the suite's own keys are in tests/vectors/test_vc_jose_cose.py. There is no COSE
here: the cases 27 to 34 are out of scope.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from legation.standards.multiformats import decode_base64url
from legation.standards.vc.enveloping import envelop
from tests.support.chains import forge_token
from tests.support.suites import (
    CREDENTIALS_V2,
    EXAMPLES_V2,
    Document,
    Endpoints,
    fresh,
    stranger,
    valid_credential,
    without,
)
from tests.support.vectors import load_vectors

ALGORITHMS = {"eddsa": "EdDSA", "p256": "ES256", "p384": "ES384"}
agents = pytest.mark.parametrize("agent", ALGORITHMS)


def read(name: str) -> Document:
    """Return an input of the suite, without its issuer or holder, whose keys are not at hand."""
    document: Document = load_vectors("vc-jose-cose", "input", name)
    return {member: value for member, value in document.items() if member not in ("issuer", "holder")}


def token_of(enveloped: Document) -> str:
    return str(enveloped["id"].partition(",")[2])


def opened(enveloped: Document) -> tuple[Document, Document]:
    """Return header and claims of a token."""
    head, body, _ = token_of(enveloped).partition("~")[0].split(".")
    return json.loads(decode_base64url(head)), json.loads(decode_base64url(body))


def forged(claims: Document, **header: Any) -> Document:
    """Envelop a credential that somebody else signed."""
    header = {"typ": "vc+jwt", "cty": "vc", **header}
    return envelop(forge_token(claims, stranger(), **header), "EnvelopedVerifiableCredential", "application/vc+jwt")


def shown(claims: Document, **header: Any) -> Document:
    """Envelop a presentation that somebody else signed."""
    header = {"typ": "vp+jwt", "cty": "vp", **header}
    return envelop(forge_token(claims, stranger(), **header), "EnvelopedVerifiablePresentation", "application/vp+jwt")


class TestTokens:
    """Cases 1 to 16: JWT."""

    @agents
    @pytest.mark.parametrize("name", ["credential-minimal.json", "credential-full.json"])
    def test_01_02_credential_is_issued(self, node: Endpoints, agent: str, name: str) -> None:
        answer = node.issue(read(name), agent=agent, suite="vc+jwt")
        assert answer.status == 201, answer.body
        enveloped = answer.json["verifiableCredential"]
        header, claims = opened(enveloped)
        assert (header["alg"], header["typ"]) == (ALGORITHMS[agent], "vc+jwt")
        assert claims["issuer"] == node.dids[agent]
        assert not {"vc", "vp"} & claims.keys()
        # a status list, and a status that cannot be looked at is no good one
        assert node.accepts(enveloped) == (name == "credential-minimal.json")

    @agents
    @pytest.mark.parametrize("name", ["presentation-single.json", "presentation-multiple.json"])
    def test_03_04_presentation_is_issued(self, node: Endpoints, agent: str, name: str) -> None:
        own = node.issue(valid_credential(), suite="vc+jwt").json["verifiableCredential"]
        document = {**read(name), "verifiableCredential": [own] * len(read(name)["verifiableCredential"])}
        answer = node.post(f"/agents/{agent}/presentations?cryptosuite=vp%2Bjwt", {"presentation": document})
        assert answer.status == 201, answer.body
        header, claims = opened(answer.json["verifiablePresentation"])
        assert (header["alg"], header["typ"], claims["holder"]) == (ALGORITHMS[agent], "vp+jwt", node.dids[agent])
        assert node.accepts_presentation(answer.json["verifiablePresentation"])

    def test_06_08_credential_of_somebody_else_verifies(self, node: Endpoints) -> None:
        claims = fresh(valid_credential(), stranger().did)
        assert node.accepts(forged(claims))
        assert node.accepts(forged({**claims, "iss": claims["issuer"], "jti": claims["id"]}))
        assert node.accepts(forged(claims, cty=None))
        assert not node.accepts(forged({**claims, "iss": "did:example:other"}))
        assert not node.accepts(forged({**claims, "issuer": "did:example:other"}))

    def test_07_presentation_of_somebody_else_verifies(self, node: Endpoints) -> None:
        credential = forged(fresh(valid_credential(), stranger().did))
        claims: Document = {
            "@context": [CREDENTIALS_V2, EXAMPLES_V2],
            "type": ["VerifiablePresentation"],
            "holder": stranger().did,
            "verifiableCredential": [credential],
        }
        assert node.accepts_presentation(shown(claims))
        assert not node.accepts_presentation(shown({**claims, "holder": "did:example:other"}))
        asked = {"challenge": "1", "domain": "a.example"}
        assert node.accepts_presentation(shown({**claims, "nonce": "1", "aud": "a.example"}), **asked)
        assert not node.accepts_presentation(shown({**claims, "nonce": "2", "aud": "a.example"}), **asked)
        assert not node.accepts_presentation(shown(claims), **asked)

    def test_05_09_unknown_extension_that_is_critical_does_not_verify(self, node: Endpoints) -> None:
        # what the suite calls an unknown extension, its context's @vocab gives a URL: no reader of a token drops it
        claims = fresh(valid_credential(), stranger().did)
        assert node.accepts(forged(claims))
        for header in ({"crit": ["huh"], "huh": "what?"}, {"crit": []}, {"b64": False, "crit": ["b64"]}):
            assert not node.accepts(forged(claims, **header))

    def test_10_11_what_nobody_secured_does_not_verify(self, node: Endpoints) -> None:
        assert not node.accepts(fresh(valid_credential(), stranger().did))
        unsecured = forged(fresh(valid_credential(), stranger().did), alg="none")
        assert not node.accepts({**unsecured, "id": unsecured["id"].rpartition(".")[0] + "."})

    @pytest.mark.parametrize("typ", ["JWT", "vp+jwt", "vc+sd-jwt", "application/json", "", 4, None])
    def test_13_14_media_type_of_another_kind_does_not_verify(self, node: Endpoints, typ: object) -> None:
        credential = fresh(valid_credential(), stranger().did)
        assert not node.accepts(forged(credential, typ=typ))
        presentation = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": stranger().did}
        assert node.accepts_presentation(shown(presentation))
        if typ != "vp+jwt":
            assert not node.accepts_presentation(shown(presentation, typ=typ))

    @pytest.mark.parametrize("name", ["vc", "vp"])
    def test_15_claims_vc_and_vp_do_not_verify(self, node: Endpoints, name: str) -> None:
        credential = fresh(valid_credential(), stranger().did)
        assert not node.accepts(forged({**credential, name: valid_credential()}))
        assert not node.accepts(forged({"iss": stranger().did, "vc": credential}))

    def test_16_presentation_of_a_bad_credential_does_not_verify(self, node: Endpoints) -> None:
        claims = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "holder": stranger().did}
        good = forged(fresh(valid_credential(), stranger().did))
        bad = {**good, "id": good["id"][:-8] + "AAAAAAAA"}
        assert node.accepts_presentation(shown({**claims, "verifiableCredential": [good]}))
        assert not node.accepts_presentation(shown({**claims, "verifiableCredential": [good, bad]}))
        assert not node.accepts_presentation(shown({**claims, "verifiableCredential": ["a string"]}))


class TestSelectiveTokens:
    """Cases 17 to 26: SD-JWT."""

    @agents
    @pytest.mark.parametrize("name", ["credential-selective.json", "credential-nested-selective.json"])
    def test_17_18_20_21_credential_is_issued_and_verifies(self, node: Endpoints, agent: str, name: str) -> None:
        options = {"mandatoryPointers": ["/credentialSubject/id"]}
        answer = node.issue(read(name), agent=agent, suite="vc+sd-jwt", options=options)
        assert answer.status == 201, answer.body
        enveloped = answer.json["verifiableCredential"]
        assert enveloped["id"].startswith("data:application/vc+sd-jwt,")
        header, claims = opened(enveloped)
        assert (header["alg"], header["typ"]) == (ALGORITHMS[agent], "vc+sd-jwt")
        assert claims["credentialSubject"].keys() == {"id", "_sd"}
        assert node.accepts(enveloped)
        assert node.accepts_presentation(
            {
                "@context": [CREDENTIALS_V2],
                "type": ["VerifiablePresentation"],
                "verifiableCredential": [enveloped],
            }
        )

    def test_part_of_a_credential_is_shown(self, node: Endpoints) -> None:
        answer = node.issue(read("credential-selective.json"), agent="p384", suite="vc+sd-jwt")
        whole = answer.json["verifiableCredential"]
        body = {"verifiableCredential": whole, "options": {"selectivePointers": ["/credentialSubject/firstName"]}}
        derived = node.post("/credentials/derive", body)
        assert derived.status == 201, derived.body
        part = derived.json["verifiableCredential"]
        assert token_of(part).count("~") in range(2, token_of(whole).count("~"))
        assert node.accepts(part)

    def test_23_24_26_what_was_changed_does_not_verify(self, node: Endpoints) -> None:
        answer = node.issue(read("credential-selective.json"), agent="p384", suite="vc+sd-jwt")
        whole = answer.json["verifiableCredential"]
        assert node.accepts(whole)
        signed, *disclosures = token_of(whole).split("~")
        head, claims, _ = signed.split(".")
        other = fresh(valid_credential(), stranger().did)
        for text in (
            "~".join([signed[:-8] + "AAAAAAAA", *disclosures]),
            "~".join([f"{head}.{claims}.", *disclosures]),
            "~".join([signed, "AAAA", *disclosures]),
            forge_token(other, stranger(), typ="vc+jwt") + "~",
        ):
            bad = {**whole, "id": f"data:application/vc+sd-jwt,{text}"}
            assert not node.accepts(bad)
            presentation = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
            assert not node.accepts_presentation({**presentation, "verifiableCredential": [bad]})
        assert not node.accepts(without(whole, "id"))
