"""Names by which the same statements could be read otherwise."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from legation.errors import LegationError, UnknownTermError
from legation.standards.data_integrity import naming
from legation.standards.data_integrity.naming import check_names
from legation.standards.jsonld.canonical import canonicalize
from tests.support.contexts import suite_contexts
from tests.support.data_integrity import CONTEXTS, caller, credential_of, secure, verify
from tests.support.json_ld_oracle import canonicalize_elsewhere

CRED, SEC, DATE = (
    "https://www.w3.org/2018/credentials#",
    "https://w3id.org/security#",
    "http://www.w3.org/2001/XMLSchema#dateTime",
)
DOCUMENT = {**credential_of(caller()), "validUntil": "2026-12-01T00:00:00Z"}


def refused(document: dict[str, Any], contexts: Any = CONTEXTS) -> None:
    check_names(DOCUMENT, contexts)
    with pytest.raises(UnknownTermError):
        check_names(document, contexts)


def renamed(name: str, value: Any, *context: Any) -> dict[str, Any]:
    """Return the document with another member in place of validUntil, under more contexts."""
    made = {key: member for key, member in DOCUMENT.items() if key != "validUntil"}
    return {**made, name: value, "@context": [*DOCUMENT["@context"], *context]}


TYPED = {"@type": DATE, "@value": DOCUMENT["validUntil"]}
RENAMED = [
    renamed(CRED + "validUntil", TYPED),
    renamed("end", DOCUMENT["validUntil"], {"end": {"@id": CRED + "validUntil", "@type": DATE}}),
    renamed("end", TYPED, {"end": CRED + "validUntil"}),
    renamed("c:validUntil", TYPED, {"c": CRED}),
    renamed("c:2018/credentials#validUntil", TYPED, {"c": "https://www.w3.org/"}),
]


@pytest.mark.parametrize("document", RENAMED)
def test_renamed_member_says_the_same_and_is_refused(document: dict[str, Any]) -> None:
    assert canonicalize_elsewhere(document, CONTEXTS) == canonicalize(DOCUMENT, CONTEXTS)
    refused(document)
    made = secure(DOCUMENT, caller(), "eddsa-rdfc-2022")
    verify(made)
    with pytest.raises(UnknownTermError):
        verify({**document, "proof": made["proof"]})
    with pytest.raises(UnknownTermError):
        secure(document, caller(), "eddsa-rdfc-2022")


def test_member_of_a_proof_is_not_renamed_either() -> None:
    made = secure(DOCUMENT, caller(), "eddsa-rdfc-2022", expires="2026-11-23T09:00:00Z", challenge="c")
    verify(made)
    for name, iri in (("expires", "expiration"), ("challenge", "challenge")):
        for context, new in (
            ([], SEC + iri),
            ([{iri: {"@id": SEC + iri, "@type": DATE}}], iri),
            ([{"s": SEC}], "s:" + iri),
        ):
            if new == name:
                continue
            changed = deepcopy(made)
            changed["@context"] += context
            changed["proof"][new] = changed["proof"].pop(name)
            with pytest.raises(LegationError):
                verify(changed)


def test_prefix_of_a_pinned_context_is_no_way_round() -> None:
    """credentials/v1 defines ``cred`` and ``sec`` within its types."""
    old = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiableCredential"],
        "issuer": caller().did,
        "issuanceDate": "2026-01-01T00:00:00Z",
        "expirationDate": "2026-12-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:abc"},
    }
    other = {**{name: value for name, value in old.items() if name != "expirationDate"}, "cred:expirationDate": TYPED}
    check_names(old, CONTEXTS)
    assert canonicalize(old, CONTEXTS) == canonicalize_elsewhere(other, CONTEXTS)
    refused(other)
    refused({**other, "@context": [*old["@context"], {"end": {"@id": "cred:expirationDate"}}]})


@pytest.mark.parametrize(
    "change",
    [
        {"@id": DOCUMENT["id"]},
        {"@type": DOCUMENT["type"]},
        {"type": [CRED + "VerifiableCredential"]},
        {"credentialSubject": {"@id": "did:example:abc"}},
        {"credentialSubject": [{"a": [[{SEC + "x": 1}]]}]},
        {"credentialSubject": {"@context": {"x": CRED + "issuer"}}},
        {"credentialSubject": {"@context": [{"x": {"@id": "https://x.example/", "@context": {"y": SEC + "proof"}}}]}},
        {"@context": {"@vocab": CRED}},
        {"@context": {"@vocab": "https://www.w3.org/2018/"}},
        {"@context": {"@vocab": CRED + "valid"}},
        {"@context": {"p": {"@id": "https:", "@prefix": True}}},
        {"@context": {"Other": CRED + "VerifiableCredential"}},
        {"@context": {"validUntil": CRED + "validUntil"}},
        {"@context": [*DOCUMENT["@context"], {"validUntil": "https://x.example/nothing"}]},
        {"credentialSubject": {"@context": {"credentialStatus": {"@id": "https://x.example/", "@type": "@id"}}}},
        {"@context": {CRED + "issuer": {"@type": "@id"}}},
    ],
)
def test_other_ways_to_another_name_are_refused(change: dict[str, Any]) -> None:
    refused({**DOCUMENT, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"name": {"@value": "n", "@language": "en"}},
        {"credentialSubject": {"https://x.example/age": 5, "schema:age": 6, "urn:x:y": 7}},
        {"credentialSubject": {"when": {"@type": DATE, "@value": "2026-01-01T00:00:00Z"}}},
        {"type": ["VerifiableCredential", "https://x.example/Type"]},
        {"@context": {"@vocab": "https://x.example/", "@language": "ht", "@protected": True, "@version": 1.1}},
        {"@context": {"Ed25519Signature2020": SEC + "Ed25519Signature2020"}},
        # within a type of its own, as the W3C's suites have it
        {"@context": {"Licence": {"@id": "urn:x:l", "@context": {"expirationDate": "urn:x:e", "id": "@id"}}}},
        {"@context": {"x": "https://x.example/", "y": {"@id": "x:y", "@type": "@id"}, "z": None}},
    ],
)
def test_names_that_mislead_nobody_are_left_alone(change: dict[str, Any]) -> None:
    check_names({**DOCUMENT, **change}, CONTEXTS)


def test_official_contexts_and_documents_are_left_alone() -> None:
    check_names(DOCUMENT, suite_contexts())


def test_prefixes_are_looked_up_once_for_a_set_of_contexts_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "_PINNED", {})
    monkeypatch.setattr(naming, "_ENTRIES", 2)
    for number in range(5):
        contexts = CONTEXTS.extended({f"https://x.example/{number}": b'{"@context": {"ours": "https://w3id.org/"}}'})
        check_names(DOCUMENT, contexts)
        refused({**DOCUMENT, "ours:security#x": 1}, contexts)
        assert len(naming._PINNED) <= 2
    check_names({**DOCUMENT, "ours:security#x": 1}, CONTEXTS)
