"""JWS in compact form (RFC 7515), as VC JOSE COSE uses it: EdDSA, ES256, ES384 and ES512, ``kid`` a DID URL."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from legation.crypto.keys import KeyType, PublicKey
from legation.crypto.signing import Signer
from legation.errors import MalformedError, ProofError, TooLargeError
from legation.standards.did.syntax import controller_of
from legation.standards.multiformats import decode_base64url, encode_base64url
from legation.standards.strict_json import MAX_BYTES, parse_json, write_json

# RFC 8037 §3.1, RFC 7518 §3.4; exact case, one algorithm per key type (RFC 8725 §3.1)
ALGORITHMS = {"EdDSA": KeyType.ED25519, "ES256": KeyType.P256, "ES384": KeyType.P384, "ES512": KeyType.P521}
_NAMES = {key_type: name for name, key_type in ALGORITHMS.items()}
# keys come from DID documents only (RFC 8725 §3.10), nothing is critical to us (RFC 7515 §4.1.11), b64 stays true
_REFUSED = frozenset({"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64", "zip", "enc"})
_MAX_HEADER = 1024


class _Header(msgspec.Struct, frozen=True, gc=False):
    algorithm: str
    type: str
    content_type: str | None
    method: str
    did: str


class SplitJWS(msgspec.Struct, frozen=True, gc=False):
    """A token taken apart: its claims are not read and nobody has checked its signature."""

    header: _Header
    payload: bytes
    signing_input: bytes
    signature: bytes

    @property
    def method(self) -> str:
        """The ``kid``: the DID URL of the verification method that is claimed; what it is where the caller names it."""
        return self.header.method

    @property
    def did(self) -> str:
        """The DID of the ``kid``; empty where the caller names the key and the ``kid`` is no DID URL."""
        return self.header.did

    def verify(self, key: PublicKey) -> None:
        """Verify the signature. Raises ProofError, also where the key does not fit ``alg`` (RFC 8725 §3.1)."""
        if ALGORITHMS[self.header.algorithm] is not key.type:
            raise ProofError("the algorithm does not fit the type of the key")
        key.verify(self.signing_input, self.signature)


class CompactJWS(msgspec.Struct, frozen=True, gc=False):
    """A parsed token whose signature nobody has checked yet."""

    split: SplitJWS
    claims: dict[str, object]

    @property
    def header(self) -> _Header:
        """The protected header."""
        return self.split.header

    @property
    def method(self) -> str:
        """The ``kid``: the DID URL of the verification method that is claimed."""
        return self.split.header.method

    @property
    def did(self) -> str:
        """The DID of the ``kid``."""
        return self.split.header.did

    def verify(self, key: PublicKey) -> None:
        """Verify the signature. Raises ProofError."""
        self.split.verify(key)


def split_jws(token: str | bytes, *, typ: str, cty: str | None = None, named: bool = True) -> SplitJWS:
    """Take a compact JWS of type ``typ`` apart, canonical base64url throughout.

    Where the caller names the key that verifies it, ``named`` is False, and ``kid`` is any string or absent.

    Raises:
        TooLargeError: beyond the size that any input may have.
        MalformedError: not such a token, or a header that we refuse (another ``typ``, an unknown ``alg``, ``crit``,
            a key or a link to one, a ``kid`` that is no DID URL).
    """
    if len(token) > MAX_BYTES:
        raise TooLargeError(f"the token is larger than {MAX_BYTES} bytes")
    raw = token.encode("ascii", "replace") if isinstance(token, str) else token
    parts = raw.split(b".")
    if len(parts) != 3:
        raise MalformedError("a compact JWS has three parts")
    if len(parts[0]) > _MAX_HEADER:
        raise MalformedError("the token's header is too large")
    header = _parse_header(parts[0]) if named else _parse_open_header(parts[0])
    if header.type != typ or header.content_type not in (None, cty):
        raise MalformedError(f"the token is not of type {typ}")
    payload, signature = decode_base64url(parts[1]), decode_base64url(parts[2])
    return SplitJWS(header, payload, raw[: -len(parts[2]) - 1], signature)


def parse_jws(token: str, *, typ: str, cty: str | None = None, named: bool = True) -> CompactJWS:
    """Take a compact JWS apart as :func:`split_jws` does, and read its claims as strict JSON.

    Raises:
        TooLargeError, MalformedError: as there, or claims that are no JSON object.
    """
    split = split_jws(token, typ=typ, cty=cty, named=named)
    claims = parse_json(split.payload)
    if not isinstance(claims, dict):
        raise MalformedError("a token's claims are a JSON object")
    return CompactJWS(split, claims)


def find_type(token: str, *, named: bool = True) -> str | None:
    """Return the ``typ`` of what may be a compact JWS, or None where its header cannot be read."""
    segment = token.partition(".")[0].encode("ascii", "replace")
    if len(segment) > _MAX_HEADER:
        return None
    try:
        return (_parse_header(segment) if named else _parse_open_header(segment)).type
    except MalformedError:
        return None


class _PlainHeader(msgspec.Struct, forbid_unknown_fields=True):
    """What most software writes, in one of its orders; only a text that is written again byte for byte is taken."""

    alg: str
    typ: str
    kid: str


_decode_plain = msgspec.json.Decoder(_PlainHeader).decode
_encode_plain = msgspec.json.Encoder().encode


@lru_cache(maxsize=4096)
def _parse_header(segment: bytes) -> _Header:
    text = decode_base64url(segment)
    return _find_plain_header(text) or _read_header(text)


def _find_plain_header(text: bytes) -> _Header | None:
    """Return the header of the usual form, or None: then the exact reader decides, and says why."""
    if not text.isascii():  # msgspec's error for what is no UTF-8 is not one of its own
        return None
    try:
        plain = _decode_plain(text)
    except (msgspec.MsgspecError, RecursionError):
        return None
    # written again alike, it holds no name twice and no escape
    if plain.alg not in ALGORITHMS or _encode_plain(plain) != text:
        return None
    return _Header(plain.alg, plain.typ, None, plain.kid, controller_of(plain.kid))


@lru_cache(maxsize=1024)
def _parse_open_header(segment: bytes) -> _Header:
    return _read_header(decode_base64url(segment), named=False)


def _read_header(text: bytes, *, named: bool = True) -> _Header:
    header = parse_json(text)
    if not isinstance(header, dict):
        raise MalformedError("a token's header is a JSON object")
    if not _REFUSED.isdisjoint(header):
        raise MalformedError(f"a token's header must not carry {min(_REFUSED & header.keys())}")
    algorithm, kind, content = (header.get(name) for name in ("alg", "typ", "cty"))
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise MalformedError(f"a token's alg is one of {', '.join(ALGORITHMS)}")
    if not isinstance(kind, str) or not (content is None or isinstance(content, str)):
        raise MalformedError("a token's typ and cty are strings")
    method, did = _read_method(header.get("kid"), named=named)
    # RFC 7519 §5.3: a claim in the header agrees with what it repeats
    if did and header.get("iss", did) != did:
        raise MalformedError("the iss of a token's header is not the DID of its kid")
    return _Header(algorithm, kind, content, method, did)


def _read_method(kid: object, *, named: bool) -> tuple[str, str]:
    """Return the ``kid`` and its DID, which may both be empty where the caller names the key."""
    if named:
        did = controller_of(kid)
        return str(kid), did
    if kid is None:
        return "", ""
    if not isinstance(kid, str):  # RFC 7515 §4.1.4
        raise MalformedError("a token's kid is a string")
    try:
        return kid, controller_of(kid)
    except MalformedError:
        return kid, ""


def sign_jws(claims: dict[str, object], *, typ: str, signer: Signer, cty: str | None = None) -> str:
    """Sign a JSON object as a compact JWS with ``alg``, ``typ`` and ``kid`` (RFC 7515 §5.1, VC JOSE COSE §3.1).

    A signer without a method names no ``kid``: then whoever verifies names the key. Raises MalformedError where the
    claims cannot be written as JSON.
    """
    header = _encode_header(_NAMES[signer.key.public_key.type], typ, signer.method, cty)
    signing_input = f"{header}.{encode_base64url(write_json(claims))}"
    return f"{signing_input}.{encode_base64url(signer.key.sign(signing_input.encode('ascii')))}"


@lru_cache(maxsize=1024)
def _encode_header(algorithm: str, typ: str, method: str, cty: str | None) -> str:
    members = {"alg": algorithm, "typ": typ, "kid": method or None, "cty": cty}
    return encode_base64url(write_json({name: value for name, value in members.items() if value is not None}))
