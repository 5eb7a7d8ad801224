"""SD-JWT VCs: a type, an issuer whose key signed, and what is never behind a digest."""

from __future__ import annotations

from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import InvalidKeyError, MalformedError, ProofError
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.digital_credentials import (
    NEVER_DISCLOSABLE,
    find_jwk,
    issue_digital_credential,
    parse_digital_credential,
    verify_digital_credential,
)
from legation.standards.sd_jwt.presenting import present_sd_jwt
from tests.support.chains import AT
from tests.support.keys import signer_of
from tests.support.selective import (
    AUDIENCE,
    BINDING,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    digest,
    forge_disclosure,
    forge_sd_jwt,
    salts,
)

CLAIMS: dict[str, Any] = {"iss": ISSUER.did, "vct": "https://types.example/identity", "name": "Ana", "sub": "x"}


def issue(claims: dict[str, Any] = CLAIMS, signer: Signer = ISSUER, **options: Any) -> str:
    return issue_digital_credential(claims, signer, salts=salts(), **options)


def verify(text: str, binding: Any = None) -> dict[str, Any]:
    sd_jwt = parse_digital_credential(text)
    key = ISSUER.key.public_key
    return verify_digital_credential(sd_jwt, lambda _: key, at=NOW, binding=binding).claims


def forge(claims: dict[str, Any], *disclosures: str, typ: str = "dc+sd-jwt", **header: object) -> str:
    return forge_sd_jwt(claims, disclosures, typ=typ, **header)


def test_credential_is_issued_presented_and_verified() -> None:
    text = issue(disclosable=[("name",), ("sub",)], holder_key=HOLDER.key.public_key, decoys={(): 1})
    sd_jwt = parse_digital_credential(text)
    assert sd_jwt.type == "dc+sd-jwt"
    bound = present_sd_jwt(sd_jwt, [("name",)], holder=HOLDER, nonce=NONCE, audience=AUDIENCE, at=AT)
    claims = verify(bound, BINDING)
    assert (claims["name"], "sub" in claims) == ("Ana", False)


def test_name_of_the_drafts_is_accepted_unless_it_is_a_w3c_credential() -> None:
    assert verify(forge(CLAIMS, typ="vc+sd-jwt"))["name"] == "Ana"
    with pytest.raises(MalformedError):
        verify(forge({**CLAIMS, "@context": []}, typ="vc+sd-jwt"))
    for typ in ("example+sd-jwt", "sd-jwt", "vc+jwt", "JWT"):
        with pytest.raises(MalformedError):
            verify(forge(CLAIMS, typ=typ))


@pytest.mark.parametrize(
    "change", [{"vct": None}, {"vct": ""}, {"vct": 7}, {"iss": HOLDER.did}, {"iss": None}, {"iss": 7}]
)
def test_type_and_issuer_must_be_there_and_right(change: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **change}.items() if value is not None}
    with pytest.raises(MalformedError):
        issue(claims)
    with pytest.raises(MalformedError):
        verify(forge(claims))
    assert verify(forge(CLAIMS)) == CLAIMS


@pytest.mark.parametrize("name", sorted(NEVER_DISCLOSABLE))
def test_claim_that_must_be_in_the_clear_is_not_disclosable(name: str) -> None:
    values: dict[str, Any] = {"exp": 1_900_000_000, "nbf": 1, "cnf": {"kid": "x"}, "status": {"status_list": {}}}
    value = CLAIMS.get(name, values.get(name, "x"))
    with pytest.raises(MalformedError):
        issue({**CLAIMS, name: value}, disclosable=[(name,)])
    disclosure = forge_disclosure("salt", name, value)
    rest = {other: each for other, each in CLAIMS.items() if other != name}
    with pytest.raises(MalformedError):
        verify(forge({**rest, "_sd": [digest(disclosure)]}, disclosure))
    # nor is anything in it
    with pytest.raises(MalformedError):
        verify(forge({**CLAIMS, name: {"_sd": [digest("x")]}}))
    assert verify(forge({**CLAIMS, name: value}))[name] == value


def test_subject_and_moment_of_issue_may_be_disclosable() -> None:
    text = issue({**CLAIMS, "iat": 1_600_000_000}, disclosable=[("sub",), ("iat",)])
    assert verify(text)["iat"] == 1_600_000_000


def test_issuer_by_its_url_has_keys_in_a_jwk_set() -> None:
    signer = Signer("https://issuer.example", "key-1", ISSUER.key)
    text = issue({**CLAIMS, "iss": signer.did}, signer)
    sd_jwt = parse_digital_credential(text, named=False)
    with pytest.raises(MalformedError):
        parse_digital_credential(text)
    mine, other = ({"kid": f"key-{n}", **build_public_jwk(s.key.public_key)} for n, s in ((1, ISSUER), (2, HOLDER)))
    key = find_jwk({"keys": [other, mine]}, sd_jwt.jws)
    assert verify_digital_credential(sd_jwt, lambda _: key, at=NOW, binding=None).claims["name"] == "Ana"
    for keys in ([], [other], [mine, mine]):
        with pytest.raises(ProofError):
            find_jwk({"keys": keys}, sd_jwt.jws)
    for wrong in (None, {}, {"keys": {}}, {"keys": [None]}, {"keys": [mine] * 65}):
        with pytest.raises(MalformedError):
            find_jwk(wrong, sd_jwt.jws)
    with pytest.raises(InvalidKeyError):
        find_jwk({"keys": [{**mine, "d": "x"}]}, sd_jwt.jws)


def test_issuer_without_kid_has_one_key_of_the_curve() -> None:
    sd_jwt = parse_digital_credential(
        issue({**CLAIMS, "iss": "https://i.example"}, Signer("", "", ISSUER.key)), named=False
    )
    mine, other = build_public_jwk(ISSUER.key.public_key), build_public_jwk(HOLDER.key.public_key)
    assert find_jwk({"keys": [other, mine]}, sd_jwt.jws) == ISSUER.key.public_key
    another = build_public_jwk(signer_of("another").key.public_key)
    with pytest.raises(ProofError):
        find_jwk({"keys": [mine, another]}, sd_jwt.jws)


def test_certificate_in_a_header_is_refused() -> None:
    with pytest.raises(MalformedError):
        verify(forge(CLAIMS, x5c=["MII"]))


@pytest.mark.parametrize("key_type", [KeyType.P384, KeyType.P521])
def test_larger_curves_sign_too(key_type: KeyType) -> None:
    key = PrivateKey(key_type, b"\7".rjust(48 if key_type is KeyType.P384 else 66, b"\0"))
    text = issue({**CLAIMS, "iss": "https://i.example"}, Signer("", "", key), disclosable=[("name",)])
    sd_jwt = parse_digital_credential(text, named=False)
    opened = verify_digital_credential(sd_jwt, lambda _: key.public_key, at=NOW, binding=None)
    assert opened.claims["name"] == "Ana"
