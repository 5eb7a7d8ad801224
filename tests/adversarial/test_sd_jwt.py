"""Attacks on SD-JWTs; each name carries the id of its case. The twin that is accepted stands beside each."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError, MalformedError
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.sd_jwt.presenting import present_sd_jwt
from tests.support.chains import AT, base64url, unbase64url
from tests.support.keys import signer_of
from tests.support.selective import (
    AUDIENCE,
    BINDING,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    TYPE,
    digest,
    forge_binding,
    forge_disclosure,
    forge_sd_jwt,
    parse,
    salts,
    verify,
)

CLAIMS: dict[str, Any] = {"iss": ISSUER.did, "name": "Ana", "roles": ["a", "b"], "exp": NOW // 10**9 + 60}
PATHS = [("name",), ("roles", 0)]
ISSUED = issue_sd_jwt(CLAIMS, ISSUER, typ=TYPE, salts=salts(), disclosable=PATHS, holder_key=HOLDER.key.public_key)
MINUTE = 60 * 10**9


def present(holder: Any = HOLDER) -> str:
    return present_sd_jwt(parse(ISSUED), PATHS, holder=holder, nonce=NONCE, audience=AUDIENCE, at=AT)


def code_of(text: str, binding: Binding | None = BINDING, at: int = NOW) -> str:
    with pytest.raises(LegationError) as refused:
        verify(text, binding, at)
    return refused.value.code


def test_good_presentation_is_accepted() -> None:
    assert verify(present(), BINDING).claims["name"] == "Ana"


def test_s01_stripped_key_binding_is_refused_where_policy_needs_one() -> None:
    text = present()
    bare = text.rpartition("~")[0] + "~"
    assert code_of(bare) == "presentation_invalid"
    assert code_of(ISSUED) == "presentation_invalid"
    assert code_of(bare.rstrip("~")) == "malformed"
    # nor does a credential that names no holder make the need go away
    assert code_of(forge_sd_jwt({"name": "Ana"})) == "presentation_invalid"
    # where policy asks for none, what was sent decides nothing either
    assert code_of(text, None) == "malformed"
    assert verify(bare, None).claims["name"] == "Ana"


def test_s02_digest_twice_and_disclosure_that_no_digest_refers_to_are_refused() -> None:
    name = forge_disclosure("s", "name", "Ana")
    good = {"_sd": [digest(name)]}
    for claims, disclosures in (
        ({"_sd": [digest(name)] * 2}, [name]),
        ({**good, "a": {**good}}, [name]),
        ({**good, "a": [{"...": digest(name)}]}, [name]),
        (good, [name, name]),
        (good, [name, forge_disclosure("s", "name", "Bob")]),
        ({}, [name]),
        (good, [name, forge_disclosure("s", "element")]),
    ):
        assert code_of(forge_sd_jwt(claims, disclosures), None) == "malformed"
    assert verify(forge_sd_jwt(good, [name])).claims == {"name": "Ana"}


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg", "iss", "exp", "cnf", "sub"])
def test_s02_disclosure_of_a_reserved_or_an_existing_claim_is_refused(name: str) -> None:
    disclosure = forge_disclosure("s", name, "evil")
    clear = {
        "iss": ISSUER.did,
        "exp": CLAIMS["exp"],
        "cnf": {"jwk": build_public_jwk(HOLDER.key.public_key)},
        "sub": "x",
    }
    assert code_of(forge_sd_jwt({**clear, "_sd": [digest(disclosure)]}, [disclosure]), None) == "malformed"
    # also one level down, and by a disclosure within a disclosure
    outer = forge_disclosure("t", "outer", {name: 1, "_sd": [digest(disclosure)]})
    assert code_of(forge_sd_jwt({"_sd": [digest(outer)]}, [outer, disclosure]), None) == "malformed"
    other = forge_disclosure("s", "other", "fine")
    assert verify(forge_sd_jwt({**clear, "_sd": [digest(other)]}, [other])).claims["other"] == "fine"


def test_s02_expiry_cannot_be_hidden_by_a_second_one() -> None:
    later = forge_disclosure("s", "exp", CLAIMS["exp"] + 10**6)
    text = forge_sd_jwt({"exp": CLAIMS["exp"], "_sd": [digest(later)]}, [later])
    assert code_of(text, None) == "malformed"
    assert code_of(forge_sd_jwt({"_sd": [digest(later)]}, [later]), None, (CLAIMS["exp"] + 10**6) * 10**9) == "expired"


def test_s09_key_binding_for_another_verifier_or_challenge_or_of_another_time_is_refused() -> None:
    text = present()
    assert code_of(text, Binding("https://second.example", NONCE)) == "domain_mismatch"
    assert code_of(text, Binding(AUDIENCE + "/", NONCE)) == "domain_mismatch"
    assert code_of(text, Binding(AUDIENCE, "the nonce of a replica")) == "challenge_mismatch"
    assert code_of(text, at=NOW + 6 * MINUTE) in ("presentation_invalid", "expired")
    assert code_of(forge_binding(ISSUED, iat=NOW // 10**9 - 400)) == "presentation_invalid"
    assert code_of(forge_binding(ISSUED, iat=NOW // 10**9 + 400)) == "presentation_invalid"
    assert code_of(present(signer_of("thief", p256=True))) == "proof_invalid"
    head, _, signature = text.rpartition(".")
    raw = bytearray(unbase64url(signature))
    raw[5] ^= 1
    assert code_of(f"{head}.{base64url(bytes(raw))}") == "proof_invalid"
    verify(text, BINDING)


def test_s09_key_binding_does_not_move_to_other_disclosures() -> None:
    text = present()
    *parts, binding = text.split("~")
    for fewer in ([parts[0]], parts[:2], [parts[0], parts[2]], [parts[0], parts[2], parts[1]]):
        assert code_of("~".join((*fewer, binding))) == "presentation_invalid"
    another = issue_sd_jwt(
        {**CLAIMS, "name": "Eve"},
        ISSUER,
        typ=TYPE,
        salts=salts(),
        disclosable=PATHS,
        holder_key=HOLDER.key.public_key,
    )
    assert code_of(another + binding) == "presentation_invalid"


def test_disclosures_of_another_credential_do_not_fit() -> None:
    eve = issue_sd_jwt({**CLAIMS, "name": "Eve"}, ISSUER, typ=TYPE, salts=salts(), disclosable=PATHS)
    signed = ISSUED.partition("~")[0]
    for disclosure in eve.split("~")[1:-1]:
        if disclosure not in ISSUED:
            with pytest.raises(MalformedError):
                verify("~".join((signed, disclosure, "")))


def test_hash_is_not_the_attackers_choice() -> None:
    name = forge_disclosure("s", "name", "Ana")
    for algorithm in ("md5", "sha-1", "sha-512", "none", None):
        text = forge_sd_jwt({"_sd": [digest(name)], "_sd_alg": algorithm}, [name])
        assert code_of(text, None) in ("unknown_term", "malformed")


def test_every_flipped_byte_of_a_presentation_is_refused() -> None:
    text = present()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(0, len(text), 7):
        if text[place] in alphabet:
            flipped = alphabet[(alphabet.index(text[place]) + 1) % 64]
            code_of(text[:place] + flipped + text[place + 1 :])
        else:
            code_of(text[:place] + text[place + 1 :])
