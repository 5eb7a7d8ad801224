"""DID URLs and what they name within a DID document (W3C DID Resolution 1.0, CR of 23 July 2026, §3 and §5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urljoin

from legation.errors import MalformedError
from legation.standards.did.document import RELATIONSHIPS
from legation.standards.did.syntax import MAX_CHARS, is_did

_MAX_CHARS = 2 * MAX_CHARS
_MAX_PARAMETERS = 16
# RFC 3986 §3.3, §3.4 and §3.5
_SEGMENT = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_DID_URL = re.compile(
    rf"([^/?#]+)((?:/{_SEGMENT}*)*)(?:\?((?:{_SEGMENT}|[/?])*))?(?:\#((?:{_SEGMENT}|[/?])*))?", re.ASCII
)
# RFC 3986 §4.2, without a network-path reference: a resource at the endpoint, and not at another host's
_RELATIVE_REF = re.compile(
    rf"(?!//)(?![^/?\#]*:)(?:{_SEGMENT}|/)*(?:\?(?:{_SEGMENT}|[/?])*)?(?:\#(?:{_SEGMENT}|[/?])*)?", re.ASCII
)
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:[/?#][!-~]{0,2000})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class DIDURL:
    """A DID URL taken apart (DID Core 1.0 §3.2): its parameters decoded, its fragment None where it has none."""

    did: str
    path: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    fragment: str | None = None


def parse_did_url(text: str) -> DIDURL:
    """Take a DID URL apart.

    Raises:
        MalformedError: ``invalid_did_url``: it is none, longer than 4096 characters, or has a parameter twice (§3.2.2).
    """
    match = _DID_URL.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if match is None or not is_did(match[1]):
        raise MalformedError("this is not a DID URL", code="invalid_did_url")
    return DIDURL(match[1], match[2], parse_parameters(match[3] or "", code="invalid_did_url"), match[4])


def parse_parameters(query: str, *, code: str) -> dict[str, str]:
    """Return the parameters of a query, each decoded exactly once (§3: ASCII; §3.2.2: none stands twice).

    Raises:
        MalformedError: with ``code``: a parameter stands twice, is not ASCII, or there are more than 16.
    """
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    parameters: dict[str, str] = {}
    for name, _, value in pairs:
        known = _decode(name, code)
        if known in parameters or len(pairs) > _MAX_PARAMETERS:
            raise MalformedError("a parameter stands twice, or there are too many", code=code)
        parameters[known] = _decode(value, code)
    return parameters


def is_relative_reference(text: str) -> bool:
    """Say whether ``text`` is a relative reference that stays at its base's host (RFC 3986 §4.2)."""
    return len(text) <= MAX_CHARS and _RELATIVE_REF.fullmatch(text) is not None


def select_services(
    document: Mapping[str, object], *, service: str | None, kind: str | None
) -> list[dict[str, object]]:
    """Return the services of a document with that id, if one is asked for, and of that type (§5.4.1 step 7.1).

    ``service`` is a fragment, with or without its ``#``, or an absolute DID URL.
    """
    did, wanted = str(document.get("id")), service
    if service is not None and not service.startswith("did:"):
        wanted = f"{did}#{service.removeprefix('#')}"
    return [
        entry
        for entry in _objects(document.get("service"))
        if (wanted is None or _absolute(entry.get("id"), did) == wanted) and (kind is None or _has_type(entry, kind))
    ]


def find_endpoints(
    services: Sequence[Mapping[str, object]], *, relative_ref: str | None, fragment: str | None
) -> list[str]:
    """Return the http and https URLs of services, each with the reference and the fragment (§5.4.1, §5.4.2 step 2).

    Raises:
        MalformedError: ``invalid_did_url``: an endpoint, or the reference, has a fragment of its own.
    """
    found = [_join(url, relative_ref) for entry in services for url in _urls(entry.get("serviceEndpoint"))]
    if fragment is None:
        return found
    if any("#" in url for url in found):
        raise MalformedError("the endpoint has a fragment already", code="invalid_did_url")
    return [f"{url}#{fragment}" for url in found]


def find_resource(
    document: Mapping[str, object], fragment: str, *, relationship: str | None = None
) -> dict[str, object] | None:
    """Return the verification method, the service or other object that a fragment names, in the document's context.

    None where there is no such object, or more than one; with ``relationship`` (§5.4.2 step 1), also where it is no
    verification method that the document lists for it.
    """
    did = str(document.get("id"))
    wanted = f"{did}#{fragment}"
    found = [entry for entry in _members(document) if _absolute(entry.get("id"), did) == wanted]
    if len(found) != 1 or (relationship is not None and not _is_listed(document, wanted, relationship)):
        return None
    context = {"@context": document["@context"]} if "@context" in document else {}
    return {**context, **found[0]}


def expand_relative_urls(document: Mapping[str, object]) -> dict[str, object]:
    """Return a document with its relative DID URLs, ids and references, made absolute (§4.4 step 6)."""
    did = str(document.get("id"))
    return {name: _expand(name, value, did) for name, value in document.items()}


def _expand(name: str, value: object, did: str) -> object:
    if not isinstance(value, list):
        return value
    return [
        {**entry, "id": _absolute(entry["id"], did)}
        if isinstance(entry, dict) and "id" in entry
        else _absolute(entry, did)
        if name in RELATIONSHIPS
        else entry
        for entry in value
    ]


def _decode(text: str, code: str) -> str:
    try:
        # RFC 3986, not a form: a plus is a plus
        return unquote_to_bytes(text).decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedError("a parameter is not ASCII", code=code) from error


def _absolute(reference: object, did: str) -> object:
    # DID Core 1.0 §3.2.2: the document's DID is the base
    return did + reference if isinstance(reference, str) and reference.startswith(("#", "/", "?")) else reference


def _objects(value: object) -> Iterator[dict[str, object]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def _members(document: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for value in document.values():
        yield from _objects(value)


def _has_type(entry: Mapping[str, object], kind: str) -> bool:
    types = entry.get("type")
    return kind in types if isinstance(types, list) else types == kind


def _is_listed(document: Mapping[str, object], method_id: str, relationship: str) -> bool:
    did, entries = str(document.get("id")), document.get(relationship)
    if relationship not in RELATIONSHIPS or not isinstance(entries, list):
        return False
    return any(_absolute(entry.get("id") if isinstance(entry, dict) else entry, did) == method_id for entry in entries)


def _urls(endpoint: object) -> Iterator[str]:
    """Return the strings of a serviceEndpoint that are URLs; a map is skipped (§5.4.1 step 7.2)."""
    for value in endpoint if isinstance(endpoint, list) else [endpoint]:
        if isinstance(value, str) and _ENDPOINT.fullmatch(value):
            yield value


def _join(url: str, relative_ref: str | None) -> str:
    # RFC 3986 §5.2
    return url if relative_ref is None else urljoin(url, relative_ref)
