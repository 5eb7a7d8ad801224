"""What a verifier remembers is only that signatures are good: everything else is judged again on every hit."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.domain.delegation.secured import SecuredCredential, read_hop
from legation.domain.delegation.signatures import SignatureCache, SignedHop
from legation.domain.trust import TrustAnchors
from legation.domain.verification import StatusPolicy
from legation.standards.did.document import parse_did_document
from legation.standards.multiformats import encode_multikey
from tests.support.chains import (
    AT,
    EMBEDDED,
    REQUEST,
    STATUS,
    TOKEN,
    copy,
    credential,
    delegation_of,
    detail_of,
    forge_chain,
    forge_hop,
    forge_presentation,
    judged_bare,
    judged_presented,
    parties,
    reason,
)
from tests.support.keys import Ed25519Key

ACME, PLANNER, WORKER, TOOL = parties(3)
HOSTED = "did:web:acme.example"
FORMS = pytest.mark.parametrize("forms", [(EMBEDDED,), (TOKEN,), (TOKEN, EMBEDDED)])


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Record every signature that is really verified."""
    seen: list[bytes] = []
    original = PublicKey.verify

    def verify(self: PublicKey, message: bytes, signature: bytes) -> None:
        seen.append(signature)
        original(self, message, signature)

    monkeypatch.setattr(PublicKey, "verify", verify)
    return seen


def document(signer: Signer, **members: Any) -> dict[str, Any]:
    method = {
        "id": signer.method,
        "type": "Multikey",
        "controller": signer.did,
        "publicKeyMultibase": encode_multikey(signer.key.public_key),
        **members,
    }
    made = {"id": signer.did, "verificationMethod": [method], "assertionMethod": [signer.method]}
    return {signer.did: parse_did_document(made, did=signer.did)}


@FORMS
def test_signatures_of_hops_seen_before_are_not_verified_again(forms: tuple[str, ...], verified: list[bytes]) -> None:
    cache, chain = SignatureCache(), forge_chain(3, forms=forms)
    assert judged_bare(chain, cache=cache).accepted
    assert (len(verified), len(cache)) == (3, 3)
    assert judged_bare(chain, cache=cache, request=REQUEST).accepted
    assert len(verified) == 3
    longer = [*chain, forge_hop(credential(3, TOOL, parties(4)[4], parent=chain[-1]), TOOL)]
    assert judged_bare(longer, cache=cache).accepted
    assert len(verified) == 4
    assert judged_bare(longer).accepted
    assert len(verified) == 8


def test_presentation_is_verified_every_time(verified: list[bytes]) -> None:
    cache, chain = SignatureCache(), forge_chain(2)
    for count in (3, 4, 5):
        assert judged_presented(forge_presentation(chain, WORKER), cache=cache).accepted
        assert len(verified) == count
    spoiled = {**forge_presentation(chain, WORKER), "id": "urn:uuid:1"}
    assert judged_presented(spoiled, cache=cache).code == "presentation_invalid"


@FORMS
def test_expiry_is_judged_again_on_a_hit(forms: tuple[str, ...], verified: list[bytes]) -> None:
    cache, chain = SignatureCache(), forge_chain(3, forms=forms)
    assert judged_bare(chain, cache=cache).accepted
    seen = len(verified)
    assert reason(judged_bare(chain, cache=cache, at=AT + timedelta(hours=1))) == ("expired", 0)
    assert reason(judged_bare(chain, cache=cache, at=AT - timedelta(hours=1))) == ("not_yet_valid", 0)
    assert len(verified) == seen


@FORMS
def test_status_is_judged_again_on_a_hit(forms: tuple[str, ...]) -> None:
    cache = SignatureCache()
    chain = forge_chain(2, {1: lambda made: made.update(credentialStatus=STATUS)}, forms=forms)
    assert judged_bare(chain, cache=cache, status=StatusPolicy.DANGEROUSLY_SKIP).accepted
    assert len(cache) == 2
    assert reason(judged_bare(chain, cache=cache)) == ("status_unknown", 1)
    short = judged_bare(chain, cache=cache, status=StatusPolicy.DANGEROUSLY_SKIP, max_unrevocable=timedelta(minutes=1))
    assert reason(short) == ("status_missing", 0)


@FORMS
def test_attenuation_and_links_are_judged_again_on_a_hit(forms: tuple[str, ...]) -> None:
    cache = SignatureCache()
    narrow = forge_chain(3, forms=forms)
    wide = forge_chain(2, {0: lambda made: detail_of(made).update(actions=["*"])}, forms=forms)
    wide_child = forge_hop(credential(1, PLANNER, WORKER, parent=wide[0], details=detail_wide()), PLANNER, forms[0])
    assert judged_bare(narrow, cache=cache).accepted
    assert judged_bare([wide[0], wide_child], cache=cache).accepted
    # every hop is known, and together they are no chain
    assert reason(judged_bare([narrow[0], wide_child], cache=cache)) == ("link_broken", 1)
    assert reason(judged_bare([narrow[0], narrow[2]], cache=cache)) == ("link_broken", 1)
    widened = forge_hop(credential(1, PLANNER, WORKER, parent=narrow[0], details=detail_wide()), PLANNER, forms[0])
    for _ in range(2):
        assert reason(judged_bare([narrow[0], widened], cache=cache)) == ("widened", 1)


def detail_wide() -> list[dict[str, Any]]:
    wide = copy(delegation_of(credential(0, ACME, PLANNER))["authorizationDetails"])
    wide[0]["actions"] = ["*"]
    return list(wide)


@FORMS
@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda made: detail_of(made).update(actions=["*"]), "widened"),
        (lambda made: delegation_of(made).update(maxDepth=16), "depth_exceeded"),
        (lambda made: delegation_of(made)["parent"].update(id="urn:uuid:other"), "link_broken"),
        (lambda made: made.update(validUntil="2026-11-23T08:29:00Z"), "expired"),
        (lambda made: made.update(credentialStatus=STATUS), "status_unknown"),
    ],
)
def test_remembered_signature_says_nothing_else(edit: Any, code: str, forms: tuple[str, ...]) -> None:
    """Put the good signatures of a bad chain into the memory by hand, whoever might have let them in."""
    cache, chain = SignatureCache(), forge_chain(3, {1: edit}, forms=forms)
    for wire, signer in zip(chain, (ACME, PLANNER, WORKER), strict=True):
        hop = SecuredCredential(wire)
        cache.add(sha256(hop.fingerprint()).digest(), SignedHop(read_hop(hop), (signer.key.public_key,)))
    assert reason(judged_bare(chain, cache=cache)) == (code, 1)


@FORMS
def test_key_that_is_gone_revoked_or_expired_is_judged_again_on_a_hit(forms: tuple[str, ...]) -> None:
    signer = Signer(HOSTED, HOSTED + "#key-1", Ed25519Key("hosted"))
    cache, trust = SignatureCache(), TrustAnchors.of(HOSTED)
    chain = forge_chain(2, forms=forms, signers=[signer, PLANNER, WORKER])

    def code(documents: dict[str, Any]) -> str | None:
        return judged_bare(chain, cache=cache, trust=trust, documents=documents).code

    assert code(document(signer)) is None
    assert len(cache) == 2
    empty = {HOSTED: parse_did_document({"id": HOSTED}, did=HOSTED)}
    assert code(empty) == "method_not_authorized"
    assert code({}) == "did_unresolvable"
    assert code(document(signer, revoked="2099-01-01T00:00:00Z")) == "method_not_authorized"
    assert code(document(signer, expires="2026-11-23T08:00:00Z")) == "method_not_authorized"
    assert code(document(Signer(HOSTED, signer.method, Ed25519Key("another")))) == "proof_invalid"
    assert code(document(signer, publicKeyMultibase="z6Mkno")) == "proof_invalid"
    assert code(document(signer)) is None


def test_trust_and_request_are_judged_again_on_a_hit() -> None:
    cache, chain = SignatureCache(), forge_chain(2)
    assert judged_bare(chain, cache=cache, request=REQUEST).accepted
    assert judged_bare(chain, cache=cache, trust=TrustAnchors()).code == "untrusted_root"
    assert judged_bare(chain, cache=cache, request={**REQUEST, "action": "x"}).code == "request_not_covered"
    assert judged_bare(chain, cache=cache, holder=ACME.did).code == "holder_mismatch"


def test_what_is_not_verified_or_not_trusted_is_not_remembered() -> None:
    cache = SignatureCache()
    chain = forge_chain(2)
    assert judged_bare(chain, cache=cache, trust=TrustAnchors()).code == "untrusted_root"
    assert judged_bare(
        forge_chain(2, {1: lambda made: made.update(validUntil="2026-11-23T08:01:00Z")}), cache=cache
    ).code
    assert len(cache) == 0
    broken = [{**chain[0], "name": "x"}, chain[1]]  # type: ignore[dict-item]  # embedded
    assert judged_bare(broken, cache=cache).code == "proof_invalid"
    assert len(cache) == 0
    assert judged_bare(chain, cache=cache).accepted
    assert len(cache) == 2


@pytest.mark.parametrize("name", ["plain", "caf\u00e9"])
def test_hop_that_differs_only_in_the_spelling_of_a_number_is_read_anew(name: str) -> None:
    cache = SignatureCache()
    chain = forge_chain(1, {0: lambda made: made.update(name=name)})
    assert judged_bare(chain, cache=cache).accepted
    assert len(cache) == 1
    for spelled in (16.0, 1.6e1):
        other = copy(chain[0])
        delegation_of(other)["maxDepth"] = spelled
        for memory in (None, cache):
            assert judged_bare([other], cache=memory).code == "malformed"


@FORMS
def test_verdict_is_the_same_with_and_without_a_memory(forms: tuple[str, ...]) -> None:
    cache, chain = SignatureCache(), forge_chain(3, forms=forms)
    judged_bare(chain, cache=cache)
    for expected in ({}, {"request": REQUEST}, {"at": AT + timedelta(days=1)}, {"trust": TrustAnchors()}):
        warm, cold = judged_bare(chain, cache=cache, **expected), judged_bare(chain, **expected)
        assert warm.to_json() == cold.to_json()


def test_full_memory_forgets_and_still_judges() -> None:
    cache = SignatureCache(max_entries=2)
    for hops in (1, 3, 5, 2):
        assert judged_bare(forge_chain(hops), cache=cache).accepted
        assert len(cache) <= 2
