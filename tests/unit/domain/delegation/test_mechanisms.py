"""Hops secured in every way: chains of one form and of all, and what is refused of each (design page §1, §2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from os import urandom
from typing import Any

import pytest

from legation.crypto.keys import KeyType
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, issue_root
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.domain.delegation.selective import VCT
from legation.domain.presentation import present
from legation.domain.submission import parse_submission
from legation.domain.trust import TrustAnchors
from legation.errors import LegationError, MalformedError
from legation.standards.data_integrity.documents import add_proof, derive
from legation.standards.data_integrity.suites import SuiteOptions
from legation.standards.did.key import build_did_key
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.multiformats import digest_multibase, encode_multikey
from legation.standards.sd_jwt.digital_credentials import issue_digital_credential
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.timestamps import parse_timestamp
from tests.support.chains import (
    AT,
    CHALLENGE,
    DETAILS,
    DOMAIN,
    FROM,
    PRINCIPAL,
    REQUEST,
    UNTIL,
    credential,
    forge_proof,
    forge_token,
    honest_chain,
    judged,
    judged_presented,
    parties,
)

_TOKENS = [Format.JWT, Format.VC_SD_JWT, Format.DC_SD_JWT]
ED25519_FORMS = [Format.DATA_INTEGRITY, Format.EDDSA_RDFC_2022, *_TOKENS]
P256_FORMS = [Format.ECDSA_JCS_2019, Format.ECDSA_RDFC_2019, *_TOKENS]
ACME, PLANNER = parties(1)
P256_ACME, _ = parties(1, p256=[0])
SECONDS = 10**9


def accepted(chain: Chain, holder: Signer, form: Format | None = None) -> bool:
    """Say whether a presentation of the chain is accepted by a verifier that trusts its root's issuer."""
    text = present(chain.hops, holder, challenge=CHALLENGE, domain=DOMAIN, at=AT, form=form)
    trust = TrustAnchors.of(read_hop(chain.hops[0]).hop.issuer)
    return judged_presented(text, request=REQUEST, trust=trust).accepted


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LegationError) as refused:
        act()
    return refused.value.code


def document() -> dict[str, Any]:
    return credential(0, ACME, PLANNER)


def claims_of(written: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of a dc+sd-jwt for a hop, written by hand."""
    return {
        "vct": VCT,
        "iss": written["issuer"],
        "sub": written["credentialSubject"]["id"],
        "jti": written["id"],
        "nbf": parse_timestamp(written["validFrom"]) // SECONDS,
        "exp": parse_timestamp(written["validUntil"]) // SECONDS,
        "delegation": written["credentialSubject"]["delegation"],
    }


@pytest.mark.parametrize("form", ED25519_FORMS)
def test_chain_in_one_form_is_accepted_and_with_a_changed_leaf_it_is_not(form: Format) -> None:
    chain = honest_chain(3, [form])
    assert accepted(chain, parties(3)[3])
    verdict = judged(Chain((*chain.hops[:2], forged(chain.hops[2]))), holder=parties(3)[3].did)
    assert (verdict.verified, verdict.code) == (False, "proof_invalid")


def forged(hop: SecuredCredential) -> SecuredCredential:
    """Return a hop that says, or bears, what its issuer did not sign."""
    wire: Any = hop.wire
    if not isinstance(wire, str):
        return SecuredCredential({**wire, "validUntil": "2026-11-23T08:59:59Z"})
    at = wire.rindex(".") + 1
    return SecuredCredential(wire[:at] + ("A" if wire[at] != "A" else "B") + wire[at + 1 :])


@pytest.mark.parametrize("form", P256_FORMS)
def test_chain_of_p256_keys_is_accepted_in_each_form_that_they_can_make(form: Format) -> None:
    chain, holder = honest_chain(2, [form], p256=range(3)), parties(2, p256=range(3))[2]
    assert accepted(chain, holder)
    trust = TrustAnchors.of(parties(2, p256=range(3))[0].did)
    verdict = judged(Chain((chain.hops[0], forged(chain.hops[1]))), holder=holder.did, trust=trust)
    assert (verdict.verified, verdict.code) == (False, "proof_invalid")


def test_p384_key_issues_in_each_form_that_it_can_make() -> None:
    key = PrivateKey(KeyType.P384, b"\x07" * 48)
    did = build_did_key(key.public_key)
    signer = Signer(did, f"{did}#{encode_multikey(key.public_key)}", key)
    for form in P256_FORMS:
        read = read_hop(_issue(signer, form))
        for seal in read.seals:
            seal.verify(key.public_key)


def _issue(signer: Signer, form: Format) -> SecuredCredential:
    terms = Terms("urn:example:1", PLANNER.did, AT, AT + timedelta(hours=1), DETAILS, 3)
    return issue_root(signer, terms, principal=PRINCIPAL, at=AT, form=form)


@pytest.mark.parametrize(("first", "second"), list(product(ED25519_FORMS, repeat=2)))
def test_chain_of_two_forms_is_accepted(first: Format, second: Format) -> None:
    assert accepted(honest_chain(2, [first, second]), parties(2)[2])


@pytest.mark.parametrize("form", [Format.DATA_INTEGRITY, Format.EDDSA_RDFC_2022, Format.JWT])
def test_presentation_in_each_form_is_accepted_for_hops_in_all(form: Format) -> None:
    chain = honest_chain(len(ED25519_FORMS), ED25519_FORMS)
    assert accepted(chain, parties(len(ED25519_FORMS))[-1], form)


@pytest.mark.parametrize("form", [Format.VC_SD_JWT, Format.DC_SD_JWT])
def test_presentation_is_no_sd_jwt(form: Format) -> None:
    with pytest.raises(MalformedError):
        accepted(honest_chain(1, [form]), parties(1)[1], form)
    assert accepted(honest_chain(1, [form]), parties(1)[1])


@pytest.mark.parametrize("form", [Format.ECDSA_JCS_2019, Format.ECDSA_RDFC_2019])
def test_key_makes_no_proof_of_a_cryptosuite_for_another(form: Format) -> None:
    assert code_of(lambda: _issue(ACME, form)) == "invalid_key"
    assert _issue(P256_ACME, form)


# ------------------------------------------------------------------ SD-JWTs


@pytest.mark.parametrize("form", [Format.VC_SD_JWT, Format.DC_SD_JWT])
def test_digest_of_an_sd_jwt_covers_what_its_issuer_signed(form: Format) -> None:
    wire = str(_issue(ACME, form).wire)
    assert wire.endswith("~")
    assert read_hop(SecuredCredential(wire)).digest == digest_multibase(wire.partition("~")[0].encode())


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "dc+sd-jwt"])
@pytest.mark.parametrize(
    "path", [("delegation",), ("delegation", "maxDepth"), ("delegation", "authorizationDetails", 0)]
)
def test_hop_is_taken_with_all_disclosures_and_with_one_missing_refused(typ: str, path: tuple[str | int, ...]) -> None:
    if typ == "vc+sd-jwt":
        text = issue_sd_jwt(document(), ACME, typ=typ, salts=urandom, disclosable=[("credentialSubject", *path)])
    else:
        text = issue_digital_credential(claims_of(document()), ACME, salts=urandom, disclosable=[path])
    assert read_hop(SecuredCredential(text)).hop.max_depth == 16
    bare = text.partition("~")[0] + "~"
    assert text != bare
    assert code_of(lambda: read_hop(SecuredCredential(bare))) == "malformed"


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "dc+sd-jwt"])
def test_decoy_in_a_hop_is_refused(typ: str) -> None:
    def text(decoys: int) -> str:
        if typ == "vc+sd-jwt":
            return issue_sd_jwt(document(), ACME, typ=typ, salts=urandom, decoys={(): decoys} if decoys else None)
        return issue_digital_credential(
            claims_of(document()), ACME, salts=urandom, decoys={(): decoys} if decoys else None
        )

    assert read_hop(SecuredCredential(text(0)))
    assert code_of(lambda: read_hop(SecuredCredential(text(1)))) == "malformed"


def test_claims_of_a_digital_credential_are_the_members_of_the_credential() -> None:
    written = {**document(), "name": "Ads", "description": "What the planner may do"}
    claims = {**claims_of(written), "name": "Ads", "description": "What the planner may do", "iat": 1795420800}
    read = read_hop(SecuredCredential(issue_digital_credential(claims, ACME, salts=urandom)))
    assert read.hop.document == written
    assert read.seals[0].dated == 1795420800 * SECONDS


def test_status_of_a_digital_credential_is_an_entry_that_revokes() -> None:
    claims = {**claims_of(document()), "status": {"status_list": {"idx": 7, "uri": "https://acme.example/lists/1"}}}
    (entry,) = read_hop(SecuredCredential(issue_digital_credential(claims, ACME, salts=urandom))).hop.status
    assert entry == {
        "type": "TokenStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://acme.example/lists/1",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vct": "https://w3id.org/legation#Other"}, "unknown_term"),
        ({"aud": "x"}, "unknown_term"),
        ({"cnf": {"jwk": {}}}, "unknown_term"),
        ({"nbf": 1.5}, "malformed"),
        ({"nbf": True}, "malformed"),
        ({"exp": 2**70}, "malformed"),
        ({"exp": 10**12}, "malformed"),
        ({"iat": "now"}, "malformed"),
        ({"jti": None}, "malformed"),
        ({"jti": 7}, "malformed"),
        ({"sub": "https://a.example"}, "malformed"),
        ({"delegation": None}, "malformed"),
        ({"status": {}}, "unknown_term"),
        ({"status": {"status_list": {"idx": "7", "uri": "https://a.example"}}}, "malformed"),
        ({"status": {"status_list": {"idx": 7, "uri": 7}}}, "unknown_term"),
        ({"status": {"status_list": {"idx": 7, "uri": "u", "x": 1}}}, "unknown_term"),
        ({"credentialStatus": []}, "malformed"),
    ],
)
def test_digital_credential_that_is_no_hop_is_refused(changes: dict[str, object], code: str) -> None:
    claims = claims_of(document())
    assert read_hop(SecuredCredential(forge_token(claims, ACME, typ="dc+sd-jwt") + "~"))
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    text = forge_token(claims, ACME, typ="dc+sd-jwt") + "~"
    assert code_of(lambda: read_hop(SecuredCredential(text))) == code


@pytest.mark.parametrize("typ", ["vc+jwt", "jwt", "kb+jwt", "example+sd-jwt"])
def test_sd_jwt_of_another_type_is_no_hop(typ: str) -> None:
    text = forge_token(claims_of(document()), ACME, typ=typ) + "~"
    assert code_of(lambda: read_hop(SecuredCredential(text))) == "malformed"


def test_hop_with_a_key_binding_is_refused() -> None:
    text = str(_issue(ACME, Format.VC_SD_JWT).wire)
    assert read_hop(SecuredCredential(text))
    binding = forge_token({"nonce": "n"}, PLANNER, typ="kb+jwt")
    assert code_of(lambda: read_hop(SecuredCredential(text + binding))) == "malformed"


@pytest.mark.parametrize("form", [Format.JWT, Format.VC_SD_JWT, Format.DC_SD_JWT])
def test_media_type_says_what_is_enveloped(form: Format) -> None:
    secured = _issue(ACME, form)
    entry: dict[str, object] = {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/{secured.media()},{secured.wire}",
        "type": "EnvelopedVerifiableCredential",
    }
    assert parse_submission(json.dumps([entry])).hops == (secured,)
    for other in {"vc+jwt", "vc+sd-jwt", "dc+sd-jwt"} - {secured.media()}:
        wrong = {**entry, "id": f"data:application/{other},{secured.wire}"}
        assert code_of(lambda wrong=wrong: parse_submission(json.dumps([wrong]))) == "malformed"


def test_compact_form_takes_no_sd_jwt() -> None:
    assert honest_chain(1, [Format.JWT]).to_compact()
    with pytest.raises(MalformedError):
        honest_chain(1, [Format.VC_SD_JWT]).to_compact()


# ------------------------------------------------------------------ ecdsa-sd-2023


def _selective(pointers: tuple[str, ...], shown: tuple[str, ...] = ()) -> dict[str, Any]:
    signer = P256_ACME
    written = credential(0, signer, PLANNER)
    contexts = bundled_contexts()
    base = add_proof(
        written,
        signer,
        cryptosuite="ecdsa-sd-2023",
        purpose="assertionMethod",
        created=FROM,
        contexts=contexts,
        options={},
        suite_options=SuiteOptions(pointers, entropy=urandom),
    )
    return derive(base, shown, contexts)


EVERYTHING = ("/issuer", "/validFrom", "/validUntil", "/credentialSubject")


def test_hop_under_a_derived_proof_is_taken_where_everything_is_mandatory() -> None:
    hop = SecuredCredential(_selective(EVERYTHING))
    verdict = judged(Chain((hop,)), holder=PLANNER.did, trust=TrustAnchors.of(P256_ACME.did))
    assert (verdict.verified, verdict.refusal) == (True, None)


def test_hop_under_a_derived_proof_is_refused_where_its_holder_chose() -> None:
    hop = SecuredCredential(_selective(("/issuer",), ("/validFrom", "/validUntil", "/credentialSubject")))
    verdict = judged(Chain((hop,)), holder=PLANNER.did, trust=TrustAnchors.of(P256_ACME.did))
    assert not verdict.verified
    assert verdict.refusal is not None
    assert verdict.refusal.code == "malformed"


@pytest.mark.parametrize("purpose", ["authentication"])
def test_proof_of_another_suite_is_held_to_its_purpose(purpose: str) -> None:
    good = {**document(), "proof": forge_proof(document(), ACME)}
    assert read_hop(SecuredCredential(good))
    for suite in ("eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023"):
        proof = forge_proof(document(), ACME, cryptosuite=suite, proofPurpose=purpose)
        with pytest.raises(LegationError):
            read_hop(SecuredCredential({**document(), "proof": proof}))


def test_validity_of_a_digital_credential_is_in_whole_seconds() -> None:
    claims = claims_of(document())
    hop = read_hop(SecuredCredential(forge_token(claims, ACME, typ="dc+sd-jwt") + "~")).hop
    assert (hop.document["validFrom"], hop.document["validUntil"]) == (FROM, UNTIL)
