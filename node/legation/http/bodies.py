"""Request bodies: bounded before they are parsed, strict JSON, and read once into types."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from legation.domain.text import escape
from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.standards.strict_json import MAX_BYTES, MAX_NESTING, check_nesting, parse_json

MAX_BODY_BYTES = MAX_BYTES


class Body(BaseModel):
    """A JSON object of known members."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class EmptyBody(Body):
    """No member at all."""


B = TypeVar("B", bound=Body)


async def parse_body(request: web.Request, model: type[B], *, optional: bool = False) -> B:
    """Read the body of a request as ``model``; ``optional`` takes an empty one for ``{}``.

    Raises:
        LegationError: ``unsupported_media_type`` where it is not JSON, or encoded.
        TooLargeError: it is larger than 256 KiB; it is not parsed then.
        MalformedError, UnknownTermError: it is not of this form; the pointer says where.
    """
    data = await _read(request)
    if optional and not data:
        return model()
    # RFC 6839, and simple requests that a browser sends for anybody are none
    if request.content_type != "application/json":
        raise _unsupported("the body is not application/json")
    # a submission's own nesting is judged with it
    value = parse_json(data, max_bytes=MAX_BODY_BYTES, max_nesting=None)
    try:
        body = model.model_validate(value)
    except ValidationError as error:
        # raised from nothing: pydantic's error repeats what was sent
        raise _translate(error) from None
    check_nesting(getattr(body, "request", None), MAX_NESTING)
    return body


async def _read(request: web.Request) -> bytes:
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise _unsupported("the body is encoded")
    too_large = TooLargeError(f"the body is larger than {MAX_BODY_BYTES} bytes")
    if request.content_length is not None and request.content_length > MAX_BODY_BYTES:
        raise too_large
    data = bytearray()
    try:
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > MAX_BODY_BYTES:
                raise too_large
    except web.RequestPayloadError as error:
        raise MalformedError("the body is not framed as HTTP has it") from error
    return bytes(data)


def _unsupported(detail: str) -> LegationError:
    return LegationError(
        detail, code="unsupported_media_type", fix="Send Content-Type: application/json, and no Content-Encoding."
    )


def _translate(error: ValidationError) -> LegationError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    # where one of several forms would do, pydantic names the form after the member
    place = "".join(f"/{escape(str(part))}" for part in first["loc"][:1])
    if first["type"] == "extra_forbidden":
        return UnknownTermError("a member of the body is unknown", pointer=place)
    detail = (
        "a member of the body is missing" if first["type"] == "missing" else "a member of the body has a wrong form"
    )
    return MalformedError(detail if place else "the body is not a JSON object", pointer=place)
