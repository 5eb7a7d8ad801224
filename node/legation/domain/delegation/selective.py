"""Hops that are SD-JWTs: a ``vc+sd-jwt`` holds the credential itself, a ``dc+sd-jwt`` its claims, mapped one to one.

A hop is shown whole (design page §1): whatever was disclosable is disclosed, and its issuer has added no decoy. What a
child names of it is its issuer-signed part: a holder who leaves a disclosure out makes it unusable, and no other hop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from legation.crypto.signing import Signer
from legation.domain.delegation.credential import CONTEXT, TYPE, Hop, parse_hop
from legation.domain.delegation.scalars import parse_integer
from legation.domain.text import escape
from legation.errors import MalformedError, UnknownTermError
from legation.standards.jose import SplitJWS
from legation.standards.sd_jwt.digital_credentials import TYPE as DIGITAL
from legation.standards.sd_jwt.digital_credentials import issue_digital_credential
from legation.standards.sd_jwt.hops import read_selective_hop
from legation.standards.sd_jwt.issuing import issue_sd_jwt
from legation.standards.strict_json import MAX_NESTING, check_nesting
from legation.standards.timestamps import SECOND, format_timestamp, moment_of, parse_timestamp
from legation.standards.vc.selective_tokens import CREDENTIAL_TYPE

# the term of our context, as an IRI
VCT = "https://w3id.org/legation#DelegationCredential"
_MAX_SECONDS = 253402300799
_REQUIRED = frozenset({"vct", "iss", "sub", "jti", "nbf", "exp", "delegation"})
_SAME = frozenset({"name", "description", "evidence", "credentialStatus"})
_CLAIMS = _REQUIRED | _SAME | {"iat", "status"}
_LIST = frozenset({"idx", "uri"})
_STATUS_TYPE = "TokenStatusListEntry"
_EVERYTHING = ((),)


@dataclass(frozen=True, slots=True)
class ReadToken:
    """A hop that is an SD-JWT, when it was issued (nanoseconds since 1970), its token, and what its digest covers."""

    hop: Hop
    dated: int
    jws: SplitJWS
    issuer_signed: bytes


def read_selective(text: str) -> ReadToken:
    """Read a hop that is a ``vc+sd-jwt`` or a ``dc+sd-jwt``.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is none, or anything of it is not disclosed.
    """
    read = read_selective_hop(text, _EVERYTHING)
    if read.undisclosed:
        raise MalformedError("a hop is shown whole: something of it is not disclosed, or may not be")
    claims = read.claims
    check_nesting(claims, MAX_NESTING)
    if read.type == DIGITAL:
        hop, issued = parse_hop(_read_claims(claims), enveloped=False), claims.get("iat")
    else:
        hop = parse_hop(claims, enveloped=True)
        issued = claims.get("iat")
    dated = issued * SECOND if isinstance(issued, int) else hop.valid_from
    return ReadToken(hop, dated, read.jws, read.issuer_signed.encode("ascii"))


def sign_selective(document: Mapping[str, object], signer: Signer, *, typ: str, issued: int | None) -> str:
    """Secure a hop's document as an SD-JWT of that type, with nothing disclosable; ``issued`` is in seconds.

    Raises:
        MalformedError: for a ``dc+sd-jwt``, a validity that is not of whole seconds.
    """
    dated = {} if issued is None else {"iat": issued}
    if typ == CREDENTIAL_TYPE:
        return issue_sd_jwt({**document, **dated}, signer, typ=typ, salts=_draw_nothing)
    return issue_digital_credential({**_write_claims(document), **dated}, signer, salts=_draw_nothing)


def _draw_nothing(_count: int) -> NoReturn:
    raise MalformedError("a hop has nothing to disclose")


def _read_claims(claims: Mapping[str, object]) -> dict[str, object]:
    """Return the credential that the claims of a ``dc+sd-jwt`` stand for (specification page, "As an SD-JWT VC")."""
    if not claims.keys() <= _CLAIMS:
        raise UnknownTermError("a claim is unknown", pointer=f"/{escape(min(claims.keys() - _CLAIMS))}")
    if not _REQUIRED <= claims.keys():
        raise MalformedError(f"the token lacks the claim {min(_REQUIRED - claims.keys())}")
    if claims["vct"] != VCT:
        raise UnknownTermError("vct is not that of a delegation", pointer="/vct")
    if "iat" in claims:
        parse_integer(claims["iat"], "/iat", least=0, most=_MAX_SECONDS)
    document: dict[str, object] = {
        "@context": CONTEXT,
        "id": claims["jti"],
        "type": TYPE,
        "issuer": claims["iss"],
        "validFrom": _read_date(claims, "nbf"),
        "validUntil": _read_date(claims, "exp"),
        "credentialSubject": {"id": claims["sub"], "delegation": claims["delegation"]},
        **{name: claims[name] for name in _SAME & claims.keys()},
    }
    if "status" in claims:
        document["credentialStatus"] = _read_status(claims)
    return document


def _read_date(claims: Mapping[str, object], name: str) -> str:
    return format_timestamp(moment_of(parse_integer(claims[name], f"/{name}", least=0, most=_MAX_SECONDS) * SECOND))


def _read_status(claims: Mapping[str, object]) -> list[object]:
    """Return the W3C entries and, last, the one that the claim ``status`` stands for (Token Status List §6.2)."""
    status = claims["status"]
    entry = status.get("status_list") if isinstance(status, dict) and status.keys() == {"status_list"} else None
    if not isinstance(entry, dict) or entry.keys() != _LIST or not isinstance(entry["uri"], str):
        raise UnknownTermError("of the claim status, status_list with idx and uri is known", pointer="/status")
    index = parse_integer(entry["idx"], "/status/status_list/idx", least=0)
    others = claims.get("credentialStatus", [])
    return [
        *(others if isinstance(others, list) else [others]),
        {
            "type": _STATUS_TYPE,
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": entry["uri"],
        },
    ]


def _write_claims(document: Mapping[str, object]) -> dict[str, object]:
    subject = document["credentialSubject"]
    if not isinstance(subject, dict):
        raise MalformedError("a credential has one subject", pointer="/credentialSubject")
    return {
        "vct": VCT,
        "iss": document["issuer"],
        "sub": subject["id"],
        "jti": document["id"],
        "nbf": _write_date(document, "validFrom"),
        "exp": _write_date(document, "validUntil"),
        "delegation": subject["delegation"],
        **{name: document[name] for name in sorted(_SAME & document.keys())},
    }


def _write_date(document: Mapping[str, object], name: str) -> int:
    seconds, rest = divmod(parse_timestamp(document[name]), SECOND)
    if rest:
        raise MalformedError(
            f"{name} is not a whole second, and a {DIGITAL} has no others",
            pointer=f"/{name}",
            fix="Take whole seconds, or another form.",
        )
    return seconds
