"""SD-JWTs for tests: honest ones by our issuer, and forged ones by code that shares nothing with it but the key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from itertools import count
from typing import Any

from legation.crypto.signing import Signer
from legation.standards.sd_jwt.binding import Binding
from legation.standards.sd_jwt.opening import Opened
from legation.standards.sd_jwt.parsing import SDJWT, parse_sd_jwt
from legation.standards.sd_jwt.verification import verify_sd_jwt
from legation.standards.timestamps import nanoseconds
from tests.support.chains import AT, base64url, forge_token
from tests.support.keys import signer_of

TYPE = "example+sd-jwt"
ISSUER, HOLDER = signer_of("issuer"), signer_of("holder", p256=True)
AUDIENCE, NONCE = "https://verifier.example", "XZOUco1u_gEPknxS78sWWg"
BINDING = Binding(AUDIENCE, NONCE)
NOW = nanoseconds(AT)


def salts() -> Callable[[int], bytes]:
    """Return a source of salts that never gives one twice."""
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


def forge_disclosure(*content: object) -> str:
    """Write a disclosure of whatever content."""
    return base64url(json.dumps(content, separators=(",", ":")).encode())


def digest(text: str) -> str:
    return base64url(sha256(text.encode()).digest())


def forge_sd_jwt(
    claims: Mapping[str, Any] | bytes,
    disclosures: Sequence[str] = (),
    *,
    signer: Signer = ISSUER,
    typ: str = TYPE,
    binding: str = "",
    **header: object,
) -> str:
    """Sign whatever the claims say, and put whatever follows behind it."""
    signed = forge_token(claims if isinstance(claims, bytes) else dict(claims), signer, typ=typ, **header)
    return "~".join((signed, *disclosures, binding))


def forge_binding(text: str, *, signer: Signer = HOLDER, typ: str | None = "kb+jwt", **change: object) -> str:
    """Bind an SD-JWT that ends with a tilde; None leaves a claim out."""
    claims: dict[str, object] = {
        "iat": int(AT.timestamp()),
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest(text),
        **change,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return text + forge_token(present, signer, typ=typ, kid=None)


def parse(text: str) -> SDJWT:
    return parse_sd_jwt(text, typ=TYPE)


def verify(text: str, binding: Binding | None = None, at: int = NOW) -> Opened:
    """Verify what the issuer of the tests signed."""
    return verify_sd_jwt(parse(text), lambda _: ISSUER.key.public_key, at=at, binding=binding)
