"""Showing less: what a ``vc+sd-jwt`` keeps behind digests, and documents of which only a part is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from legation.crypto.signing import Signer
from legation.errors import MalformedError
from legation.standards.sd_jwt.presenting import present_sd_jwt
from legation.standards.selective_disclosure.pointers import parse_pointers
from legation.standards.vc.selective_tokens import read_selective_credential, sign_selective_credential

if TYPE_CHECKING:
    from legation.standards.sd_jwt.disclosures import Path

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
# who it is about and what it is stays in sight, as with every other mechanism
_IN_SIGHT = frozenset({"@context", "id", "type"})


def issue_disclosable(
    document: Mapping[str, object], signer: Signer, mandatory: Sequence[str], salts: Callable[[int], bytes]
) -> str:
    """Return a credential as ``vc+sd-jwt`` (VC JOSE COSE §3.2.1): each claim of a subject is disclosed on its own.

    What ``mandatory`` (JSON Pointers) names stays in sight, with all that it stands in.

    Raises:
        MalformedError: a pointer names nothing.
        TooLargeError: it has too many claims.
    """
    shown = [find_path(document, pointer) for pointer in mandatory]
    subject = document.get("credentialSubject")
    paths = list(_disclosable(subject, ("credentialSubject",), shown))
    return sign_selective_credential(document, signer, salts=salts, disclosable=paths)


def show_disclosures(text: str, pointers: Sequence[str]) -> str:
    """Return a ``vc+sd-jwt`` with the disclosures of what ``pointers`` name alone, and without key binding.

    Raises:
        MalformedError: it is no such token, or a pointer names nothing in it.
        TooLargeError: it is too large.
    """
    read = read_selective_credential(text)
    return present_sd_jwt(read.sd_jwt, [find_path(read.claims, pointer) for pointer in pointers])


def find_path(document: object, pointer: str) -> Path:
    """Return the path to what a JSON Pointer (RFC 6901) names in a document. Raises MalformedError, TooLargeError."""
    (steps,) = parse_pointers([pointer])
    path: list[str | int] = []
    value = document
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            path.append(step)
            value = value[step]
        elif isinstance(value, list) and _INDEX.fullmatch(step) and int(step) < len(value):
            path.append(int(step))
            value = value[int(step)]
        else:
            raise MalformedError("a JSON Pointer names nothing in the credential", pointer="/options")
    return tuple(path)


def _disclosable(value: object, path: Path, shown: Sequence[Path]) -> Iterator[Path]:
    members: list[tuple[str | int, object]] = []
    if isinstance(value, Mapping):
        members = [(name, member) for name, member in value.items() if name not in _IN_SIGHT]
    elif isinstance(value, list):
        members = list(enumerate(value))
    for step, member in members:
        here = (*path, step)
        if any(here[: len(mandatory)] == mandatory for mandatory in shown):
            continue
        within = isinstance(value, list) and len(path) == 1  # one of several subjects is no claim
        if within or any(mandatory[: len(here)] == here for mandatory in shown):
            yield from _disclosable(member, here, shown)
        else:
            yield here
