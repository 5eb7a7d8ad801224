"""vc-di-ecdsa: ecdsa-sd-2023 with every value in between, for the permanent resident card.

Listed, not skipped: ``prCredUnsigned.json`` is of another revision than all that follows from it (its ``description``
reads otherwise), so that the document is taken from ``addSignedSDBase.json``; a test below shows the difference.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from legation.crypto.keys import PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.errors import ProofError
from legation.standards.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023, is_wholly_mandatory
from legation.standards.data_integrity.ecdsa_sd_2023_values import read_base_value, read_derived_value, write_key
from legation.standards.data_integrity.suites import SuiteOptions
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.key_pairs import load_key_pair
from legation.standards.multiformats import decode_base58, decode_multikey
from legation.standards.selective_disclosure.grouping import Statements
from legation.standards.selective_disclosure.labels import hmac_labels, write_label
from legation.standards.selective_disclosure.pointers import parse_pointers, select
from tests.support.contexts import suite_contexts
from tests.support.vectors import load_vectors, vector_path


def load(name: str) -> Any:
    return load_vectors("vc-di-ecdsa", "ecdsa-sd-2023", "prc", name)


def without(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in document.items() if member != name}


def material() -> Any:
    return load_vectors("vc-di-ecdsa", "ecdsa-sd-2023", "SDKeyMaterial.json")


def hmac_key() -> bytes:
    return bytes.fromhex(material()["hmacKeyString"])


def issuer() -> PrivateKey:
    return load_key_pair(material()["baseKeyPair"])


def scalar() -> bytes:
    return decode_base58(material()["proofKeyPair"]["secretKeyMultibase"][1:])[2:]


def entropy() -> Callable[[int], bytes]:
    given = iter((hmac_key(), scalar()))

    def draw(size: int) -> bytes:
        value = next(given)
        assert len(value) == size
        return value

    return draw


def document() -> dict[str, Any]:
    return without("proof", load("addSignedSDBase.json"))


def statements() -> Statements:
    return Statements(document(), suite_contexts(), hmac_labels(hmac_key()))


def mandatory() -> list[str]:
    found: list[str] = load_vectors("vc-di-ecdsa", "prCredMandatory.json")
    return found


def selective() -> list[str]:
    found: list[str] = load_vectors("vc-di-ecdsa", "prCredSelective.json")
    return found


def indexes(pointers: list[str]) -> list[int]:
    return list(statements().group(parse_pointers(pointers)).indexes)


def pairs(name: str, *path: str) -> list[tuple[int, str]]:
    value = load(name)
    for step in path:
        value = value[step]
    return [(index, line) for index, line in value["value"]]


def test_unsigned_document_of_the_vectors_is_of_another_revision() -> None:
    unsigned = load_vectors("vc-di-ecdsa", "prCredUnsigned.json")
    assert without("description", unsigned) == without("description", document())
    assert unsigned["description"] != document()["description"]


def test_document_has_the_official_canonical_form() -> None:
    assert canonicalize(document(), suite_contexts()).decode() == "".join(load("addBaseDocCanon.json"))


def test_document_has_the_official_form_under_hmac_labels() -> None:
    assert list(statements().lines) == load("addBaseDocHMACCanon.json")
    assert list(statements().lines) == load("derivedAllGroupData.json")["nquads"]


def test_mandatory_pointers_select_the_official_values() -> None:
    for found in load("addPointerValues.json"):
        name = found["pointer"][1:]
        assert select(document(), parse_pointers([found["pointer"]]))[name] == found["value"]


def test_statements_are_grouped_as_in_the_official_transformation() -> None:
    transformed = load("addBaseTransform.json")
    assert transformed["mandatoryPointers"] == mandatory()
    chosen = indexes(mandatory())
    lines = list(enumerate(statements().lines))
    assert [pair for pair in lines if pair[0] in chosen] == pairs("addBaseTransform.json", "mandatory")
    assert [pair for pair in lines if pair[0] not in chosen] == pairs("addBaseTransform.json", "nonMandatory")


def test_configuration_and_mandatory_statements_have_the_official_hashes() -> None:
    canonical = canonicalize(load("addProofConfig.json"), suite_contexts())
    assert (
        canonical.decode() == vector_path("vc-di-ecdsa", "ecdsa-sd-2023", "prc", "addProofConfigCanon.txt").read_text()
    )
    hashes = load("addHashData.json")
    assert sha256(canonical).hexdigest() == hashes["proofHash"]
    chosen = "".join(statements().lines[index] for index in indexes(mandatory()))
    assert sha256(chosen.encode()).hexdigest() == hashes["mandatoryHash"]


def test_base_proof_is_the_official_one() -> None:
    signed = load("addSignedSDBase.json")
    config = without("@context", load("addProofConfig.json"))
    options = SuiteOptions(tuple(mandatory()), entropy())
    value = ECDSA_SD_2023.sign(document(), config, issuer(), suite_contexts(), options=options)
    assert value == signed["proof"]["proofValue"]
    assert without("proofValue", signed["proof"]) == config


@pytest.mark.parametrize("name", ["addRawBaseSignatureInfo.json", "derivedRecoveredBaseData.json"])
def test_base_proof_is_read_as_the_official_parts(name: str) -> None:
    parts, value = load(name), read_base_value(load("addSignedSDBase.json")["proof"]["proofValue"])
    assert value.signature.hex() == parts["baseSignature"]
    assert value.public_key == write_key(decode_multikey(parts.get("publicKey") or parts["proofPublicKey"]))
    assert [signature.hex() for signature in value.signatures] == parts["signatures"]
    assert list(value.mandatory_pointers) == parts["mandatoryPointers"]
    if "hmacKey" in parts:
        assert value.hmac_key.hex() == parts["hmacKey"]
    assert value.write() == load("addSignedSDBase.json")["proof"]["proofValue"]


def test_groups_have_the_official_indexes() -> None:
    groups, total = load("derivedGroupIndexes.json"), range(len(statements().lines))
    assert indexes(mandatory()) == groups["mandatoryIndexes"]
    assert indexes(selective()) == groups["selectiveIndexes"]
    assert indexes([*mandatory(), *selective()]) == groups["combinedIndexes"]
    assert [index for index in total if index not in indexes(mandatory())] == groups["nonMandatoryIndexes"]


@pytest.mark.parametrize("name", ["mandatory", "selective", "combined"])
def test_groups_hold_the_official_statements(name: str) -> None:
    chosen = indexes({"mandatory": mandatory(), "selective": selective()}.get(name, [*mandatory(), *selective()]))
    lines = list(enumerate(statements().lines))
    assert [pair for pair in lines if pair[0] in chosen] == pairs(
        "derivedAllGroupData.json", "groups", name, "matching"
    )
    others = [pair for pair in lines if pair[0] not in chosen]
    assert others == pairs("derivedAllGroupData.json", "groups", name, "nonMatching")


def test_labels_are_the_official_ones_whatever_the_nodes_were_called_in_between() -> None:
    official = {label for _, label in load("derivedAllGroupData.json")["labelMap"]["value"]}
    made = hmac_labels(hmac_key())(["c14n0", "c14n1", "c14n2"])
    assert set(made.values()) == official
    assert made["c14n0"] == write_label(hmac.digest(hmac_key(), b"c14n0", "sha256"))


def derived() -> dict[str, Any]:
    signed = load("addSignedSDBase.json")
    return ECDSA_SD_2023.derive(document(), signed["proof"], tuple(selective()), suite_contexts())


def test_disclosed_document_is_the_official_one_with_and_without_its_proof() -> None:
    assert without("proof", derived()) == load("derivedUnsignedReveal.json")
    assert derived() == load("derivedRevealDocument.json")


@pytest.mark.parametrize("name", ["derivedDisclosureData.json", "verifyDerivedProofValue.json"])
def test_derived_proof_is_read_as_the_official_parts(name: str) -> None:
    parts, value = load(name), read_derived_value(load("derivedRevealDocument.json")["proof"]["proofValue"])
    labels = parts["labelMap"]["value"] if isinstance(parts["labelMap"], dict) else parts["labelMap"]
    assert value.signature.hex() == parts["baseSignature"]
    assert value.public_key == write_key(decode_multikey(parts["publicKey"]))
    assert [signature.hex() for signature in value.signatures] == parts["signatures"]
    assert [[f"c14n{number}", write_label(digest)] for number, digest in value.labels.items()] == labels
    assert list(value.mandatory_indexes) == parts["mandatoryIndexes"]
    assert value.write() == load("derivedRevealDocument.json")["proof"]["proofValue"]


def test_indexes_and_signatures_are_adjusted_as_officially() -> None:
    base = read_base_value(load("addSignedSDBase.json")["proof"]["proofValue"])
    value = read_derived_value(derived()["proof"]["proofValue"])
    adjusted = load("derivedAdjSignatures.json")
    assert list(value.mandatory_indexes) == load("derivedAdjMandatoryIndexes.json")["adjMandatoryIndexes"]
    assert [signature.hex() for signature in value.signatures] == adjusted["filteredSignatures"]
    assert [base.signatures.index(signature) for signature in value.signatures] == adjusted["adjSignatureIndexes"]


def test_what_is_verified_is_the_official_data() -> None:
    data, value = load("verifyCreateVerifyData.json"), read_derived_value(derived()["proof"]["proofValue"])
    lines = [statements().lines[index] for index in indexes([*mandatory(), *selective()])]
    assert lines == load("verifyNQuads.json")
    assert [line for index, line in enumerate(lines) if index not in value.mandatory_indexes] == data["nonMandatory"]
    chosen = "".join(lines[index] for index in value.mandatory_indexes)
    assert sha256(chosen.encode()).hexdigest() == data["mandatoryHash"]
    signed = bytes.fromhex(data["proofHash"]) + value.public_key + bytes.fromhex(data["mandatoryHash"])
    issuer().public_key.verify(signed, bytes.fromhex(data["baseSignature"]))


def test_official_derived_document_verifies_and_a_changed_one_does_not() -> None:
    shown = load("derivedRevealDocument.json")
    verify(shown, issuer().public_key)
    assert not is_wholly_mandatory(shown["proof"])
    shown["validUntil"] = "2035-12-16T23:59:59Z"
    with pytest.raises(ProofError):
        verify(shown, issuer().public_key)


def test_official_base_proof_is_refused_by_a_verifier() -> None:
    assert ECDSA_SD_2023.is_base(load("addSignedSDBase.json")["proof"])
    with pytest.raises(ProofError):
        verify(load("addSignedSDBase.json"), issuer().public_key)


def verify(shown: dict[str, Any], key: PublicKey) -> None:
    ECDSA_SD_2023.verify(without("proof", shown), shown["proof"], key, suite_contexts())
