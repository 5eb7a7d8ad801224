"""``/1.0/identifiers/{did}``: DID Resolution over HTTP (W3C DID Resolution 1.0, CR of 23 July 2026, §12.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import unquote

from aiohttp import web

from legation.errors import GoneError, LegationError, NotFoundError, ResolutionError
from legation.http.authentication import authenticate, caller_of
from legation.http.errors import status_of, type_of
from legation.http.negotiation import choose_representation
from legation.http.responses import answer_json
from legation.http.routes.documents import make_public
from legation.http.services import SERVICES, Services
from legation.standards.did.methods import METHODS, OfflineMethod
from legation.standards.did.syntax import is_did
from legation.standards.did.web import build_did_web

PREFIX = "/1.0/identifiers/"
DOCUMENT = "application/did"
RESULT = "application/did-resolution"
# what asked for a result before the media type had its name
_OLD_RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"'
# by preference; §12.1 steps 2.2 and 2.3
REPRESENTATIONS = (DOCUMENT, "application/did+json", "application/did+ld+json", "application/json", RESULT, _OLD_RESULT)
_RESULTS = frozenset({RESULT, _OLD_RESULT})
# §4.1: options that this node does not know how to honour; any other is none
_OPTIONS = frozenset({"expandRelativeUrls", "versionId", "versionTime"})
_MAX_AGE = timedelta(minutes=5)


async def resolve_identifier(request: web.Request) -> web.Response:
    """Resolve a DID: those of this node and those that say it all themselves for anybody, others for callers."""
    form = choose_representation(request.headers.getall("Accept", []), REPRESENTATIONS)
    if form is None:
        raise _refuse("representation_not_supported", "a DID document is not had in any form that Accept names")
    try:
        did = read_did(request.raw_path.partition("?")[0].removeprefix(PREFIX))
        _check_options(request)
        document = await _resolve(request, did)
    except LegationError as error:
        if form not in _RESULTS or not _is_result(error):
            raise
        return _result(form, None, error)
    # §12.1 step 8.2.2
    response = _result(form, document, None) if form in _RESULTS else answer_json(document, content_type=form)
    if not _is_foreign(request.app[SERVICES], did):
        make_public(response)
    response.headers["Vary"] = "Accept"
    return response


def read_did(segment: str) -> str:
    """Return the DID that a path segment says, as it came: appended as it is, or percent-encoded once.

    §12.1 has clients append the DID (step 2.1), and encode it where options follow (step 4.1.1). A DID has percent
    signs of its own: what is a DID as it stands is taken so, unless it shows a percent sign that was encoded itself,
    which no method here knows; whatever else is decoded exactly once.

    Raises:
        LegationError: ``invalid_did``: neither way gives a DID.
    """
    if is_did(segment) and "%25" not in segment:
        return segment
    try:
        did = unquote(segment, encoding="ascii", errors="strict")
    except UnicodeDecodeError as error:
        raise _refuse("invalid_did", "this is not a DID") from error
    if not is_did(did):
        raise _refuse("invalid_did", "this is not a DID")
    return did


def _check_options(request: web.Request) -> None:
    names = {pair.partition("=")[0] for pair in request.raw_path.partition("?")[2].split("&")} - {""}
    if names & _OPTIONS:
        # §4.4 step 3
        raise _refuse("feature_not_supported", "this resolver takes no resolution option but Accept")
    if names:
        # §4.4 step 4
        raise _refuse("invalid_options", "the query holds what is no resolution option")


async def _resolve(request: web.Request, did: str) -> Mapping[str, object]:
    services = request.app[SERVICES]
    method = METHODS.get(did.split(":")[1])
    if method is None:
        # §4.4 step 2
        raise _refuse("method_not_supported", "this resolver does not know the DID's method")
    own = find_own(services.public_url, did)
    try:
        if own is not None:
            return await _find_document(services, own)
        if isinstance(method, OfflineMethod):
            method.resolve(did)
            return method.build_document(did)
        method.locate(did)
    except ResolutionError as error:
        raise _refuse("invalid_did", error.detail) from error
    except GoneError:
        raise
    except NotFoundError as error:
        raise _refuse("did_not_found", "no document stands under this DID") from error
    return await _fetch(request, services, did)


async def _fetch(request: web.Request, services: Services, did: str) -> Mapping[str, object]:
    # nobody who is unknown makes this node ask other hosts
    await authenticate(request, None)
    caller_of(request)
    try:
        return (await services.resolver.resolve(did, max_age=_MAX_AGE)).raw
    except ResolutionError as error:
        # a document that is refused is none: nobody here is at fault, as INVALID_DID_DOCUMENT's 500 would say
        raise _refuse("did_not_found", error.detail) from error


def find_own(public_url: str, did: str) -> str | None:
    """Return the name of the agent whose DID this is, were it hosted here, ``""`` for the node, None for others."""
    node = build_did_web(public_url)
    if did == node:
        return ""
    prefix = f"{node}:agents:"
    name = did.removeprefix(prefix)
    return name if did.startswith(prefix) and ":" not in name else None


def _is_foreign(services: Services, did: str) -> bool:
    return did.startswith("did:web:") and find_own(services.public_url, did) is None


async def _find_document(services: Services, name: str) -> Mapping[str, object]:
    return await (services.hosting.agent_document(name) if name else services.hosting.node_document())


def _is_result(error: LegationError) -> bool:
    """Say whether an error is one of resolution, and not of the call or of this node."""
    return type_of(error).startswith("https:") or isinstance(error, GoneError)


def _result(form: str, document: Mapping[str, object] | None, error: LegationError | None) -> web.Response:
    """Return a DID resolution result (§9)."""
    about: dict[str, object] = {"contentType": DOCUMENT} if document is not None else {}
    metadata: dict[str, object] = {}
    status = HTTPStatus.OK
    if error is not None:
        status = status_of(error)
        if isinstance(error, GoneError):
            # §4.4 step 5.2, §12.1 step 7
            metadata = {"deactivated": True}
        else:
            # §4.2, §11: an error object of RFC 9457
            about["error"] = {"type": type_of(error), "title": status.phrase, "detail": error.detail}
    result = {"didDocument": document, "didResolutionMetadata": about, "didDocumentMetadata": metadata}
    response = answer_json(result, status=status)
    response.headers["Content-Type"] = form
    return response


def _refuse(code: str, detail: str) -> LegationError:
    return LegationError(detail, code=code)
