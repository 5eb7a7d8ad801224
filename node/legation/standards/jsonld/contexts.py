"""JSON-LD contexts by URL: what is pinned byte for byte, and nothing else; none is ever fetched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.abc import FileLoader
from importlib.util import find_spec
from types import MappingProxyType

from legation.errors import LegationError, MalformedError, TooLargeError

LEGATION_V1 = "https://w3id.org/legation/v1"
MAX_CONTEXT_BYTES = 256 * 1024
# Where each copy comes from, and its SHA-256: a release of the library that changes one must be looked at first.
_PYLD = "pyld.documentloader.frozen"
_BUNDLED = {
    "https://www.w3.org/ns/activitystreams": (
        (_PYLD, "bundled/activitystreams.jsonld"),
        "a27b78b82f4980963127140d0cb74f0e8f21c0e2b8efd0368232bf9823edff5a",
    ),
    "https://www.w3.org/ns/did/v1": (
        (_PYLD, "bundled/did-v1.jsonld"),
        "62c1054bf404d6dd3a4b26b64f830fd72095f6a26edc4469908c94351352ce5f",
    ),
    "https://www.w3.org/2018/credentials/v1": (
        (_PYLD, "bundled/credentials-v1.jsonld"),
        "00d7dd6d3ad8b920e3e550dd3a3d9090bffcac84cdbf943da6924b3e0a5c8bb8",
    ),
    "https://www.w3.org/ns/credentials/v2": (
        (_PYLD, "bundled/credentials-v2.jsonld"),
        "8a9f494a89ecc51db093e90e84713e07e84d6d9204364a9b3c7868b21751236f",
    ),
    "https://w3id.org/security/v1": (
        (_PYLD, "bundled/security-v1.jsonld"),
        "e2d146cd556f6fa5f14996c6f1749667d5a14073fa30f0643990068e2c0b1bac",
    ),
    "https://w3id.org/security/v2": (
        (_PYLD, "bundled/security-v2.jsonld"),
        "4cb186bc29c08af6e40c58178c22dd84d542f2871a063afed6e648b47abc3cf6",
    ),
    "https://w3id.org/security/suites/ed25519-2020/v1": (
        (_PYLD, "bundled/security-ed25519-2020-v1.jsonld"),
        "b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588",
    ),
    "https://w3id.org/security/suites/jws-2020/v1": (
        (_PYLD, "bundled/security-jws-2020-v1.jsonld"),
        "00ee65bb7307f9a01c3170b823083b0d4de68223520834b2c5eb7a09bae5dea6",
    ),
    LEGATION_V1: (
        ("legation.standards.jsonld", "legation-v1.jsonld"),
        "b32d04d0717df71ebf5b1b3aac748deefecb3e87174258ad9fc5de578879e0a0",
    ),
}


@dataclass(frozen=True, slots=True)
class ContextDocument:
    """A context as it was published: ``raw`` is what digests are of, ``value`` the same as JSON (not to be changed)."""

    url: str
    raw: bytes
    sha256: str
    value: Mapping[str, object]


class Contexts(Mapping[str, ContextDocument]):
    """The contexts that a processor may use, by URL; immutable. ``digest`` tells one set from another."""

    def __init__(self, documents: Mapping[str, ContextDocument] = MappingProxyType({})):
        self._documents = dict(documents)

    def find(self, url: str) -> ContextDocument | None:
        """Return the document that is pinned under this URL, exactly as it is spelled."""
        return self._documents.get(url)

    def extended(self, added: Mapping[str, bytes]) -> Contexts:
        """Return these contexts and others; a URL that is there already is replaced.

        Raises:
            MalformedError: one is not a JSON object with an ``@context``.
            TooLargeError: one is beyond 256 KiB.
        """
        return Contexts({**self._documents, **{url: _read(url, raw) for url, raw in added.items()}})

    def merged(self, others: Contexts) -> Contexts:
        """Return these contexts and others, which replace those of the same URL."""
        return Contexts({**self._documents, **others._documents})

    @property
    def urls(self) -> frozenset[str]:
        """Every URL that is known."""
        return frozenset(self._documents)

    @cached_property
    def digest(self) -> str:
        """Identify the set, URLs and bytes."""
        lines = "".join(f"{url} {self._documents[url].sha256}\n" for url in sorted(self._documents))
        return sha256(lines.encode()).hexdigest()

    def __getitem__(self, url: str) -> ContextDocument:
        return self._documents[url]

    def __iter__(self) -> Iterator[str]:
        return iter(self._documents)

    def __len__(self) -> int:
        return len(self._documents)

    def __repr__(self) -> str:
        return f"Contexts({sorted(self._documents)})"


@cache
def bundled_contexts() -> Contexts:
    """Return the contexts that come with this version: those of PyLD, and https://w3id.org/legation/v1.

    Raises:
        LegationError: a copy is not, byte for byte, the one that this version was made with (``context_changed``).
    """
    return Contexts({url: _read_bundled(url, place, digest) for url, (place, digest) in _BUNDLED.items()})


def _read_bundled(url: str, place: tuple[str, str], digest: str) -> ContextDocument:
    try:
        raw = _read_file(*place)
    except OSError as error:
        raise _changed(url) from error
    if sha256(raw).hexdigest() != digest:
        raise _changed(url)
    return _read(url, raw)


def _read_file(package: str, name: str) -> bytes:
    # not by importlib.resources, which imports the package: a node that starts has no use for all of the library yet
    top, _, rest = package.partition(".")
    spec = find_spec(top)
    if spec is None or not spec.submodule_search_locations or not isinstance(spec.loader, FileLoader):
        raise OSError(f"there is no package {top}")
    return spec.loader.get_data("/".join((spec.submodule_search_locations[0], *rest.split("."), name)))


def _changed(url: str) -> LegationError:
    return LegationError(
        f"the copy of {url} is missing or not the one that this version was made with",
        code="context_changed",
        fix="Install the release again.",
    )


def _read(url: str, raw: bytes) -> ContextDocument:
    if len(raw) > MAX_CONTEXT_BYTES:
        raise TooLargeError(f"the context {url} is larger than {MAX_CONTEXT_BYTES // 1024} KiB")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"the context {url} is not JSON") from error
    # a JSON Schema stands here as well, for credentialSchema; no document can use it as a context
    if not isinstance(value, dict) or ("@context" not in value and "$schema" not in value):
        raise MalformedError(f"the context {url} is not an object with an @context")
    return ContextDocument(url, raw, sha256(raw).hexdigest(), value)
