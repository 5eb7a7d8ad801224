"""The did:peer method: numalgo 0, 2 and 4, made and resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import LegationError, ResolutionError
from legation.standards.did.document import RELATIONSHIPS, SIGNING_RELATIONSHIPS, parse_did_document
from legation.standards.did.key import build_did_key, resolve_did_key
from legation.standards.did.peer import (
    PeerKey,
    build_did_peer_2,
    build_did_peer_4,
    build_did_peer_document,
    resolve_did_peer,
)
from legation.standards.multiformats import encode_base58, encode_base64url, encode_multikey
from tests.support.keys import Ed25519Key, P256Key

SIGNS = encode_multikey(Ed25519Key("peer").public_key)
OTHER = encode_multikey(P256Key("peer").public_key)
AGREES = "z6LSg8zQom395jKLrGiBNruB9MM6V8PWuf2FpEy4uRFiqQBR"

# the specification's own example of numalgo 2, and what it resolves to
EXAMPLE = (
    "did:peer:2.Vz6Mkj3PUd1WjvaDhNZhhhXQdz5UnZXmS7ehtx8bsPpD47kKc.Ez6LSg8zQom395jKLrGiBNruB9MM6V8PWuf2FpEy4uRFiqQBR"
    ".SeyJ0IjoiZG0iLCJzIjp7InVyaSI6Imh0dHA6Ly9leGFtcGxlLmNvbS9kaWRjb21tIiwiYSI6WyJkaWRjb21tL3YyIl0sInIiOlsiZGlkOmV4"
    "YW1wbGU6MTIzNDU2Nzg5YWJjZGVmZ2hpI2tleS0xIl19fQ"
    ".SeyJ0IjoiZG0iLCJzIjp7InVyaSI6Imh0dHA6Ly9leGFtcGxlLmNvbS9hbm90aGVyIiwiYSI6WyJkaWRjb21tL3YyIl0sInIiOlsiZGlkOmV4"
    "YW1wbGU6MTIzNDU2Nzg5YWJjZGVmZ2hpI2tleS0yIl19fQ"
)
EXAMPLE_KEYS = (
    PeerKey("authentication", "z6Mkj3PUd1WjvaDhNZhhhXQdz5UnZXmS7ehtx8bsPpD47kKc"),
    PeerKey("keyAgreement", AGREES),
)


def example_service(path: str, key: int) -> dict[str, Any]:
    return {
        "type": "DIDCommMessaging",
        "serviceEndpoint": {
            "uri": f"http://example.com/{path}",
            "accept": ["didcomm/v2"],
            "routingKeys": [f"did:example:123456789abcdefghi#key-{key}"],
        },
    }


EXAMPLE_SERVICES = (example_service("didcomm", 1), example_service("another", 2))

# the specification's own example of numalgo 4
INPUT: dict[str, Any] = {
    "@context": [
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/multikey/v1",
    ],
    "verificationMethod": [
        {
            "id": "#key-0",
            "type": "Multikey",
            "publicKeyMultibase": "z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V",
        },
        {
            "id": "#key-1",
            "type": "Multikey",
            "publicKeyMultibase": "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
        },
    ],
    "authentication": ["#key-0"],
    "capabilityDelegation": ["#key-0"],
    "service": [
        {
            "id": "#didcomm-0",
            "type": "DIDCommMessaging",
            "serviceEndpoint": {"uri": "didcomm:transport/queue", "accept": ["didcomm/v2"]},
        }
    ],
    "keyAgreement": ["#key-1"],
}
SHORT = "did:peer:4zQmQabhRUiFPAmn7CX6B8V6qmfrs7nQQyFb6zAD7EAWvW3c"


def of_services(*services: object) -> str:
    encoded = [encode_base64url(json.dumps(service).encode()) for service in services]
    return f"did:peer:2.V{SIGNS}" + "".join(f".S{text}" for text in encoded)


# ------------------------------------------------------------------ numalgo 2


def test_example_of_numalgo_2_resolves_to_what_the_specification_says() -> None:
    document = build_did_peer_document(EXAMPLE)
    assert document == {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": EXAMPLE,
        "verificationMethod": [
            {"id": f"#key-{number}", "controller": EXAMPLE, "type": "Multikey", "publicKeyMultibase": key.multikey}
            for number, key in enumerate(EXAMPLE_KEYS, start=1)
        ],
        "authentication": ["#key-1"],
        "keyAgreement": ["#key-2"],
        "service": [
            {**EXAMPLE_SERVICES[0], "id": "#service"},
            {**EXAMPLE_SERVICES[1], "id": "#service-1"},
        ],
        "alsoKnownAs": ["did:peer:3zQmd6RdU6e2nDrLn1rjwdA5Buzq7wJwsv3WJ1AgrwKYJoLE"],
    }
    assert build_did_peer_2(EXAMPLE_KEYS, EXAMPLE_SERVICES) == EXAMPLE


def test_key_of_numalgo_2_serves_its_purpose_alone_and_under_an_absolute_id() -> None:
    keys = [PeerKey(name, AGREES if name == "keyAgreement" else SIGNS) for name in RELATIONSHIPS]
    did = build_did_peer_2([*keys, PeerKey("assertionMethod", OTHER)])
    document = resolve_did_peer(did)
    for number, key in enumerate(keys, start=1):
        listed = [name for name in RELATIONSHIPS if document.find_method(f"{did}#key-{number}", name)]
        assert listed == [key.relationship]
    found = document.find_method(f"{did}#key-6", "assertionMethod")
    assert found is not None
    assert found.key == P256Key("peer").public_key
    assert resolve_did_peer(did) is document


def test_named_service_keeps_its_name_and_takes_no_number() -> None:
    plain = {"type": "A", "serviceEndpoint": "https://a.example"}
    did = build_did_peer_2([], [{"id": "#first", **plain}, plain, {"id": "#third", **plain}, plain])
    services: Any = build_did_peer_document(did)["service"]
    assert [service["id"] for service in services] == ["#first", "#service", "#third", "#service-1"]
    assert "verificationMethod" not in build_did_peer_document(did)


@pytest.mark.parametrize(
    "service",
    [
        [{"t": "dm", "s": "https://a.example"}],
        "text",
        {"t": "dm"},
        {"s": "https://a.example"},
        {"t": ["dm"], "s": "https://a.example"},
        {"t": "dm", "type": "dm", "s": "https://a.example"},
        {"t": "dm", "s": {"a": 1, "accept": 2}},
        {"t": "dm", "s": "https://a.example", "id": "did:example:a#b"},
        {"t": "dm", "s": "https://a.example", "id": "#"},
        {"t": "dm", "s": "https://a.example", "id": "#key-1"},
        {"t": "dm", "s": "https://a.example", "id": 1},
    ],
)
def test_service_that_is_none_or_means_two_things_is_refused(service: object) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_peer(of_services(service))
    assert resolve_did_peer(of_services({"t": "dm", "s": "https://a.example"})).methods


@pytest.mark.parametrize(
    "did",
    [
        "did:peer:2",
        "did:peer:2.",
        f"did:peer:2.X{SIGNS}",
        f"did:peer:2.{SIGNS}",
        f"did:peer:2V{SIGNS}",
        f"did:peer:2.V{SIGNS}.",
        f"did:peer:2.V{SIGNS}..V{SIGNS}",
        f"did:peer:2.V{SIGNS[:-1]}",
        f"did:peer:2.Vu{SIGNS[1:]}",
        f"did:peer:2.V{AGREES}",
        f"did:peer:2.A{AGREES}",
        f"did:peer:2.E{SIGNS}",
        "did:peer:2.S",
        "did:peer:2.Se30",
        "did:peer:2.SeyJ0IjoxfQ=",
        "did:peer:2.Vz" + encode_base58(b"\x83\x24" + bytes(57)),
        of_services({"t": "dm", "s": "a"}, {"t": "dm", "s": "a", "id": "#service"}),
        "did:peer:2" + f".V{SIGNS}" * 50,
    ],
)
def test_what_is_no_numalgo_2_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_peer(did)
    with pytest.raises(ResolutionError):
        build_did_peer_document(did)


@pytest.mark.parametrize(
    "key",
    [
        PeerKey("service", SIGNS),
        PeerKey("assertion", SIGNS),
        PeerKey("assertionMethod", AGREES),
        PeerKey("keyAgreement", SIGNS),
        PeerKey("assertionMethod", "z6Mk"),
        PeerKey("assertionMethod", f"{SIGNS}.V{SIGNS}"),
    ],
)
def test_key_that_does_not_serve_makes_no_did(key: PeerKey) -> None:
    with pytest.raises(LegationError):
        build_did_peer_2([key])
    assert build_did_peer_2([PeerKey("assertionMethod", SIGNS)])


def test_what_cannot_be_resolved_is_not_made() -> None:
    with pytest.raises(LegationError):
        build_did_peer_2([], [{"type": "A", "serviceEndpoint": "x" * 2048}])
    with pytest.raises(LegationError):
        build_did_peer_2([], [{"type": "A", "serviceEndpoint": "x", "id": "did:example:a#b"}])
    with pytest.raises(LegationError):
        build_did_peer_2([])


# ------------------------------------------------------------------ numalgo 4


def test_example_of_numalgo_4_is_made_as_the_specification_says() -> None:
    did = build_did_peer_4(INPUT)
    assert did.short == SHORT
    assert did.long.startswith(
        f"{SHORT}:zMoDtDfb4quiz6yXy8ftBst291RGXBJaVy8FMivQWVLPbYUSAS68WgeWNxtdR5aBNraMHsPZi4iSWiz"
    )


def test_long_form_resolves_to_its_document_put_into_context() -> None:
    did = build_did_peer_4(INPUT)
    document = build_did_peer_document(did.long)
    methods = [{"controller": did.long, **method} for method in INPUT["verificationMethod"]]
    assert document == {**INPUT, "verificationMethod": methods, "id": did.long, "alsoKnownAs": [did.short]}
    resolved = resolve_did_peer(did.long)
    assert resolved == parse_did_document(document, did=did.long)
    assert resolved.find_method(f"{did.long}#key-0", "authentication") is not None
    assert resolved.find_method(f"{did.long}#key-0", "assertionMethod") is None


def test_embedded_method_gets_its_controller_and_one_that_has_another_keeps_it() -> None:
    own = {"id": "#a", "type": "Multikey", "publicKeyMultibase": SIGNS}
    others = {**own, "id": "#b", "controller": "did:example:b"}
    did = build_did_peer_4({"assertionMethod": [own, others], "alsoKnownAs": ["https://a.example"]}).long
    document = resolve_did_peer(did)
    assert document.find_method(f"{did}#a", "assertionMethod") is not None
    assert document.find_method(f"{did}#b", "assertionMethod") is None
    also: Any = build_did_peer_document(did)["alsoKnownAs"]
    assert also[0] == "https://a.example"


def test_short_form_says_nothing_by_itself() -> None:
    with pytest.raises(ResolutionError):
        resolve_did_peer(SHORT)
    assert resolve_did_peer(build_did_peer_4(INPUT).long).methods


def long_form_of(data: bytes) -> str:
    """Return what looks like a long form of any bytes, its hash right."""
    from hashlib import sha256

    body = "z" + encode_base58(data)
    return "did:peer:4z" + encode_base58(b"\x12\x20" + sha256(body.encode()).digest()) + ":" + body


@pytest.mark.parametrize(
    "data",
    [
        b'\x80\x04{"id":"did:example:a"}',
        b"\x80\x04[]",
        b"\x80\x04{",
        b'\x80\x04{"a":1,"a":2}',
        b'{"a":1}',
        b'\x81\x04{"a":1}',
        b'\x80\x04{"alsoKnownAs":"x"}',
        b'\x80\x04{"deactivated":true}',
        b'\x80\x04{"verificationMethod":[{"id":"did:example:a#b","type":"Multikey"}]}',
        b'\x80\x04{"verificationMethod":[{"type":"Multikey"}]}',
        b'\x80\x04{"authentication":[{"id":"did:example:a#b","type":"Multikey"}]}',
        b'\x80\x04{"authentication":["#none"]}',
        b"\x80\x04" + b"[" * 40 + b"]" * 40,
    ],
)
def test_long_form_of_what_is_no_input_document_is_refused(data: bytes) -> None:
    assert resolve_did_peer(long_form_of(b'\x80\x04{"a":1}')).methods == {}
    with pytest.raises(ResolutionError):
        resolve_did_peer(long_form_of(data))


@given(st.data())
def test_long_form_with_any_character_replaced_is_refused(data: st.DataObject) -> None:
    did = build_did_peer_4(INPUT).long
    at = data.draw(st.integers(0, len(did) - 1))
    other = data.draw(
        st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz:").filter(did[at].__ne__)
    )
    with pytest.raises(ResolutionError):
        resolve_did_peer(did[:at] + other + did[at + 1 :])


@pytest.mark.parametrize("document", [{"id": "did:example:a"}, {"authentication": ["#none"]}, {"a": "x" * 2048}])
def test_input_document_that_cannot_be_one_makes_no_did(document: dict[str, object]) -> None:
    with pytest.raises(LegationError):
        build_did_peer_4(document)


# ------------------------------------------------------------------ numalgo 0, and the others


def test_numalgo_0_is_its_key_as_a_did_key_is() -> None:
    did = f"did:peer:0{SIGNS}"
    document, twin = resolve_did_peer(did), resolve_did_key(build_did_key(Ed25519Key("peer").public_key))
    assert set(document.relationships) == set(twin.relationships) == set(SIGNING_RELATIONSHIPS)
    (method,), (other,) = document.methods.values(), twin.methods.values()
    assert (method.id, method.controller, method.key) == (f"{did}#{SIGNS}", did, other.key)
    assert parse_did_document(build_did_peer_document(did), did=did) == document


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:peer:",
        "did:peer:0",
        "did:peer:0z6Mk",
        f"did:peer:0{SIGNS}#x",
        f"did:key:0{SIGNS}",
        "did:peer:1zQmZMygzYqNwU6Uhmewx5Xepf2VLp5S4HLSwwgf2aiKZuwa",
        "did:peer:3zQmS19jtYDvGtKVrJhQnRFpBQAx3pJ9omx2HpNrcXFuRCz9",
        f"did:peer:5{SIGNS}",
        "did:peer:4",
        "did:peer:4:",
        f"{SHORT}:",
        f"{SHORT}:z",
        "did:peer:z",
    ],
)
def test_other_numalgos_and_what_is_no_did_peer_are_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_peer(did)
    with pytest.raises(ResolutionError):
        build_did_peer_document(did)


@pytest.mark.parametrize(("did", "name"), [("did:peer:1zQm", "1"), ("did:peer:3zQm", "3")])
def test_refusal_of_another_numalgo_names_it(did: str, name: str) -> None:
    with pytest.raises(ResolutionError) as refusal:
        resolve_did_peer(did)
    assert f"numalgo is {name}" in refusal.value.detail


@given(st.one_of(st.text(), st.text("0124zSVAE.:abc-_").map(lambda text: "did:peer:" + text)))
def test_any_text_is_resolved_or_refused(text: str) -> None:
    try:
        document = resolve_did_peer(text)
    except ResolutionError:
        return
    assert document.id == text


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.sampled_from(["DIDCommMessaging", "dm-like", "A"]), "serviceEndpoint": st.text(max_size=20)},
            optional={"accept": st.lists(st.text(max_size=8), max_size=2), "priority": st.integers(0, 9)},
        ),
        min_size=1,
        max_size=3,
    )
)
def test_services_come_back_as_they_went_in(services: list[dict[str, object]]) -> None:
    found: Any = build_did_peer_document(build_did_peer_2([], services))["service"]
    assert [{name: value for name, value in entry.items() if name != "id"} for entry in found] == services
