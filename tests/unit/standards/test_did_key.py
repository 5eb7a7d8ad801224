"""The did:key method."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.crypto.keys import PublicKey
from legation.errors import ResolutionError
from legation.standards.did.document import SIGNING_RELATIONSHIPS, parse_did_document
from legation.standards.did.key import build_did_key, build_did_key_document, resolve_did_key
from legation.standards.multiformats import encode_base58, encode_base64url
from tests.support.ed25519_points import DISHONEST, HONEST
from tests.support.keys import Ed25519Key, P256Key

KEYS = [Ed25519Key("did").public_key, P256Key("did").public_key]


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "P-256"])
def test_did_of_a_key_resolves_to_that_key_for_signing_alone(key: PublicKey) -> None:
    did = build_did_key(key)
    document = resolve_did_key(did)
    method_id = f"{did}#{did.removeprefix('did:key:')}"
    assert document.id == did
    assert list(document.methods) == [method_id]
    assert set(document.relationships) == set(SIGNING_RELATIONSHIPS)
    for relationship in SIGNING_RELATIONSHIPS:
        method = document.find_method(method_id, relationship)
        assert method is not None
        assert method.key == key
        assert (method.expires, method.revoked) == (None, None)
    assert document.find_method(method_id, "keyAgreement") is None


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "P-256"])
def test_json_form_says_the_same_as_the_did(key: PublicKey) -> None:
    did = build_did_key(key)
    assert parse_did_document(build_did_key_document(did), did=did) == resolve_did_key(did)


def test_did_that_was_seen_is_not_resolved_again() -> None:
    did = build_did_key(KEYS[0])
    assert resolve_did_key(did) is resolve_did_key(did)
    assert resolve_did_key.cache_info().maxsize is not None


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_did_of_a_dishonest_key_is_refused(raw: bytes) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:z" + encode_base58(b"\xed\x01" + raw))


def test_did_of_their_honest_twin_is_resolved() -> None:
    assert resolve_did_key("did:key:z" + encode_base58(b"\xed\x01" + HONEST)).methods


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        (b"\xec\x01", "X25519"),
        (b"\xe7\x01", "secp256k1"),
        (b"\xea\x01", "BLS12-381 G1"),
        (b"\xeb\x01", "BLS12-381 G2"),
        (b"\x81\x24", "P-384"),
        (b"\x82\x24", "P-521"),
        (b"\x83\x24", "Ed448"),
        (b"\x85\x24", "RSA"),
    ],
)
def test_refusal_of_another_type_names_it(codec: bytes, name: str) -> None:
    with pytest.raises(ResolutionError) as refusal:
        resolve_did_key("did:key:z" + encode_base58(codec + HONEST))
    assert name in refusal.value.detail


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:web:acme.example",
        "did:jwk:z" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:u" + encode_base64url(b"\xed\x01" + HONEST),
        "did:key:1.1:z" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:z1" + encode_base58(b"\xed\x01" + HONEST),
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST) + "#x",
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST[:-1]),
        "did:key:z" + encode_base58(b"\xed\x01" + HONEST + b"\0"),
        "did:key:z" + encode_base58(b"\xed" + HONEST),
        "did:key:z0OIl",
        "did:key:z" + "1" * 250,
        "did:key:z" + "2" * 5000,
    ],
)
def test_what_is_no_did_key_of_one_spelling_is_refused(did: str) -> None:
    with pytest.raises(ResolutionError):
        resolve_did_key(did)


def test_uncompressed_p256_point_is_refused_and_the_compressed_one_is_not() -> None:
    key = KEYS[1]
    assert resolve_did_key("did:key:z" + encode_base58(b"\x80\x24" + key.raw)).methods
    with pytest.raises(ResolutionError):
        resolve_did_key("did:key:z" + encode_base58(b"\x80\x24\x04" + key.raw[1:] + bytes(32)))


@given(st.one_of(st.text(), st.binary(max_size=40).map(lambda data: "did:key:z" + encode_base58(b"\xed\x01" + data))))
def test_any_text_is_resolved_or_refused(text: str) -> None:
    try:
        document = resolve_did_key(text)
    except ResolutionError:
        return
    (method,) = document.methods.values()
    assert method.key is not None
    assert build_did_key(method.key) == text
