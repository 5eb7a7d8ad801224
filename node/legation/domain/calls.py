"""The tokens by which agents call a node (``did-auth+jwt``): who, whom, what for, and once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import AuthenticationError, MalformedError, TooLargeError
from legation.standards.did.syntax import split_did_url
from legation.standards.jose import SplitJWS, parse_jws, sign_jws
from legation.standards.timestamps import SECOND, nanoseconds
from legation.standards.uri import normalize_url

TYPE = "did-auth+jwt"
LIFETIME = timedelta(seconds=60)
# how far the caller's clock may be ahead
MAX_AHEAD = timedelta(seconds=5)
MAX_TOKEN_CHARS = 4096
_MIN_JTI_CHARS, _MAX_JTI_CHARS = 16, 128
_CLAIMS = frozenset({"iss", "sub", "aud", "htm", "htu", "iat", "exp", "jti"})
# seconds since 1970 with which one can still reckon: the year 9999
_MAX_SECONDS = 253_402_300_799


@dataclass(frozen=True, slots=True)
class CallToken:
    """A token that fits its call, whose signature nobody has checked yet: ``did`` claims to make it by ``method``."""

    did: str
    method: str
    jti: str
    expires_at: datetime
    jws: SplitJWS

    def verify(self, key: PublicKey) -> None:
        """Verify the signature. Raises ProofError, also where the key does not fit ``alg``."""
        self.jws.verify(key)


def build_call_token(signer: Signer, *, audience: str, method: str, url: str, at: datetime, jti: str) -> str:
    """Return the token for one call: ``method`` on ``url`` (its query is not signed) of the node ``audience``.

    Raises:
        MalformedError: no URL, or a ``jti`` that is not 16 to 128 printable ASCII characters.
    """
    if not _is_jti(jti):
        raise MalformedError(f"a jti is {_MIN_JTI_CHARS} to {_MAX_JTI_CHARS} printable ASCII characters")
    issued = nanoseconds(at) // SECOND
    claims: dict[str, object] = {
        "iss": signer.did,
        "sub": signer.did,
        "aud": audience,
        "htm": method,
        "htu": normalize_url(_target(url)),
        "iat": issued,
        "exp": issued + LIFETIME // timedelta(seconds=1),
        "jti": jti,
    }
    return sign_jws(claims, typ=TYPE, signer=signer)


def read_call_token(token: str, *, audience: str, method: str, url: str, at: datetime) -> CallToken:
    """Read a token that was sent with the call ``method`` on ``url`` at the moment ``at``.

    Raises:
        TooLargeError, MalformedError: it is not of the form of a ``did-auth+jwt``, or holds what this version does
            not know.
        AuthenticationError: it is for another node, method, URL or moment.
    """
    if len(token) > MAX_TOKEN_CHARS:
        raise TooLargeError(f"a call's token is longer than {MAX_TOKEN_CHARS} characters")
    jws = parse_jws(token, typ=TYPE)
    claims = jws.claims
    if claims.keys() != _CLAIMS:
        raise MalformedError("a call's token has the claims iss, sub, aud, htm, htu, iat, exp and jti")
    did, _ = split_did_url(jws.method)
    jti = claims["jti"]
    if not (claims["iss"] == claims["sub"] == did) or not isinstance(jti, str) or not _is_jti(jti):
        raise MalformedError("iss and sub of a call's token are the DID of its kid, its jti 16 to 128 characters")
    if claims["aud"] != audience or claims["htm"] != method or _normal(claims["htu"]) != normalize_url(_target(url)):
        raise AuthenticationError("the token is for another call")
    expires = _check_times(claims["iat"], claims["exp"], nanoseconds(at))
    return CallToken(did, jws.method, jti, datetime.fromtimestamp(expires, UTC), jws.split)


def _check_times(issued: object, expires: object, at: int) -> int:
    """Return the end of a token that was made at most a minute before it, and holds at ``at``."""
    # not isinstance: a boolean is no number here
    if type(issued) is not int or type(expires) is not int or not 0 <= issued < expires <= _MAX_SECONDS:
        raise MalformedError("iat and exp of a call's token are whole seconds since 1970, exp the later one")
    if expires - issued > LIFETIME // timedelta(seconds=1):
        raise AuthenticationError("the token lives longer than a call's may")
    if at >= expires * SECOND:
        raise AuthenticationError("the token has expired")
    if issued * SECOND > at + MAX_AHEAD // timedelta(microseconds=1) * 1000:
        raise AuthenticationError("the token is from the future")
    return expires


def _is_jti(text: str) -> bool:
    return _MIN_JTI_CHARS <= len(text) <= _MAX_JTI_CHARS and text.isascii() and text.isprintable()


def _target(url: str) -> str:
    # RFC 9449 §4.3: the URL of the request without its query and fragment
    return url.partition("#")[0].partition("?")[0]


def _normal(url: object) -> str:
    if not isinstance(url, str):
        raise MalformedError("the htu of a call's token is a URL")
    # RFC 9449 §4.2: htu has neither query nor fragment
    return normalize_url(url)
