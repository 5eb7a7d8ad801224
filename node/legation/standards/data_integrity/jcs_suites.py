"""The cryptosuites that sign JSON as it stands: eddsa-jcs-2022 (vc-di-eddsa 1.0 §3.3) and ecdsa-jcs-2019 (§3.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import SigningKey
from legation.errors import ProofError
from legation.standards.data_integrity.proofs import list_contexts
from legation.standards.data_integrity.suites import (
    SuiteOptions,
    check_signing_key,
    decode_signature,
    encode_signature,
    hash_data,
)
from legation.standards.jcs import canonicalize

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts


@dataclass(frozen=True, slots=True)
class JcsSuite:
    """A cryptosuite over the JCS form (RFC 8785) of the document and of the proof's configuration."""

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
        """Return the ``proofValue`` (vc-di-eddsa §3.3.1, from step 3); ``config`` has the document's ``@context``.

        Raises:
            InvalidKeyError: a key that the suite does not take.
            MalformedError: the document has no canonical form.
        """
        public = key.public_key
        check_signing_key(self, public)
        return encode_signature(key.sign(hash_data(public, canonicalize(config), canonicalize(document))))

    def verify(
        self, document: Mapping[str, object], proof: Mapping[str, object], key: PublicKey, contexts: Contexts
    ) -> None:
        """Verify one proof (vc-di-eddsa §3.3.2).

        A proof that names only the first contexts of the document is verified over those; that another one covers the
        rest is for the caller to see.

        Raises:
            ProofError: it does not hold, or its ``@context`` is not how the document's begins.
            MalformedError: the document has no canonical form.
        """
        signature = decode_signature(self, proof, key)
        context = proof.get("@context")
        if context is not None and context != document.get("@context"):
            document = {**document, "@context": _check_begins(context, document)}
        config = {name: value for name, value in proof.items() if name != "proofValue"}
        key.verify(hash_data(key, canonicalize(config), canonicalize(document)), signature)


def _check_begins(context: object, document: Mapping[str, object]) -> object:
    named, whole = list_contexts(context), list_contexts(document.get("@context"))
    if whole[: len(named)] != named:
        raise ProofError("the document's @context does not begin with the proof's")
    return context


EDDSA_JCS_2022 = JcsSuite("eddsa-jcs-2022", frozenset({KeyType.ED25519}))
ECDSA_JCS_2019 = JcsSuite("ecdsa-jcs-2019", frozenset({KeyType.P256, KeyType.P384}))
