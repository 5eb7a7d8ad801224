"""One hop as it travels, embedded or enveloped, taken apart once: what it says, and which signatures say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

import msgspec

from legation.crypto.keys import PublicKey
from legation.domain.delegation.credential import Hop, parse_hop
from legation.domain.delegation.typed import read_typed
from legation.errors import LegationError, MalformedError, ProofError
from legation.standards.data_integrity.hop_proofs import Proof, parse_proofs, verify_proof
from legation.standards.jcs import canonicalize
from legation.standards.jose import SplitJWS, find_type, split_jws
from legation.standards.multiformats import digest_multibase, multibase_of_sha256
from legation.standards.strict_json import MAX_NESTING, check_nesting, parse_json, write_sorted
from legation.standards.timestamps import SECOND

ASSERTION = "assertionMethod"
SELECTIVE_TYPES = frozenset({"vc+sd-jwt", "dc+sd-jwt"})


class Seal(Protocol):
    """One signature: whose it claims to be, what for, and when it was made (nanoseconds since 1970)."""

    did: str
    method: str
    purpose: str
    dated: int | None
    expires: int | None

    def verify(self, key: PublicKey) -> None:
        """Verify it. Raises ProofError or MalformedError."""


@dataclass(slots=True)
class TokenSeal:
    """The signature of a token; its purpose is its type's, for a JOSE header names none."""

    did: str
    method: str
    purpose: str
    dated: int | None
    expires: int | None
    jws: SplitJWS

    def verify(self, key: PublicKey) -> None:
        """Verify it. Raises ProofError."""
        self.jws.verify(key)


@dataclass(slots=True)
class ProofSeal:
    """An embedded Data Integrity proof."""

    did: str
    method: str
    purpose: str
    dated: int | None
    expires: int | None
    document: Mapping[str, object]
    proof: Proof
    plain: bool
    # the canonical form of the document without its proofs, where it is known
    canonical: bytes | None = None

    def verify(self, key: PublicKey) -> None:
        """Verify it. Raises ProofError or MalformedError."""
        verify_proof(self.document, self.proof, key, plain=self.plain, canonical=self.canonical)


class SecuredCredential(msgspec.Struct, frozen=True, gc=False):
    """A credential as received: the object of an embedded one, or the compact token. Nothing of it is checked."""

    wire: Mapping[str, object] | str

    def media(self) -> str:
        """Return the type of a token: ``vc+jwt``, or what an SD-JWT says that it is. Raises MalformedError."""
        if not isinstance(self.wire, str) or "~" not in self.wire:
            return "vc+jwt"
        typ = find_type(self.wire.partition("~")[0])
        if typ not in SELECTIVE_TYPES:
            raise MalformedError("an SD-JWT of a credential is a vc+sd-jwt or a dc+sd-jwt")
        return typ

    def fingerprint(self) -> bytes:
        """Return the exact bytes by which this one is told from all others: the token, or the object written out.

        Raises:
            MalformedError: it cannot be written (a lone surrogate, a number out of every range).
        """
        wire = self.wire
        if isinstance(wire, str):
            # a string with the text of an object must not pass for the object, of which these are the exact bytes
            if not wire.isascii() or wire.startswith("{"):
                raise MalformedError("a token is ASCII, and begins with no brace")
            return wire.encode("ascii")
        # not the JCS form, in which 1 and 1.0 are alike, though only one of them may stand in a delegation
        return write_sorted(wire)


class ReadHop(msgspec.Struct, frozen=True, gc=False):
    """A hop that is well-formed, its digest as a child names it, and its signatures, not yet checked."""

    hop: Hop
    digest: str
    seals: tuple[Seal, ...]
    size: int


def read_hop(secured: SecuredCredential, fingerprint: bytes | None = None, sha256_of_it: bytes = b"") -> ReadHop:
    """Take a secured credential apart; who has its fingerprint and its digest already passes them on.

    Raises:
        MalformedError, UnknownTermError, ProofError: it is not a hop of the design page.
    """
    exact = secured.fingerprint() if fingerprint is None else fingerprint
    digest = sha256_of_it or sha256(exact).digest()
    wire = secured.wire
    if isinstance(wire, str):
        if "~" in wire:
            return _read_selective(wire, len(exact))
        jws = split_jws(exact, typ="vc+jwt", cty="vc")
        hop, dated = _read_payload(jws.payload)
        seals: tuple[Seal, ...] = (TokenSeal(jws.header.did, jws.header.method, ASSERTION, dated, None, jws),)
        return ReadHop(hop, multibase_of_sha256(digest), seals, len(exact))
    unsecured = {name: value for name, value in wire.items() if name != "proof"}
    text = write_sorted(unsecured)
    hop = read_typed(text, unique=True, source=wire) or parse_hop(wire, enveloped=False)
    # a document in ASCII of which every member was seen is its own canonical form
    plain = hop.plain and exact.isascii()
    canonical = text if plain else canonicalize(unsecured)
    proofs = parse_proofs(wire)
    if len(proofs) > 1 and any(proof in proofs[:index] for index, proof in enumerate(proofs)):
        raise MalformedError("a proof stands twice", pointer="/proof")
    seals = tuple([_read_proof(wire, canonical, proof, hop) for proof in proofs])
    name = multibase_of_sha256(digest) if plain else digest_multibase(canonicalize(wire))
    return ReadHop(hop, name, seals, len(exact))


def _read_selective(wire: str, size: int) -> ReadHop:
    from legation.domain.delegation.selective import read_selective  # few chains hold an SD-JWT

    read = read_selective(wire)
    seal = TokenSeal(read.jws.header.did, read.jws.header.method, ASSERTION, read.dated, None, read.jws)
    # what the holder shows beside it is not the issuer's
    return ReadHop(read.hop, digest_multibase(read.issuer_signed), (seal,), size)


def _read_payload(payload: bytes) -> tuple[Hop, int]:
    """Return the hop of a token's claims, and when it was issued."""
    hop = read_typed(payload, unique=False)
    # in a status entry of more than strings something may be nested too deep
    if hop is not None and hop.plain:
        return hop, hop.valid_from
    claims = parse_json(payload, max_nesting=None)
    hop = _read_claims(claims)
    issued = hop.document.get("iat")
    return hop, issued * SECOND if isinstance(issued, int) else hop.valid_from


def _read_claims(claims: object) -> Hop:
    try:
        hop = parse_hop(claims, enveloped=True)
    except LegationError:
        check_nesting(claims, MAX_NESTING)  # a bound broken comes before whatever else is wrong (§4, step 1)
        raise
    if not hop.plain:
        check_nesting(claims, MAX_NESTING)
    return hop


def _read_proof(document: Mapping[str, object], canonical: bytes, proof: Proof, hop: Hop) -> ProofSeal:
    if proof.purpose != ASSERTION:
        raise ProofError("the proof's purpose is not assertionMethod")
    if proof.challenge is not None or proof.domain is not None:
        raise MalformedError("a credential's proof answers no challenge", pointer="/proof")
    dated = hop.valid_from if proof.created is None else proof.created
    return ProofSeal(proof.did, proof.method, ASSERTION, dated, proof.expires, document, proof, hop.plain, canonical)
