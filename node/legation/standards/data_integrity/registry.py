"""The cryptosuites that this version knows; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from legation.errors import UnknownTermError
from legation.standards.data_integrity.ecdsa_sd_2023 import ECDSA_SD_2023
from legation.standards.data_integrity.jcs_suites import ECDSA_JCS_2019, EDDSA_JCS_2022
from legation.standards.data_integrity.proofs import DATA_INTEGRITY, Proof
from legation.standards.data_integrity.rdfc_suites import ECDSA_RDFC_2019, ED25519_SIGNATURE_2020, EDDSA_RDFC_2022
from legation.standards.data_integrity.suites import Suite

_ALL: tuple[Suite, ...] = (EDDSA_JCS_2022, EDDSA_RDFC_2022, ECDSA_JCS_2019, ECDSA_RDFC_2019, ECDSA_SD_2023)
_VERIFIED: tuple[Suite, ...] = (ED25519_SIGNATURE_2020,)
SUITES: Mapping[str, Suite] = MappingProxyType({suite.name: suite for suite in _ALL})
LEGACY: Mapping[str, Suite] = MappingProxyType({suite.name: suite for suite in _VERIFIED})


def suite_named(cryptosuite: str) -> Suite:
    """Return the suite of that name, to sign with. Raises UnknownTermError."""
    suite = SUITES.get(cryptosuite)
    if suite is None:
        raise UnknownTermError("the cryptosuite is unknown", fix=f"Known are {', '.join(sorted(SUITES))}.")
    return suite


def suite_of(proof: Proof) -> Suite:
    """Return the suite that verifies a proof. Raises UnknownTermError."""
    if proof.type == DATA_INTEGRITY:
        suite = SUITES.get(proof.cryptosuite or "")
    else:
        # VC Data Integrity §2.1: such a type names its suite; one that also has a cryptosuite says two things
        suite = LEGACY.get(proof.type) if proof.cryptosuite is None else None
    if suite is None:
        raise UnknownTermError(
            "the proof is of a type or cryptosuite that this version does not verify", pointer="/proof/cryptosuite"
        )
    return suite
