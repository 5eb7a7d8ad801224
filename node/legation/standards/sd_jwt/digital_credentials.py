"""SD-JWT VCs, typ ``dc+sd-jwt``: which claims must be there, and which never behind a digest (draft 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import MalformedError, ProofError
from legation.standards.did.syntax import is_did
from legation.standards.jose import ALGORITHMS, SplitJWS, find_type
from legation.standards.jwk import parse_public_jwk
from legation.standards.sd_jwt.binding import Binding, FindHolder, read_confirmation
from legation.standards.sd_jwt.disclosures import Path, Pattern
from legation.standards.sd_jwt.issuing import Salts, issue_sd_jwt
from legation.standards.sd_jwt.opening import Opened
from legation.standards.sd_jwt.parsing import SDJWT, parse_sd_jwt
from legation.standards.sd_jwt.verification import FindKey, verify_sd_jwt

TYPE = "dc+sd-jwt"
# the name until November 2024, which a verifier accepts for a time (draft 16, JOSE Header); W3C's is another thing
LEGACY_TYPE = "vc+sd-jwt"
TYPE_CLAIM = "vct"
# draft 16, Registered JWT Claims: not in a disclosure
NEVER_DISCLOSABLE = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})
_MAX_KEYS = 64


def issue_digital_credential(
    claims: Mapping[str, object],
    signer: Signer,
    *,
    salts: Salts,
    disclosable: Iterable[Pattern] = (),
    decoys: Mapping[Path, int] | None = None,
    holder_key: PublicKey | None = None,
) -> str:
    """Issue an SD-JWT VC; the arguments are those of :func:`issue_sd_jwt`.

    Raises:
        MalformedError: no ``vct``, an ``iss`` that is not the signer's DID, or a disclosable claim that must not be.
    """
    paths = list(disclosable)
    if any(path and path[0] in NEVER_DISCLOSABLE for path in paths):
        raise _not_disclosable()
    _check_claims(claims, signer.did if is_did(signer.did) and signer.method else "")
    return issue_sd_jwt(claims, signer, typ=TYPE, salts=salts, disclosable=paths, decoys=decoys, holder_key=holder_key)


def parse_digital_credential(text: str, *, named: bool = True) -> SDJWT:
    """Take an SD-JWT VC apart. Raises as :func:`parse_sd_jwt`, also where it is W3C's ``vc+sd-jwt``."""
    legacy = find_type(text.partition("~")[0], named=named) == LEGACY_TYPE
    sd_jwt = parse_sd_jwt(text, typ=LEGACY_TYPE if legacy else TYPE, named=named)
    if legacy and "@context" in sd_jwt.claims:
        raise MalformedError("the token is a credential of the W3C, not an SD-JWT VC")
    return sd_jwt


def verify_digital_credential(
    sd_jwt: SDJWT,
    find_key: FindKey,
    *,
    at: int,
    binding: Binding | None,
    find_holder: FindHolder = read_confirmation,
) -> Opened:
    """Verify an SD-JWT VC as :func:`verify_sd_jwt` does, and the rules of its own.

    Raises:
        MalformedError: also where ``vct`` is absent, ``iss`` is not the DID of the ``kid``, or a claim was disclosed
            that the issuer must sign in the clear.
    """
    opened = verify_sd_jwt(sd_jwt, find_key, at=at, binding=binding, find_holder=find_holder)
    check_digital_credential(sd_jwt, opened)
    return opened


def check_digital_credential(sd_jwt: SDJWT, opened: Opened) -> None:
    """Check the rules that an SD-JWT VC has beyond an SD-JWT. Raises MalformedError."""
    if any(path[0] in NEVER_DISCLOSABLE for path, _ in opened.disclosed):
        raise _not_disclosable()
    if any(path and path[0] in NEVER_DISCLOSABLE for path in opened.hidden):
        raise _not_disclosable()
    _check_claims(opened.claims, sd_jwt.jws.did)


def find_jwk(jwks: object, jws: SplitJWS) -> PublicKey:
    """Return the issuer's key for a token from the JWK Set that is known for its ``iss`` (draft 16, JWT VC Metadata).

    With a ``kid`` it is the one key of that name, without one the only key that its algorithm fits.

    Raises:
        MalformedError: no JWK Set.
        ProofError: no such key, or several.
        InvalidKeyError: the key is not one that verifies.
    """
    keys = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(keys, list) or len(keys) > _MAX_KEYS or not all(isinstance(key, dict) for key in keys):
        raise MalformedError(f"a JWK Set holds at most {_MAX_KEYS} keys")
    kid, curve = jws.method, ALGORITHMS[jws.header.algorithm].value
    found = [key for key in keys if (key.get("kid") == kid if kid else key.get("crv") == curve)]
    if len(found) != 1:
        raise ProofError("the issuer has no one key of that name")
    return parse_public_jwk(found[0])


def _check_claims(claims: Mapping[str, object], did: str) -> None:
    if not isinstance(claims.get(TYPE_CLAIM), str) or not claims[TYPE_CLAIM]:
        raise MalformedError("an SD-JWT VC names its type in vct", pointer=f"/{TYPE_CLAIM}")
    issuer = claims.get("iss")
    if issuer is not None and not isinstance(issuer, str):
        raise MalformedError("an issuer is a string", pointer="/iss")
    # RFC 9901 §7.1, step 2.3: the key belongs to the issuer
    if did and issuer != did:
        raise MalformedError("the issuer is not the DID of the key that signed", pointer="/iss")


def _not_disclosable() -> MalformedError:
    return MalformedError("a claim that an SD-JWT VC signs in the clear is behind a digest")
