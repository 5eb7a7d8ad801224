"""Proofs added to a document and verified on it, with the cryptosuites by name (VC Data Integrity 1.0 §4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import MalformedError, ProofError, TooLargeError, UnknownTermError
from legation.standards.data_integrity.jcs_suites import JcsSuite
from legation.standards.data_integrity.naming import check_names
from legation.standards.data_integrity.proof_chains import check_acyclic, previous_proofs
from legation.standards.data_integrity.proofs import (
    DATA_INTEGRITY,
    MAX_PROOFS,
    Proof,
    covers_context,
    list_contexts,
    read_proof,
    read_proofs,
)
from legation.standards.data_integrity.rdfc_suites import Canonical, RdfcSuite
from legation.standards.data_integrity.registry import suite_named, suite_of
from legation.standards.data_integrity.suites import DerivableSuite, Suite, SuiteOptions, check_signing_key
from legation.standards.timestamps import SECOND

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

SECURITY_CONTEXT = "https://w3id.org/security/data-integrity/v2"
# how far the clock of who signed may be ahead
LEEWAY = 60 * SECOND
_NAMES_TERMS = frozenset(
    {SECURITY_CONTEXT, "https://w3id.org/security/data-integrity/v1", "https://www.w3.org/ns/credentials/v2"}
)
_OPTIONS = frozenset({"challenge", "domain", "expires", "id", "previousProof", "nonce"})
_NO_OPTIONS: Mapping[str, object] = {}
_PLAIN = SuiteOptions()


@dataclass(frozen=True, slots=True)
class ProofExpectation:
    """What every proof of a document must say; ``at`` in nanoseconds since 1970, None expects nothing."""

    at: int
    purpose: str
    challenge: str | None = None
    domain: str | tuple[str, ...] | None = None


def add_proof(
    document: Mapping[str, object],
    signer: Signer,
    *,
    cryptosuite: str,
    purpose: str,
    created: str | None,
    contexts: Contexts,
    options: Mapping[str, object] = _NO_OPTIONS,
    suite_options: SuiteOptions = _PLAIN,
) -> dict[str, object]:
    """Return the document with one proof more, in a set or chain with those that it has (VC Data Integrity §4.2, §4.3).

    ``options`` may hold ``challenge``, ``domain``, ``expires``, ``id``, ``nonce`` and ``previousProof``. A document
    whose contexts do not know the terms of a proof gets the one that does (§2.4.2).

    Raises:
        InvalidKeyError: a key that the suite does not take.
        UnknownTermError: an unknown suite or option, or a member that the suite could not sign.
        MalformedError: the proof would not be well-formed, or the document has no canonical form.
        ProofError: ``previousProof`` names a proof that is not there.
        TooLargeError: the document has sixteen proofs, or is too much to canonicalise.
    """
    suite = suite_named(cryptosuite)
    check_signing_key(suite, signer.key.public_key)
    secured = _with_context(document, suite, contexts)
    config = _config(secured, signer, suite, purpose, created, options)
    there = read_proofs(secured) if "proof" in secured else ()
    if len(there) >= MAX_PROOFS:
        raise TooLargeError(f"a document has at most {MAX_PROOFS} proofs")
    proof = read_proof({**config, "proofValue": "z"}, secured)
    if proof.id is not None and any(proof.id == other.id for other in there):
        raise MalformedError("the document has a proof with this id", pointer="/proof/id")
    if not isinstance(suite, JcsSuite):
        check_names({**secured, "proof": [proof.raw, *(other.raw for other in there)]}, contexts)
    value = suite.sign(
        _signed(secured, previous_proofs(proof.previous, there)), config, signer.key, contexts, options=suite_options
    )
    made = {**config, "proofValue": value}
    return {**secured, "proof": [*(other.raw for other in there), made] if there else made}


def verify_proofs(
    document: Mapping[str, object],
    *,
    find_key: Callable[[Proof], PublicKey],
    expect: ProofExpectation,
    contexts: Contexts,
    proofs: tuple[Proof, ...] | None = None,
) -> tuple[Proof, ...]:
    """Verify every proof of a document, and return them (VC Data Integrity §4.4, §4.5).

    ``find_key`` returns the key that a proof names, or raises if its DID document does not list it for the purpose, or
    if it is not a key of whom the document names as its author. ``proofs`` are the document's, where they were read.

    Raises:
        ProofError: a proof does not hold, is missing, or is not what was expected; codes ``proof_invalid``,
            ``challenge_mismatch``, ``domain_mismatch``, ``not_yet_valid``, ``expired``.
        MalformedError, UnknownTermError, TooLargeError: the document or a proof cannot be judged.
    """
    if proofs is None:
        proofs = read_proofs(document)
    if len(proofs) > 1 or proofs[0].previous:
        check_acyclic(proofs)
    # Only what a proof's own @context says was signed. D04: what was appended later could give members another meaning.
    if not any(covers_context(proof, document) for proof in proofs):
        raise ProofError("no proof covers the whole @context of the document")
    suites = [suite_of(proof) for proof in proofs]
    if not all(isinstance(suite, JcsSuite) for suite in suites):
        check_names(document, contexts)
    unsecured = _signed(document, None)
    seen: Canonical = {}
    for proof, suite in zip(proofs, suites, strict=True):
        _check_expected(proof, expect)
        key = find_key(proof)
        if proof.previous:
            suite.verify(_signed(document, previous_proofs(proof.previous, proofs)), proof.raw, key, contexts)
        elif isinstance(suite, RdfcSuite):
            suite.verify(unsecured, proof.raw, key, contexts, seen=seen)
        else:
            suite.verify(unsecured, proof.raw, key, contexts)
    return proofs


def derive(document: Mapping[str, object], pointers: tuple[str, ...], contexts: Contexts) -> dict[str, object]:
    """Return a document that shows what ``pointers`` (RFC 6901) name, and what its issuer made mandatory.

    Raises:
        ProofError: the document has no proof, or several, from which another can be derived.
        MalformedError, UnknownTermError, TooLargeError: the document or a pointer cannot be used.
    """
    found = []
    for proof in read_proofs(document):
        suite = suite_of(proof)
        if isinstance(suite, DerivableSuite) and suite.is_base(proof.raw):
            found.append((suite, proof))
    if len(found) != 1:
        raise ProofError("the document has not exactly one proof from which another can be derived")
    ((suite, proof),) = found
    return suite.derive(_signed(document, None), proof.raw, pointers, contexts)


def _signed(document: Mapping[str, object], previous: list[object] | None) -> dict[str, object]:
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if previous:
        unsecured["proof"] = previous
    return unsecured


def _with_context(document: Mapping[str, object], suite: Suite, contexts: Contexts) -> dict[str, object]:
    found = list_contexts(document.get("@context"))
    if any(isinstance(context, str) and context in _NAMES_TERMS for context in found):
        return dict(document)
    # §2.4.2: plain JSON may stay plain JSON; and a suite that does not read contexts needs none that we do not have
    if isinstance(suite, JcsSuite) and (not found or contexts.find(SECURITY_CONTEXT) is None):
        return dict(document)
    return {**document, "@context": [*found, SECURITY_CONTEXT]}


def _config(
    document: Mapping[str, object],
    signer: Signer,
    suite: Suite,
    purpose: str,
    created: str | None,
    options: Mapping[str, object],
) -> dict[str, object]:
    if not options.keys() <= _OPTIONS:
        raise UnknownTermError(f"a proof's options are {', '.join(sorted(_OPTIONS))}")
    config: dict[str, object] = {"type": DATA_INTEGRITY, "cryptosuite": suite.name}
    if created is not None:
        config["created"] = created
    config.update(verificationMethod=signer.method, proofPurpose=purpose)
    config.update({name: value for name, value in options.items() if value is not None})
    if isinstance(suite, JcsSuite) and "@context" in document:
        config["@context"] = document["@context"]  # vc-di-eddsa §3.3.1, step 2
    return config


def _check_expected(proof: Proof, expect: ProofExpectation) -> None:
    if proof.purpose != expect.purpose:
        raise ProofError("the proof was made for another purpose", pointer="/proof/proofPurpose")
    if expect.challenge is not None and proof.challenge != expect.challenge:
        raise ProofError("the proof answers another challenge", code="challenge_mismatch", pointer="/proof/challenge")
    if expect.domain is not None:
        wanted = {expect.domain} if isinstance(expect.domain, str) else set(expect.domain)
        if set(proof.domains) != wanted:
            raise ProofError("the proof is meant for another domain", code="domain_mismatch", pointer="/proof/domain")
    if proof.created is not None and proof.created > expect.at + LEEWAY:
        raise ProofError("the proof was made in the future", code="not_yet_valid", pointer="/proof/created")
    if proof.expires is not None and proof.expires <= expect.at:
        raise ProofError("the proof has expired", code="expired", pointer="/proof/expires")
