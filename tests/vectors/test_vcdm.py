"""Inputs of the W3C test suite for VC Data Model 2.0: ``-ok`` is accepted, ``-fail`` refused beside its accepted twin.

The suite puts the issuer in where it says none, and moments for its words PAST DATE and FUTURE DATE. The inputs
``presentation-self-asserted-…`` are right in form: who secured them decides, as the last test has it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.vc.credentials import check_credential
from legation.standards.vc.presentations import check_presentation, check_self_asserted
from tests.support.contexts import suite_contexts
from tests.support.vectors import ROOT, load_vectors, vector_path

FOLDER = "vcdm-2.0-inputs"
ISSUER = "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"
MOMENTS = {"PAST DATE": "2025-01-01T00:00:00Z", "FUTURE DATE": "2035-01-01T00:00:00Z"}
GOOD_SUBJECT = {"credentialSubject": {"id": "did:example:subject"}}
GOOD_HOLDER = {"holder": ISSUER}
V2 = {"@context": ["https://www.w3.org/ns/credentials/v2"]}
ENTRY = "https://example.org/#Entry"
# what must be changed in a refused input for it to be accepted, and nothing else
TWINS: dict[str, dict[str, Any]] = {
    "credential-context-combo4-fail": V2,
    "credential-id-nonidentifier-fail": {"id": "urn:uuid:1"},
    "credential-id-not-url-fail": {"id": "https://example.org/1"},
    "credential-issuer-no-url-fail": {"issuer": ISSUER},
    "credential-issuer-object-id-no-url-fail": {"issuer": {"id": ISSUER}},
    "credential-no-context-fail-or-inject": V2,
    "credential-no-issuer-fail": GOOD_SUBJECT,
    "credential-no-subject-fail": GOOD_SUBJECT,
    "credential-no-type-fail": {"type": ["VerifiableCredential"]},
    "credential-proof-missing-type-fail": {"proof": {"type": "Ed25519Signature2020"}},
    "credential-redef-type-fail": V2,
    "credential-redef-type2-fail": V2 | {"type": "VerifiableCredential"},
    "credential-schema-non-url-id-fail": {"credentialSchema": {"type": ENTRY, "id": "urn:x:1"}},
    "credential-status-missing-type-fail": {"credentialStatus": {"id": "did:example:status", "type": ENTRY}},
    "credential-status-nonurl-id-fail": {"credentialStatus": {"type": "CredentialStatusList2017"}},
    "credential-status-type-nonurl-fail": {"credentialStatus": {"type": "CredentialStatusList2017"}},
    "credential-subject-multiple-empty-fail": GOOD_SUBJECT,
    "credential-subject-no-claims-fail": GOOD_SUBJECT,
    "credential-termsofuse-missing-type-fail": {"termsOfUse": {"type": ENTRY}},
    "credential-termsofuse-no-type-fail": {"termsOfUse": {"type": ENTRY, "id": "did:example:terms/1"}},
    "credential-type-mapped-nonurl-fail": {"type": ["VerifiableCredential"]},
    "credential-validUntil-validFrom-fail": {"validUntil": MOMENTS["FUTURE DATE"]},
    "credential-validfrom-invalid-fail": {"validFrom": "2023-02-25T19:10:39-06:00"},
    "credential-description-extra-prop-en-fail": {"description": {"@value": "x", "@language": "en"}},
    "credential-name-extra-prop-en-fail": {"name": {"@value": "x", "@language": "en"}},
    "issuer-description-extra-prop-en-fail": {"issuer": {"id": ISSUER, "description": {"@value": "x"}}},
    "issuer-name-extra-prop-en-fail": {"issuer": {"id": ISSUER, "name": {"@value": "x"}}},
    "presentation-holder-fail": GOOD_HOLDER,
    "presentation-holder-name-fail": GOOD_HOLDER,
    "presentation-holder-object-fail": GOOD_HOLDER,
    "presentation-missing-base-context-fail": V2,
    "presentation-missing-required-type-fail": {"type": ["VerifiablePresentation", "CredentialManagerPresentation"]},
    "presentation-no-context-fail-or-inject": V2,
    "presentation-no-type-fail": {"type": "VerifiablePresentation"},
}
SELF_ASSERTED = "presentation-self-asserted-vc-"


def names() -> list[str]:
    # also where they are absent: each test skips by itself then
    folder = Path(os.environ.get("LEGATION_VECTORS") or ROOT.parent / "shared" / "vectors")
    return sorted(path.stem for path in (folder / FOLDER).rglob("*.json"))


def read(name: str) -> dict[str, Any]:
    path = next(vector_path(FOLDER).rglob(f"{name}.json"))
    text = path.read_text(encoding="utf-8")
    for words, moment in MOMENTS.items():
        text = text.replace(words, moment)
    document: dict[str, Any] = json.loads(text)
    return document


def injected(document: dict[str, Any]) -> dict[str, Any]:
    """Put the issuer in, as the suite does: ``createRequestBody``."""
    issuer = document.get("issuer")
    if isinstance(issuer, dict):
        return {**document, "issuer": {**issuer, "id": issuer.get("id") or ISSUER}}
    return {**document, "issuer": issuer or ISSUER}


def check(name: str, document: dict[str, Any]) -> object:
    if name.startswith("presentation"):
        return check_presentation(document, contexts=suite_contexts())
    return check_credential(injected(document), contexts=suite_contexts())


@pytest.mark.parametrize("name", [name for name in names() if "-fail" not in name])
def test_right_input_is_accepted(name: str) -> None:
    assert check(name, read(name))
    if name.startswith("presentation"):
        for entry in read(name).get("verifiableCredential", []):
            assert check_credential(entry, contexts=suite_contexts())


@pytest.mark.parametrize("name", [name for name in names() if "-fail" in name])
def test_wrong_input_is_refused_and_its_twin_accepted(name: str) -> None:
    document = read(name)
    with pytest.raises(LegationError):
        check(name, document)
    assert check(name, {**document, **TWINS[name]})


def test_input_without_an_issuer_is_refused_until_one_is_put_in() -> None:
    document = read("credential-ok")
    with pytest.raises(LegationError):
        check_credential(document, contexts=suite_contexts())
    assert check_credential(injected(document), contexts=suite_contexts())


def test_every_refused_input_has_a_twin() -> None:
    vector_path(FOLDER)
    assert {name for name in names() if "-fail" in name} == set(TWINS)


@pytest.mark.parametrize(
    ("name", "refused"),
    [("ok", False), ("no-holder", True), ("holder-mismatch", True), ("issuer-mismatch", True)],
)
def test_self_asserted_credential_has_the_holder_as_its_issuer(name: str, refused: bool) -> None:
    form = check_presentation(read(SELF_ASSERTED + name), contexts=suite_contexts())
    if refused:
        with pytest.raises(LegationError) as mismatch:
            check_self_asserted(form, ISSUER)
        assert mismatch.value.code == "holder_mismatch"
    else:
        check_self_asserted(form, ISSUER)


@pytest.mark.parametrize("name", ["credential-full", "credential-minimal", "credential-selective"])
def test_credentials_of_the_jose_suite_are_of_the_right_form(name: str) -> None:
    document = load_vectors("vc-jose-cose", "input", f"{name}.json")
    form = check_credential(document, contexts=suite_contexts(), unknown_schemas=True)
    assert form.version == "2.0"
    # its JSON Schema is published nowhere
    if form.schemas:
        with pytest.raises(LegationError) as refused:
            check_credential(document, contexts=suite_contexts())
        assert refused.value.code == "schema_unknown"
        assert check_credential(document, contexts=suite_contexts(), resources=DEGREE)


DEGREE = {
    "https://example.org/examples/degree.json": (
        b'{"$schema": "https://json-schema.org/draft/2020-12/schema", "required": ["credentialSubject"]}'
    )
}
