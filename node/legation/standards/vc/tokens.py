"""Credentials and presentations as ``vc+jwt`` and ``vp+jwt``: the payload is the document (VC JOSE COSE §3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError
from legation.standards.jose import SplitJWS, parse_jws, sign_jws
from legation.standards.jwt_claims import Period, read_period
from legation.standards.timestamps import SECOND, nanoseconds
from legation.standards.vc.enveloping import find_enveloped

CREDENTIAL_TYPE, PRESENTATION_TYPE = "vc+jwt", "vp+jwt"
ENVELOPED_CREDENTIAL = "EnvelopedVerifiableCredential"
# what a token says of itself, and its document does not (RFC 7519 §4.1, OpenID Connect Core §2, RFC 7800 §3.1)
REGISTERED = frozenset({"iss", "sub", "jti", "iat", "exp", "nbf", "aud", "nonce", "cnf"})
# VC JOSE COSE §3.1.3: not present in any claims set
_FORBIDDEN = ("vc", "vp")


@dataclass(frozen=True, slots=True)
class ReadToken:
    """A token whose claims are consistent and whose signature nobody has checked yet.

    ``document`` is the credential or presentation, ``claims`` also what the token says of itself.
    """

    document: dict[str, object]
    claims: dict[str, object]
    jws: SplitJWS
    period: Period

    @property
    def method(self) -> str:
        """The ``kid``, or an empty string where the caller names the key and the token none."""
        return self.jws.header.method

    @property
    def did(self) -> str:
        """The DID of the ``kid``, or an empty string where it has none."""
        return self.jws.header.did

    def verify(self, key: PublicKey) -> None:
        """Verify the signature. Raises ProofError."""
        self.jws.verify(key)


def sign_credential(document: Mapping[str, object], signer: Signer) -> str:
    """Secure a credential as a ``vc+jwt``; a signer without a method names no ``kid``.

    Raises:
        MalformedError: a claim ``vc`` or ``vp``, or a registered claim that contradicts what it repeats.
    """
    claims = dict(document)
    check_credential_claims(claims)
    return sign_jws(claims, typ=CREDENTIAL_TYPE, signer=signer)


def sign_presentation(
    document: Mapping[str, object],
    signer: Signer,
    *,
    nonce: str | None = None,
    audience: str | None = None,
    at: datetime | None = None,
) -> str:
    """Secure a presentation as a ``vp+jwt``, for a verifier's ``nonce`` and ``audience`` where they are given.

    Raises:
        MalformedError: as :func:`sign_credential`, or an enveloped credential that is none.
    """
    claims = dict(document)
    check_presentation_claims(claims)
    issued = None if at is None else nanoseconds(at) // SECOND
    for name, value in (("aud", audience), ("nonce", nonce), ("iat", issued)):
        if value is not None and claims.setdefault(name, value) != value:
            raise MalformedError("the presentation is for another verifier or moment already", pointer=f"/{name}")
    return sign_jws(claims, typ=PRESENTATION_TYPE, signer=signer)


def read_credential_token(token: str, *, named: bool = True) -> ReadToken:
    """Read a ``vc+jwt``; where the caller names the key, ``named`` is False and ``kid`` any string or absent.

    Raises:
        TooLargeError, MalformedError: not such a token, or its claims contradict each other.
    """
    jws = parse_jws(token, typ=CREDENTIAL_TYPE, cty="vc", named=named)
    check_credential_claims(jws.claims)
    return _read(jws.claims, jws.split)


def read_presentation_token(token: str, *, named: bool = True) -> ReadToken:
    """Read a ``vp+jwt`` as :func:`read_credential_token` does; what is enveloped in it is not read. Raises alike."""
    jws = parse_jws(token, typ=PRESENTATION_TYPE, cty="vp", named=named)
    check_presentation_claims(jws.claims)
    return _read(jws.claims, jws.split)


def check_audience(token: ReadToken, *, nonce: str | None = None, audience: str | None = None) -> None:
    """Check that a token answers the verifier's nonce and is for it, where it says so or must.

    Raises:
        LegationError: ``challenge_mismatch``, ``domain_mismatch``.
        MalformedError: an ``aud`` that is neither a string nor an array of strings (RFC 7519 §4.1.3).
    """
    if nonce is not None and token.claims.get("nonce") != nonce:
        raise LegationError("the token answers another challenge", code="challenge_mismatch", pointer="/nonce")
    named = token.claims.get("aud", [])
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or not all(isinstance(name, str) for name in audiences):
        raise MalformedError("an audience is a string, or an array of strings", pointer="/aud")
    if audience is not None and audience not in audiences:
        raise LegationError("the token is for another verifier", code="domain_mismatch", pointer="/aud")


def find_credentials(document: Mapping[str, object]) -> list[object]:
    """Return the entries of ``verifiableCredential``, each as it stands (VCDM 2.0 §4.13)."""
    entries = document.get("verifiableCredential", [])
    return entries if isinstance(entries, list) else [entries]


def split_document(claims: dict[str, object]) -> dict[str, object]:
    """Return the document of a token's claims: all but what the token says of itself."""
    if REGISTERED.isdisjoint(claims):
        return claims
    return {name: value for name, value in claims.items() if name not in REGISTERED}


def check_credential_claims(claims: Mapping[str, object]) -> None:
    """Check a credential's claims set (VC JOSE COSE §3.1.3).

    Raises:
        MalformedError: ``vc`` or ``vp``, or ``iss``, ``jti`` or ``sub`` that is not the issuer, the id, or the id of a
            subject; registered claims of another form.
    """
    _check_common(claims)
    _check_repeated(claims, "iss", _identifier(claims.get("issuer")))
    if "sub" in claims:
        subjects = claims.get("credentialSubject")
        names = [_identifier(subject) for subject in (subjects if isinstance(subjects, list) else [subjects])]
        known = [name for name in names if name is not None]
        if known and claims["sub"] not in known:
            raise MalformedError("the claim sub contradicts the credentialSubject", pointer="/sub")


def check_presentation_claims(claims: Mapping[str, object]) -> None:
    """Check a presentation's claims set, and that what calls itself an enveloped credential is one (VCDM 2.0 §4.13).

    Raises:
        MalformedError, UnknownTermError: as :func:`check_credential_claims` says, ``iss`` being the holder.
    """
    _check_common(claims)
    _check_repeated(claims, "iss", _identifier(claims.get("holder")))
    for number, entry in enumerate(find_credentials(claims)):
        if not isinstance(entry, dict):
            pointer = f"/verifiableCredential/{number}"
            raise MalformedError("a credential in a presentation is an object", pointer=pointer)
        if entry.get("type") in (ENVELOPED_CREDENTIAL, [ENVELOPED_CREDENTIAL]):
            find_enveloped(entry, ENVELOPED_CREDENTIAL)


def _read(claims: dict[str, object], jws: SplitJWS) -> ReadToken:
    return ReadToken(split_document(claims), claims, jws, read_period(claims, dated=True))


def _check_common(claims: Mapping[str, object]) -> None:
    for name in _FORBIDDEN:
        if name in claims:
            raise MalformedError("a token's claims are the document itself, without vc and vp", pointer=f"/{name}")
    for name in ("iss", "sub", "jti", "nonce"):
        if name in claims and not isinstance(claims[name], str):
            raise MalformedError(f"the claim {name} is a string", pointer=f"/{name}")
    _check_repeated(claims, "jti", claims.get("id"))


def _check_repeated(claims: Mapping[str, object], name: str, value: object) -> None:
    if value is not None and claims.get(name, value) != value:
        raise MalformedError(f"the claim {name} contradicts the member that it repeats", pointer=f"/{name}")


def _identifier(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value
