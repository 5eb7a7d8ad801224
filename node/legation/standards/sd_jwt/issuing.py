"""Issuing: claims into an SD-JWT, with disclosures and decoys where the issuer wants them (RFC 9901 §4 and §6.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from legation.crypto.keys import PublicKey
from legation.crypto.signing import Signer
from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.jose import sign_jws
from legation.standards.jwk import build_public_jwk
from legation.standards.sd_jwt.disclosures import (
    ALGORITHM,
    DEFAULT_HASH,
    DIGESTS,
    ELEMENT,
    HASHES,
    RESERVED,
    Disclosure,
    Path,
    Pattern,
    build_disclosure,
    digest_of,
    make_salt,
)
from legation.standards.sd_jwt.parsing import MAX_DISCLOSURES
from legation.standards.strict_json import MAX_NESTING, check_nesting

Salts = Callable[[int], bytes]


def issue_sd_jwt(
    claims: Mapping[str, object],
    signer: Signer,
    *,
    typ: str,
    salts: Salts,
    disclosable: Iterable[Pattern] = (),
    decoys: Mapping[Path, int] | None = None,
    holder_key: PublicKey | None = None,
    algorithm: str = DEFAULT_HASH,
) -> str:
    """Issue an SD-JWT of ``claims``, in which what ``disclosable`` names is behind digests.

    A path and one that leads on from it make a recursive disclosure (RFC 9901 §4.2.6). ``salts`` gives that many fresh
    random bytes each time; ``decoys`` says how many digests without disclosure to add to the object or array at a path
    (§4.2.5); ``holder_key`` goes into ``cnf`` as a JWK.

    Raises:
        MalformedError: a path that names nothing, claims that SD-JWT reserves, too deep, or two holder's keys.
        TooLargeError: more disclosures and decoys than a verifier takes.
        UnknownTermError: a hash that we do not know.
    """
    if algorithm not in HASHES:
        raise UnknownTermError(f"the hash of an SD-JWT is one of {', '.join(HASHES)}")
    check_nesting(dict(claims), MAX_NESTING - 1)
    root = _plan(disclosable)
    hider = _Hider(salts, dict(decoys or {}), algorithm)
    payload = hider.hide_object(claims, [root], ())
    _check_all_found(root)
    if hider.decoys:
        raise MalformedError("the path of a decoy names no object and no array")
    if holder_key is not None:
        confirmation = {"jwk": build_public_jwk(holder_key)}
        if payload.setdefault("cnf", confirmation) != confirmation:
            raise MalformedError("the claims name another key of the holder", pointer="/cnf")
    if hider.digests:
        payload[ALGORITHM] = algorithm
    signed = sign_jws(payload, typ=typ, signer=signer)
    return "~".join((signed, *(disclosure.text for disclosure in hider.disclosures), ""))


@dataclass(slots=True)
class _Step:
    """A step of the paths: which steps follow, and whether a path ends here."""

    ends: bool = False
    met: bool = False
    steps: dict[str | int | None, _Step] = field(default_factory=dict)


def _plan(paths: Iterable[Pattern]) -> _Step:
    root = _Step()
    for path in paths:
        if not path:
            raise MalformedError("the claims as a whole are not disclosable")
        step = root
        for name in path:
            step = step.steps.setdefault(name, _Step())
        step.ends = True
    return root


def _check_all_found(step: _Step) -> None:
    for name, following in step.steps.items():
        if following.ends and not following.met:
            raise MalformedError(f"a disclosable path names nothing, at {name!r}")
        _check_all_found(following)


class _Hider:
    """One pass over the claims; a disclosure is made after those within it."""

    __slots__ = ("_algorithm", "_function", "_salts", "decoys", "digests", "disclosures")

    def __init__(self, salts: Salts, decoys: dict[Path, int], algorithm: str):
        self._salts, self._function = salts, HASHES[algorithm]
        self.decoys = decoys
        self.disclosures: list[Disclosure] = []
        self.digests = 0

    def hide_object(self, source: Mapping[str, object], steps: list[_Step], path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        digests: list[str] = []
        for name, value in source.items():
            if name in RESERVED:
                raise MalformedError("a claim name is reserved for SD-JWT")
            following = [step.steps[name] for step in steps if name in step.steps]
            hidden = self._hide(value, following, (*path, name))
            if _mark(following):
                digests.append(self._disclose(name, hidden))
            else:
                result[name] = hidden
        digests.extend(self._make_decoys(path))
        if digests:
            result[DIGESTS] = sorted(digests)  # RFC 9901 §4.2.4.1: the order tells nothing
        return result

    def _hide_array(self, source: list[object], steps: list[_Step], path: Path) -> list[object]:
        result: list[object] = []
        for number, value in enumerate(source):
            following = [step.steps[name] for step in steps for name in (number, None) if name in step.steps]
            hidden = self._hide(value, following, (*path, number))
            result.append({ELEMENT: self._disclose(None, hidden)} if _mark(following) else hidden)
        for digest in self._make_decoys(path):
            # anywhere, as the digest has it: that of a decoy is as good as random
            result.insert(int.from_bytes(digest.encode()) % (len(result) + 1), {ELEMENT: digest})
        return result

    def _hide(self, value: object, steps: list[_Step], path: Path) -> object:
        if isinstance(value, dict):
            return self.hide_object(value, steps, path)
        if isinstance(value, list):
            return self._hide_array(value, steps, path)
        return value

    def _disclose(self, name: str | None, value: object) -> str:
        disclosure = build_disclosure(make_salt(self._salts), name, value, self._function)
        self.disclosures.append(disclosure)
        self._count()
        return disclosure.digest

    def _make_decoys(self, path: Path) -> list[str]:
        made = []
        for _ in range(self.decoys.pop(path, 0)):
            self._count()
            made.append(digest_of(make_salt(self._salts).encode("ascii"), self._function))
        return made

    def _count(self) -> None:
        self.digests += 1
        if self.digests > MAX_DISCLOSURES:
            raise TooLargeError(f"an SD-JWT has at most {MAX_DISCLOSURES} disclosures and decoys")


def _mark(steps: list[_Step]) -> bool:
    ends = False
    for step in steps:
        step.met = True
        ends = ends or step.ends
    return ends
