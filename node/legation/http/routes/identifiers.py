"""``/1.0/identifiers/{did}``: DID Resolution over HTTP (W3C DID Resolution 1.0, CR of 23 July 2026, §12.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from legation.errors import GoneError, LegationError, ResolutionError
from legation.http.authentication import authenticate, caller_of, find_caller
from legation.http.errors import type_of
from legation.http.resolving import (
    DEREFERENCED,
    OF_DID,
    PREFIX,
    RESULTS,
    URLS,
    Question,
    choose_form,
    read_question,
    read_target,
    refuse,
    write_deactivated,
    write_error,
    write_redirect,
    write_result,
)
from legation.http.routes.documents import make_public
from legation.http.services import SERVICES, Services
from legation.standards.did.dereferencing import expand_relative_urls, find_endpoints, find_resource, select_services
from legation.standards.did.document import DeactivatedError
from legation.standards.did.methods import METHODS, OfflineMethod

_MAX_AGE = timedelta(minutes=5)
_NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class _Found:
    """A document, what its method says of it, and whether anybody may have it."""

    document: Mapping[str, object]
    metadata: Mapping[str, object]
    is_public: bool


async def resolve_identifier(request: web.Request) -> web.Response:
    """Resolve a DID or dereference a DID URL: this node's, or one that says it all itself, for anybody."""
    path, _, query = request.raw_path.partition("?")
    forms: Sequence[str] = OF_DID
    form = ""
    try:
        question = read_question(read_target(path.removeprefix(PREFIX)), query)
        forms = question.forms
        form = choose_form(request, forms)
        response = await _answer(request, question, form)
    except LegationError as error:
        form = form or choose_form(request, forms)
        if (form not in RESULTS and form != DEREFERENCED) or not _is_result(error):
            raise
        response = write_deactivated(form) if isinstance(error, GoneError) else write_error(form, error)
    response.headers["Vary"] = "Accept"
    return response


async def _answer(request: web.Request, question: Question, form: str) -> web.Response:
    if form in RESULTS and not question.is_did:
        # §4.4 step 1: what is more than a DID is dereferenced
        raise refuse("invalid_did", "this is a DID URL; Accept application/did-url-dereferencing for what it names")
    found = await _resolve(request, question)
    if question.is_service and form in (DEREFERENCED, URLS):
        url = _find_endpoint(question, found, form)
        if url is not None:
            return await _redirect(request, question, url)
    response = write_result(form, _find_content(question, found, form), found.metadata)
    return make_public(response) if found.is_public else response


def _find_content(question: Question, found: _Found, form: str) -> Mapping[str, object]:
    """Return what is asked for of a document (§5.4.1 steps 6 to 9, §5.4.2)."""
    document = expand_relative_urls(found.document) if question.expands else found.document
    if form in RESULTS:
        return document
    if question.url.path or question.unknown:
        raise refuse("did_not_found", "no method here says what such a DID URL names")
    if question.is_service:
        selected = select_services(document, service=question.service, kind=question.service_type)
        return {**document, "service": selected}
    if question.url.fragment is None:
        return document
    resource = find_resource(document, question.url.fragment, relationship=question.relationship)
    if resource is None:
        raise refuse("did_not_found", "the document holds nothing of that fragment, or not under that relationship")
    return resource


def _find_endpoint(question: Question, found: _Found, form: str) -> str | None:
    selected = select_services(found.document, service=question.service, kind=question.service_type)
    urls = find_endpoints(selected, relative_ref=question.relative_ref, fragment=question.url.fragment)
    if not urls and (form == URLS or question.url.fragment is not None):
        raise refuse("did_not_found", "no service of the document has an endpoint that is an http or https URL")
    return urls[0] if urls else None


async def _redirect(request: web.Request, question: Question, url: str) -> web.Response:
    """Lead to an endpoint of this node's own; to one that somebody else names, only callers: a link is not lent."""
    if not request.app[SERVICES].resolver.is_own(question.url.did):
        await _need_caller(request)
    return write_redirect(url)


async def _resolve(request: web.Request, question: Question) -> _Found:
    services, did = request.app[SERVICES], question.url.did
    method = METHODS.get(did.split(":")[1])
    if method is None:
        # §4.4 step 2
        raise refuse("method_not_supported", "this resolver does not know the DID's method")
    try:
        if isinstance(method, OfflineMethod):
            return _resolve_offline(method, question)
        method.locate(did)
        is_own = services.resolver.is_own(did)
    except DeactivatedError as error:
        raise GoneError(error.detail) from error
    except ResolutionError as error:
        raise refuse("invalid_did", error.detail) from error
    if not is_own:
        # nobody who is unknown makes this node ask other hosts
        await _need_caller(request)
    return await _fetch(services, question, is_own=is_own)


def _resolve_offline(method: OfflineMethod, question: Question) -> _Found:
    method.resolve(question.url.did)
    if question.version is not None and question.version.time is None:
        # what a DID says itself never changes, so that it stood so at any time; but nothing names its versions
        raise refuse("feature_not_supported", "documents of this DID method have no version ids")
    return _Found(method.build_document(question.url.did), {}, is_public=True)


async def _fetch(services: Services, question: Question, *, is_own: bool) -> _Found:
    did, max_age = question.url.did, _NOW if is_own or question.is_fresh else _MAX_AGE
    try:
        if question.version is None:
            found = await services.resolver.resolve(did, max_age=max_age)
        else:
            found = await services.resolver.resolve_version(did, question.version, max_age=max_age)
    except DeactivatedError as error:
        raise GoneError("the DID is deactivated") from error
    except ResolutionError as error:
        if error.code == "feature_not_supported":
            raise
        # a document that is refused is none: nobody here is at fault, as INVALID_DID_DOCUMENT's 500 would say
        raise refuse("did_not_found", error.detail) from error
    # an earlier version stays what it was: which key was the DID's then has an answer after its end, too
    if question.version is None and found.metadata.get("deactivated") is True:
        raise GoneError("the DID is deactivated")
    return _Found(found.raw, found.metadata, is_public=is_own)


async def _need_caller(request: web.Request) -> None:
    if find_caller(request) is None:
        await authenticate(request, None)
        caller_of(request)


def _is_result(error: LegationError) -> bool:
    """Say whether an error is one of resolution, and not of the call or of this node."""
    return type_of(error).startswith("https:") or isinstance(error, GoneError)
