"""Presenting: which disclosures go along, and the holder's key binding (RFC 9901 §4.3 and §7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from legation.crypto.signing import Signer
from legation.errors import MalformedError
from legation.standards.sd_jwt.binding import bind
from legation.standards.sd_jwt.disclosures import Path, Pattern
from legation.standards.sd_jwt.opening import open_sd_jwt
from legation.standards.sd_jwt.parsing import SDJWT
from legation.standards.timestamps import nanoseconds


def choose_disclosures(sd_jwt: SDJWT, paths: Iterable[Pattern]) -> SDJWT:
    """Return the SD-JWT with the disclosures that show what ``paths`` name, and no others; a key binding goes.

    A path is one of the processed claims; with it comes what it stands in, and not what is disclosable within it.

    Raises:
        MalformedError: the SD-JWT cannot be processed, or a path names nothing in it.
    """
    opened = open_sd_jwt(sd_jwt)
    needed: set[str] = set()
    for path in paths:
        if not _leads(opened.claims, path):
            raise MalformedError("a path to show names nothing in the SD-JWT")
        needed.update(disclosure.digest for place, disclosure in opened.disclosed if _covers(path[: len(place)], place))
    shown = tuple(disclosure for disclosure in sd_jwt.disclosures if disclosure.digest in needed)
    return msgspec.structs.replace(sd_jwt, disclosures=shown, key_binding=None)


def present_sd_jwt(
    sd_jwt: SDJWT,
    paths: Iterable[Pattern],
    *,
    holder: Signer | None = None,
    nonce: str | None = None,
    audience: str | None = None,
    at: datetime | None = None,
) -> str:
    """Present what ``paths`` name; with ``holder``, bound to a verifier's ``nonce`` and ``audience``.

    Raises:
        MalformedError: as :func:`choose_disclosures`, or a holder without nonce, audience and moment.
    """
    shown = choose_disclosures(sd_jwt, paths)
    if holder is None:
        return shown.without_binding()
    if nonce is None or audience is None or at is None:
        raise MalformedError("a key binding needs a nonce, an audience and a moment")
    return bind(shown, holder, nonce=nonce, audience=audience, issued=nanoseconds(at))


def _covers(pattern: Pattern, place: Path) -> bool:
    return len(pattern) == len(place) and all(
        step == found or (step is None and isinstance(found, int)) for step, found in zip(pattern, place, strict=True)
    )


def _leads(value: object, path: Pattern) -> bool:
    if not path:
        return True
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return isinstance(step, str) and step in value and _leads(value[step], rest)
    if isinstance(value, list):
        if step is None:
            return any(_leads(item, rest) for item in value)
        return isinstance(step, int) and 0 <= step < len(value) and _leads(value[step], rest)
    return False
