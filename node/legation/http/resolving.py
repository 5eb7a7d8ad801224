"""What a request for a DID or a DID URL asks, and how the results are written (W3C DID Resolution 1.0, §9 to §12)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from aiohttp import web

from legation.errors import LegationError, MalformedError
from legation.http.errors import status_of, type_of
from legation.http.negotiation import choose_representation
from legation.http.responses import answer_json
from legation.ports.resolver import VersionRequest
from legation.standards.did.dereferencing import DIDURL, is_relative_reference, parse_did_url, parse_parameters
from legation.standards.did.document import RELATIONSHIPS
from legation.standards.did.syntax import is_did
from legation.standards.timestamps import parse_timestamp

PREFIX = "/1.0/identifiers/"
DOCUMENT = "application/did"
RESULT = "application/did-resolution"
DEREFERENCED = "application/did-url-dereferencing"
URLS = "text/uri-list"
# what asked for a result before the media type had its name
_OLD_RESULT = 'application/ld+json;profile="https://w3id.org/did-resolution"'
RESULTS = frozenset({RESULT, _OLD_RESULT})
_DOCUMENTS = (DOCUMENT, "application/did+json", "application/did+ld+json", "application/json")
# by preference; §12.1 steps 2 and 3: whoever names no form is given all that the function returns
OF_DID = (RESULT, DEREFERENCED, *_DOCUMENTS, _OLD_RESULT)
OF_PART = (DEREFERENCED, RESULT, *_DOCUMENTS, _OLD_RESULT)
OF_SERVICE = (*OF_PART, URLS)
# §3 and §4.1; those of §5 are passed to resolution too (§5.4.1 step 2), which has no use for them
# … and did:webvh 1.0, versionNumber
MAX_VALUE_CHARS = 512
_PARAMETERS = frozenset({"service", "serviceType", "relativeRef", "versionId", "versionTime", "versionNumber"})
_OPTIONS = frozenset({"expandRelativeUrls", "noCache", "verificationRelationship"})
# an earlier draft's, which this node does not know how to honour
_UNSUPPORTED = frozenset({"hl"})
_VERSIONS = ("versionId", "versionTime", "versionNumber")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_MOMENT_CHARS = len("2026-11-23T08:30:00Z")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a DID URL without its parameters, and these, read.

    ``unknown`` says that the DID URL has parameters of its own that nobody here knows how to dereference.
    """

    url: DIDURL
    version: VersionRequest | None
    service: str | None
    service_type: str | None
    relative_ref: str | None
    relationship: str | None
    expands: bool
    is_fresh: bool
    unknown: bool

    @property
    def is_service(self) -> bool:
        """Whether services are selected (§5.4.1 step 7)."""
        return self.service is not None or self.service_type is not None

    @property
    def is_did(self) -> bool:
        """Whether it is a DID, with options at most: what can be resolved, and need not be dereferenced."""
        return not self.url.path and self.url.fragment is None and not self.unknown

    @property
    def forms(self) -> Sequence[str]:
        """The media types of the answer, by preference."""
        if self.is_service:
            return OF_SERVICE
        return OF_DID if self.is_did else OF_PART


def read_target(segment: str) -> DIDURL:
    """Return the DID, or the DID URL, that a path segment says, as it came: as it is, or percent-encoded once.

    §12.1 has clients append the DID (step 2.1), and encode it where options follow (step 4.1.1). A DID has percent
    signs of its own: what is a DID as it stands is taken so, unless it shows a percent sign that was encoded itself,
    which no method here knows; whatever else is decoded exactly once.

    Raises:
        LegationError: ``invalid_did`` or ``invalid_did_url``: neither way gives one.
    """
    if is_did(segment) and "%25" not in segment:
        return DIDURL(segment)
    try:
        text = unquote(segment, encoding="ascii", errors="strict")
    except UnicodeDecodeError as error:
        raise refuse("invalid_did", "this is not a DID") from error
    did = text.partition("?")[0].partition("#")[0].partition("/")[0]
    if not is_did(did):
        raise refuse("invalid_did", "this is not a DID")
    return DIDURL(did) if text == did else parse_did_url(text)


def read_question(target: DIDURL, query: str) -> Question:
    """Read what is asked of a target, by its own parameters and by those of the request.

    Raises:
        LegationError: ``feature_not_supported`` for an option that this node cannot honour; ``invalid_options`` for one
            that nobody knows, that stands twice, or that has no such value (§4.4 steps 3 and 4).
    """
    asked = parse_parameters(query, code="invalid_options")
    own = {name: value for name, value in target.parameters.items() if name in _PARAMETERS}
    if (asked.keys() | target.parameters.keys()) & _UNSUPPORTED:
        raise refuse("feature_not_supported", "this resolver does not know the parameter hl")
    if not asked.keys() <= _PARAMETERS | _OPTIONS or asked.keys() & own.keys():
        raise refuse("invalid_options", "the query holds what is no option, or what the DID URL says already")
    values = own | asked
    if not all(1 <= len(value) <= MAX_VALUE_CHARS for value in values.values()):
        raise refuse("invalid_options", f"the value of a parameter is not of 1 to {MAX_VALUE_CHARS} characters")
    relative_ref = values.get("relativeRef")
    if relative_ref is not None and not is_relative_reference(relative_ref):
        raise refuse("invalid_options", "relativeRef is not a relative reference within the endpoint's host")
    relationship = values.get("verificationRelationship")
    if relationship is not None and relationship not in RELATIONSHIPS:
        raise refuse("invalid_options", "there is no such verification relationship")
    return Question(
        url=DIDURL(target.did, target.path, fragment=target.fragment),
        version=_read_version(values),
        service=values.get("service"),
        service_type=values.get("serviceType"),
        relative_ref=relative_ref,
        relationship=relationship,
        expands=_read_flag(values, "expandRelativeUrls"),
        is_fresh=_read_flag(values, "noCache"),
        unknown=len(own) < len(target.parameters),
    )


def _read_version(values: Mapping[str, str]) -> VersionRequest | None:
    asked = [name for name in _VERSIONS if name in values]
    if len(asked) > 1:
        # §13.4
        raise refuse("invalid_options", "versionId, versionTime and versionNumber exclude each other")
    if "versionTime" in values:
        return VersionRequest(time=_read_moment(values["versionTime"]))
    if "versionNumber" in values:
        if _NUMBER.fullmatch(values["versionNumber"]) is None:
            raise refuse("invalid_options", "versionNumber is a positive number")
        return VersionRequest(number=int(values["versionNumber"]))
    return VersionRequest(id=values["versionId"]) if asked else None


def _read_moment(time: str) -> int:
    try:
        moment = parse_timestamp(time)
    except MalformedError as error:
        raise refuse("invalid_options", "versionTime is not a moment") from error
    # §3.1
    if len(time) != _MOMENT_CHARS or not time.endswith("Z"):
        raise refuse("invalid_options", "versionTime is in UTC, in whole seconds")
    return moment


def _read_flag(values: Mapping[str, str], name: str) -> bool:
    value = values.get(name, "false")
    if value not in _FLAGS:
        raise refuse("invalid_options", f"{name} is true or false")
    return _FLAGS[value]


def choose_form(request: web.Request, forms: Sequence[str]) -> str:
    """Return the form of the answer. Raises LegationError ``representation_not_supported``."""
    form = choose_representation(request.headers.getall("Accept", []), forms)
    if form is None:
        raise refuse("representation_not_supported", "this is not had in any form that Accept names")
    return form


def write_result(form: str, content: Mapping[str, object] | None, metadata: Mapping[str, object]) -> web.Response:
    """Return a result of either function (§9, §10), or what it is about by itself."""
    if form not in RESULTS and form != DEREFERENCED:
        return answer_json({} if content is None else content, content_type=form)
    return _write(form, content, {"contentType": DOCUMENT}, metadata, HTTPStatus.OK)


def write_error(form: str, error: LegationError) -> web.Response:
    """Return the result of a function that failed: an error object of RFC 9457 (§4.2, §5.2, §11)."""
    status = status_of(error)
    about = {"error": {"type": type_of(error), "title": status.phrase, "detail": error.detail}}
    return _write(form, None, about, {}, status)


def write_deactivated(form: str) -> web.Response:
    """Return the result for a DID that is deactivated (§4.4 step 5.2, §12.1 step 7)."""
    return _write(form, None, {}, {"deactivated": True}, HTTPStatus.GONE)


def write_redirect(url: str) -> web.Response:
    """Return the answer that leads to a service's endpoint (§12.1 step 9.2)."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url})


def _write(
    form: str,
    content: Mapping[str, object] | None,
    about: Mapping[str, object],
    metadata: Mapping[str, object],
    status: HTTPStatus,
) -> web.Response:
    if form == DEREFERENCED:
        # §5 and the suite have contentStream, the examples of §10 and §12.3 content: they are one
        result = {
            "contentStream": content,
            "content": content,
            "dereferencingMetadata": about,
            "contentMetadata": metadata,
        }
    else:
        result = {"didDocument": content, "didResolutionMetadata": about, "didDocumentMetadata": metadata}
    response = answer_json(result, status=status)
    response.headers["Content-Type"] = form
    return response


def refuse(code: str, detail: str) -> LegationError:
    """Return an error that only this door knows, by its code."""
    return LegationError(detail, code=code)
