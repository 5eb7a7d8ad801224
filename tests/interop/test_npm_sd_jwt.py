"""SD-JWT by @sd-jwt: nested and array disclosures, decoys and key binding, issued, shown and judged by either side."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

import legation
from legation.crypto.keys import PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.errors import LegationError
from legation.standards.did.methods import resolve_offline
from legation.standards.jose import SplitJWS
from legation.standards.key_pairs import load_key_pair
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.digital_credentials import (
    issue_digital_credential,
    parse_digital_credential,
    verify_digital_credential,
)
from legation.standards.sd_jwt.presenting import present_sd_jwt
from legation.standards.timestamps import nanoseconds
from legation.standards.vc.selective_tokens import sign_selective_credential
from tests.interop.documents import Document, credential, fault_here, our_did, our_key
from tests.interop.foreign import AT, AT_TEXT, CHALLENGE, DOMAIN, Foreign
from tests.interop.table import Way, shows_fault, tries
from tests.support.chains import base64url

ALGORITHMS = {"ed25519": "EdDSA", "p256": "ES256", "p384": "ES384"}
DC, VC = "dc+sd-jwt", "vc+sd-jwt"
SD_JWT_VC, CORE = "@sd-jwt/sd-jwt-vc", "@sd-jwt/core"
CLAIMS: dict[str, Any] = {
    "iat": int(AT.timestamp()),
    "exp": int(AT.timestamp()) + 3600,
    "vct": "https://credentials.example/identity",
    "given_name": "Zo\u00eb",
    "address": {"locality": "Paris", "country": "FR", "lines": ["1 rue", "2e"]},
    "nationalities": ["FR", "DE", {"code": "XX", "since": 2020}],
    "is_over": {"18": True, "65": False},
}
# everything that is hidden, an address twice over, and two elements of an array
HIDDEN: list[tuple[str | int, ...]] = [
    ("given_name",),
    ("address",),
    ("address", "locality"),
    ("address", "lines", 1),
    ("nationalities", 0),
    ("nationalities", 2),
    ("nationalities", 2, "since"),
    ("is_over", "65"),
]
FRAME: dict[str, Any] = {
    "_sd": ["given_name", "address"],
    "_sd_decoy": 3,
    "address": {"_sd": ["locality"], "lines": {"_sd": [1], "_sd_decoy": 1}},
    "nationalities": {"_sd": [0, 2], "2": {"_sd": ["since"]}, "_sd_decoy": 2},
    "is_over": {"_sd": ["65"], "_sd_decoy": 1},
}
SHOWN: list[tuple[str | int, ...]] = [("address", "locality"), ("nationalities", 2)]
SHOWN_FRAME = {"address": {"locality": True}, "nationalities": {"2": True}}
SEEN = {
    "vct": CLAIMS["vct"],
    "address": {"locality": "Paris", "country": "FR", "lines": ["1 rue"]},
    "nationalities": ["DE", {"code": "XX"}],
    "is_over": {"18": True},
}


# what both sides refuse
BROKEN = ("other_payload", "other_signature")


def kinds(way: Way, *, what: str = "`dc+sd-jwt`", packages: tuple[str, ...] = (SD_JWT_VC,)) -> list[Any]:
    return [
        pytest.param(kind, id=algorithm, marks=tries(f"{what}, {algorithm}", way, *packages))
        for kind, algorithm in ALGORITHMS.items()
    ]


def our_signer(kind: str, name: str = "issuer") -> Signer:
    key: PrivateKey = load_key_pair(our_key(kind, name))
    did = our_did(kind, name)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


def find_key(jws: SplitJWS) -> PublicKey:
    document = resolve_offline(jws.did)
    method = None if document is None else document.find_method(jws.method, "assertionMethod")
    assert method is not None
    assert method.key is not None
    return method.key


def our_sd_jwt(kind: str, *, holder: str | None = "holder") -> str:
    issuer = our_signer(kind)
    return issue_digital_credential(
        {**CLAIMS, "iss": issuer.did},
        issuer,
        salts=secrets.token_bytes,
        disclosable=HIDDEN,
        decoys={(): 3, ("address", "lines"): 1, ("nationalities",): 2, ("is_over",): 1},
        holder_key=None if holder is None else our_signer(kind, holder).key.public_key,
    )


def our_presentation(kind: str, text: str, *, holder: str = "holder") -> str:
    bound: dict[str, Any] = {"holder": our_signer(kind, holder), "nonce": CHALLENGE, "audience": DOMAIN, "at": AT}
    return present_sd_jwt(parse_digital_credential(text), SHOWN, **bound)


def their_sd_jwt(foreign: Foreign, kind: str, *, holder: str | None = "holder", **claims: object) -> str:
    given = {**CLAIMS, "iss": foreign.did(f"{kind}:issuer"), **claims}
    bound = {} if holder is None else {"holder": f"{kind}:{holder}"}
    return str(foreign.ask("issueSelective", claims=given, by=f"{kind}:issuer", typ=DC, frame=FRAME, **bound))


def their_presentation(foreign: Foreign, kind: str, text: str, *, holder: str = "holder", **more: object) -> str:
    given = {"holder": f"{kind}:{holder}", "nonce": CHALLENGE, "audience": DOMAIN, "at": AT_TEXT, **more}
    return str(foreign.ask("presentSelective", text=text, typ=DC, frame=SHOWN_FRAME, **given))


def open_there(foreign: Foreign, text: str, *, typ: str = DC, **expected: object) -> Document:
    found: Document = foreign.ask("openSelective", text=text, typ=typ, **{"at": AT_TEXT, **expected})
    return found


def open_here(text: str, binding: Binding | None = None) -> Document:
    """Return what an SD-JWT VC says here, or a fault."""
    try:
        opened = verify_digital_credential(
            parse_digital_credential(text), find_key, at=nanoseconds(AT), binding=binding
        )
    except LegationError as error:
        return {"fault": error.code}
    return {"claims": dict(opened.claims)}


def said(found: Document) -> Document:
    """Return what was said of the subject."""
    return {name: value for name, value in found["claims"].items() if name not in ("iss", "iat", "exp", "cnf")}


def tampered(text: str) -> dict[str, str]:
    """Return an SD-JWT, bound or not, as a forger leaves it."""
    issued, *disclosures, binding = text.split("~")
    header, payload, signature = issued.split(".")
    forged = base64url(b'["c2FsdHNhbHRzYWx0c2FsdA","given_name","Eve"]')
    return {
        "disclosure_made_up": "~".join([issued, *disclosures, forged, binding]),
        "disclosure_altered": "~".join([issued, forged, *disclosures[1:], binding]),
        "disclosure_twice": "~".join([issued, disclosures[0], *disclosures, binding]),
        "other_payload": "~".join([f"{header}.{payload[:-6]}AAAAAA.{signature}", *disclosures, binding]),
        "other_signature": "~".join([f"{header}.{payload}.{signature[:-6]}AAAAAA", *disclosures, binding]),
    }


@pytest.mark.parametrize("kind", kinds(Way.OURS))
def test_our_sd_jwt_says_there_what_was_disclosed_and_tampered_with_nothing(foreign: Foreign, kind: str) -> None:
    text = our_sd_jwt(kind, holder=None)
    claims = {name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")}
    assert said(open_there(foreign, text)) == claims
    shown = present_sd_jwt(parse_digital_credential(text), SHOWN)
    assert said(open_there(foreign, shown)) == SEEN
    for name, forged in tampered(shown).items():
        assert "fault" in open_here(forged), name
        if name in BROKEN:
            assert "fault" in open_there(foreign, forged), name


@shows_fault(
    "a disclosure that no digest refers to is passed over (GHSA-f9j6-8p6x-r9j6); RFC 9901 §7.1, step 5, and Legation "
    "refuse the whole SD-JWT",
    CORE,
)
def test_disclosure_that_nobody_signed_is_passed_over_there_and_refused_here(foreign: Foreign) -> None:
    shown = present_sd_jwt(parse_digital_credential(our_sd_jwt("p256", holder=None)), SHOWN)
    assert said(open_here(shown)) == said(open_there(foreign, shown)) == SEEN
    forged = tampered(shown)["disclosure_made_up"]
    assert open_here(forged) == {"fault": "malformed"}
    assert said(open_there(foreign, forged)) == SEEN


@pytest.mark.parametrize("kind", kinds(Way.OURS, what="`dc+sd-jwt` with key binding"))
def test_our_key_binding_holds_there_for_its_verifier_alone(foreign: Foreign, kind: str) -> None:
    text = our_sd_jwt(kind)
    bound = our_presentation(kind, text)
    assert said(open_there(foreign, bound, nonce=CHALLENGE, audience=DOMAIN)) == SEEN
    assert "fault" in open_there(foreign, bound, nonce="another", audience=DOMAIN)
    assert "fault" in open_there(foreign, bound, nonce=CHALLENGE, audience="https://other.example")
    stolen = our_presentation(kind, text, holder="thief")
    assert "fault" in open_there(foreign, stolen, nonce=CHALLENGE, audience=DOMAIN)
    fewer = "~".join([*bound.split("~")[:-2], bound.split("~")[-1]])
    assert "fault" in open_there(foreign, fewer, nonce=CHALLENGE, audience=DOMAIN)
    assert open_here(fewer, Binding(DOMAIN, CHALLENGE)) == {"fault": "presentation_invalid"}


@pytest.mark.parametrize("kind", kinds(Way.OURS, what="`dc+sd-jwt` with key binding"))
def test_they_bind_what_we_issued(foreign: Foreign, kind: str) -> None:
    issuer = our_signer(kind)
    jwk = foreign.ask("publicJwk", party=f"{kind}:holder")
    text = issue_digital_credential(
        {**CLAIMS, "iss": issuer.did, "cnf": {"jwk": jwk}}, issuer, salts=secrets.token_bytes, disclosable=HIDDEN
    )
    bound = their_presentation(foreign, kind, text)
    assert said(open_here(bound, Binding(DOMAIN, CHALLENGE))) == SEEN
    assert said(open_there(foreign, bound, nonce=CHALLENGE, audience=DOMAIN)) == SEEN
    stolen = their_presentation(foreign, kind, text, holder="thief")
    assert open_here(stolen, Binding(DOMAIN, CHALLENGE)) == {"fault": "proof_invalid"}


@pytest.mark.parametrize("kind", kinds(Way.THEIRS))
def test_their_sd_jwt_says_here_what_was_disclosed_and_tampered_with_nothing(foreign: Foreign, kind: str) -> None:
    text = their_sd_jwt(foreign, kind, holder=None)
    claims = {name: value for name, value in CLAIMS.items() if name not in ("iat", "exp")}
    assert said(open_here(text)) == claims
    shown = present_sd_jwt(parse_digital_credential(text), SHOWN)
    assert said(open_here(shown)) == SEEN
    faults = {name: open_here(forged).get("fault") for name, forged in tampered(shown).items()}
    assert faults == {
        "disclosure_made_up": "malformed",
        "disclosure_altered": "malformed",
        "disclosure_twice": "malformed",
        "other_payload": "malformed",
        "other_signature": "proof_invalid",
    }


@pytest.mark.parametrize("kind", kinds(Way.THEIRS, what="`dc+sd-jwt` with key binding"))
def test_their_key_binding_holds_here_for_its_verifier_alone(foreign: Foreign, kind: str) -> None:
    text = their_sd_jwt(foreign, kind)
    bound = their_presentation(foreign, kind, text)
    assert said(open_here(bound, Binding(DOMAIN, CHALLENGE))) == SEEN
    assert open_here(bound, Binding(DOMAIN, "another")) == {"fault": "challenge_mismatch"}
    assert open_here(bound, Binding("https://other.example", CHALLENGE)) == {"fault": "domain_mismatch"}
    stolen = their_presentation(foreign, kind, text, holder="thief")
    assert open_here(stolen, Binding(DOMAIN, CHALLENGE)) == {"fault": "proof_invalid"}
    fewer = "~".join([*bound.split("~")[:-2], bound.split("~")[-1]])
    assert open_here(fewer, Binding(DOMAIN, CHALLENGE)) == {"fault": "presentation_invalid"}
    late = their_presentation(foreign, kind, text, at="2026-11-23T08:54:59Z")
    assert open_here(late, Binding(DOMAIN, CHALLENGE)) == {"fault": "presentation_invalid"}
    assert open_here(f"{bound.rpartition('~')[0]}~", Binding(DOMAIN, CHALLENGE)) == {"fault": "presentation_invalid"}


@pytest.mark.parametrize("kind", kinds(Way.THEIRS))
def test_their_sd_jwt_of_another_issuer_or_time_is_refused_here(foreign: Foreign, kind: str) -> None:
    assert "claims" in open_here(their_sd_jwt(foreign, kind))
    assert open_here(their_sd_jwt(foreign, kind, iss=foreign.did(f"{kind}:another"))) == {"fault": "malformed"}
    assert open_here(their_sd_jwt(foreign, kind, exp=CLAIMS["iat"] - 1)) == {"fault": "expired"}
    assert open_here(their_sd_jwt(foreign, kind, nbf=CLAIMS["iat"] + 120)) == {"fault": "not_yet_valid"}


# ---------------------------------------------------------------- W3C credentials


@pytest.mark.parametrize("kind", kinds(Way.OURS, what="`vc+sd-jwt`", packages=(CORE,)))
def test_our_w3c_credential_says_there_what_was_disclosed(foreign: Foreign, kind: str) -> None:
    document = credential(our_did(kind))
    hidden = [("credentialSubject", "name"), ("credentialSubject", "boards", 0), ("credentialSubject", "boards", 1)]
    decoys = {("credentialSubject",): 2, ("credentialSubject", "boards"): 1}
    text = sign_selective_credential(
        document, our_signer(kind), salts=secrets.token_bytes, disclosable=hidden, decoys=decoys
    )
    assert open_there(foreign, text, typ=VC)["claims"] == document
    derived = str(legation.derive_credential(text, ["/credentialSubject/boards/1"]))
    subject = open_there(foreign, derived, typ=VC)["claims"]["credentialSubject"]
    assert subject["boards"] == document["credentialSubject"]["boards"][1:]
    assert "name" not in subject
    for name in BROKEN:
        assert "fault" in open_there(foreign, tampered(derived)[name], typ=VC), name


@pytest.mark.parametrize("kind", kinds(Way.THEIRS, what="`vc+sd-jwt`", packages=(CORE,)))
def test_their_w3c_credential_holds_here_and_tampered_with_does_not(foreign: Foreign, kind: str) -> None:
    document = credential(foreign.did(f"{kind}:issuer"))
    frame = {"credentialSubject": {"_sd": ["name"], "_sd_decoy": 2, "boards": {"_sd": [0, 1]}}}
    text = foreign.ask("issueSelective", claims=document, by=f"{kind}:issuer", typ=VC, frame=frame)
    assert fault_here(text) is None
    derived = str(legation.derive_credential(text, ["/credentialSubject/boards/1"]))
    assert fault_here(derived) is None
    faults = {name: fault_here(forged) for name, forged in tampered(derived).items()}
    assert None not in faults.values()
    assert faults["other_signature"] == "proof_invalid"
