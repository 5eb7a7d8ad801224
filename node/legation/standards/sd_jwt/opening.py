"""Putting disclosures where their digests stand, and seeing what stays undisclosed (RFC 9901 §7.1, steps 3 to 5)."""

from __future__ import annotations

import msgspec

from legation.errors import MalformedError
from legation.standards.sd_jwt.disclosures import ALGORITHM, DIGESTS, ELEMENT, RESERVED, Disclosure, Path
from legation.standards.sd_jwt.parsing import SDJWT
from legation.standards.strict_json import MAX_NESTING

_CONTAINERS = frozenset({dict, list})


class Opened(msgspec.Struct, frozen=True, gc=False):
    """The processed claims: ``disclosed`` says where each disclosure went, ``hidden`` which containers keep digests.

    A digest without its disclosure may be a decoy: nobody but the issuer can tell.
    """

    claims: dict[str, object]
    disclosed: tuple[tuple[Path, Disclosure], ...]
    hidden: frozenset[Path]

    def may_hide(self, path: Path) -> bool:
        """Say whether something undisclosed is, or may be, the member at ``path`` or anything in it."""
        for container in self.hidden:
            if container[: len(path)] == path:
                return True
            if path[: len(container)] == container and not self.has(path[: len(container) + 1]):
                return True
        return False

    def has(self, path: Path) -> bool:
        """Say whether the member at ``path`` is there; in an array, where places shift, nothing counts as there."""
        value: object = self.claims
        for step in path:
            if not isinstance(value, dict) or step not in value:
                return False
            value = value[step]
        return True


def open_sd_jwt(sd_jwt: SDJWT) -> Opened:
    """Process the claims of an SD-JWT with the disclosures that came with it.

    Raises:
        MalformedError: a digest twice, a disclosure that no digest refers to, a disclosure of the wrong kind for its
            place, one that would overwrite a claim, ``_sd`` or ``...`` of another form, or nested too deep.
    """
    disclosures = sd_jwt.disclosures
    unused = {disclosure.digest: disclosure for disclosure in disclosures}
    if len(unused) != len(disclosures):
        raise MalformedError("a disclosure stands twice")
    opener = _Opener(unused)
    claims = sd_jwt.claims
    if ALGORITHM in claims:
        claims = {name: value for name, value in claims.items() if name != ALGORITHM}
    opened = opener.open_object(claims)
    if len(set(opener.digests)) != len(opener.digests):  # step 4, wherever they stand
        raise MalformedError("a digest stands twice")
    if unused:  # step 5
        raise MalformedError("no digest refers to a disclosure")
    return Opened(opened, tuple(opener.disclosed), frozenset(opener.hidden))


class _Opener:
    """One pass over the claims, depth first; ``_path`` is where it stands."""

    __slots__ = ("_path", "_unused", "digests", "disclosed", "hidden")

    def __init__(self, unused: dict[str, Disclosure]):
        self._unused = unused
        self.digests: list[str] = []
        self.disclosed: list[tuple[Path, Disclosure]] = []
        self.hidden: set[Path] = set()
        self._path: Path = ()

    def open_object(self, source: dict[str, object]) -> dict[str, object]:
        result: dict[str, object] = {}
        for name, value in source.items():
            if name not in RESERVED:
                result[name] = self._descend(name, value) if type(value) in _CONTAINERS else value
            elif name != DIGESTS:
                raise MalformedError("a claim name is reserved for SD-JWT, and does not belong here")
        if DIGESTS in source:
            self._open_digests(source[DIGESTS], result)
        return result

    def _open_digests(self, digests: object, result: dict[str, object]) -> None:
        if not isinstance(digests, list):
            raise MalformedError("_sd is an array of digests")
        path, disclosed, unused = self._path, self.disclosed, self._unused
        self.digests += digests
        for digest in digests:
            if type(digest) is not str:
                raise MalformedError("a digest is a string")
            disclosure = unused.pop(digest, None)
            if disclosure is None:
                self.hidden.add(path)
                continue
            name, value = disclosure.name, disclosure.value
            if name is None:
                raise MalformedError("an element's disclosure stands for a member")
            if name in result:  # step 3.c.2: nothing is overwritten
                raise MalformedError("a disclosure is of a claim that is there already")
            disclosed.append(((*path, name), disclosure))
            result[name] = self._descend(name, value) if type(value) in _CONTAINERS else value

    def _open_array(self, source: list[object]) -> list[object]:
        result: list[object] = []
        for value in source:
            if isinstance(value, dict) and ELEMENT in value:
                self._open_element(value, result)
            else:
                result.append(self._descend(len(result), value) if type(value) in _CONTAINERS else value)
        return result

    def _open_element(self, element: dict[str, object], result: list[object]) -> None:
        if len(element) != 1:  # RFC 9901 §4.2.4.2
            raise MalformedError("an element's digest stands alone")
        disclosure = self._take(element[ELEMENT])
        if disclosure is None:
            return
        if disclosure.name is not None:
            raise MalformedError("a member's disclosure stands for an element")
        place, value = len(result), disclosure.value
        self.disclosed.append(((*self._path, place), disclosure))
        result.append(self._descend(place, value) if type(value) in _CONTAINERS else value)

    def _take(self, digest: object) -> Disclosure | None:
        """Return the disclosure of a digest, which is thereby used, or None where it stays undisclosed."""
        if not isinstance(digest, str):
            raise MalformedError("a digest is a string")
        self.digests.append(digest)
        disclosure = self._unused.pop(digest, None)
        if disclosure is None:
            self.hidden.add(self._path)
        return disclosure

    def _descend(self, step: str | int, value: object) -> object:
        above = self._path
        if len(above) >= MAX_NESTING - 1:
            raise MalformedError(f"the claims are nested deeper than {MAX_NESTING}")
        self._path = (*above, step)
        opened: object = value
        if isinstance(value, dict):
            opened = self.open_object(value)
        elif isinstance(value, list):
            opened = self._open_array(value)
        self._path = above
        return opened
