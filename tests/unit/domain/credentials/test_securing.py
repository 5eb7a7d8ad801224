"""Securing: who signs is filled in or refused, the form is checked first, and the key does what is asked or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.private_keys import PrivateKey
from legation.crypto.signing import Signer
from legation.domain.credentials.reading import read_credential, read_presentation
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION, Expectation
from legation.domain.credentials.securing import Securing, secure_credential
from legation.domain.credentials.verifying import verify_credential, verify_presentation
from legation.errors import InvalidKeyError, LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.did.key import build_did_key
from legation.standards.jose import parse_jws
from legation.standards.jsonld.contexts import bundled_contexts
from legation.standards.timestamps import nanoseconds
from tests.support.keys import signer_of
from tests.support.secured import ACME, HOLDER, credential, entropy, issued, presentation, presented

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT = nanoseconds(NOON)
PEA = signer_of("pea", p256=True)
STRANGER = signer_of("stranger")
ED25519 = ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt", "vc+sd-jwt"]
P256 = ["ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vc+jwt", "vc+sd-jwt"]


class UntouchedKey:
    """A key that must not be used."""

    def __init__(self, public_key: PublicKey):
        self.public_key = public_key

    def sign(self, message: bytes) -> bytes:
        raise AssertionError("signed what was refused")


def untouched(signer: Signer = ACME) -> Signer:
    return Signer(signer.did, signer.method, UntouchedKey(signer.key.public_key))


def private(key_type: KeyType, size: int) -> Signer:
    key = PrivateKey(key_type, bytes(range(1, size + 1)))
    did = build_did_key(key.public_key)
    return Signer(did, f"{did}#{did.removeprefix('did:key:')}", key)


def refusal(document: dict[str, Any], signer: Signer = ACME, mechanism: str | None = None, **how: Any) -> LegationError:
    """Return why a credential was not secured; the key is not used for it."""
    wanted = Securing(created=NOON, entropy=entropy, mechanism=mechanism, **how)
    with pytest.raises(LegationError) as found:
        secure_credential(document, untouched(signer), wanted, bundled_contexts())
    return found.value


def holds(secured: object, *, at: int = AT) -> bool:
    read = read_credential(secured, bundled_contexts())
    return verify_credential(read, {}, Expectation(at, ASSERTION), bundled_contexts()).document is read.document


# ------------------------------------------------------------------ mechanisms


@pytest.mark.parametrize(
    ("signer", "mechanism"), [*((ACME, name) for name in ED25519), *((PEA, name) for name in P256)]
)
def test_credential_holds_with_every_mechanism_of_its_key(signer: Signer, mechanism: str) -> None:
    assert holds(issued(signer=signer, mechanism=mechanism, created=NOON))


@pytest.mark.parametrize(
    ("signer", "cryptosuite"),
    [(ACME, "eddsa-rdfc-2022"), (PEA, "ecdsa-rdfc-2019"), (private(KeyType.P384, 48), "ecdsa-rdfc-2019")],
)
def test_key_makes_what_most_others_verify_where_nothing_is_asked_for(signer: Signer, cryptosuite: str) -> None:
    secured = issued(signer=signer)
    assert secured["proof"]["cryptosuite"] == cryptosuite
    assert holds(secured)


def test_key_that_no_cryptosuite_takes_makes_a_token() -> None:
    secured = issued(signer=private(KeyType.P521, 66), created=NOON)
    assert secured["id"].startswith("data:application/vc+jwt,")


@pytest.mark.parametrize(
    ("signer", "mechanism", "error"),
    [
        (ACME, "ecdsa-rdfc-2019", InvalidKeyError),
        (ACME, "ecdsa-sd-2023", InvalidKeyError),
        (PEA, "eddsa-jcs-2022", InvalidKeyError),
        (private(KeyType.P384, 48), "ecdsa-sd-2023", InvalidKeyError),
        (ACME, "Ed25519Signature2020", UnknownTermError),
        (ACME, "rsa-2048", UnknownTermError),
        (ACME, "vp+jwt", UnknownTermError),
        (ACME, "", UnknownTermError),
    ],
)
def test_mechanism_that_the_key_cannot_do_is_refused(signer: Signer, mechanism: str, error: type[Exception]) -> None:
    assert isinstance(refusal(credential(), signer, mechanism), error)


def test_token_says_when_it_was_signed() -> None:
    token = issued(mechanism="vc+jwt", created=NOON)["id"].partition(",")[2]
    assert parse_jws(token, typ="vc+jwt", cty="vc").claims["iat"] == AT // 10**9


# ------------------------------------------------------------------ who issues


def test_issuer_is_filled_in_as_a_string_or_as_an_id() -> None:
    assert issued()["issuer"] == ACME.did
    named = issued(credential(issuer={"name": "Acme"}))
    assert named["issuer"] == {"id": ACME.did, "name": "Acme"}
    assert issued(credential(issuer=ACME.did))["issuer"] == ACME.did


@pytest.mark.parametrize(
    "issuer", [STRANGER.did, {"id": STRANGER.did}, {"id": None}, "", 5, [], ["did:example:x"], {"id": [ACME.did]}]
)
def test_another_issuer_is_refused(issuer: object) -> None:
    error = refusal({**credential(), "issuer": issuer})
    assert (error.code, error.pointer) == ("issuer_mismatch", "/issuer")


def test_null_is_no_issuer_that_could_be_filled_in() -> None:
    assert refusal({**credential(), "issuer": None}).code == "issuer_mismatch"


# ------------------------------------------------------------------ the form comes first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"@context": None}, "malformed"),
        ({"type": None}, "malformed"),
        ({"credentialSubject": None}, "malformed"),
        ({"validFrom": "2026-01-02T00:00:00Z", "validUntil": "2026-01-01T00:00:00Z"}, "malformed"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2", "https://unknown.example/v1"]}, "context_unknown"),
    ],
)
@pytest.mark.parametrize("mechanism", [None, "eddsa-jcs-2022", "vc+jwt", "vc+sd-jwt"])
def test_credential_of_bad_form_is_refused_before_the_key_is_used(
    changes: dict[str, Any], code: str, mechanism: str | None
) -> None:
    document = {name: value for name, value in credential(**changes).items() if value is not None}
    assert refusal(document, mechanism=mechanism).code == code


def test_member_that_would_not_be_signed_is_refused_and_one_that_is_signed_as_text_is_not() -> None:
    undefined = credential(undefinedTerm=1)
    assert refusal(undefined).code == "unknown_term"
    for mechanism in ("eddsa-jcs-2022", "vc+jwt"):
        assert holds(issued(undefined, mechanism=mechanism, created=NOON))


def test_member_that_a_token_says_of_itself_is_refused_in_a_credential() -> None:
    error = refusal(credential(exp=1), mechanism="vc+jwt")
    assert (error.code, error.pointer) == ("unknown_term", "/exp")


def test_credential_of_the_earlier_version_is_secured_as_it_is_handed_in() -> None:
    earlier = credential(issuanceDate="2026-01-01T00:00:00Z")
    earlier["@context"] = ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/legation/v1"]
    earlier["credentialSubject"] = {"id": HOLDER.did}
    assert holds(issued(earlier, mechanism="vc+jwt", created=NOON))


def test_document_that_is_nested_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(40):
        deep = {"name": deep}
    assert refusal(credential(credentialSubject=deep)).code == "malformed"


# ------------------------------------------------------------------ proofs


def test_proof_has_the_members_that_are_asked_for() -> None:
    wanted = {
        "challenge": "c",
        "domain": "d",
        "expires": "2026-12-01T00:00:00Z",
        "id": "urn:uuid:0f3e2c64-8ab1-4f4b-9cf6-0c5b8a2f2a01",
        "nonce": "n",
    }
    proof = issued(created=NOON, **wanted)["proof"]
    assert {name: proof[name] for name in wanted} == wanted
    assert (proof["created"], proof["proofPurpose"]) == ("2026-11-01T12:00:00Z", "assertionMethod")


def test_second_proof_stands_beside_the_first_and_both_are_verified() -> None:
    both = issued(issued(mechanism="eddsa-jcs-2022"), mechanism="eddsa-rdfc-2022")
    assert [proof["cryptosuite"] for proof in both["proof"]] == ["eddsa-jcs-2022", "eddsa-rdfc-2022"]
    assert holds(both)
    both["proof"][0]["proofValue"] = both["proof"][1]["proofValue"]
    with pytest.raises(LegationError):
        holds(both)


def test_proof_that_follows_another_signs_it_too() -> None:
    first = "urn:uuid:0f3e2c64-8ab1-4f4b-9cf6-0c5b8a2f2a01"
    chained = issued(issued(id=first, mechanism="eddsa-jcs-2022"), previousProof=first)
    assert holds(chained)
    chained["proof"][0]["id"] = "urn:uuid:0f3e2c64-8ab1-4f4b-9cf6-0c5b8a2f2a02"
    with pytest.raises(LegationError):
        holds(chained)
    with pytest.raises(LegationError) as missing:
        issued(previousProof=first)
    assert missing.value.code == "proof_invalid"


def test_proof_that_nobody_can_read_stays_and_is_not_vouched_for() -> None:
    mixed = issued(credential(proof={"type": "SomeProof2019", "jws": "x"}))
    assert mixed["proof"][0] == {"type": "SomeProof2019", "jws": "x"}
    with pytest.raises(MalformedError):
        holds(mixed)


def test_no_more_proofs_are_made_than_a_verifier_reads_and_none_twice_of_one_id() -> None:
    many = [{"type": "DataIntegrityProof"}] * 16
    assert isinstance(refusal(credential(proof=many)), TooLargeError)
    name = "urn:uuid:0f3e2c64-8ab1-4f4b-9cf6-0c5b8a2f2a01"
    twice = refusal(credential(proof={"type": "DataIntegrityProof", "id": name}), proof={"id": name})
    assert twice.code == "malformed"


@pytest.mark.parametrize("mechanism", ["vc+jwt", "vc+sd-jwt"])
def test_token_carries_no_proof_and_no_members_of_one(mechanism: str) -> None:
    assert refusal(credential(proof={"type": "DataIntegrityProof"}), mechanism=mechanism).code == "malformed"
    for name in ("challenge", "domain", "expires", "id", "nonce", "previousProof"):
        error = refusal(credential(), mechanism=mechanism, proof={name: "2026-12-01T00:00:00Z"})
        assert (error.code, error.pointer) == ("unknown_term", f"/options/{name}")


@pytest.mark.parametrize("mechanism", ["eddsa-jcs-2022", "eddsa-rdfc-2022", "vc+jwt"])
def test_what_is_disclosed_whole_takes_no_pointers(mechanism: str) -> None:
    error = refusal(credential(), mechanism=mechanism, mandatory=("/issuer",))
    assert (error.code, error.pointer) == ("unknown_term", "/options/mandatoryPointers")


# ------------------------------------------------------------------ presentations


@pytest.mark.parametrize("mechanism", [None, "eddsa-jcs-2022", "vp+jwt"])
def test_presentation_holds_for_whom_it_is_made(mechanism: str | None) -> None:
    secured = presented(mechanism=mechanism, created=NOON, challenge="c", domain="https://verifier.example")
    read = read_presentation(secured, bundled_contexts())
    expected = Expectation(AT, AUTHENTICATION, "c", "https://verifier.example")
    found = verify_presentation(read, {}, expected, bundled_contexts())
    assert (found.holder, len(found.credentials), found.notices) == (HOLDER.did, 1, ())


def test_holder_is_filled_in_or_refused() -> None:
    assert presented()["holder"] == HOLDER.did
    assert presented(presentation(issued(), holder={"id": HOLDER.did}))["holder"] == {"id": HOLDER.did}
    with pytest.raises(LegationError) as found:
        presented(presentation(issued(), holder=ACME.did), untouched(HOLDER))
    assert (found.value.code, found.value.pointer) == ("holder_mismatch", "/holder")


def test_holder_secures_its_own_credential_with_the_presentation_and_nobody_elses() -> None:
    own = credential(issuer=HOLDER.did)
    read = read_presentation(presented(presentation(own), created=NOON), bundled_contexts())
    found = verify_presentation(read, {}, Expectation(AT, AUTHENTICATION), bundled_contexts())
    assert found.credentials[0].form.issuer == HOLDER.did
    with pytest.raises(LegationError) as refused:
        presented(presentation(credential(issuer=ACME.did)), untouched(HOLDER))
    assert refused.value.code == "holder_mismatch"


def test_credential_of_bad_form_is_not_presented() -> None:
    bad = {**issued(), "type": ["NoCredential"]}
    with pytest.raises(LegationError) as found:
        presented(presentation(issued(), bad), untouched(HOLDER))
    assert found.value.pointer is not None
    assert found.value.pointer.startswith("/verifiableCredential/1")


@pytest.mark.parametrize("mechanism", ["vc+jwt", "ecdsa-sd-2023", "ecdsa-rdfc-2019"])
def test_presentation_is_not_secured_as_a_credential_is(mechanism: str) -> None:
    with pytest.raises((UnknownTermError, InvalidKeyError)):
        presented(signer=untouched(HOLDER), mechanism=mechanism)
    with pytest.raises((UnknownTermError, InvalidKeyError)):
        presented(presentation(), signer=untouched(PEA), mechanism="ecdsa-sd-2023")
