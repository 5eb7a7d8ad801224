"""Domain linkage: credentials made, and found wanting in each of the ways in which one can be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError, UnknownTermError
from legation.standards.did.document import DIDDocument, parse_did_document
from legation.standards.did.key import resolve_did_key
from legation.standards.domain_linkage import (
    CONTEXT,
    CONTEXT_DOCUMENT,
    Linkage,
    build_configuration,
    build_linkage,
    build_linkage_credential,
    build_linkage_token,
    check_linkage,
    find_linked_dids,
    normalize_origin,
    read_configuration,
    read_linkage,
)
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.standards.multiformats import decode_base64url, encode_base64url
from legation.standards.timestamps import nanoseconds
from tests.support.contexts import suite_contexts
from tests.support.keys import Ed25519Key, signer_of

ORIGIN = "https://acme.example"
SIGNER = signer_of("acme")
DOCUMENT = resolve_did_key(SIGNER.did)
START = datetime(2026, 11, 1, tzinfo=UTC)
END = START + timedelta(days=365)
NOW = nanoseconds(START + timedelta(days=10))
LINKED = Linkage(SIGNER.did, ORIGIN, nanoseconds(END))


def token_of(signer: Signer = SIGNER, *, origin: str = ORIGIN) -> str:
    return build_linkage_token(signer, origin=origin, at=START, until=END)


def sealed(header: dict[str, Any], claims: dict[str, Any], signer: Signer = SIGNER) -> str:
    """Sign any header over any claims."""
    text = f"{encode_base64url(orjson.dumps(header))}.{encode_base64url(orjson.dumps(claims))}"
    return f"{text}.{encode_base64url(signer.key.sign(text.encode()))}"


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = token.split(".")
    return json.loads(decode_base64url(head)), json.loads(decode_base64url(body))


def check(
    entry: object,
    *,
    origin: str = ORIGIN,
    document: DIDDocument = DOCUMENT,
    at: int = NOW,
    contexts: Contexts | None = None,
) -> Linkage:
    contexts = contexts or bundled_contexts()
    return check_linkage(read_linkage(entry), origin=origin, document=document, at=at, contexts=contexts)


def code_of(entry: object, **more: Any) -> str:
    with pytest.raises(LegationError) as refusal:
        check(entry, **more)
    return refusal.value.code


# ------------------------------------------------------------------ made and checked


@pytest.mark.parametrize("p256", [False, True])
def test_token_is_as_the_specification_asks_and_links(p256: bool) -> None:
    signer = signer_of("acme", p256=p256)
    token = token_of(signer)
    header, claims = parts_of(token)
    assert header == {"alg": "ES256" if p256 else "EdDSA", "kid": signer.method}
    assert claims == {
        "exp": int(END.timestamp()),
        "iss": signer.did,
        "nbf": int(START.timestamp()),
        "sub": signer.did,
        "vc": build_linkage(signer.did, origin=ORIGIN, at=START, until=END),
    }
    assert check(token, document=resolve_did_key(signer.did)).did == signer.did


@pytest.mark.parametrize("cryptosuite", ["eddsa-jcs-2022", "eddsa-rdfc-2022"])
def test_credential_with_a_proof_links_and_with_any_word_changed_does_not(cryptosuite: str) -> None:
    # canonicalising needs the context of the proof's own terms, which a node has from contexts_dir
    contexts = suite_contexts() if "rdfc" in cryptosuite else bundled_contexts()
    made = build_linkage_credential(
        SIGNER, origin=ORIGIN, at=START, until=END, cryptosuite=cryptosuite, contexts=contexts
    )
    assert check(made, contexts=contexts) == LINKED
    for change in ({"issuanceDate": "2026-11-02T00:00:00Z"}, {"expirationDate": "2036-11-02T00:00:00Z"}):
        assert code_of({**made, **change}, contexts=contexts) == "proof_invalid"
    other = {"id": SIGNER.did, "origin": "https://evil.example"}
    moved = {**made, "credentialSubject": other}
    assert code_of(moved, origin="https://evil.example", contexts=contexts) == "proof_invalid"
    purpose = {**made, "proof": {**made["proof"], "proofPurpose": "authentication"}}  # type: ignore[dict-item]  # an object in its type, a proof in fact
    assert code_of(purpose, contexts=contexts) == "proof_invalid"
    with pytest.raises(UnknownTermError):
        check_linkage(read_linkage(made), origin=ORIGIN, document=DOCUMENT, at=NOW)


def test_context_document_has_the_published_terms() -> None:
    (terms,) = json.loads(CONTEXT_DOCUMENT)["@context"]
    assert terms == {
        "@version": 1.1,
        "@protected": True,
        "LinkedDomains": f"{CONTEXT}#DomainLinkageCredential",
        "DomainLinkageCredential": f"{CONTEXT}#DomainLinkageCredential",
        "origin": f"{CONTEXT}#origin",
        "linked_dids": f"{CONTEXT}#linked_dids",
    }


def test_configuration_lists_its_entries_in_their_order() -> None:
    other = token_of(signer_of("other"))
    configuration = build_configuration([token_of(), other, "rubbish"])
    assert configuration == {"@context": CONTEXT, "linked_dids": [token_of(), other, "rubbish"]}
    assert read_configuration(configuration) == [token_of(), other, "rubbish"]
    assert list(find_linked_dids(build_configuration([token_of(), "x", other, token_of()]))) == [
        SIGNER.did,
        signer_of("other").did,
    ]


# the token of the specification's own example, whose key is a did:key
EXAMPLE = (
    "eyJhbGciOiJFZERTQSIsImtpZCI6ImRpZDprZXk6ejZNa29USHNnTk5yYnk4SnpDTlExaVJMeVc1UVE2UjhYdXU2QUE4aWdHck1WUFVNI3o2TWtv"
    "VEhzZ05OcmJ5OEp6Q05RMWlSTHlXNVFRNlI4WHV1NkFBOGlnR3JNVlBVTSJ9.eyJleHAiOjE3NjQ4NzkxMzksImlzcyI6ImRpZDprZXk6ejZNa29U"
    "SHNnTk5yYnk4SnpDTlExaVJMeVc1UVE2UjhYdXU2QUE4aWdHck1WUFVNIiwibmJmIjoxNjA3MTEyNzM5LCJzdWIiOiJkaWQ6a2V5Ono2TWtvVEhzZ0"
    "5OcmJ5OEp6Q05RMWlSTHlXNVFRNlI4WHV1NkFBOGlnR3JNVlBVTSIsInZjIjp7IkBjb250ZXh0IjpbImh0dHBzOi8vd3d3LnczLm9yZy8yMDE4L2Ny"
    "ZWRlbnRpYWxzL3YxIiwiaHR0cHM6Ly9pZGVudGl0eS5mb3VuZGF0aW9uLy53ZWxsLWtub3duL2RpZC1jb25maWd1cmF0aW9uL3YxIl0sImNyZWRlbn"
    "RpYWxTdWJqZWN0Ijp7ImlkIjoiZGlkOmtleTp6Nk1rb1RIc2dOTnJieThKekNOUTFpUkx5VzVRUTZSOFh1dTZBQThpZ0dyTVZQVU0iLCJvcmlnaW4i"
    "OiJpZGVudGl0eS5mb3VuZGF0aW9uIn0sImV4cGlyYXRpb25EYXRlIjoiMjAyNS0xMi0wNFQxNDoxMjoxOS0wNjowMCIsImlzc3VhbmNlRGF0ZSI6Ij"
    "IwMjAtMTItMDRUMTQ6MTI6MTktMDY6MDAiLCJpc3N1ZXIiOiJkaWQ6a2V5Ono2TWtvVEhzZ05OcmJ5OEp6Q05RMWlSTHlXNVFRNlI4WHV1NkFBOGln"
    "R3JNVlBVTSIsInR5cGUiOlsiVmVyaWZpYWJsZUNyZWRlbnRpYWwiLCJEb21haW5MaW5rYWdlQ3JlZGVudGlhbCJdfX0.aUFNReA4R5rcX_oYm3sPXq"
    "Wtso_gjPHnWZsB6pWcGv6m3K8-4JIAvFov3ZTM8HxPOrOL17Qf4vBFdY9oK0HeCQ"
)


def test_example_of_the_specification_links_while_it_lasts() -> None:
    entry = read_linkage(EXAMPLE)
    document = resolve_did_key(entry.did)
    here = "https://identity.foundation"
    found = check(EXAMPLE, origin=here, document=document, at=nanoseconds(datetime(2024, 1, 1, tzinfo=UTC)))
    assert (found.did, found.origin) == (entry.did, here)
    assert code_of(EXAMPLE, origin=here, document=document) == "expired"


# ------------------------------------------------------------------ refused


def test_link_with_another_origin_is_refused() -> None:
    for origin in (
        "https://evil.example",
        "http://acme.example",
        "https://acme.example:8443",
        "https://a.acme.example",
    ):
        assert code_of(token_of(), origin=origin) == "origin_mismatch"
    for origin in (ORIGIN, "https://ACME.example", "https://acme.example:443/"):
        assert check(token_of(), origin=origin) == LINKED


def test_link_of_another_did_is_refused() -> None:
    thief = signer_of("thief")
    assert code_of(token_of(), document=resolve_did_key(thief.did)) == "subject_mismatch"
    header, claims = parts_of(token_of())
    for change in ({"iss": thief.did}, {"sub": thief.did}, {"vc": {**claims["vc"], "issuer": thief.did}}):
        assert code_of(sealed(header, {**claims, **change})) == "subject_mismatch"
    subject = {**claims["vc"]["credentialSubject"], "id": thief.did}
    assert (
        code_of(sealed(header, {**claims, "vc": {**claims["vc"], "credentialSubject": subject}})) == "subject_mismatch"
    )


def test_link_is_refused_before_and_after_its_time() -> None:
    start, end = nanoseconds(START), nanoseconds(END)
    assert code_of(token_of(), at=start - 1) == "not_yet_valid"
    assert check(token_of(), at=start) == check(token_of(), at=end - 1) == LINKED
    assert code_of(token_of(), at=end) == "expired"


def test_signature_of_another_key_or_none_is_refused() -> None:
    header, claims = parts_of(token_of())
    assert code_of(sealed(header, claims, signer_of("thief"))) == "proof_invalid"
    assert code_of(token_of()[:-4] + "AAAA") == "proof_invalid"
    assert code_of(token_of().rpartition(".")[0] + ".") == "proof_invalid"
    for kid in (signer_of("thief").method, f"{SIGNER.did}#other", f"{SIGNER.did}#{SIGNER.did}"):
        assert code_of(sealed({**header, "kid": kid}, claims)) == "method_not_authorized"
    for algorithm in ("none", "ES256", "HS256", "eddsa"):
        assert code_of(sealed({**header, "alg": algorithm}, claims)) == "proof_invalid"


@pytest.mark.parametrize(
    "change",
    [{"revoked": "2026-11-05T00:00:00Z"}, {"expires": "2026-10-01T00:00:00Z"}, {"relationship": "authentication"}],
)
def test_key_must_be_listed_for_assertions_and_current(change: dict[str, str]) -> None:
    did = "did:web:acme.example"
    method = {"id": f"{did}#k", "type": "Multikey", "controller": did, "publicKeyMultibase": SIGNER.did[8:]}
    signer = Signer(did, f"{did}#k", Ed25519Key("acme"))

    def document(relationship: str = "assertionMethod", **members: str) -> DIDDocument:
        raw = {"id": did, "verificationMethod": [{**method, **members}], relationship: [method["id"]]}
        return parse_did_document(raw, did=did)

    assert check(token_of(signer), document=document()).did == did
    assert code_of(token_of(signer), document=document(**change)) == "method_not_authorized"


@pytest.mark.parametrize(
    "change",
    [
        {"typ": "JWT"},
        {"cty": "vc"},
        {"jwk": {}},
        {"crit": ["exp"]},
        {"kid": None},
        {"alg": None},
    ],
)
def test_header_has_alg_and_kid_and_nothing_else(change: dict[str, Any]) -> None:
    header, claims = parts_of(token_of())
    changed = {name: value for name, value in {**header, **change}.items() if value is not None}
    with pytest.raises(UnknownTermError):
        read_linkage(sealed(changed, claims))
    assert check(sealed(header, claims)) == LINKED


@pytest.mark.parametrize(
    "change",
    [{"jti": "x"}, {"iat": 1}, {"aud": "x"}, {"vp": {}}, {"iss": None}, {"sub": None}, {"vc": None}],
)
def test_claims_are_those_of_the_specification(change: dict[str, Any]) -> None:
    header, claims = parts_of(token_of())
    changed = {name: value for name, value in {**claims, **change}.items() if value is not None}
    with pytest.raises(UnknownTermError):
        read_linkage(sealed(header, changed))


@pytest.mark.parametrize("change", [{"exp": 1}, {"nbf": 1}, {"exp": True}, {"exp": "1"}, {"nbf": None}])
def test_dates_of_the_token_are_those_of_its_credential(change: dict[str, Any]) -> None:
    header, claims = parts_of(token_of())
    with pytest.raises(MalformedError):
        read_linkage(sealed(header, {**claims, **change}))
    without = {name: value for name, value in claims.items() if name not in ("exp", "nbf")}
    assert check(sealed(header, without)) == LINKED


@pytest.mark.parametrize(
    "change",
    [
        {"id": "urn:x"},
        {"credentialStatus": {}},
        {"issuanceDate": None},
        {"expirationDate": None},
        {"validFrom": "2026-11-01T00:00:00Z"},
        {"@context": ["https://www.w3.org/2018/credentials/v1"]},
        {"@context": [CONTEXT]},
        {"@context": CONTEXT},
        {"type": ["VerifiableCredential"]},
        {"type": "DomainLinkageCredential"},
        {"issuanceDate": "2026"},
        {"issuer": {"name": "x"}},
        {"credentialSubject": [{}]},
        {"credentialSubject": {"id": SIGNER.did}},
        {"credentialSubject": {"id": "acme", "origin": ORIGIN}},
        {"credentialSubject": {"id": SIGNER.did, "origin": ORIGIN, "more": 1}},
        {"credentialSubject": {"id": SIGNER.did, "origin": f"{ORIGIN}/path"}},
        {"credentialSubject": {"id": SIGNER.did, "origin": 7}},
    ],
)
def test_credential_of_another_form_is_refused(change: dict[str, Any]) -> None:
    header, claims = parts_of(token_of())
    credential = {name: value for name, value in {**claims["vc"], **change}.items() if value is not None}
    with pytest.raises(LegationError):
        check(sealed(header, {**claims, "vc": credential}))
    with pytest.raises(LegationError):
        check({**credential, "proof": {}})


@pytest.mark.parametrize("entry", ["", "a.b", "a.b.c", "e30.e30.", "x" * 20_000, None, 7, [], {}, {"proof": {}}])
def test_what_is_no_credential_is_refused(entry: object) -> None:
    with pytest.raises(LegationError):
        read_linkage(entry)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"@context": CONTEXT},
        {"linked_dids": []},
        {"@context": CONTEXT, "linked_dids": {}},
        {"@context": CONTEXT, "linked_dids": ["x"] * 65},
        {"@context": CONTEXT, "linked_dids": [], "more": 1},
    ],
)
def test_what_is_no_configuration_is_refused(value: object) -> None:
    with pytest.raises(LegationError):
        read_configuration(value)
    assert read_configuration({"@context": CONTEXT, "linked_dids": []}) == []


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://acme.example", "https://acme.example"),
        ("acme.example", "https://acme.example"),
        ("HTTPS://Acme.Example:443/", "https://acme.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_origin_has_one_spelling(text: str, origin: str) -> None:
    assert normalize_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["", "https://", "ftp://a", "https://a/b", "https://a?b", "https://u@a", "https://a:0", "https://a:99999", "-", 7],
)
def test_what_is_no_origin_is_refused(text: object) -> None:
    with pytest.raises(MalformedError):
        normalize_origin(text)
