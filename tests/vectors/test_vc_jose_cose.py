"""The W3C test suite of VC JOSE COSE: every JOSE and SD-JWT case, by the plain functions with the suite's keys.

The five COSE cases are out of scope: Legation secures with JOSE, SD-JWT and Data Integrity, and the issue asks for the
JOSE and SD-JWT cases. An enveloped ``vc+cose`` within a presentation stays what it is, an entry that nobody opened.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError, ProofError
from legation.standards.key_pairs import load_key_pair
from legation.standards.timestamps import SECOND
from legation.standards.vc.enveloping import find_enveloped
from legation.standards.vc.selective_tokens import (
    read_selective_credential,
    read_selective_presentation,
    sign_selective_credential,
    sign_selective_presentation,
)
from legation.standards.vc.tokens import (
    find_credentials,
    read_credential_token,
    read_presentation_token,
    sign_credential,
    sign_presentation,
)
from tests.support.vectors import load_vectors, vector_path

OUT_OF_SCOPE = {"credential_cose", "presentation_cose"}
# the presentations of the suite were signed in December 2024, for a day
AT = 1_734_300_000 * SECOND
METHODS = ("vm-ed25519.json", "vm-p256.json", "vm-p384.json", "vm-p521.json")


def cases() -> list[Any]:
    try:
        return [case for case in load_vectors("vc-jose-cose", "cases.json") if case["feature"] not in OUT_OF_SCOPE]
    except pytest.skip.Exception:
        return []


def text_of(name: str) -> str:
    """Return an input as text; a text file ends with a line end that is no part of the token."""
    return vector_path("vc-jose-cose", "input", name).read_text().rstrip("\n")


def signer_of(name: str) -> Signer:
    """Return the caller's key of a file, under the name that its verification method has."""
    method = load_vectors("vc-jose-cose", "input", name)
    return Signer(method["controller"], method["id"], load_key_pair(method))


def key_named(kid: str) -> PrivateKey:
    for name in METHODS:
        method = load_vectors("vc-jose-cose", "input", name)
        if kid in (method["id"], method["publicKeyJwk"]["kid"]):
            return load_key_pair(method)
    raise ProofError("no key of the suite has that name")


def steps(path: str) -> tuple[str | int, ...]:
    """Read the suite's spelling of a path."""
    parts = path.replace("[", ".[").split(".")
    return tuple(int(part[1:-1]) if part.startswith("[") else part for part in parts)


def salts() -> Callable[[int], bytes]:
    numbers = count()
    return lambda size: next(numbers).to_bytes(size, "big")


def issue(case: Any) -> str:
    document, signer = json.loads(text_of(case["input_file"])), signer_of(case["key_file"])
    paths = [steps(path) for path in case.get("disclosure_paths", [])]
    match case["feature"]:
        case "credential_jose":
            return sign_credential(document, signer)
        case "presentation_jose":
            return sign_presentation(document, signer)
        case "credential_sdjwt":
            return sign_selective_credential(document, signer, salts=salts(), disclosable=paths)
        case _:
            return sign_selective_presentation(document, signer, salts=salts(), disclosable=paths)


READERS: dict[str, Callable[..., Any]] = {
    "credential_jose": read_credential_token,
    "presentation_jose": read_presentation_token,
    "credential_sdjwt": read_selective_credential,
    "presentation_sdjwt": read_selective_presentation,
}


def verify(feature: str, text: str, key_file: str) -> Any:
    """Verify as a caller does who names the key; the credentials within by the suite's keys of their kid."""
    token = READERS[feature](text, named=False)
    token.verify(signer_of(key_file).key.public_key)
    token.period.check(AT)
    if feature.startswith("presentation"):
        for entry in find_credentials(token.document):
            assert isinstance(entry, dict)
            media, inner = find_enveloped(entry, "EnvelopedVerifiableCredential")
            reader = {"application/vc+jwt": read_credential_token, "application/vc+sd-jwt": read_selective_credential}
            if media in reader:
                credential: Any = reader[media](inner, named=False)
                credential.verify(key_named(credential.method).public_key)
            else:
                assert media == "application/vc+cose;base64"
    return token


@pytest.mark.parametrize("case", [case for case in cases() if case["fn"] == "issue"], ids=lambda case: case["title"])
def test_document_is_issued_and_read_back(case: Any) -> None:
    text = issue(case)
    token = READERS[case["feature"]](text, named=False)
    assert token.document == json.loads(text_of(case["input_file"]))
    signer = signer_of(case["key_file"])
    assert token.method == signer.method
    token.verify(signer.key.public_key)
    for name in METHODS:
        if name != case["key_file"]:
            with pytest.raises(ProofError):
                token.verify(signer_of(name).key.public_key)
    if "sdjwt" in case["feature"]:
        shown = text.split("~")[0] + "~"
        if case["feature"] == "credential_sdjwt":
            withheld = READERS[case["feature"]](shown, named=False)
            withheld.verify(signer.key.public_key)
            assert withheld.document != token.document
        assert text.count("~") - 1 == len(case["disclosure_paths"])


@pytest.mark.parametrize(
    "case",
    [case for case in cases() if case["fn"] == "verify" and case["expected_result"] == "success"],
    ids=lambda case: case["title"],
)
def test_token_of_the_suite_is_accepted(case: Any) -> None:
    text = text_of(case["input_file"])
    verify(case["feature"], text, case["key_file"])
    # a server that always accepts would not refuse this
    head, _, rest = text.partition(".")
    body, _, signature = rest.partition(".")
    flipped = signature[:8] + ("A" if signature[8] != "A" else "B") + signature[9:]
    with pytest.raises(ProofError):
        verify(case["feature"], f"{head}.{body}.{flipped}", case["key_file"])


# what each refused input is refused for, and a token of the suite that differs in nothing else that matters
REFUSED: dict[int, tuple[type[LegationError], str, str, str]] = {
    # nothing is unknown in it; it is signed by another key than the case names, and by its own it is accepted
    9: (ProofError, "credential_jose", "credential-jose-unknown-extensions.txt", "vm-p521.json"),
    10: (MalformedError, "credential_jose", "credential-issuer-match-signed.txt", "vm-ed25519.json"),
    11: (MalformedError, "presentation_jose", "presentation-jose-multiple.txt", "vm-p384.json"),
    13: (MalformedError, "credential_jose", "credential-issuer-match-signed.txt", "vm-ed25519.json"),
    15: (MalformedError, "credential_jose", "credential-issuer-match-signed.txt", "vm-ed25519.json"),
    16: (MalformedError, "presentation_jose", "presentation-jose-multiple.txt", "vm-p384.json"),
    23: (ProofError, "credential_sdjwt", "credential-sdjwt-selective.txt", "vm-p384.json"),
    24: (MalformedError, "credential_sdjwt", "credential-sdjwt-selective.txt", "vm-p384.json"),
    26: (MalformedError, "presentation_sdjwt", "presentation-sdjwt-selective.txt", "vm-p384.json"),
}


@pytest.mark.parametrize(
    "case",
    [case for case in cases() if case["expected_result"] == "failure"],
    ids=lambda case: case["title"],
)
def test_token_of_the_suite_is_refused_and_its_twin_accepted(case: Any) -> None:
    error, *twin = REFUSED[case["number"]]
    with pytest.raises(error):
        verify(case["feature"], text_of(case["input_file"]), case["key_file"])
    feature, name, key_file = twin
    verify(feature, text_of(name), key_file)


def mend(token: str, header: dict[str, Any], edit: Callable[[dict[str, Any]], object], key_file: str) -> str:
    """Sign the refused input again with only its fault mended."""
    claims = json.loads(decoded(token.partition("~")[0].split(".")[1]))
    edit(claims)
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (header, claims))
    signing_input = ".".join(urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    signature = signer_of(key_file).key.sign(signing_input.encode())
    signed = f"{signing_input}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    return "~".join((signed, *token.split("~")[1:]))


def decoded(text: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_refused_input_with_its_one_fault_mended_is_accepted() -> None:
    header = {"alg": "EdDSA", "cty": "vc", "kid": "2aOHaQxsWVT4mLsUkdtlCnUV-au0BBR-5yPYaPaCc5k", "typ": "vc+jwt"}

    def nothing(claims: dict[str, Any]) -> None:
        pass

    def without_vc(claims: dict[str, Any]) -> None:
        del claims["vc"], claims["vp"]

    good = text_of("credential-issuer-match-signed.txt")

    def with_credential(claims: dict[str, Any]) -> None:
        claims["verifiableCredential"][0]["id"] = f"data:application/vc+jwt,{good}"
        claims["exp"] = AT // SECOND + 1

    key = "vm-ed25519.json"
    for name, edit in (
        ("credential-jose-bad-media-type.txt", nothing),
        ("credential-jose-vc-vp-claims.txt", without_vc),
    ):
        verify("credential_jose", mend(text_of(name), header, edit, key), key)
    presentation = mend(
        text_of("presentation-jose-bad-credential.txt"), {**header, "cty": "vp", "typ": "vp+jwt"}, with_credential, key
    )
    verify("presentation_jose", presentation, key)
    selective = {**header, "typ": "vc+sd-jwt"}
    verify("credential_sdjwt", mend(text_of("credential-sdjwt-bad-media-type.txt"), selective, nothing, key), key)
    selective = {"alg": "ES512", "cty": "vp", "typ": "vp+sd-jwt"}
    mended = mend(text_of("presentation-sdjwt-bad-credential.txt"), selective, with_credential, "vm-p521.json")
    verify("presentation_sdjwt", mended, "vm-p521.json")


def test_every_case_in_scope_is_judged() -> None:
    numbers = {case["number"] for case in load_vectors("vc-jose-cose", "cases.json")}
    mine = {case["number"] for case in cases()}
    assert len(mine) == 21
    assert numbers - mine == {28, 29, 30, 31, 32}
    assert {case["number"] for case in cases() if case["expected_result"] == "failure"} == set(REFUSED)
