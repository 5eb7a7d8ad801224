"""`ecdsa-sd-2023`: base proofs and what is derived of them; each side makes, derives and judges for the other."""

from __future__ import annotations

import json
from typing import Any

import pytest

import legation
from legation.errors import LegationError, ProofError
from tests.interop.documents import (
    CREDENTIALS_V2,
    VOCABULARY,
    Change,
    Document,
    changed,
    credential,
    fault_here,
    fault_there,
    our_did,
    our_key,
    suite_packages,
)
from tests.interop.foreign import AT, AT_TEXT, Foreign
from tests.interop.table import Way, tries

SUITE = "ecdsa-sd-2023"
PARTY = "p256:issuer"
PACKAGES = suite_packages(SUITE)
SUBJECT = "/credentialSubject"
# what the issuer makes mandatory, and what the holder chooses
CHOICES: dict[str, tuple[list[str], list[str]]] = {
    "one claim": (["/issuer"], [f"{SUBJECT}/name"]),
    "part of an array": (["/issuer", "/validFrom"], [f"{SUBJECT}/boards/1/boardName", f"{SUBJECT}/insured"]),
    "nothing": (["/issuer", f"{SUBJECT}/boards/0"], []),
    "everything": (["/issuer"], ["/id", "/type", "/validFrom", "/validUntil", SUBJECT]),
    "of alike nodes": (["/issuer"], [f"{SUBJECT}/fleet/1/boardName", f"{SUBJECT}/fleet/3/maker"]),
}
CHANGES: dict[str, Change] = {
    "issuer_named": lambda it: it.update(name="a name that nobody signed"),
    "claim_added": lambda it: it.setdefault("credentialSubject", {}).update(rank="admiral"),
    "other_signature": lambda it: it["proof"].update(proofValue=it["proof"]["proofValue"][:-4] + "AAAA"),
    "dated_otherwise": lambda it: it["proof"].update(created="2026-11-23T08:59:59Z"),
}
choices = pytest.mark.parametrize(("mandatory", "shown"), CHOICES.values(), ids=CHOICES)


def document_of(issuer: str) -> Document:
    document = credential(issuer)
    fleet = [{"type": "Board", "boardName": name, "maker": {"boardName": f"x{name}"}} for name in "abcd"]
    document["credentialSubject"] |= {"fleet": fleet}
    return document


def our_base(mandatory: list[str]) -> Document:
    secured = legation.secure_credential(
        document_of(our_did("p256")), our_key("p256"), cryptosuite=SUITE, created=AT, mandatory_pointers=mandatory
    )
    found: Document = json.loads(json.dumps(secured))
    return found


def their_base(foreign: Foreign, mandatory: list[str]) -> Document:
    document = document_of(foreign.did(PARTY))
    # ours always shows when a credential holds; so that both disclose alike, theirs is told to
    always = [pointer for pointer in ("/validFrom", "/validUntil") if pointer not in mandatory]
    options: dict[str, Any] = {"suite": SUITE, "at": AT_TEXT, "mandatory": [*mandatory, *always]}
    found: Document = foreign.ask("issueCredential", document=document, by=PARTY, **options)
    return found


def our_derived(base: Document, shown: list[str]) -> Document:
    found: Document = json.loads(json.dumps(legation.derive_credential(base, shown)))
    return found


def their_derived(foreign: Foreign, base: Document, shown: list[str]) -> Document:
    found: Document = foreign.ask("deriveCredential", document=base, pointers=shown)
    return found


def check_holds_on_both_sides(foreign: Foreign, derived: Document) -> None:
    assert fault_there(foreign, derived) is None
    assert fault_here(derived) is None
    for name, change in CHANGES.items():
        altered = changed(derived, change)
        assert fault_there(foreign, altered) is not None, name
        assert fault_here(altered) == "proof_invalid", name


@tries(f"{SUITE}, P-256", Way.OURS, *PACKAGES)
@choices
def test_our_derived_credential_holds_there(foreign: Foreign, mandatory: list[str], shown: list[str]) -> None:
    check_holds_on_both_sides(foreign, our_derived(our_base(mandatory), shown))


@tries(f"{SUITE}, P-256: derived by the other side", Way.OURS, *PACKAGES)
@choices
def test_they_derive_from_our_base_proof_what_we_do(foreign: Foreign, mandatory: list[str], shown: list[str]) -> None:
    base = our_base(mandatory)
    derived = their_derived(foreign, base, shown)
    assert derived == our_derived(base, shown)
    check_holds_on_both_sides(foreign, derived)


@tries(f"{SUITE}, P-256", Way.THEIRS, *PACKAGES)
@choices
def test_their_derived_credential_holds_here(foreign: Foreign, mandatory: list[str], shown: list[str]) -> None:
    check_holds_on_both_sides(foreign, their_derived(foreign, their_base(foreign, mandatory), shown))


@tries(f"{SUITE}, P-256: derived by the other side", Way.THEIRS, *PACKAGES)
@choices
def test_we_derive_from_their_base_proof_what_they_do(foreign: Foreign, mandatory: list[str], shown: list[str]) -> None:
    base = their_base(foreign, mandatory)
    derived = our_derived(base, shown)
    assert derived == their_derived(foreign, base, shown)
    check_holds_on_both_sides(foreign, derived)


@tries(f"{SUITE}, P-256", Way.OURS, *PACKAGES)
def test_our_base_proof_holds_nowhere_and_what_is_derived_does(foreign: Foreign) -> None:
    base = our_base(["/issuer"])
    assert fault_there(foreign, our_derived(base, [f"{SUBJECT}/name"])) is None
    assert fault_there(foreign, base) is not None
    assert fault_here(base) == "proof_invalid"


@tries(f"{SUITE}, P-256", Way.THEIRS, *PACKAGES)
def test_their_base_proof_is_refused_here_and_what_is_derived_holds(foreign: Foreign) -> None:
    base = their_base(foreign, ["/issuer"])
    derived = their_derived(foreign, base, [f"{SUBJECT}/name"])
    assert derived["credentialSubject"] == {
        "id": "did:example:abc",
        "name": document_of("")["credentialSubject"]["name"],
    }
    assert fault_here(derived) is None
    assert fault_here(base) == "proof_invalid"
    with pytest.raises(ProofError):
        legation.derive_credential(derived, [])


@tries(f"{SUITE}, P-256", Way.THEIRS, *PACKAGES)
def test_claim_that_was_not_chosen_cannot_be_put_back(foreign: Foreign) -> None:
    base = their_base(foreign, ["/issuer"])
    derived = their_derived(foreign, base, [f"{SUBJECT}/insured"])
    assert fault_here(derived) is None
    put_back = changed(derived, lambda it: it["credentialSubject"].update(length=7.5))
    assert fault_here(put_back) == "proof_invalid"
    assert fault_there(foreign, put_back) is not None
    with pytest.raises(LegationError):
        legation.derive_credential(base, [f"{SUBJECT}/nothing"])
    assert derived["@context"] == [CREDENTIALS_V2, VOCABULARY]
