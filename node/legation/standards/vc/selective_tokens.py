"""Credentials and presentations as ``vc+sd-jwt`` and ``vp+sd-jwt`` (VC JOSE COSE §3.2, RFC 9901)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import MalformedError
from legation.standards.jwt_claims import Period, read_period
from legation.standards.sd_jwt.disclosures import Path, Pattern
from legation.standards.sd_jwt.issuing import Salts, issue_sd_jwt
from legation.standards.sd_jwt.opening import Opened, open_sd_jwt
from legation.standards.sd_jwt.parsing import SDJWT, parse_sd_jwt
from legation.standards.vc.tokens import check_credential_claims, check_presentation_claims, split_document

CREDENTIAL_TYPE, PRESENTATION_TYPE = "vc+sd-jwt", "vp+sd-jwt"
# VC JOSE COSE §3.2.1: what validation needs is not disclosable; hidden, a credential would look better than it is
NEVER_DISCLOSABLE = frozenset(
    {"credentialStatus", "credentialSchema", "validFrom", "validUntil", "iss", "nbf", "exp", "cnf"}
)
# and what no verifier can do without, which an issuer of ours does not hide either
_ALWAYS_SHOWN = NEVER_DISCLOSABLE | {"@context", "type", "issuer"}


@dataclass(frozen=True, slots=True)
class ReadSelectiveToken:
    """An SD-JWT of a credential or presentation, processed; neither signature nor key binding is checked yet."""

    document: dict[str, object]
    claims: dict[str, object]
    sd_jwt: SDJWT
    opened: Opened
    period: Period

    @property
    def method(self) -> str:
        """The ``kid``, or an empty string where the caller names the key and the token none."""
        return self.sd_jwt.jws.header.method

    @property
    def did(self) -> str:
        """The DID of the ``kid``, or an empty string where it has none."""
        return self.sd_jwt.jws.header.did

    def verify(self, key: PublicKey) -> None:
        """Verify the issuer's signature. Raises ProofError."""
        self.sd_jwt.jws.verify(key)


def sign_selective_credential(
    document: Mapping[str, object],
    signer: Signer,
    *,
    salts: Salts,
    disclosable: Iterable[Pattern] = (),
    decoys: Mapping[Path, int] | None = None,
    holder_key: PublicKey | None = None,
) -> str:
    """Secure a credential as a ``vc+sd-jwt``; the arguments are those of ``issue_sd_jwt``.

    Raises:
        MalformedError: as there, claims that contradict each other, or a disclosable member that must be shown.
    """
    paths = list(disclosable)
    if any(path and path[0] in _ALWAYS_SHOWN for path in paths):
        raise _must_be_shown()
    check_credential_claims(document)
    return issue_sd_jwt(
        document,
        signer,
        typ=CREDENTIAL_TYPE,
        salts=salts,
        disclosable=paths,
        decoys=decoys,
        holder_key=holder_key,
    )


def sign_selective_presentation(
    document: Mapping[str, object], signer: Signer, *, salts: Salts, disclosable: Iterable[Pattern] = ()
) -> str:
    """Secure a presentation as a ``vp+sd-jwt``. Raises MalformedError as :func:`sign_selective_credential`."""
    check_presentation_claims(document)
    return issue_sd_jwt(document, signer, typ=PRESENTATION_TYPE, salts=salts, disclosable=disclosable)


def read_selective_credential(text: str, *, named: bool = True) -> ReadSelectiveToken:
    """Read a ``vc+sd-jwt`` with the disclosures that came with it.

    Raises:
        TooLargeError, MalformedError, UnknownTermError: not such a token, claims that contradict each other, or a
            member behind a digest that must be shown.
    """
    sd_jwt = parse_sd_jwt(text, typ=CREDENTIAL_TYPE, cty="vc", named=named)
    opened = open_sd_jwt(sd_jwt)
    places = [*opened.hidden, *(path for path, _ in opened.disclosed)]
    if any(path and path[0] in NEVER_DISCLOSABLE for path in places):
        raise _must_be_shown()
    check_credential_claims(opened.claims)
    return _read(sd_jwt, opened)


def read_selective_presentation(text: str, *, named: bool = True) -> ReadSelectiveToken:
    """Read a ``vp+sd-jwt``. Raises as :func:`read_selective_credential`."""
    sd_jwt = parse_sd_jwt(text, typ=PRESENTATION_TYPE, cty="vp", named=named)
    opened = open_sd_jwt(sd_jwt)
    check_presentation_claims(opened.claims)
    return _read(sd_jwt, opened)


def _read(sd_jwt: SDJWT, opened: Opened) -> ReadSelectiveToken:
    claims = opened.claims
    return ReadSelectiveToken(split_document(claims), claims, sd_jwt, opened, read_period(claims, dated=True))


def _must_be_shown() -> MalformedError:
    return MalformedError("a member that validation needs is behind a digest")
