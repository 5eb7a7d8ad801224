"""SD-JWTs in the flattened and the general JWS JSON serialization (RFC 9901 §8, RFC 7515 §7.2)."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.jose import SplitJWS, split_jws
from legation.standards.sd_jwt.parsing import SDJWT, parse_sd_jwt

MAX_SIGNATURES = 8
_FLATTENED = frozenset({"payload", "protected", "signature", "header", "disclosures", "kb_jwt"})
_GENERAL = frozenset({"payload", "signatures"})
_SIGNATURE = frozenset({"protected", "signature", "header"})
_HEADER = frozenset({"disclosures", "kb_jwt", "kid"})


@dataclass(frozen=True, slots=True)
class _Signature:
    compact: str
    header: dict[str, object]


def parse_json_sd_jwt(value: object, *, typ: str, named: bool = True) -> SDJWT:
    """Read an SD-JWT in JSON, which was parsed strictly; the compact form is another function's (RFC 8725 §3.11).

    Disclosures and key binding stand in the first signature's unprotected header (RFC 9901 §8.1). Beside the payload of
    a flattened one, where the drafts had them and the reference implementation writes them, they are read as well. An
    unprotected ``kid`` serves where the caller names the key: it is a hint, and nobody signed it.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: as :func:`parse_sd_jwt`, or an unknown member.
    """
    if not isinstance(value, dict):
        raise MalformedError("a JWS in JSON is an object")
    payload = _segment(value.get("payload"))
    if "signatures" in value:
        _check_members(value, _GENERAL)
        first, *rest = _read_signatures(value["signatures"], payload)
    else:
        _check_members(value, _FLATTENED)
        first, rest = _read_signature(value, payload), []
        for name in value.keys() & {"disclosures", "kb_jwt"}:
            if name in first.header:
                raise MalformedError(f"{name} stands twice", pointer=f"/{name}")
            first.header[name] = value[name]
    if any("disclosures" in other.header or "kb_jwt" in other.header for other in rest):
        raise MalformedError("only the first signature carries disclosures")
    disclosures = first.header.get("disclosures", [])
    if not isinstance(disclosures, list):
        raise MalformedError("disclosures is an array")
    binding = _segment(first.header["kb_jwt"], dots=2) if "kb_jwt" in first.header else ""
    text = "~".join((first.compact, *map(_segment, disclosures), binding))
    sd_jwt = parse_sd_jwt(text, typ=typ, named=named)
    others = tuple(_hinted(split_jws(other.compact, typ=typ, named=named), other) for other in rest)
    return msgspec.structs.replace(sd_jwt, jws=_hinted(sd_jwt.jws, first), others=others)


def _read_signatures(value: object, payload: str) -> list[_Signature]:
    if not isinstance(value, list) or not value:
        raise MalformedError("signatures is an array, and not empty", pointer="/signatures")
    if len(value) > MAX_SIGNATURES:
        raise TooLargeError(f"an SD-JWT has at most {MAX_SIGNATURES} signatures", pointer="/signatures")
    for entry in value:
        if not isinstance(entry, dict):
            raise MalformedError("a signature is an object", pointer="/signatures")
        _check_members(entry, _SIGNATURE)
    return [_read_signature(entry, payload) for entry in value]


def _read_signature(value: dict[str, object], payload: str) -> _Signature:
    header = value.get("header", {})
    if not isinstance(header, dict):
        raise MalformedError("an unprotected header is an object")
    _check_members(header, _HEADER)
    compact = f"{_segment(value.get('protected'))}.{payload}.{_segment(value.get('signature'))}"
    return _Signature(compact, dict(header))


def _check_members(value: dict[str, object], known: frozenset[str]) -> None:
    if not value.keys() <= known:
        raise UnknownTermError("a member of a JWS in JSON is unknown")


def _segment(value: object, *, dots: int = 0) -> str:
    """Return a part that, joined with others, cannot pass for another text."""
    if not isinstance(value, str) or not value or value.count(".") != dots or "~" in value:
        raise MalformedError("a part of a JWS in JSON is base64url")
    return value


def _hinted(jws: SplitJWS, signature: _Signature) -> SplitJWS:
    if "kid" not in signature.header:
        return jws
    kid = signature.header["kid"]
    # RFC 7515 §4: no header member stands in both headers
    if not isinstance(kid, str) or jws.method:
        raise MalformedError("an unprotected kid is a string, and the protected header has none")
    return msgspec.structs.replace(jws, header=msgspec.structs.replace(jws.header, method=kid))
