"""Wycheproof: which keys are imported, and which signatures hold, with the same verdict from every back end."""

from __future__ import annotations

from hashlib import sha512
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_scalar_add,
    crypto_core_ed25519_scalar_mul,
    crypto_core_ed25519_scalar_reduce,
    crypto_scalarmult_ed25519_base_noclamp,
)

from legation.crypto.keys import KeyType, PublicKey, load_public_key
from legation.errors import InvalidKeyError, LegationError, ProofError
from legation.standards.did.key import resolve_did_key
from legation.standards.jwk import parse_public_jwk
from legation.standards.multiformats import (
    Curve,
    decode_multikey,
    decode_public_key,
    encode_base58,
    encode_base64url,
    encode_public_key,
)
from tests.support.ed25519_points import DISHONEST, HONEST, SMALL_ORDER, TORSION
from tests.support.vectors import load_vectors

ORDER = 2**252 + 27742317777372353535851937790883648493


def holds(key: PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(message, signature)
    except ProofError:
        return False
    return True


def holds_in_openssl(raw: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
    except InvalidSignature:
        return False
    return True


# ------------------------------------------------------------------ keys

# test groups of json_web_key_test.json whose public JWK is of a type that we know, and why it is refused
REFUSED_GROUPS = {
    "wrong_algorithm": "alg ES521 does not fit P-256",
    "invalid_algorithm": "alg ES224 does not fit P-256",
    "invalid_use": "use enc",
    "invalid_point": "y is not of the curve",
    "wrong_curve": "P-384, with coordinates of P-256",
}
OTHER_TYPES = {"RSA", "oct"}


def groups_of_keys() -> list[tuple[str, dict[str, Any], str]]:
    """Return each JWK of the file: the group, the JWK, and whether its group has it private or public."""
    groups = load_vectors("wycheproof", "json_web_key_test.json")["testGroups"]
    return [
        (group["comment"], jwk, side)
        for group in groups
        for side in ("private", "public")
        for jwk in group.get(side, {}).get("keys", [])
    ]


def test_jwk_is_imported_exactly_if_it_may_verify() -> None:
    seen = set()
    for comment, jwk, _ in groups_of_keys():
        # all of the sound EC keys of this file but one stand there with their private part
        sound = jwk["kty"] == "EC" and comment not in REFUSED_GROUPS and "d" not in jwk
        seen.add((jwk["kty"], comment if jwk["kty"] == "EC" else "", sound))
        if sound:
            assert parse_public_jwk(jwk).type is KeyType.P256
            continue
        with pytest.raises(InvalidKeyError):
            parse_public_jwk(jwk)
    assert {comment for _, comment, _ in seen} - {"", "jws_mixedSymmetryKeyset"} == set(REFUSED_GROUPS)
    assert {kty for kty, _, _ in seen} == OTHER_TYPES | {"EC"}
    assert any(sound for _, _, sound in seen)


def test_jwk_of_a_group_is_the_raw_key_of_the_group() -> None:
    for name, key_type, member in [
        ("ed25519_test.json", KeyType.ED25519, "pk"),
        ("ecdsa_secp256r1_sha256_p1363_test.json", KeyType.P256, "uncompressed"),
        ("ecdsa_secp384r1_sha384_p1363_test.json", KeyType.P384, "uncompressed"),
    ]:
        groups = [group for group in load_vectors("wycheproof", name)["testGroups"] if group.get("publicKeyJwk")]
        assert groups
        for group in groups:
            raw = bytes.fromhex(group["publicKey"][member])
            assert parse_public_jwk(group["publicKeyJwk"]) == load_public_key(key_type, raw)


def door_verdicts(raw: bytes) -> set[bool]:
    """Return what the doors for Ed25519 keys say: one verdict, or they disagree."""
    multibase = "z" + encode_base58(b"\xed\x01" + raw)
    verdicts = set()
    for load in (
        lambda: load_public_key(KeyType.ED25519, raw),
        lambda: decode_multikey(multibase),
        lambda: resolve_did_key("did:key:" + multibase),
        lambda: parse_public_jwk({"kty": "OKP", "crv": "Ed25519", "x": encode_base64url(raw)}),
    ):
        try:
            load()
            verdicts.add(True)
        except LegationError:
            verdicts.add(False)
    return verdicts


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_dishonest_key_is_refused_at_every_door(raw: bytes) -> None:
    assert door_verdicts(raw) == {False}


def test_honest_key_is_accepted_at_every_door() -> None:
    assert door_verdicts(HONEST) == {True}


@given(
    st.one_of(st.binary(min_size=32, max_size=32), st.sampled_from(list(DISHONEST.values())), st.binary(max_size=40))
)
def test_every_door_says_the_same_of_any_key(raw: bytes) -> None:
    assert len(door_verdicts(raw)) == 1


# ------------------------------------------------------------------ signatures

# There is no exception to the vectors' verdicts.


ECDSA = [("ecdsa_secp256r1_sha256", KeyType.P256, 32), ("ecdsa_secp384r1_sha384", KeyType.P384, 48)]


@pytest.mark.parametrize(("name", "key_type", "size"), ECDSA, ids=["P-256", "P-384"])
def test_ecdsa_signature_gets_the_verdict_of_the_vector(name: str, key_type: KeyType, size: int) -> None:
    vectors = load_vectors("wycheproof", f"{name}_p1363_test.json")
    seen = 0
    for group in vectors["testGroups"]:
        key = load_public_key(key_type, bytes.fromhex(group["publicKey"]["uncompressed"]))
        # and from the other spelling of the point
        assert load_public_key(key_type, key.raw) == key
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            verdict = holds(key, message, signature)
            assert verdict == (test["result"] == "valid"), (test["tcId"], test["comment"])
            assert not verdict or len(signature) == 2 * size
            seen += 1
    assert seen == vectors["numberOfTests"] > 190


@pytest.mark.parametrize(("name", "key_type", "size"), ECDSA, ids=["P-256", "P-384"])
def test_der_signature_is_none_here_and_what_it_says_gets_the_verdict(name: str, key_type: KeyType, size: int) -> None:
    vectors = load_vectors("wycheproof", f"{name}_test.json")
    seen = 0
    for group in vectors["testGroups"]:
        key = load_public_key(key_type, bytes.fromhex(group["publicKey"]["uncompressed"]))
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            # RFC 7518 §3.4: r and s alone
            assert not holds(key, message, signature), test["tcId"]
            plain = plain_form(signature, size)
            verdict = plain is not None and holds(key, message, plain)
            assert verdict == (test["result"] == "valid"), (test["tcId"], test["comment"])
            seen += 1
    assert seen == vectors["numberOfTests"] > 330


def plain_form(der: bytes, size: int) -> bytes | None:
    """Return the r‖s of a signature in DER, or None where it is not DER or they have no such form."""
    try:
        r, s = decode_dss_signature(der)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    except (ValueError, OverflowError):
        return None


def test_x25519_key_is_refused_exactly_if_it_makes_every_shared_secret_zero() -> None:
    vectors = load_vectors("wycheproof", "x25519_test.json")
    seen = {True: 0, False: 0}
    for group in vectors["testGroups"]:
        for test in group["tests"]:
            zero = int(test["shared"], 16) == 0
            assert zero == ("LowOrderPublic" in test["flags"]), test["tcId"]
            seen[zero] += 1
            public = bytes.fromhex(test["public"])
            if zero:
                with pytest.raises(InvalidKeyError):
                    encode_public_key(Curve.X25519, public)
                with pytest.raises(LegationError):
                    resolve_did_key("did:key:z" + encode_base58(b"\xec\x01" + public))
            else:
                multikey = encode_public_key(Curve.X25519, public)
                (method,) = resolve_did_key(f"did:key:{multikey}").methods.values()
                # whatever agrees on keys verifies no signature
                assert (method.key, decode_public_key(multikey)) == (None, (Curve.X25519, public))
    assert seen[True] == 26
    assert sum(seen.values()) == vectors["numberOfTests"] == 373


def test_ed25519_signature_gets_the_verdict_of_the_vector_from_both_back_ends() -> None:
    seen = 0
    for group in load_vectors("wycheproof", "ed25519_test.json")["testGroups"]:
        raw = bytes.fromhex(group["publicKey"]["pk"])
        key = load_public_key(KeyType.ED25519, raw)
        for test in group["tests"]:
            message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
            expected = test["result"] == "valid"
            assert holds(key, message, signature) == expected, (test["tcId"], test["comment"])
            assert holds_in_openssl(raw, message, signature) == expected, (test["tcId"], test["comment"])
            seen += 1
    assert seen == load_vectors("wycheproof", "ed25519_test.json")["numberOfTests"] > 100


def forge(nonce_point: bytes, nonce: int) -> bytes:
    """Sign with the honest key, with an R of the signer's choice, so that the equation holds up to the cofactor."""
    scalar = bytearray(sha512(bytes(32)).digest()[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    private = crypto_core_ed25519_scalar_reduce(bytes(scalar) + bytes(32))
    challenge = crypto_core_ed25519_scalar_reduce(sha512(nonce_point + HONEST + b"message").digest())
    product = crypto_core_ed25519_scalar_mul(challenge, private)
    return nonce_point + crypto_core_ed25519_scalar_add(product, nonce.to_bytes(32, "little"))


NONCE = 0x1234567
NONCE_POINT = crypto_scalarmult_ed25519_base_noclamp(NONCE.to_bytes(32, "little"))


def test_signature_made_by_hand_with_an_honest_r_holds_in_both_back_ends() -> None:
    signature = forge(NONCE_POINT, NONCE)
    assert holds(load_public_key(KeyType.ED25519, HONEST), b"message", signature)
    assert holds_in_openssl(HONEST, b"message", signature)


def test_signature_whose_r_is_outside_the_subgroup_holds_in_no_back_end() -> None:
    # a verifier that multiplies by the cofactor would take it, one that does not would not
    signature = forge(crypto_core_ed25519_add(NONCE_POINT, TORSION), NONCE)
    assert not holds(load_public_key(KeyType.ED25519, HONEST), b"message", signature)
    assert not holds_in_openssl(HONEST, b"message", signature)


def test_signature_whose_s_is_not_reduced_holds_in_no_back_end() -> None:
    good = forge(NONCE_POINT, NONCE)
    s = int.from_bytes(good[32:], "little") + ORDER
    signature = good[:32] + s.to_bytes(32, "little")
    assert not holds(load_public_key(KeyType.ED25519, HONEST), b"message", signature)
    assert not holds_in_openssl(HONEST, b"message", signature)


@pytest.mark.parametrize("point", SMALL_ORDER.values(), ids=SMALL_ORDER)
def test_signature_whose_r_is_of_small_order_does_not_hold(point: bytes) -> None:
    # OpenSSL takes R = identity: the nonce is 0 then, so whoever makes it gives the private key away
    assert not holds(load_public_key(KeyType.ED25519, HONEST), b"message", forge(point, 0))
    assert holds_in_openssl(HONEST, b"message", forge(point, 0)) == (point == SMALL_ORDER["identity"])
