"""The cryptosuites that sign a graph: eddsa-rdfc-2022, ecdsa-rdfc-2019 (vc-di-ecdsa 1.0 §3.2), Ed25519Signature2020."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import SigningKey
from legation.errors import ProofError
from legation.standards.data_integrity.configurations import HASH_NAMES, canonicalize_config
from legation.standards.data_integrity.suites import (
    SuiteOptions,
    check_signing_key,
    decode_signature,
    encode_signature,
    hash_data,
)
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.rdfc import HashName

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

Canonical = dict[HashName, bytes]
"""The canonical form of one document, by the hash that its algorithm uses."""


@dataclass(frozen=True, slots=True)
class RdfcSuite:
    """A cryptosuite over the canonical N-Quads (RDFC-1.0) of the document and of the proof's configuration."""

    name: str
    key_types: frozenset[KeyType]

    def sign(
        self,
        document: Mapping[str, object],
        config: Mapping[str, object],
        key: SigningKey,
        contexts: Contexts,
        *,
        options: SuiteOptions,
    ) -> str:
        """Return the ``proofValue`` (vc-di-eddsa §3.2.1).

        Raises:
            InvalidKeyError: a key that the suite does not take.
            MalformedError, UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``.
        """
        public = key.public_key
        check_signing_key(self, public)
        return encode_signature(key.sign(_hash(document, config, public, contexts, {})))

    def verify(
        self,
        document: Mapping[str, object],
        proof: Mapping[str, object],
        key: PublicKey,
        contexts: Contexts,
        *,
        seen: Canonical | None = None,
    ) -> None:
        """Verify one proof (vc-di-eddsa §3.2.2); ``seen`` keeps this document's canonical form for its other proofs.

        Raises:
            ProofError: it does not hold, or names another ``@context`` than the document's, which nobody signed.
            MalformedError, UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``.
        """
        signature = decode_signature(self, proof, key)
        if "@context" in proof and proof["@context"] != document.get("@context"):
            raise ProofError("the proof's @context is not the document's")
        config = {name: value for name, value in proof.items() if name != "proofValue"}
        key.verify(_hash(document, config, key, contexts, {} if seen is None else seen), signature)


def _hash(
    document: Mapping[str, object], config: Mapping[str, object], key: PublicKey, contexts: Contexts, seen: Canonical
) -> bytes:
    algorithm = HASH_NAMES[key.type]
    if algorithm not in seen:
        seen[algorithm] = canonicalize(document, contexts, algorithm=algorithm)
    # §3.2.5, step 4: the configuration has the document's context, so that its terms mean what they mean there
    written = canonicalize_config(config, document.get("@context"), contexts, algorithm=algorithm)
    return hash_data(key, written, seen[algorithm])


EDDSA_RDFC_2022 = RdfcSuite("eddsa-rdfc-2022", frozenset({KeyType.ED25519}))
ECDSA_RDFC_2019 = RdfcSuite("ecdsa-rdfc-2019", frozenset({KeyType.P256, KeyType.P384}))
# w3c-ccg/lds-ed25519-2020: the same transformation, hash and signature under a type of its own
ED25519_SIGNATURE_2020 = RdfcSuite("Ed25519Signature2020", frozenset({KeyType.ED25519}))
