"""w3c/vc-di-ecdsa-test-suite: ecdsa-sd-2023, where a holder shows a part of what was issued."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from legation.standards.multiformats import decode_base64url, encode_base64url
from tests.support.suites import (
    DATA_INTEGRITY_V2,
    Document,
    Endpoints,
    changed,
    earlier_credential,
    valid_credential,
    without,
)

SUITE = "ecdsa-sd-2023"
BASE, DISCLOSURE = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
NAMES = [("Osprey", 5.5), ("Eagle-FR", 6.1), ("Eagle-FR", 7.0), ("Eagle-FR", 7.8)]
SAILS = [{"sailName": name, "size": size, "year": 2020 + index} for index, (name, size) in enumerate(NAMES)]
BOARDS = [{"boardName": "CompFoil170", "brand": "Tillo"}, {"boardName": "Tillo Custom", "brand": "Tillo"}]


def scoped(name: str, *terms: str) -> Document:
    context = {"@protected": True, **{term: f"urn:example:{term}" for term in terms}}
    return {"@id": f"urn:example:{name}", "@context": context}


ACHIEVEMENT = {
    "@protected": True,
    "ExampleAchievementCredential": "urn:example:ExampleAchievementCredential",
    "WindsailingAchievement": {
        "@id": "urn:example:WindsailingAchievement",
        "@context": {
            "@protected": True,
            "id": "@id",
            "type": "@type",
            "sailNumber": "urn:example:sailNumber",
            "sails": scoped("sails", "sailName", "size", "year"),
            "boards": scoped("boards", "boardName", "brand", "year"),
        },
    },
    "achievements": {"@id": "urn:example:achievements", "@type": "@id"},
}


def with_arrays(**more: Any) -> Document:
    """Return an unsigned credential whose subject holds arrays of objects without ids."""
    one = {"type": "WindsailingAchievement", "sailNumber": "Earth101", "sails": SAILS, "boards": BOARDS}
    other = {"type": "WindsailingAchievement", "sailNumber": "Mars101", "sails": SAILS[1:], "boards": BOARDS}
    return valid_credential(
        **{"@context": ["https://www.w3.org/ns/credentials/v2", ACHIEVEMENT]},
        type=["VerifiableCredential", "ExampleAchievementCredential"],
        credentialSubject={"name": "Jane Doe", "achievements": [one, other]},
        **more,
    )


def derive(node: Endpoints, credential: Document, *pointers: str) -> Document:
    body = {"verifiableCredential": credential, "options": {"selectivePointers": list(pointers)}}
    answer = node.post("/credentials/derive", body)
    assert answer.status == 201, answer.body
    found: Document = answer.json["verifiableCredential"]
    return found


def decoded(credential: Document) -> bytes:
    value = credential["proof"]["proofValue"]
    assert value[0] == "u"
    return decode_base64url(value[1:])


def with_value(credential: Document, raw: bytes) -> Document:
    return changed(credential, "u" + encode_base64url(raw), "proof", "proofValue")


class TestIssuer:
    """35- and 40-sd-create.js, 95-functions-sd.js, suites/algorithms-sd.js."""

    @pytest.mark.parametrize("version", ["1.1", "2.0"])
    def test_base_proof_begins_with_its_header_and_what_is_derived_verifies(
        self, node: Endpoints, version: str
    ) -> None:
        credential = valid_credential() if version == "2.0" else earlier_credential()
        issued = node.issued(SUITE, credential, mandatoryPointers=["/issuer"])
        assert issued["proof"]["cryptosuite"] == SUITE
        assert (DATA_INTEGRITY_V2 in issued["@context"]) == (version == "1.1")
        assert decoded(issued)[:3] == BASE
        shown = derive(node, issued, "/credentialSubject/id")
        assert decoded(shown)[:3] == DISCLOSURE
        assert node.accepts(shown)
        assert not node.accepts(changed(shown, "urn:invalid", "credentialSubject", "id"))

    def test_base_proof_has_five_components_without_tags_and_an_hmac_key_of_32_bytes(self, node: Endpoints) -> None:
        issued = node.issued(SUITE, mandatoryPointers=["/issuer"])
        signature, key, hmac, signatures, pointers = cbor2.loads(decoded(issued)[3:])
        assert (len(signature), len(key), len(hmac)) == (64, 35, 32)
        assert all(isinstance(each, bytes) and len(each) == 64 for each in signatures)
        assert "/issuer" in pointers

    def test_pointer_to_nothing_is_refused(self, node: Endpoints) -> None:
        right, wrong = ({"mandatoryPointers": [f"/credentialSubject/{name}"]} for name in ("id", "invalidPointer"))
        assert node.issues(valid_credential(), agent="p256", suite=SUITE, options=right)
        assert not node.issues(valid_credential(), agent="p256", suite=SUITE, options=wrong)
        assert not node.issues(
            valid_credential(), agent="p256", suite=SUITE, options={"mandatoryPointers": ["/non/existent/path"]}
        )
        body = {"verifiableCredential": node.issued(SUITE), "options": {"selectivePointers": ["/non/existent/path"]}}
        assert node.post("/credentials/derive", body).status == 400

    def test_ids_and_types_on_the_way_to_a_pointer_are_shown(self, node: Endpoints) -> None:
        issued = node.issued(SUITE, with_arrays(), mandatoryPointers=["/issuer"])
        shown = derive(node, issued, "/credentialSubject/achievements/0/sails/1/size")
        assert (shown["id"], shown["type"], shown["issuer"]) == (issued["id"], issued["type"], issued["issuer"])
        [achievement] = shown["credentialSubject"]["achievements"]
        assert achievement == {"type": "WindsailingAchievement", "sails": [{"size": 6.1}]}

    def test_key_of_p_384_is_refused(self, node: Endpoints) -> None:
        assert not node.issues(valid_credential(), agent="p384", suite=SUITE)


class TestVerifier:
    """50-sd-verify.js, 45-sd-di-verify.js, 95-functions-sd.js."""

    def test_nested_properties_and_nodes_without_ids_verify(self, node: Endpoints) -> None:
        issued = node.issued(SUITE, mandatoryPointers=["/issuer"])
        assert node.accepts(derive(node, issued, "/credentialSubject/name"))
        bare = node.issue(with_arrays(), agent="p256", suite=SUITE, options={"mandatoryPointers": ["/issuer"]})
        assert "id" not in bare.json["verifiableCredential"]
        shown = derive(node, bare.json["verifiableCredential"], "/credentialSubject/achievements/1/boards/0/brand")
        assert node.accepts(shown)
        assert not node.accepts(changed(shown, "Someone", "issuer"))

    @pytest.mark.parametrize(
        "pointers",
        [
            [f"/credentialSubject/achievements/0/sails/{index}" for index in range(4)],
            ["/credentialSubject/achievements/0/sails/0/size", "/credentialSubject/achievements/1/boards/1"],
            ["/credentialSubject/achievements/0/sails/3", "/credentialSubject/achievements/1/sails/2/year"],
            ["/credentialSubject/achievements"],
        ],
        ids=["full-array", "fewer-elements", "without-the-first-element", "everything"],
    )
    def test_arrays_that_are_shown_in_part_verify(self, node: Endpoints, pointers: list[str]) -> None:
        issued = node.issued(SUITE, with_arrays(), mandatoryPointers=["/issuer", "/credentialSubject/name"])
        shown = derive(node, issued, *pointers)
        assert node.accepts(shown)
        [first, *_] = shown["credentialSubject"]["achievements"]
        first["sailNumber"] = "Mars1"
        assert not node.accepts(shown)

    def test_base_proof_does_not_verify(self, node: Endpoints) -> None:
        assert not node.accepts(node.issued(SUITE))

    def test_proof_value_of_another_form_is_an_error(self, node: Endpoints) -> None:
        shown = derive(node, node.issued(SUITE, mandatoryPointers=["/issuer"]), "/credentialSubject/id")
        raw = decoded(shown)
        assert node.accepts(with_value(shown, raw))
        value = shown["proof"]["proofValue"]
        for text in ("a", value[1:], "z" + value[1:], value[:1] + value[4:], value + "="):
            assert not node.accepts(changed(shown, text, "proof", "proofValue"))
        assert not node.accepts(with_value(shown, BASE + raw[3:]))
        assert not node.accepts(with_value(shown, b"\xd9\x5d\x02" + raw[3:]))
        assert not node.accepts(changed(shown, "invalid-cryptosuite", "proof", "cryptosuite"))

    def test_components_that_are_not_the_five_are_an_error(self, node: Endpoints) -> None:
        shown = derive(
            node, node.issued(SUITE, with_arrays(), mandatoryPointers=["/issuer"]), "/credentialSubject/name"
        )
        components: list[Any] = cbor2.loads(decoded(shown)[3:])
        signature, key, signatures, labels, indexes = components
        assert node.accepts(with_value(shown, DISCLOSURE + cbor2.dumps(components)))
        for wrong in (
            components[:4],
            [*components, b""],
            [signature[1:], key, signatures, labels, indexes],
            [signature, key[1:], signatures, labels, indexes],
            [signature, key, [each[1:] for each in signatures], labels, indexes],
            [signature, key, signatures, {**labels, "push": "not a bytearray"}, indexes],
            [signature, key, signatures, {name: value[1:] for name, value in labels.items()}, indexes],
            [signature, key, signatures, labels, ["0", *indexes[1:]]],
            [cbor2.CBORTag(64, signature), key, signatures, labels, indexes],
            dict(enumerate(components)),
        ):
            assert not node.accepts(with_value(shown, DISCLOSURE + cbor2.dumps(wrong)))

    def test_member_that_is_taken_from_what_is_shown_is_missed(self, node: Endpoints) -> None:
        issued = node.issued(SUITE, mandatoryPointers=["/issuer", "/credentialSubject/name"])
        shown = derive(node, issued, "/credentialSubject/id")
        assert node.accepts(shown)
        assert not node.accepts(without(shown, "credentialSubject", "name"))
