"""A hop as it travels: by which bytes it is told from others, and which signatures it claims."""

from __future__ import annotations

import pytest

from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.errors import LegationError, MalformedError, ProofError, UnknownTermError
from legation.standards.timestamps import SECOND
from tests.support.chains import (
    EMBEDDED,
    TOKEN,
    copy,
    credential,
    delegation_of,
    forge_hop,
    forge_proof,
    forge_token,
    parties,
)

ACME, PLANNER = parties(1)
DOCUMENT = credential(0, ACME, PLANNER)


def fingerprint(wire: object) -> bytes:
    return SecuredCredential(wire).fingerprint()  # type: ignore[arg-type]  # whatever came


def test_order_of_members_does_not_tell_two_apart_and_everything_else_does() -> None:
    wire = forge_hop(DOCUMENT, ACME)
    assert isinstance(wire, dict)
    assert fingerprint(dict(reversed(wire.items()))) == fingerprint(wire)
    seen = {fingerprint(wire)}
    for depth in (15, 16.0, "16", True, 0, -0.0, 0.0, 1, None, [], {}):
        other = copy(wire)
        delegation_of(other)["maxDepth"] = depth
        seen.add(fingerprint(other))
        seen.add(fingerprint({**other, "name": "\u20ac"}))
    assert len(seen) == 1 + 2 * 11


def test_token_is_told_by_its_exact_bytes() -> None:
    token = forge_hop(DOCUMENT, ACME, TOKEN)
    assert fingerprint(token) == str(token).encode()
    for bad in ("\u00e9.e30.AA", "\ud800"):
        with pytest.raises(MalformedError):
            fingerprint(bad)


@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_object_that_cannot_be_written_is_malformed(value: object) -> None:
    with pytest.raises(MalformedError):
        fingerprint({"a": value})


def test_every_proof_of_a_hop_is_a_seal() -> None:
    proofs = [forge_proof(DOCUMENT, ACME, created=f"2026-11-23T08:0{n}:00Z") for n in range(4)]
    assert len(read_hop(SecuredCredential({**DOCUMENT, "proof": proofs})).seals) == 4
    assert len(read_hop(SecuredCredential({**DOCUMENT, "proof": proofs[0]})).seals) == 1
    for bad in ([], [*proofs, forge_proof(DOCUMENT, ACME)], None, "proof", [None]):
        with pytest.raises(MalformedError):
            read_hop(SecuredCredential({**DOCUMENT, "proof": bad}))


def test_seal_is_dated_by_created_or_iat_and_else_by_the_begin_of_validity() -> None:
    begin = read_hop(SecuredCredential(forge_hop(DOCUMENT, ACME))).hop.valid_from
    for wire, dated in (
        (forge_hop(DOCUMENT, ACME, EMBEDDED), begin),
        ({**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, created="2026-11-23T08:00:07Z")}, begin + 7 * SECOND),
        ({**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, created=None)}, begin),
        (forge_token(DOCUMENT, ACME), begin),
        (forge_token({**DOCUMENT, "iat": 1795420807}, ACME), begin + 7 * SECOND),
    ):
        (seal,) = read_hop(SecuredCredential(wire)).seals
        assert (seal.dated, seal.purpose, seal.did, seal.method) == (dated, "assertionMethod", ACME.did, ACME.method)
        seal.verify(ACME.key.public_key)
        with pytest.raises(ProofError):
            seal.verify(PLANNER.key.public_key)


@pytest.mark.parametrize("purpose", ["authentication", "capabilityDelegation", "AssertionMethod", ""])
def test_proof_of_another_purpose_does_not_serve(purpose: str) -> None:
    with pytest.raises(ProofError):
        read_hop(SecuredCredential({**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, proofPurpose=purpose)}))


@pytest.mark.parametrize("options", [{"challenge": "c"}, {"domain": "https://a.example"}])
def test_proof_of_a_credential_that_answers_a_challenge_is_malformed(options: dict[str, str]) -> None:
    with pytest.raises(MalformedError):
        read_hop(SecuredCredential({**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, **options)}))


@pytest.mark.parametrize("suite", ["bbs-2023", "EDDSA-JCS-2022", "", "Ed25519Signature2020"])
def test_cryptosuite_that_this_version_lacks_is_unknown(suite: str) -> None:
    with pytest.raises(UnknownTermError):
        read_hop(SecuredCredential({**DOCUMENT, "proof": forge_proof(DOCUMENT, ACME, cryptosuite=suite)}))


@pytest.mark.parametrize("typ", ["vp+jwt", "jwt", "VC+JWT", "vc+sd-jwt", None, 7])
def test_token_of_another_type_is_malformed(typ: object) -> None:
    read_hop(SecuredCredential(forge_token(DOCUMENT, ACME)))
    read_hop(SecuredCredential(forge_token(DOCUMENT, ACME, cty="vc")))
    with pytest.raises(LegationError) as refused:
        read_hop(SecuredCredential(forge_token(DOCUMENT, ACME, typ=typ)))
    assert refused.value.code == "malformed"


def test_token_whose_claims_are_too_deep_is_malformed() -> None:
    def nested(levels: int) -> object:
        value: object = 1
        for _ in range(levels):
            value = [value]
        return value

    read_hop(SecuredCredential(forge_token({**DOCUMENT, "evidence": nested(31)}, ACME)))
    for levels in (32, 300):
        with pytest.raises(MalformedError):
            read_hop(SecuredCredential(forge_token({**DOCUMENT, "evidence": nested(levels)}, ACME)))
