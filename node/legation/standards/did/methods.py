"""The DID methods that this version knows; a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from legation.errors import ResolutionError
from legation.standards.did.document import DIDDocument
from legation.standards.did.jwk import build_did_jwk_document, resolve_did_jwk
from legation.standards.did.key import build_did_key_document, resolve_did_key
from legation.standards.did.peer import build_did_peer_document, resolve_did_peer
from legation.standards.did.syntax import is_did
from legation.standards.did.web import did_web_url
from legation.standards.did.webvh.urls import did_webvh_url

_CACHED_CHARS = 256


@dataclass(frozen=True, slots=True)
class OfflineMethod:
    """A method whose DIDs say all that their documents do."""

    resolve: Callable[[str], DIDDocument]
    build_document: Callable[[str], dict[str, object]]


@dataclass(frozen=True, slots=True)
class HostedMethod:
    """A method whose documents must be fetched, or given as material; ``locate`` refuses a DID that has no place."""

    locate: Callable[[str], str]


DIDMethods = Mapping[str, OfflineMethod | HostedMethod]

METHODS: DIDMethods = MappingProxyType(
    {
        "key": OfflineMethod(resolve_did_key, build_did_key_document),
        "jwk": OfflineMethod(resolve_did_jwk, build_did_jwk_document),
        "peer": OfflineMethod(resolve_did_peer, build_did_peer_document),
        "web": HostedMethod(did_web_url),
        "webvh": HostedMethod(did_webvh_url),
    }
)


def find_method_of(did: str, methods: DIDMethods = METHODS) -> OfflineMethod | HostedMethod:
    """Return the method of a DID. Raises ResolutionError if it is no DID or of an unknown method."""
    method = methods.get(did[4 : did.find(":", 4)]) if did.startswith("did:") else None
    if method is None:
        known = ", ".join(f"did:{name}" for name in methods)
        raise ResolutionError(
            f"the DID's method is not one of {known}" if is_did(did) else "this is not a DID",
            fix=f"Use a DID of {known}.",
        )
    return method


def resolve_offline(did: str, methods: DIDMethods = METHODS) -> DIDDocument | None:
    """Return the document of a DID that says it all itself, and None for one whose document is material.

    Raises:
        ResolutionError: not a DID, an unknown method, or a DID that its method refuses.
    """
    # a long one may hold dozens of keys, and thousands of those would fill the memory
    short = len(did) <= _CACHED_CHARS
    return _resolve_standard(did) if short and methods is METHODS else _resolve(did, methods)


def _resolve(did: str, methods: DIDMethods) -> DIDDocument | None:
    method = find_method_of(did, methods)
    if isinstance(method, OfflineMethod):
        return method.resolve(did)
    method.locate(did)
    return None


@lru_cache(maxsize=8192)
def _resolve_standard(did: str) -> DIDDocument | None:
    return _resolve(did, METHODS)
