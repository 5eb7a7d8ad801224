"""DID documents as they come from elsewhere."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import ResolutionError
from legation.standards.did.document import MAX_METHODS, RELATIONSHIPS, DIDDocument, parse_did_document
from legation.standards.jwk import build_public_jwk
from legation.standards.multiformats import encode_base58, encode_multikey
from legation.standards.timestamps import parse_timestamp
from tests.support.ed25519_points import DISHONEST
from tests.support.keys import Ed25519Key, P256Key

DID = "did:web:acme.example"
ED25519 = Ed25519Key("document").public_key
P256 = P256Key("document").public_key


def method(fragment: str = "key-1", **members: Any) -> dict[str, Any]:
    """Return a Multikey method, changed by the given members."""
    multikey = {"type": "Multikey", "controller": DID, "publicKeyMultibase": encode_multikey(ED25519)}
    return {"id": f"{DID}#{fragment}", **multikey, **members}


def without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}


def document(*methods: Any, **members: Any) -> dict[str, Any]:
    """Return a document whose methods all serve assertionMethod by reference, changed by the given members."""
    references = [entry["id"] for entry in methods if isinstance(entry, dict) and "id" in entry]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": DID,
        "verificationMethod": list(methods),
        "assertionMethod": references,
        **members,
    }


def read(*methods: Any, **members: Any) -> DIDDocument:
    return parse_did_document(document(*methods, **members), did=DID)


JWK_METHOD = without(method(type="JsonWebKey", publicKeyJwk=build_public_jwk(P256)), "publicKeyMultibase")


@pytest.mark.parametrize(
    ("entry", "key"),
    [
        (method(), ED25519),
        (method(publicKeyMultibase=encode_multikey(P256)), P256),
        (method(type="Ed25519VerificationKey2020"), ED25519),
        (JWK_METHOD, P256),
        ({**JWK_METHOD, "type": "JsonWebKey2020"}, P256),
        ({**JWK_METHOD, "publicKeyJwk": {**build_public_jwk(ED25519), "kid": "k", "use": "sig"}}, ED25519),
    ],
)
def test_key_of_a_known_type_is_read(entry: dict[str, Any], key: object) -> None:
    found = read(entry).find_method(f"{DID}#key-1", "assertionMethod")
    assert found is not None
    assert found.key == key


UNUSABLE = [
    method(type="X25519KeyAgreementKey2020"),
    method(type="EcdsaSecp256k1VerificationKey2019"),
    method(type="Ed25519VerificationKey2018"),
    method(type="multikey"),
    method(type="Ed25519VerificationKey2020", publicKeyMultibase=encode_multikey(P256)),
    method(publicKeyMultibase=None),
    method(publicKeyMultibase=["z"]),
    method(publicKeyMultibase="z"),
    method(publicKeyMultibase="z6MkNOT0base58"),
    method(publicKeyMultibase="z" + "1" * 300),
    method(publicKeyMultibase="z" + encode_base58(b"\xec\x01" + bytes(range(32)))),
    method(publicKeyMultibase="z" + encode_base58(b"\x80\x24" + bytes(32))),
    without(method(), "publicKeyMultibase"),
    method(type="JsonWebKey"),
    method(publicKeyJwk=build_public_jwk(ED25519)),
    method(secretKeyMultibase="z3u2"),
    method(privateKeyJwk={}),
    {**JWK_METHOD, "publicKeyJwk": {**build_public_jwk(P256), "d": "AA"}},
    {**JWK_METHOD, "publicKeyJwk": {**build_public_jwk(P256), "use": "enc"}},
    {**JWK_METHOD, "publicKeyJwk": "z"},
    method(expires="tomorrow"),
    method(expires=None),
    method(revoked=1700000000),
    method(revoked=False),
    *(method(publicKeyMultibase="z" + encode_base58(b"\xed\x01" + raw)) for raw in DISHONEST.values()),
]


@pytest.mark.parametrize("entry", UNUSABLE)
def test_key_that_must_not_be_used_is_absent_and_the_others_stay_usable(entry: dict[str, Any]) -> None:
    found = read(entry, method("good"))
    unusable, good = (found.find_method(f"{DID}#{name}", "assertionMethod") for name in ("key-1", "good"))
    assert unusable is not None
    assert unusable.key is None
    assert good is not None
    assert good.key == ED25519


def test_expiry_and_revocation_are_exact() -> None:
    (found,) = read(
        method(expires="2026-12-01T00:00:00.000000001Z", revoked="2026-11-01T01:00:00+01:00")
    ).methods.values()
    assert found.expires == parse_timestamp("2026-12-01T00:00:00Z") + 1
    assert found.revoked == parse_timestamp("2026-11-01T00:00:00Z")


def test_method_serves_the_relationships_that_list_it_and_no_other() -> None:
    found = read(method("a"), method("b"), assertionMethod=[f"{DID}#a"], authentication=["#b", f"{DID}#a"])
    listed = {name: [x for x in "ab" if found.find_method(f"{DID}#{x}", name)] for name in RELATIONSHIPS}
    assert listed == {
        "assertionMethod": ["a"],
        "authentication": ["a", "b"],
        "capabilityInvocation": [],
        "capabilityDelegation": [],
        "keyAgreement": [],
    }
    assert found.find_method(f"{DID}#a", "verificationMethod") is None
    assert found.find_method("#b", "authentication") is None
    assert found.find_method(f"{DID}#c", "authentication") is None


def test_embedded_method_serves_its_relationship_alone() -> None:
    found = read(assertionMethod=[method("a")], authentication=[method("b", id="#b")])
    assert found.find_method(f"{DID}#a", "assertionMethod") is not None
    assert found.find_method(f"{DID}#a", "authentication") is None
    assert found.find_method(f"{DID}#b", "authentication") is not None


def test_relative_references_and_ids_start_from_the_document() -> None:
    found = read(method(id="#key-1"), assertionMethod=["#key-1"])
    assert found.find_method(f"{DID}#key-1", "assertionMethod") is not None


def test_reference_may_stand_before_the_embedded_method_that_it_names() -> None:
    found = read(assertionMethod=["#late"], keyAgreement=[method("late")])
    assert found.find_method(f"{DID}#late", "assertionMethod") is not None


@pytest.mark.parametrize(
    "entry",
    [
        method(controller="did:web:other.example"),
        method(id="did:web:other.example#key-1"),
        method(id="did:web:other.example#key-1", controller="did:web:other.example"),
        method(id=DID + ":longer#key-1"),
    ],
)
def test_method_of_another_did_is_never_found(entry: dict[str, Any]) -> None:
    found = read(entry, method("good"))
    assert found.find_method(entry["id"], "assertionMethod") is None
    assert found.find_method(f"{DID}#good", "assertionMethod") is not None


@pytest.mark.parametrize("context", ["https://www.w3.org/ns/did/v1", ["https://www.w3.org/ns/did/v1", {"x": "y:"}], []])
def test_context_may_be_of_any_usual_shape(context: object) -> None:
    assert read(method(), **{"@context": context}).methods


def test_document_without_context_or_methods_is_read() -> None:
    assert parse_did_document(without(document(method()), "@context"), did=DID).methods
    assert parse_did_document({"id": DID, "deactivated": False, "service": [], "x": 1}, did=DID).methods == {}


MALFORMED: dict[str, Any] = {
    "no object": [],
    "null": None,
    "no id": without(document(), "id"),
    "another id": document(id="did:web:other.example"),
    "another case": document(id="did:web:ACME.example"),
    "id with a fragment": document(id=DID + "#x"),
    "id no string": document(id=[DID]),
    "deactivated": document(method(), deactivated=True),
    "deactivated, nearly": document(method(), deactivated="true"),
    "context a number": document(**{"@context": 1}),
    "context null": document(**{"@context": None}),
    "context of numbers": document(**{"@context": [1]}),
    "methods no array": document(verificationMethod=method()),
    "method a string": document("did:web:acme.example#key-1"),
    "method null": document(None),
    "method without id": document(without(method(), "id")),
    "method without type": document(without(method(), "type")),
    "method with two types": document(method(type=["Multikey"])),
    "method without controller": document(without(method(), "controller")),
    "method with two controllers": document(method(controller=[DID])),
    "method controlled by a URL": document(method(controller="https://acme.example")),
    "method id without a fragment": document(method(id=DID)),
    "method id with a path": document(method(id=DID + "/x#key-1")),
    "method id a number": document(method(id=7)),
    "method id twice": document(method(), method()),
    "method id twice, once relative": document(method(), method(id="#key-1")),
    "method id twice, once embedded": document(method(), authentication=[method()]),
    "embedded twice": document(authentication=[method()], assertionMethod=[method()]),
    "reference to nothing": document(method(), authentication=["#key-2"]),
    "reference without a fragment": document(method(), authentication=[DID]),
    "reference a number": document(method(), authentication=[1]),
    "relationship a string": document(method(), authentication="#key-1"),
    "relationship null": document(method(), authentication=None),
    "relationship an object": document(authentication=method()),
    "too many methods": document(*(method(f"k{n}") for n in range(MAX_METHODS + 1))),
    "too many methods, embedded": document(*(method(f"k{n}") for n in range(MAX_METHODS)), authentication=[method()]),
    "too many references": document(method(), authentication=["#key-1"] * (MAX_METHODS + 1)),
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_malformed_document_is_refused(value: object) -> None:
    with pytest.raises(ResolutionError) as refusal:
        parse_did_document(value, did=DID)
    assert refusal.value.code == "did_unresolvable"


def test_as_many_methods_as_the_bound_allows_are_read() -> None:
    assert len(read(*(method(f"k{n}") for n in range(MAX_METHODS))).methods) == MAX_METHODS


def test_document_for_what_is_no_did_is_refused() -> None:
    with pytest.raises(ResolutionError):
        parse_did_document({"id": "acme"}, did="acme")


def test_read_document_cannot_be_changed() -> None:
    found = read(method())
    with pytest.raises(TypeError):
        found.methods["x"] = found.methods[f"{DID}#key-1"]  # type: ignore[index]  # that it cannot is what is tested
    with pytest.raises(TypeError):
        found.relationships["x"] = frozenset()  # type: ignore[index]  # that it cannot is what is tested


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([DID, "#a", DID + "#a", "Multikey"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "controller", "publicKeyJwk", "expires"]), inner, max_size=4)
    ),
    max_leaves=8,
)
MEMBERS = st.sampled_from(["verificationMethod", "@context", "deactivated", "id", *RELATIONSHIPS])


@given(st.one_of(JSON, st.dictionaries(MEMBERS, JSON, max_size=4).map(lambda members: {"id": DID, **members})))
def test_anything_is_a_document_or_unresolvable(value: object) -> None:
    with suppress(ResolutionError):
        found = parse_did_document(value, did=DID)
        assert all(found.methods[listed].id == listed for ids in found.relationships.values() for listed in ids)


def test_reference_to_another_did_s_method_serves_nothing_here_and_hurts_nothing() -> None:
    value = document(method(), authentication=["did:web:other.example#key-1", "#key-1"])
    parsed = parse_did_document(value, did=DID)
    assert parsed.find_method("did:web:other.example#key-1", "authentication") is None
    assert parsed.find_method(f"{DID}#key-1", "authentication") is not None
