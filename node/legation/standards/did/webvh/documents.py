"""The documents of a did:webvh as others see them: with its implicit services, and as the did:web of the same place."""

from __future__ import annotations

from collections.abc import Mapping

from legation.errors import MalformedError
from legation.standards.did.webvh.urls import PREFIX, parse_did_webvh
from legation.standards.strict_json import parse_json, write_json

_LINKED_PRESENTATIONS = "https://identity.foundation/linked-vp/contexts/v1"


def with_implicit_services(state: Mapping[str, object], did: str) -> dict[str, object]:
    """Return the document with ``#files`` and ``#whois``, unless it defines them ("DID URL Resolution").

    Raises:
        ResolutionError: ``did`` is no did:webvh.
    """
    document = dict(state)
    defined = document.get("service", [])
    services = list(defined) if isinstance(defined, list) else [defined]
    names = {str(service.get("id")) for service in services if isinstance(service, dict)}
    implicit = [service for service in _implicit_services(did) if names.isdisjoint(_spellings(service))]
    if implicit:
        document["service"] = [*services, *implicit]
    return document


def build_parallel_did_web(document: Mapping[str, object], did: str) -> dict[str, object]:
    """Return the document of the did:web at the same place ("Publishing a Parallel did:web DID").

    ``document`` is the one of the newest version, as the log has it or as it is resolved.

    Raises:
        ResolutionError: ``did`` is no did:webvh.
        MalformedError: the document is not of that DID, or cannot be written.
    """
    place = parse_did_webvh(did)
    if document.get("id") != did:
        raise MalformedError("the document is not that of the did:webvh")
    text = write_json(with_implicit_services(document, did))
    moved = text.replace(f"{PREFIX}{place.scid}:".encode(), b"did:web:")
    parallel = parse_json(moved, max_bytes=len(moved))
    if not isinstance(parallel, dict):
        raise MalformedError("the document is not an object")
    aliases = parallel.get("alsoKnownAs", [])
    names = [*(aliases if isinstance(aliases, list) else []), did]
    return {**parallel, "alsoKnownAs": [name for name in dict.fromkeys(names) if name != parallel["id"]]}


def rename_document(document: Mapping[str, object], old: str, new: str) -> dict[str, object]:
    """Return a document with ``new`` for every ``old`` DID in it, also where DID URLs begin: for a DID that moves.

    ``alsoKnownAs`` keeps the old name, which a moved DID has to have there.
    """
    renamed = {name: _rename(value, old, new) for name, value in document.items()}
    if "alsoKnownAs" in document:
        renamed["alsoKnownAs"] = document["alsoKnownAs"]
    return renamed


def _rename(value: object, old: str, new: str) -> object:
    if isinstance(value, dict):
        return {name: _rename(member, old, new) for name, member in value.items()}
    if isinstance(value, list):
        return [_rename(member, old, new) for member in value]
    if isinstance(value, str) and value.startswith(old) and value[len(old) : len(old) + 1] in {"", "#", "/", "?"}:
        return new + value[len(old) :]
    return value


def _implicit_services(did: str) -> tuple[dict[str, object], ...]:
    base = parse_did_webvh(did).base
    files: dict[str, object] = {"id": f"{did}#files", "type": "relativeRef", "serviceEndpoint": base}
    whois: dict[str, object] = {
        "@context": _LINKED_PRESENTATIONS,
        "id": f"{did}#whois",
        "type": "LinkedVerifiablePresentation",
        "serviceEndpoint": f"{base}whois.vp",
    }
    return files, whois


def _spellings(service: Mapping[str, object]) -> tuple[str, str]:
    # DID Core 1.0 §3.2.2: relative to the document, or absolute
    name = str(service["id"])
    return name, "#" + name.partition("#")[2]
