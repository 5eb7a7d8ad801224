"""Key binding: the holder's JWT over an SD-JWT, for one verifier and one nonce (RFC 9901 §4.3 and §7.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import LegationError, MalformedError
from legation.standards.jose import parse_jws, sign_jws
from legation.standards.jwk import parse_public_jwk
from legation.standards.jwt_claims import read_period
from legation.standards.sd_jwt.parsing import SDJWT
from legation.standards.timestamps import SECOND

TYPE = "kb+jwt"
CONFIRMATION = "cnf"
MAX_AHEAD = 60 * SECOND

FindHolder = Callable[[Mapping[str, object]], PublicKey]


@dataclass(frozen=True, slots=True)
class Binding:
    """What a key binding must bind to: the verifier, its nonce, and how old it may be in nanoseconds."""

    audience: str
    nonce: str
    max_age: int = 5 * 60 * SECOND


def read_confirmation(confirmation: Mapping[str, object]) -> PublicKey:
    """Return the holder's key of a ``cnf`` claim that carries it as a JWK (RFC 7800 §3.2).

    Raises:
        MalformedError: another confirmation method, or several.
        InvalidKeyError: the JWK is not one that verifies.
    """
    if confirmation.keys() != {"jwk"}:
        raise MalformedError("the holder's key in cnf is not a JWK", pointer=f"/{CONFIRMATION}")
    return parse_public_jwk(confirmation["jwk"])


def bind(sd_jwt: SDJWT, holder: Signer, *, nonce: str, audience: str, issued: int) -> str:
    """Return the SD-JWT with the holder's key binding; ``issued`` in nanoseconds since 1970 (RFC 9901 §4.3).

    The key is the one of the ``cnf`` claim, so that no ``kid`` is needed.
    """
    claims: dict[str, object] = {
        "iat": issued // SECOND,
        "aud": audience,
        "nonce": nonce,
        "sd_hash": sd_jwt.fingerprint(),
    }
    return sd_jwt.without_binding() + sign_jws(claims, typ=TYPE, signer=replace(holder, method=""))


def check_binding(sd_jwt: SDJWT, binding: Binding, *, at: int, find_holder: FindHolder) -> None:
    """Check the key binding of an SD-JWT whose own signature holds (RFC 9901 §7.3, step 5).

    Raises:
        LegationError: ``presentation_invalid`` where it is absent, was not made just now, or is for other disclosures;
            ``domain_mismatch``, ``challenge_mismatch``.
        ProofError: the signature does not hold.
        MalformedError, InvalidKeyError: it is no key binding, or the SD-JWT names no holder's key.
    """
    if sd_jwt.key_binding is None:
        raise _invalid("the SD-JWT comes without the key binding that is needed")
    # what the issuer signed in the clear; a disclosure cannot name another holder
    confirmation = sd_jwt.claims.get(CONFIRMATION)
    if not isinstance(confirmation, dict):
        raise MalformedError("the SD-JWT names no key of its holder", pointer=f"/{CONFIRMATION}")
    jws = parse_jws(sd_jwt.key_binding, typ=TYPE, named=False)
    jws.verify(find_holder(confirmation))
    period = read_period(jws.claims)
    if period.issued is None or not at - binding.max_age <= period.issued <= at + MAX_AHEAD:
        raise _invalid("the key binding was not made just now")
    period.check(at)
    if jws.claims.get("aud") != binding.audience:
        raise LegationError("the key binding is for another verifier", code="domain_mismatch")
    if jws.claims.get("nonce") != binding.nonce:
        raise LegationError("the key binding answers another challenge", code="challenge_mismatch")
    if jws.claims.get("sd_hash") != sd_jwt.fingerprint():
        raise _invalid("the key binding is for another SD-JWT, or for other disclosures")


def _invalid(detail: str) -> LegationError:
    return LegationError(
        detail, code="presentation_invalid", fix="Present it anew, with a fresh challenge of this verifier."
    )
