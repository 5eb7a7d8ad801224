"""What secures a document: the proofs that it carries, or the token that it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from legation.crypto.keys import PublicKey
from legation.domain.credentials.methods import find_key
from legation.domain.methods import Documents
from legation.errors import ProofError
from legation.standards.data_integrity.documents import ProofExpectation, verify_proofs
from legation.standards.data_integrity.proofs import Proof, covers_context, read_proofs
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.verification import verify_binding
from legation.standards.vc.selective_tokens import ReadSelectiveToken
from legation.standards.vc.tokens import ReadToken, check_audience

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

ASSERTION = "assertionMethod"
AUTHENTICATION = "authentication"
T = TypeVar("T", ReadToken, ReadSelectiveToken)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a seal must be: made for ``purpose``, good at ``at`` (nanoseconds since 1970), for this verifier."""

    at: int
    purpose: str
    challenge: str | None = None
    domain: str | None = None


class Seal(Protocol):
    """The signatures over one document. Nobody has checked them."""

    @property
    def dids(self) -> frozenset[str]:
        """The DIDs whose keys they claim to be of."""

    @property
    def authors(self) -> frozenset[str]:
        """Those of them that signed the document with the contexts that it has now."""

    def verify(self, documents: Documents, expected: Expectation, contexts: Contexts) -> None:
        """Verify every one of them.

        Raises:
            ProofError, ResolutionError: one does not hold, or its key cannot be had.
            LegationError: ``method_not_authorized``, ``challenge_mismatch``, ``domain_mismatch``, ``expired``,
                ``not_yet_valid``.
            MalformedError, UnknownTermError, TooLargeError: what they sign cannot be judged.
        """


@dataclass(frozen=True, slots=True)
class ProofsSeal:
    """Embedded proofs: one, a set, or a chain (VC Data Integrity 1.0 §2.1).

    ``dated`` is when those were made that do not say so: when what they secure begins to hold.
    """

    document: Mapping[str, object]
    proofs: tuple[Proof, ...]
    dated: int | None = None

    @classmethod
    def read(cls, document: Mapping[str, object], *, dated: int | None = None) -> ProofsSeal:
        """Read the proofs of a document. Raises MalformedError, UnknownTermError."""
        return cls(document, read_proofs(document), dated)

    @property
    def dids(self) -> frozenset[str]:
        """The DIDs of the methods that the proofs name."""
        return frozenset(proof.did for proof in self.proofs)

    @property
    def authors(self) -> frozenset[str]:
        """The DIDs of the proofs that cover the whole ``@context``: D04, a stranger's does not make it the issuer's."""
        # where none does, verifying says so
        return frozenset(proof.did for proof in self.proofs if covers_context(proof, self.document)) or self.dids

    def verify(self, documents: Documents, expected: Expectation, contexts: Contexts) -> None:
        """Verify every proof. Raises what :meth:`Seal.verify` does."""

        def find(proof: Proof) -> PublicKey:
            dated = self.dated if proof.created is None else proof.created
            return find_key(documents, proof.did, proof.method, purpose=expected.purpose, dated=dated)

        expect = ProofExpectation(expected.at, expected.purpose, expected.challenge, expected.domain)
        verify_proofs(self.document, find_key=find, expect=expect, contexts=contexts, proofs=self.proofs)


@dataclass(frozen=True, slots=True)
class _SignedToken(Generic[T]):
    """What all tokens have in common: one signature over the whole, by the DID of the ``kid``."""

    token: T
    dated: int | None = None

    @property
    def dids(self) -> frozenset[str]:
        """The DID of the ``kid``."""
        return frozenset({self.token.did})

    @property
    def authors(self) -> frozenset[str]:
        """The same: a token is signed whole."""
        return self.dids


class TokenSeal(_SignedToken[ReadToken]):
    """The signature of the token that a document came in (VC JOSE COSE §3.1); ``dated`` is as with proofs."""

    __slots__ = ()

    def verify(self, documents: Documents, expected: Expectation, contexts: Contexts) -> None:
        """Verify it, that it counts at the moment, and for whom it is. Raises what :meth:`Seal.verify` does."""
        _verify_token(self.token, self.dated, documents, expected)
        check_audience(self.token, nonce=expected.challenge, audience=expected.domain)


class SelectiveSeal(_SignedToken[ReadSelectiveToken]):
    """The signature of an SD-JWT (VC JOSE COSE §3.2), and its key binding where the verifier gave a challenge."""

    __slots__ = ()

    def verify(self, documents: Documents, expected: Expectation, contexts: Contexts) -> None:
        """Verify it, and its key binding, which must be there if and only if it was asked for (RFC 9901 §7.3).

        Raises what :meth:`Seal.verify` does.
        """
        _verify_token(self.token, self.dated, documents, expected)
        binding = None
        if expected.challenge is not None or expected.domain is not None:
            # a binding names both; what the verifier did not give is nothing that it could name
            binding = Binding(expected.domain or "", expected.challenge or "")
        verify_binding(self.token.sd_jwt, binding, at=expected.at)


def _verify_token(
    token: ReadToken | ReadSelectiveToken, dated: int | None, documents: Documents, expected: Expectation
) -> None:
    period = token.period
    made = dated if period.issued is None else period.issued
    token.verify(find_key(documents, token.did, token.method, purpose=expected.purpose, dated=made))
    period.check(expected.at)


def unsecured(what: str) -> ProofError:
    """Return the error of a document without any signature where there must be one."""
    return ProofError(f"the {what} is not secured: it has no proof and is no token", code="proof_missing")
