"""SD-JWTs as JSON: flattened and general, and no text that reads two ways."""

from __future__ import annotations

from typing import Any

import pytest

from legation.crypto.keys import PublicKey
from legation.errors import LegationError, MalformedError, ProofError, TooLargeError, UnknownTermError
from legation.standards.jose import SplitJWS
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.serialization import parse_json_sd_jwt
from legation.standards.sd_jwt.verification import verify_sd_jwt
from tests.support.keys import signer_of
from tests.support.selective import (
    BINDING,
    HOLDER,
    ISSUER,
    NOW,
    TYPE,
    digest,
    forge_binding,
    forge_disclosure,
    forge_sd_jwt,
)

SECOND = signer_of("second issuer", p256=True)
NAME = forge_disclosure("salt", "name", "Ana")
CLAIMS = {"_sd": [digest(NAME)], "cnf": {"jwk": build_public_jwk(HOLDER.key.public_key)}}
TEXT = forge_sd_jwt(CLAIMS, [NAME])
HEAD, BODY, SIGNATURE = TEXT.partition("~")[0].split(".")
OTHER_HEAD, _, OTHER_SIGNATURE = forge_sd_jwt(CLAIMS, signer=SECOND).partition("~")[0].split(".")
BOUND = forge_binding(TEXT).rpartition("~")[2]
FLAT: dict[str, Any] = {"payload": BODY, "protected": HEAD, "signature": SIGNATURE, "header": {"disclosures": [NAME]}}
GENERAL: dict[str, Any] = {
    "payload": BODY,
    "signatures": [
        {"protected": HEAD, "signature": SIGNATURE, "header": {"disclosures": [NAME]}},
        {"protected": OTHER_HEAD, "signature": OTHER_SIGNATURE},
    ],
}


def find_key(jws: SplitJWS) -> PublicKey:
    return {signer.did: signer.key.public_key for signer in (ISSUER, SECOND)}[jws.did]


def read(value: object, binding: Any = None) -> dict[str, object]:
    sd_jwt = parse_json_sd_jwt(value, typ=TYPE)
    return verify_sd_jwt(sd_jwt, find_key, at=NOW, binding=binding).claims


def test_flattened_and_general_are_read_as_the_compact_form() -> None:
    for value in (FLAT, GENERAL):
        assert read(value)["name"] == "Ana"
        assert parse_json_sd_jwt(value, typ=TYPE).without_binding() == TEXT
    older = {**{name: FLAT[name] for name in ("payload", "protected", "signature")}, "disclosures": [NAME]}
    assert read(older)["name"] == "Ana"
    assert "name" not in read({**FLAT, "header": {}})


def test_key_binding_covers_the_compact_form() -> None:
    value = {**FLAT, "header": {"disclosures": [NAME], "kb_jwt": BOUND}}
    assert read(value, BINDING)["name"] == "Ana"
    first, second = GENERAL["signatures"]
    bound = {**first, "header": {"disclosures": [NAME], "kb_jwt": BOUND}}
    assert read({**GENERAL, "signatures": [bound, second]}, BINDING)["name"] == "Ana"
    with pytest.raises(LegationError):
        read(FLAT, BINDING)


def test_every_signature_must_hold() -> None:
    first, second = GENERAL["signatures"]
    for changed in ({**second, "signature": SIGNATURE}, {**second, "protected": HEAD}):
        with pytest.raises(ProofError):
            read({**GENERAL, "signatures": [first, changed]})


def test_unprotected_kid_is_a_hint_where_the_caller_names_the_key() -> None:
    head, body, signature = forge_sd_jwt(CLAIMS, kid=None).partition("~")[0].split(".")
    value = {"payload": body, "protected": head, "signature": signature, "header": {"kid": "issuer-key-1"}}
    assert parse_json_sd_jwt(value, typ=TYPE, named=False).jws.method == "issuer-key-1"
    for wrong in ({**value, "header": {"kid": 7}}, {**FLAT, "header": {"kid": "x"}}):
        with pytest.raises(MalformedError):
            parse_json_sd_jwt(wrong, typ=TYPE, named=False)
    with pytest.raises(MalformedError):
        parse_json_sd_jwt(value, typ=TYPE)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {},
        {**FLAT, "x": 1},
        {**FLAT, "header": {"x": 1}},
        {**FLAT, "header": []},
        {**FLAT, "disclosures": [NAME]},
        {**FLAT, "payload": f"{BODY}.x"},
        {**FLAT, "payload": ""},
        {**FLAT, "payload": None},
        {**FLAT, "signature": f"{SIGNATURE}~{NAME}"},
        {**FLAT, "header": {}, "signature": f"{SIGNATURE}~{NAME}"},
        {**FLAT, "header": {"disclosures": NAME}},
        {**FLAT, "header": {"disclosures": [f"{NAME}~{NAME}"]}},
        {**FLAT, "header": {"disclosures": [7]}},
        {**FLAT, "header": {"disclosures": [""]}},
        {**FLAT, "header": {"kb_jwt": "x"}},
        {**FLAT, "header": {"kb_jwt": f"{NAME}~{BOUND}"}},
        {**GENERAL, "signatures": []},
        {**GENERAL, "signatures": {}},
        {**GENERAL, "signatures": [None]},
        {**GENERAL, "signature": SIGNATURE},
        {**GENERAL, "signatures": [{**GENERAL["signatures"][0], "x": 1}]},
        {**GENERAL, "signatures": GENERAL["signatures"][::-1]},
    ],
)
def test_json_of_another_form_is_refused(value: object) -> None:
    with pytest.raises((MalformedError, UnknownTermError)):
        read(value)


def test_number_of_signatures_is_bounded() -> None:
    first, second = GENERAL["signatures"]
    assert len(parse_json_sd_jwt({**GENERAL, "signatures": [first, *[second] * 7]}, typ=TYPE).others) == 7
    with pytest.raises(TooLargeError):
        read({**GENERAL, "signatures": [first, *[second] * 8]})
