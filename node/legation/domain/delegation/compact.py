"""The compact form ``lgc1.…``: a presentation or chain small enough for an HTTP header, and back, byte for byte.

Tokens are taken apart, so that what hops repeat is stored once; a parent digest that can be computed is left out;
signatures, which do not compress, stand apart. `docs/specification/compact-form.md` has the layout.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from legation.domain.delegation.links import MAX_HOPS
from legation.errors import MalformedError, TooLargeError
from legation.standards.multiformats import decode_base64url, digest_multibase, encode_base64url
from legation.standards.strict_json import MAX_BYTES, parse_json

PREFIX = "lgc1."
_SIGNATURE = 64
_GAP = b"\0"
_ENVELOPE = b"data:application/vc+jwt,"
# Part of the format: changing one byte of it makes another version.
_DICTIONARY = (
    b'","cost","privileges":["datatypes":["identifier":"https://"purpose":["audience":["approval":{"threshold":1,"approvers":'
    b'["hours":{"from":"to":"timezone":"rate":{"uses":"seconds":"maxCost":{"amount":"closedArguments":true'
    b'"subsetOf":["contains":["notIn":["equals":"prefix":"cidr":"url":"https://"in":["min":"max":"currency":"USD"}'
    b'"credentialStatus":{"id":"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"'
    b'"statusListCredential":"https://did:web:localhost%3A,"aud":"https://","iat":17,"nonce":"","holder":"did:key:z6Mk'
    b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":['
    b'{"@context":"https://www.w3.org/ns/credentials/v2","id":"data:application/vc+jwt,\0",'
    b'"type":"EnvelopedVerifiableCredential"},{"alg":"ES256","typ":"vp+jwt","kid":"did:key:zDnae'
    b'{"alg":"EdDSA","typ":"vc+jwt","kid":"did:key:z6Mk"}'
    b'{"@context":["https://www.w3.org/ns/credentials/v2","https://w3id.org/legation/v1"],"id":"urn:uuid:'
    b'","type":["VerifiableCredential","DelegationCredential"],"issuer":"did:key:z6Mk","validFrom":"2026-11-23T00:00:00Z",'
    b'"validUntil":"2026-11-23T00:00:00Z","credentialSubject":{"id":"did:key:z6Mk","delegation":{"principal":"https://'
    b'#","maxDepth":1,"authorizationDetails":[{"type":"mcp_tool","locations":["https://"],"actions":["'
    b'"],"constraints":{"maxUses":1,"budget":{"amount":"00.00","currency":"EUR"},"arguments":{"'
    b'"}}}],"parent":{"id":"urn:uuid:","digestMultibase":"\0"}}}}'
)


@dataclass(frozen=True, slots=True)
class _Token:
    header: bytes
    payload: bytes
    signature: bytes

    def compact(self) -> str:
        return ".".join(encode_base64url(part) for part in (self.header, self.payload, self.signature))


def compress(text: str) -> str:
    """Return the compact form of a ``vp+jwt`` with enveloped ``vc+jwt`` hops, or of a JSON array of ``vc+jwt`` tokens.

    Raises:
        MalformedError: it is neither, or not every part of it can be given back byte for byte.
    """
    if text.startswith("["):
        tokens, frame = _read_array(text), None
    else:
        frame = _split(text)
        tokens, frame = _cut_out(frame)
    parts: list[bytes] = []
    digest = None
    for token in tokens:
        read = _split(token)
        if _GAP in read.payload:
            raise MalformedError("a token's claims hold a NUL octet")
        payload = read.payload if digest is None else read.payload.replace(digest, _GAP)
        parts += (read.header, payload)
        digest = digest_multibase(token.encode("ascii")).encode("ascii")
    signatures = [_split(token).signature for token in tokens]
    if frame is not None:
        parts += (frame.header, frame.payload)
        signatures.append(frame.signature)
    if any(len(signature) != _SIGNATURE for signature in signatures):
        raise MalformedError("a signature is not 64 bytes")
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _DICTIONARY)
    body = deflater.compress(b"\n".join(parts)) + deflater.flush()
    shape = bytes([len(tokens) | (0x80 if frame is not None else 0)])
    return PREFIX + encode_base64url(shape + b"".join(signatures) + body)


def expand(text: str) -> bytes:
    """Return the ``vp+jwt``, or the JSON array of tokens, of a compact form.

    Raises:
        MalformedError: it is not of this form.
        TooLargeError: it would become larger than any input may be.
    """
    if not text.startswith(PREFIX):
        raise MalformedError(f"a compact form begins with {PREFIX}")
    data = decode_base64url(text[len(PREFIX) :])
    count, framed = (data[0] & 0x7F, data[0] & 0x80 != 0) if data else (0, False)
    if not 1 <= count <= MAX_HOPS:
        raise MalformedError(f"a compact form carries 1 to {MAX_HOPS} hops")
    total = count + framed
    end = 1 + total * _SIGNATURE
    signatures = [data[start : start + _SIGNATURE] for start in range(1, end, _SIGNATURE)]
    parts = _inflate(data[end:]).split(b"\n")
    if len(parts) != 2 * total or len(signatures[-1]) != _SIGNATURE:
        raise MalformedError("the compact form is cut short or has a part too many")
    tokens: list[str] = []
    for index in range(count):
        payload = parts[2 * index + 1]
        if tokens:
            payload = payload.replace(_GAP, digest_multibase(tokens[-1].encode("ascii")).encode("ascii"))
        _bound(len(payload))
        tokens.append(_Token(parts[2 * index], payload, signatures[index]).compact())
    if not framed:
        return json.dumps(tokens, separators=(",", ":")).encode("ascii")
    payload = parts[-1]
    if payload.count(_GAP) != count:
        raise MalformedError("the compact form's presentation does not hold its hops")
    _bound(sum(map(len, tokens)))
    for token in tokens:
        payload = payload.replace(_GAP, token.encode("ascii"), 1)
    _bound(len(payload))
    return _Token(parts[-2], payload, signatures[-1]).compact().encode("ascii")


def _bound(size: int) -> None:
    if size > MAX_BYTES:
        raise TooLargeError(f"the compact form expands to more than {MAX_BYTES} bytes")


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-15, _DICTIONARY)
    try:
        body = inflater.decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise MalformedError("the compact form does not inflate") from error
    _bound(len(body))
    if not inflater.eof or inflater.unused_data or inflater.unconsumed_tail:
        raise MalformedError("the compact form does not end where it should")
    return body


def _split(token: str) -> _Token:
    parts = token.split(".")
    if len(parts) != 3:
        raise MalformedError("a compact form carries compact tokens only")
    header, payload, signature = (decode_base64url(part) for part in parts)
    if b"\n" in header or b"\n" in payload:
        raise MalformedError("a token's JSON is not written on one line")
    return _Token(header, payload, signature)


def _read_array(text: str) -> list[str]:
    tokens = parse_json(text.encode("utf-8"))
    if not isinstance(tokens, list) or not 1 <= len(tokens) <= MAX_HOPS:
        raise MalformedError(f"a compact form carries 1 to {MAX_HOPS} hops")
    if not all(isinstance(token, str) for token in tokens):
        raise MalformedError("a compact form carries vc+jwt hops only")
    if json.dumps(tokens, separators=(",", ":")) != text:
        raise MalformedError("the array of tokens is not written without spaces and escapes")
    return tokens


def _cut_out(frame: _Token) -> tuple[list[str], _Token]:
    if _GAP in frame.payload:
        raise MalformedError("a token's claims hold a NUL octet")
    head, *rest = frame.payload.split(_ENVELOPE)
    if not 1 <= len(rest) <= MAX_HOPS:
        raise MalformedError(f"a compact form carries 1 to {MAX_HOPS} enveloped hops")
    payload, tokens = head, []
    for piece in rest:
        token, quote, after = piece.partition(b'"')
        tokens.append(token.decode("ascii", "replace"))
        payload += _ENVELOPE + _GAP + quote + after
    return tokens, _Token(frame.header, payload, frame.signature)
