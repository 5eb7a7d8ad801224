"""Which cryptosuites there are."""

from __future__ import annotations

import pytest

from legation.errors import UnknownTermError
from legation.standards.data_integrity.proofs import Proof
from legation.standards.data_integrity.registry import LEGACY, SUITES, suite_named, suite_of

NAMES = {"eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "ecdsa-sd-2023"}


def proof(type_: str, cryptosuite: str | None) -> Proof:
    return Proof({}, type_, cryptosuite, "", "", "", None, None, None, (), (), None, "")


def test_suites_are_known_by_their_own_names() -> None:
    assert SUITES.keys() >= NAMES
    assert LEGACY.keys() == {"Ed25519Signature2020"}
    for name, suite in {**SUITES, **LEGACY}.items():
        assert suite.name == name
        assert suite.key_types


def test_proof_has_the_suite_that_it_names() -> None:
    for name, suite in SUITES.items():
        assert suite_named(name) is suite
        assert suite_of(proof("DataIntegrityProof", name)) is suite
    assert suite_of(proof("Ed25519Signature2020", None)) is LEGACY["Ed25519Signature2020"]


@pytest.mark.parametrize(
    ("type_", "cryptosuite"),
    [
        ("DataIntegrityProof", None),
        ("DataIntegrityProof", ""),
        ("DataIntegrityProof", "Ed25519Signature2020"),
        ("DataIntegrityProof", "eddsa-2022"),
        ("Ed25519Signature2020", "eddsa-rdfc-2022"),
        ("Ed25519Signature2018", None),
        ("eddsa-rdfc-2022", None),
        ("", None),
    ],
)
def test_proof_of_no_known_suite_is_an_unknown_term(type_: str, cryptosuite: str | None) -> None:
    with pytest.raises(UnknownTermError):
        suite_of(proof(type_, cryptosuite))


def test_suite_that_is_only_verified_is_not_signed_with() -> None:
    for name in ("Ed25519Signature2020", "", "EDDSA-jcs-2022"):
        with pytest.raises(UnknownTermError):
            suite_named(name)
