"""How a document can be secured, by name: with an embedded proof, or in a token; and what a key is used for first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from legation.crypto.keys import KeyType
from legation.errors import InvalidKeyError, UnknownTermError
from legation.standards.data_integrity.registry import SUITES

VC_JWT = "vc+jwt"
VC_SD_JWT = "vc+sd-jwt"
VP_JWT = "vp+jwt"
VP_SD_JWT = "vp+sd-jwt"
CREDENTIAL_TOKENS = frozenset({VC_JWT, VC_SD_JWT})
PRESENTATION_TOKENS = frozenset({VP_JWT})

# what most other software verifies; no cryptosuite takes a P-521 key
_DEFAULTS: Mapping[KeyType, str] = MappingProxyType(
    {
        KeyType.ED25519: "eddsa-rdfc-2022",
        KeyType.P256: "ecdsa-rdfc-2019",
        KeyType.P384: "ecdsa-rdfc-2019",
    }
)


def find_mechanism(asked: str | None, key_type: KeyType, *, tokens: frozenset[str]) -> str:
    """Return the mechanism that is asked for, or the one that a key of this type is used for first.

    ``tokens`` are the tokens that the document may become.

    Raises:
        UnknownTermError: there is no such cryptosuite, or none that makes proofs.
        InvalidKeyError: the key cannot secure it so.
    """
    if asked is None:
        return _DEFAULTS.get(key_type) or min(tokens)
    if asked in tokens:
        return asked
    suite = SUITES.get(asked)
    if suite is None:
        raise UnknownTermError(
            "the cryptosuite is not one that this version makes proofs with",
            pointer="/options/cryptosuite",
            fix=f"Use one of {', '.join([*sorted(SUITES), *sorted(tokens)])}.",
        )
    if key_type not in suite.key_types:
        taken = " or ".join(sorted(known.value for known in suite.key_types))
        raise InvalidKeyError(f"{asked} takes a key of type {taken}, and this one is of type {key_type.value}")
    return asked
