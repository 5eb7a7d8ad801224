"""What a delegation hop needs of an SD-JWT: the issuer-signed part, the claims, and that nothing in them is hidden."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from legation.errors import MalformedError
from legation.standards.jose import SplitJWS, find_type
from legation.standards.sd_jwt.digital_credentials import LEGACY_TYPE, TYPE, check_digital_credential
from legation.standards.sd_jwt.disclosures import Path
from legation.standards.sd_jwt.opening import open_sd_jwt
from legation.standards.sd_jwt.parsing import parse_sd_jwt


@dataclass(frozen=True, slots=True)
class SelectiveHop:
    """A hop that is an SD-JWT, its signature not yet checked.

    ``issuer_signed`` is what its digest covers, the part before the first tilde; ``undisclosed`` are those of the
    members asked for in which something is hidden, or which may be hidden as a whole; a decoy counts, for nobody can
    tell.
    """

    type: str
    issuer_signed: str
    jws: SplitJWS
    claims: dict[str, object]
    undisclosed: tuple[Path, ...]


def read_selective_hop(text: str, members: Iterable[Path]) -> SelectiveHop:
    """Read a ``vc+sd-jwt`` or ``dc+sd-jwt`` as a hop.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: it is neither, it cannot be processed, or it has a key binding,
            which belongs to a presentation.
    """
    typ = find_type(text.partition("~")[0])
    if typ not in (TYPE, LEGACY_TYPE):
        raise MalformedError(f"the token is not of type {LEGACY_TYPE} or {TYPE}")
    sd_jwt = parse_sd_jwt(text, typ=typ, cty="vc" if typ == LEGACY_TYPE else None)
    if sd_jwt.key_binding is not None:
        raise MalformedError("a hop has no key binding")
    opened = open_sd_jwt(sd_jwt)
    if typ == TYPE:
        check_digital_credential(sd_jwt, opened)
    hidden = tuple(path for path in members if opened.may_hide(path))
    return SelectiveHop(typ, sd_jwt.issuer_signed, sd_jwt.jws, opened.claims, hidden)
