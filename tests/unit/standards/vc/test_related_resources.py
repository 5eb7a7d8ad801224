"""Digests of related resources, over the bytes that are at hand."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from legation.standards.multiformats import digest_multibase, encode_base58
from tests.support.vcdm import TYPE, credential, formed, refusal

URL = "https://example.org/picture"
RAW = b"the published bytes"


def sri(name: str, raw: bytes = RAW) -> str:
    return f"{name}-{base64.b64encode(hashlib.new(name, raw).digest()).decode()}"


def document(**entry: Any) -> dict[str, Any]:
    return credential(relatedResource={"id": URL, **entry})


SHA3 = "z" + encode_base58(b"\x16\x20" + hashlib.sha3_256(RAW).digest())


@pytest.mark.parametrize(
    "entry",
    [
        {"digestSRI": sri("sha256")},
        {"digestSRI": sri("sha384") + " " + sri("sha384", b"other")},
        {"digestSRI": [sri("sha512"), sri("sha256", b"other")], "mediaType": "image/png"},
        {"digestSRI": sri("sha384") + "?ct=image/png"},
        {"digestMultibase": digest_multibase(RAW)},
        {"digestMultibase": [digest_multibase(RAW), SHA3], "digestSRI": sri("sha256")},
    ],
)
def test_digest_of_the_bytes_at_hand_is_accepted_and_of_others_refused(entry: dict[str, Any]) -> None:
    assert formed(document(**entry), resources={URL: RAW})
    assert formed(document(**entry))  # not at hand: the form is judged, nothing is fetched
    code, pointer = refusal(document(**entry), resources={URL: RAW + b" "})
    assert code == "digest_mismatch"
    assert pointer is not None
    assert pointer.startswith("/relatedResource/0/digest")


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"digestSRI": ""},
        {"digestSRI": []},
        {"digestSRI": 1},
        {"digestSRI": "md5-" + "A" * 43},
        {"digestSRI": "sha256-" + "A" * 64},
        {"digestSRI": sri("sha256")[:-3] + "!!="},
        {"digestSRI": " ".join([sri("sha256")] * 17)},
        {"digestMultibase": "m" + "A" * 43},
        {"digestMultibase": "u"},
        {"digestMultibase": "uEiA"},
        {"digestMultibase": "z" + encode_base58(b"\x11\x14" + bytes(20))},
        {"digestMultibase": [digest_multibase(RAW), None]},
        {"digestSRI": sri("sha256"), "mediaType": "picture"},
        {"digestSRI": sri("sha256"), "mediaType": 1},
        {"digestSRI": sri("sha256"), "id": "relative"},
        {"digestSRI": sri("sha256"), "id": None},
    ],
)
def test_entry_of_another_form_is_refused(entry: dict[str, Any]) -> None:
    assert refusal(document(**entry))[0] == "malformed"
    assert formed(document(digestSRI=sri("sha256")))


def test_resource_is_listed_once() -> None:
    one = {"id": URL, "digestSRI": sri("sha256")}
    assert formed(credential(relatedResource=[one, {**one, "id": URL + "2"}]))
    assert refusal(credential(relatedResource=[one, one])) == ("malformed", "/relatedResource/1/id")
    assert refusal(credential(relatedResource=[])) == ("malformed", "/relatedResource")
    assert refusal(credential(relatedResource=[URL])) == ("malformed", "/relatedResource")


def test_context_is_at_hand_with_its_own_bytes() -> None:
    from tests.support.vcdm import contexts

    url = "https://www.w3.org/ns/credentials/v2"
    found = contexts().find(url)
    assert found is not None
    assert formed(credential(relatedResource={"id": url, "digestSRI": sri("sha384", found.raw)}))
    assert refusal(credential(relatedResource={"id": url, "digestSRI": sri("sha384")}))[0] == "digest_mismatch"
    # what is published comes before the copy that is bundled
    own = credential(relatedResource={"id": url, "digestSRI": sri("sha384")})
    assert formed(own, resources={url: RAW})


def test_digest_beside_any_id_is_checked() -> None:
    good = {"id": URL, "digestMultibase": digest_multibase(RAW)}
    for made in (
        credential(credentialSubject={"picture": [good]}),
        credential(credentialSchema={**good, "type": TYPE}),
        credential(id=URL, digestMultibase=digest_multibase(RAW)),
    ):
        assert formed(made, resources={URL: RAW})
        assert refusal(made, resources={URL: b"other"})[0] == "digest_mismatch"
    # a term of a schema, say, that has the same name
    assert formed(credential(credentialSubject={"properties": {"id": {}, "digestSRI": {}}}))
