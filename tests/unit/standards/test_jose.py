"""Compact JWS: one algorithm per key type, a DID URL as ``kid``, and headers that ask for anything else refused."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError, ProofError, TooLargeError
from legation.standards.jose import ALGORITHMS, find_type, parse_jws, sign_jws, split_jws
from tests.support.chains import base64url, forge_token, unbase64url
from tests.support.keys import signer_of

ANA, BOB = signer_of("ana"), signer_of("bob")
EVE = signer_of("eve", p256=True)
CLAIMS: dict[str, Any] = {"a": 1, "b": ["x", None, True, 1.5], "c": "caf\u00e9"}


def parse(token: str) -> Any:
    return parse_jws(token, typ="t+jwt", cty="t")


def forge(header: dict[str, object] | None = None, claims: object = CLAIMS, signer: Any = ANA) -> str:
    return forge_token(claims, signer, **{"typ": "t+jwt", **(header or {})})


def assembled(header: bytes, payload: bytes, signature: bytes = b"s" * 64) -> str:
    return ".".join(base64url(part) for part in (header, payload, signature))


@pytest.mark.parametrize("signer", [ANA, EVE], ids=["EdDSA", "ES256"])
def test_token_that_we_sign_is_read_and_verified(signer: Any) -> None:
    token = sign_jws(CLAIMS, typ="t+jwt", signer=signer)
    header = json.loads(unbase64url(token.split(".")[0]))
    assert header == {"alg": "EdDSA" if signer is ANA else "ES256", "typ": "t+jwt", "kid": signer.method}
    jws = parse(token)
    assert (jws.claims, jws.method, jws.did) == (CLAIMS, signer.method, signer.did)
    assert jws.header.algorithm == header["alg"]
    jws.verify(signer.key.public_key)


def test_token_by_other_code_is_read_and_verified() -> None:
    for signer in (ANA, EVE):
        jws = parse(forge({"cty": "t", "x": "unknown and not critical"}, signer=signer))
        jws.verify(signer.key.public_key)
    split = split_jws(forge(), typ="t+jwt")
    assert json.loads(split.payload) == CLAIMS
    split.verify(ANA.key.public_key)


def test_key_of_another_type_than_the_algorithm_is_refused() -> None:
    for token, keys in ((forge(signer=EVE), [ANA, BOB]), (forge(), [EVE]), (forge({"alg": "ES256"}), [ANA])):
        for signer in keys:
            with pytest.raises(ProofError):
                parse(token).verify(signer.key.public_key)
    with pytest.raises(ProofError):
        parse(forge({"alg": "EdDSA"}, signer=EVE)).verify(EVE.key.public_key)


def test_signature_by_another_key_or_over_other_bytes_does_not_hold() -> None:
    head, body, signature = forge().split(".")
    parse(f"{head}.{body}.{signature}").verify(ANA.key.public_key)
    other_head = forge({"cty": "t"}).split(".")[0]
    other_body = base64url(json.dumps({**CLAIMS, "a": 2}).encode())
    for token in (
        f"{other_head}.{body}.{signature}",
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.{base64url(b's' * 64)}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature}AA",
        f"{head}.{body}.{signature[:-4]}",
        forge(signer=BOB),
    ):
        try:
            jws = parse(token)
        except MalformedError:
            continue
        with pytest.raises(ProofError):
            jws.verify(ANA.key.public_key)


@pytest.mark.parametrize(
    "alg",
    [
        "none",
        "None",
        "nOnE",
        "",
        "HS256",
        "RS256",
        "PS256",
        "ES256K",
        "ESP384",
        "Ed25519",
        "eddsa",
        "es256",
        "EdDSA ",
        None,
        7,
        ["EdDSA"],
    ],
)
def test_algorithm_that_is_not_exactly_one_of_ours_is_malformed(alg: object) -> None:
    with pytest.raises(MalformedError):
        parse(forge({"alg": alg}))
    head, body, _ = forge({"alg": alg}).split(".")
    with pytest.raises(MalformedError):
        parse(f"{head}.{body}.")


def test_mac_with_a_public_key_is_malformed() -> None:
    for secret in (ANA.key.public_key.raw, EVE.key.public_key.raw, b"", ANA.did.encode()):
        header = json.dumps({"alg": "HS256", "typ": "t+jwt", "kid": ANA.method}).encode()
        signing_input = f"{base64url(header)}.{base64url(b'{}')}"
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        with pytest.raises(MalformedError):
            parse(f"{signing_input}.{base64url(mac)}")


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["bork"]},
        {"crit": []},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"b64": True},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}},
        {"jku": "https://evil.example/jwks.json"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII"]},
        {"x5t": "A"},
        {"x5t#S256": "A"},
        {"zip": "DEF"},
        {"enc": "A256GCM"},
    ],
)
def test_header_that_brings_a_key_or_asks_for_more_is_malformed(header: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        parse(forge(header))


@pytest.mark.parametrize("typ", [None, "", "JWT", "T+JWT", "t+jwt ", "vp+jwt", 7, ["t+jwt"]])
def test_token_of_another_type_is_malformed(typ: object) -> None:
    with pytest.raises(MalformedError):
        parse(forge({"typ": typ}))


@pytest.mark.parametrize("cty", ["vp", "JWT", 7, ""])
def test_token_of_other_content_is_malformed(cty: object) -> None:
    with pytest.raises(MalformedError):
        parse(forge({"cty": cty}))
    with pytest.raises(MalformedError):
        parse_jws(forge({"cty": "t"}), typ="t+jwt")


@pytest.mark.parametrize(
    "kid", [None, "", "key-1", "did:key:z6Mk", "did:key:z6Mk#", "#key-1", "https://a.example#k", 7, [ANA.method]]
)
def test_kid_that_is_no_did_url_is_malformed(kid: object) -> None:
    with pytest.raises(MalformedError):
        parse(forge({"kid": kid}))


@pytest.mark.parametrize(
    "claims",
    [[], "x", None, 7, [CLAIMS], b"", b"{", b'{"a":1,"a":2}', b"\xff", b'{"a":"\\ud800"}', b"[" * 40 + b"]" * 40],
)
def test_claims_that_are_no_strict_json_object_are_malformed(claims: object) -> None:
    with pytest.raises(MalformedError):
        parse(forge(claims=claims))


def test_claims_too_deep_are_malformed() -> None:
    value: Any = 1
    for _ in range(31):
        value = [value]
    parse(forge(claims={"a": value}))
    with pytest.raises(MalformedError):
        parse(forge(claims={"a": [value]}))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"alg":"EdDSA","alg":"none","typ":"t+jwt","kid":"did:key:a#a"}',
        b'{"alg":"EdDSA","typ":"t+jwt","kid":"did:key:a#a","x":"\xff"}',
    ],
)
def test_header_that_is_no_strict_json_object_is_malformed(header: bytes) -> None:
    with pytest.raises(MalformedError):
        parse(assembled(header, b"{}"))


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token.replace(".", "..", 1),
        lambda token: token.rpartition(".")[0],
        lambda token: token.partition(".")[2],
        lambda token: token.partition(".")[0],
        lambda token: token + ".a.b",
        lambda token: " " + token,
        lambda token: token + "\n",
        lambda token: token.replace(".", " .", 1),
        lambda token: token.replace(".", "=.", 1),
        lambda token: "+" + token,
        lambda token: token[:-1] + "\u00e9",
        lambda token: "\u00e9" + token,
        lambda token: "",
        lambda token: json.dumps({"payload": token.split(".")[1], "protected": token.split(".")[0], "signature": "AA"}),
    ],
)
def test_token_in_another_spelling_is_malformed(change: Any) -> None:
    with pytest.raises(MalformedError):
        parse(change(forge()))


def test_non_canonical_base64url_of_any_part_is_malformed() -> None:
    for padding in range(3):
        token = forge(claims={"a": "x" * padding})
        for index, part in enumerate(token.split(".")):
            if len(part) % 4 in (2, 3):
                parts = token.split(".")
                alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                parts[index] = part[:-1] + alphabet[alphabet.index(part[-1]) + 1]
                with pytest.raises(MalformedError):
                    parse(".".join(parts))


def test_sizes_are_bounded() -> None:
    assert parse(forge({"x": "a" * 500})).claims == CLAIMS
    with pytest.raises(MalformedError):
        parse(forge({"x": "a" * 1000}))
    with pytest.raises(TooLargeError):
        parse("a" * (256 * 1024 + 1))
    with pytest.raises(LegationError):
        parse(forge(claims={"a": "x" * 200_000}))


def test_type_is_found_where_the_header_can_be_read() -> None:
    assert find_type(forge()) == "t+jwt"
    assert find_type(forge({"typ": "vp+jwt"})) == "vp+jwt"
    for text in ("", "x", "e30.e30.e30", forge({"alg": "none"}), "a" * 5000, "\u00e9"):
        assert find_type(text) is None


def test_each_key_type_has_one_algorithm() -> None:
    assert ALGORITHMS == {
        "EdDSA": KeyType.ED25519,
        "ES256": KeyType.P256,
        "ES384": KeyType.P384,
        "ES512": KeyType.P521,
    }


SCALARS = {KeyType.ED25519: 32, KeyType.P256: 32, KeyType.P384: 48, KeyType.P521: 66}


def caller(key_type: KeyType, method: str = "") -> Signer:
    """Return a caller's own key, which no DID names."""
    return Signer("", method, PrivateKey(key_type, bytes([7]).rjust(SCALARS[key_type], b"\0")))


@pytest.mark.parametrize("key_type", KeyType)
def test_token_of_every_key_type_holds_by_its_own_algorithm_only(key_type: KeyType) -> None:
    signer = caller(key_type)
    token = sign_jws(CLAIMS, typ="t+jwt", signer=signer)
    jws = parse_jws(token, typ="t+jwt", named=False)
    assert ALGORITHMS[jws.header.algorithm] is key_type
    jws.verify(signer.key.public_key)
    for other in KeyType:
        if other is not key_type:
            with pytest.raises(ProofError):
                jws.verify(caller(other).key.public_key)
    head, body, signature = token.split(".")
    assert len(unbase64url(signature)) == key_type.signature_bytes
    for name, other in ALGORITHMS.items():
        if other is not key_type:
            header = json.loads(unbase64url(head))
            swapped = base64url(json.dumps({**header, "alg": name}).encode())
            with pytest.raises(ProofError):
                parse_jws(f"{swapped}.{body}.{signature}", typ="t+jwt", named=False).verify(signer.key.public_key)


def test_kid_is_open_only_where_the_caller_names_the_key() -> None:
    for kid, did in (("thumbprint", ""), ("https://x.example#key", ""), ("did:web:x.example#k", "did:web:x.example")):
        signer = caller(KeyType.P384, kid)
        token = sign_jws(CLAIMS, typ="t+jwt", signer=signer, cty="t")
        jws = parse_jws(token, typ="t+jwt", cty="t", named=False)
        assert (jws.method, jws.did) == (kid, did)
        assert find_type(token, named=False) == "t+jwt"
        jws.verify(signer.key.public_key)
        if not did:
            assert find_type(token) is None
            with pytest.raises(MalformedError):
                parse(token)
    without = sign_jws(CLAIMS, typ="t+jwt", signer=caller(KeyType.ED25519))
    assert json.loads(unbase64url(without.split(".")[0])) == {"alg": "EdDSA", "typ": "t+jwt"}
    assert parse_jws(without, typ="t+jwt", named=False).method == ""
    with pytest.raises(MalformedError):
        parse(without)


@pytest.mark.parametrize("header", [{"kid": 7}, {"kid": ["a"]}, {"jwk": {}}, {"crit": ["x"]}, {"alg": "none"}])
def test_header_stays_strict_where_the_caller_names_the_key(header: dict[str, object]) -> None:
    parse_jws(forge(), typ="t+jwt", named=False)
    with pytest.raises(MalformedError):
        parse_jws(forge(header), typ="t+jwt", named=False)
    assert find_type(forge(header), named=False) is None


def test_issuer_in_a_header_agrees_with_the_kid_that_is_a_did_url() -> None:
    parse_jws(forge({"iss": ANA.did}), typ="t+jwt", named=False)
    with pytest.raises(MalformedError):
        parse_jws(forge({"iss": BOB.did}), typ="t+jwt", named=False)


def test_claims_that_are_no_json_are_not_signed() -> None:
    for claims in ({"a": 2**70}, {"a": "\ud800"}, {"a": {1, 2}}):
        with pytest.raises(MalformedError):
            sign_jws(claims, typ="t+jwt", signer=ANA)
