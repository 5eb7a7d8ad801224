"""Verification of an SD-JWT for one moment, with or without key binding (RFC 9901 §7.1 and §7.3)."""

from __future__ import annotations

from collections.abc import Callable

from legation.crypto.keys import PublicKey
from legation.errors import MalformedError
from legation.standards.jose import SplitJWS
from legation.standards.jwt_claims import read_period
from legation.standards.sd_jwt.binding import Binding, FindHolder, check_binding, read_confirmation
from legation.standards.sd_jwt.opening import Opened, open_sd_jwt
from legation.standards.sd_jwt.parsing import SDJWT

FindKey = Callable[[SplitJWS], PublicKey]


def verify_sd_jwt(
    sd_jwt: SDJWT,
    find_key: FindKey,
    *,
    at: int,
    binding: Binding | None,
    find_holder: FindHolder = read_confirmation,
) -> Opened:
    """Verify every signature, put the disclosures in place, and check dates and key binding at the moment ``at``.

    Whether a key binding is needed is the verifier's policy and not the holder's: ``binding`` says what it must bind
    to, None that there is none, and then none may come (RFC 9901 §7.3, step 1; §9.5).

    Raises:
        ProofError, InvalidKeyError: a signature does not hold, or a key is not one.
        LegationError: ``expired``, ``not_yet_valid``; of the binding as :func:`check_binding` says.
        MalformedError, UnknownTermError: it cannot be processed, or an unexpected key binding.
    """
    for jws in (sd_jwt.jws, *sd_jwt.others):
        jws.verify(find_key(jws))
    opened = open_sd_jwt(sd_jwt)
    read_period(opened.claims).check(at)
    verify_binding(sd_jwt, binding, at=at, find_holder=find_holder)
    return opened


def verify_binding(
    sd_jwt: SDJWT, binding: Binding | None, *, at: int, find_holder: FindHolder = read_confirmation
) -> None:
    """Check the key binding that the verifier's policy asks for, or that there is none. Raises as verify_sd_jwt."""
    if binding is not None:
        check_binding(sd_jwt, binding, at=at, find_holder=find_holder)
    elif sd_jwt.key_binding is not None:
        raise MalformedError("a key binding came that nobody asked for")
