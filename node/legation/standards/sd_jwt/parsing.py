"""SD-JWTs and SD-JWT+KBs in compact form, taken apart (RFC 9901 §4); nobody has checked a signature yet."""

from __future__ import annotations

import msgspec

from legation.errors import MalformedError, TooLargeError
from legation.standards.jose import SplitJWS, split_jws
from legation.standards.sd_jwt.disclosures import Disclosure, HashFunction, digest_of, parse_disclosures, read_hash
from legation.standards.strict_json import MAX_BYTES, parse_json

MAX_DISCLOSURES = 1024


class SDJWT(msgspec.Struct, frozen=True, gc=False):
    """An SD-JWT as received: ``issuer_signed`` is the JWT before the first tilde, ``claims`` what it carries.

    ``others`` are further signatures over the same claims, which only the JSON serialization has.
    """

    jws: SplitJWS
    claims: dict[str, object]
    issuer_signed: str
    disclosures: tuple[Disclosure, ...]
    hash: HashFunction
    key_binding: str | None = None
    others: tuple[SplitJWS, ...] = ()

    @property
    def type(self) -> str:
        """The ``typ`` of the issuer-signed JWT."""
        return self.jws.header.type

    def without_binding(self) -> str:
        """Return it as text up to and with the last tilde."""
        return "~".join((self.issuer_signed, *(disclosure.text for disclosure in self.disclosures), ""))

    def fingerprint(self) -> str:
        """Return the ``sd_hash`` that a key binding of exactly this SD-JWT carries (RFC 9901 §4.3.1)."""
        return digest_of(self.without_binding().encode("ascii"), self.hash)


def parse_sd_jwt(text: str, *, typ: str, cty: str | None = None, named: bool = True) -> SDJWT:
    """Take an SD-JWT, or one with key binding, apart; ``named`` is as :func:`legation.standards.jose.split_jws` has it.

    Raises:
        TooLargeError: too many bytes or disclosures.
        MalformedError: not of the compact form, or anything in it that is not strict.
        UnknownTermError: a hash that we do not know.
    """
    if len(text) > MAX_BYTES:
        raise TooLargeError(f"the SD-JWT is larger than {MAX_BYTES} bytes")
    # RFC 9901 §4: a tilde ends it, or the key binding follows the last one
    tildes = text.count("~")
    if not tildes or not text.isascii():
        raise MalformedError("an SD-JWT is ASCII, and ends with a tilde unless a key binding follows")
    if tildes > MAX_DISCLOSURES + 1:
        raise TooLargeError(f"an SD-JWT has at most {MAX_DISCLOSURES} disclosures")
    issuer_signed, *disclosures, key_binding = text.split("~")
    jws = split_jws(issuer_signed, typ=typ, cty=cty, named=named)
    claims = parse_json(jws.payload)
    if not isinstance(claims, dict):
        raise MalformedError("the claims of an SD-JWT are a JSON object")
    function = read_hash(claims)
    read = parse_disclosures(disclosures, function)
    return SDJWT(jws, claims, issuer_signed, read, function, key_binding or None)
