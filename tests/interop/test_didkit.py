"""didkit, in Rust: what it signs and we verify, what we sign and it verifies, and DIDs that both read alike."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from legation.errors import ProofError
from legation.standards.did.jwk import build_did_jwk
from legation.standards.did.key import build_did_key
from legation.standards.did.methods import resolve_offline
from legation.standards.jose import sign_jws
from legation.standards.jwk import build_public_jwk
from legation.standards.key_pairs import load_key_pair
from legation.standards.multiformats import decode_base64url
from tests.interop.documents import (
    CHANGES,
    CREDENTIALS_V1,
    KEY_NAMES,
    Document,
    changed,
    credential,
    fault_here,
    our_did,
    our_key,
    presentation,
    presentation_fault_here,
)
from tests.interop.foreign import AT_TEXT, CHALLENGE, DOMAIN, altered_token
from tests.interop.table import Way, shows_fault, tries
from tests.interop.test_npm_sd_jwt import our_signer

PROCESS = Path(__file__).with_name("didkit_process.py")
DEADLINE_SECONDS = 60
DIDKIT = "didkit"
ED25519_2020 = "Ed25519Signature2020"
ED25519_2020_CONTEXT = "https://w3id.org/security/suites/ed25519-2020/v1"
OPTIONS = {"type": ED25519_2020, "created": AT_TEXT}
# the keys of which didkit makes a DID
METHODS = [("ed25519", "key"), ("ed25519", "jwk"), ("p256", "key"), ("p256", "jwk"), ("p384", "jwk")]
JWS = {"ed25519": "EdDSA", "p256": "ES256"}
JWT_VC = "JWT: the JWS of a JWT-VC 1.1"

if importlib.util.find_spec("didkit") is None:
    pytest.skip(
        "PyPI's didkit is not installed (make interop installs it where it has a wheel)", allow_module_level=True
    )


def ask(*questions: dict[str, Any]) -> list[Any]:
    """Ask the other implementation, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(PROCESS)],
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def answers(*questions: dict[str, Any]) -> list[Any]:
    """Return what it does not refuse."""
    return [found["answer"] for found in ask(*questions)]


def did_of(kind: str, method: str = "key") -> str:
    key = load_key_pair(our_key(kind)).public_key
    return build_did_key(key) if method == "key" else build_did_jwk(key)


def old(issuer: str, **more: object) -> Document:
    document = credential(issuer, version=CREDENTIALS_V1)
    document["@context"].insert(1, ED25519_2020_CONTEXT)
    return document | more


def issuing(document: Document, *, method: str = "key", kind: str = "ed25519", **options: str) -> dict[str, Any]:
    return {"do": "issue", "document": document, "key": our_key(kind), "method": method, "options": options or OPTIONS}


@tries(ED25519_2020, Way.THEIRS, DIDKIT)
@pytest.mark.parametrize("method", ["key", "jwk"])
def test_its_credential_holds_here_and_altered_neither_here_nor_there(method: str) -> None:
    (secured,) = answers(issuing(old(did_of("ed25519", method)), method=method))
    assert fault_here(secured) is None
    altered = {name: changed(secured, change) for name, change in CHANGES.items()}
    faults = answers(*({"do": "judge", "secured": each} for each in (secured, *altered.values())))
    assert faults[0] == []
    for (name, each), fault in zip(altered.items(), faults[1:], strict=True):
        assert fault_here(each) == "proof_invalid", name
        assert fault, name


@tries(ED25519_2020, Way.THEIRS, DIDKIT)
def test_its_presentation_holds_here_for_its_verifier_alone() -> None:
    (held,) = answers(issuing(old(did_of("ed25519"))))
    document = presentation(did_of("ed25519"), held, version=CREDENTIALS_V1)
    document["@context"].append(ED25519_2020_CONTEXT)
    options = {**OPTIONS, "challenge": CHALLENGE, "domain": DOMAIN}
    asked = {"do": "present", "document": document, "key": our_key("ed25519"), "options": options}
    (secured,) = answers(asked)
    assert presentation_fault_here(secured) is None
    assert presentation_fault_here(secured, challenge="another") == "challenge_mismatch"
    assert presentation_fault_here(secured, domain="https://other.example") == "domain_mismatch"
    altered = changed(secured, lambda it: it.update(id="urn:example:another"))
    assert presentation_fault_here(altered) == "proof_invalid"
    held["credentialSubject"]["name"] = "Eve"
    (forged,) = answers(asked)
    assert presentation_fault_here(forged) == "proof_invalid"


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, id=name, marks=tries(f"{JWT_VC}, {name}", Way.OURS, DIDKIT)) for kind, name in JWS.items()],
)
@pytest.mark.parametrize("method", ["key", "jwk"])
def test_our_signature_holds_there_and_altered_or_of_another_does_not(kind: str, method: str) -> None:
    did, signer = did_of(kind, method), our_signer(kind)
    assert resolve_offline(did) is not None
    named = f"{did}#0" if method == "jwk" else signer.method
    document = credential(did, version=CREDENTIALS_V1)
    claims = {"iss": did, "nbf": 1_793_491_200, "jti": document["id"], "sub": "did:example:abc", "vc": document}
    token, stolen = (
        sign_jws(claims, typ="JWT", signer=type(signer)(did, named, key))
        for key in (signer.key, our_signer(kind, "thief").key)
    )
    altered = altered_token(token, jti="urn:example:another")
    own, *others = answers(*({"do": "judge", "secured": each} for each in (token, stolen, altered)))
    assert own == []
    assert all(others)


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, id=name, marks=tries(f"{JWT_VC}, {name}", Way.THEIRS, DIDKIT)) for kind, name in JWS.items()],
)
@pytest.mark.parametrize("method", ["key", "jwk"])
def test_its_signature_holds_here_by_the_key_that_its_kid_names(kind: str, method: str) -> None:
    did = did_of(kind, method)
    (token,) = answers(issuing(credential(did, version=CREDENTIALS_V1), kind=kind, method=method, proofFormat="jwt"))
    head, _, signature = token.rpartition(".")
    kid = json.loads(decode_base64url(token.split(".")[0]))["kid"]
    document = resolve_offline(did)
    assert document is not None
    found = document.find_method(kid, "assertionMethod")
    assert found is not None
    assert found.key is not None
    found.key.verify(head.encode(), decode_base64url(signature))
    with pytest.raises(ProofError):
        found.key.verify(head.encode() + b"A", decode_base64url(signature))
    # as a credential it is refused: VC JOSE COSE has neither the claim vc nor a token without its type
    assert fault_here(token) is not None


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        pytest.param(
            kind, method, id=f"{kind}-{method}", marks=tries(f"did:{method}, {KEY_NAMES[kind]}", Way.OURS, DIDKIT)
        )
        for kind, method in METHODS
    ],
)
def test_it_reads_our_did_as_we_do(kind: str, method: str) -> None:
    did = did_of(kind, method)
    other = did.replace("z6M", "z6N") if did.startswith("did:key:z6M") else f"{did[:-8]}AAAAAAAA"
    own, broken = ask({"do": "resolve", "did": did}, {"do": "resolve", "did": other})
    (found,) = own["answer"]["verificationMethod"]
    ours = resolve_offline(did)
    assert ours is not None
    method_here = ours.find_method(found["id"], "assertionMethod")
    assert method_here is not None
    assert method_here.key is not None
    assert found["publicKeyJwk"] == build_public_jwk(method_here.key)
    assert own["answer"]["assertionMethod"] == own["answer"]["authentication"] == [found["id"]]
    assert "refused" in broken or broken["answer"]["verificationMethod"][0]["publicKeyJwk"] != found["publicKeyJwk"]


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        pytest.param(
            kind, method, id=f"{kind}-{method}", marks=tries(f"did:{method}, {KEY_NAMES[kind]}", Way.THEIRS, DIDKIT)
        )
        for kind, method in METHODS
    ],
)
def test_it_gives_a_key_the_did_that_we_give_it(kind: str, method: str) -> None:
    own, other = answers(
        *({"do": "name", "key": our_key(kind, name), "method": method} for name in ("issuer", "thief"))
    )
    assert own == did_of(kind, method)
    assert other != own
    document = resolve_offline(own)
    assert document is not None


# ---------------------------------------------------------------- where it errs


@shows_fault("a credential that has expired holds, as one whose time has not come does; Legation refuses both", DIDKIT)
def test_credential_out_of_its_time_holds_there_and_not_here() -> None:
    did = did_of("ed25519")
    early, late = answers(
        issuing(old(did, issuanceDate="2990-12-01T00:00:00Z", expirationDate="2996-12-01T00:00:00Z")),
        issuing(old(did, issuanceDate="2010-01-01T00:00:00Z", expirationDate="2010-02-01T00:00:00Z")),
    )
    assert [fault_here(early), fault_here(late)] == ["not_yet_valid", "expired"]
    assert answers({"do": "judge", "secured": early}, {"do": "judge", "secured": late}) == [[], []]


@shows_fault("no `did:key` of a P-384 key", DIDKIT)
def test_did_key_of_p384_is_refused_there_and_read_here() -> None:
    named, resolved = ask(
        {"do": "name", "key": our_key("p384"), "method": "key"}, {"do": "resolve", "did": our_did("p384")}
    )
    assert resolve_offline(our_did("p384")) is not None
    assert "refused" in named
    assert "refused" in resolved


def test_what_it_signs_in_ways_that_we_do_not_know_is_refused() -> None:
    did = did_of("ed25519")
    made = answers(
        issuing(old(did), type="Ed25519Signature2018", created=AT_TEXT),
        issuing(old(did), type="JsonWebSignature2020", created=AT_TEXT),
        issuing(old(did)),
    )
    *unknown, known = [fault_here(each) for each in made]
    assert unknown == ["malformed", "malformed"]
    assert known is None
