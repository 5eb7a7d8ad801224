"""Queries: which parameters a route takes, each at most once, read once into types."""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from legation.domain.pages import DEFAULT_PAGE, MAX_PAGE, PageRequest
from legation.errors import LegationError, MalformedError
from legation.http.requests import AgentName, Owner

_MAX_PARAMETERS = 16
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")


def _number(text: object) -> object:
    # int() reads more than digits
    return int(text) if isinstance(text, str) and _LIMIT.fullmatch(text) else text


# names, ids, DIDs and acts are; and no store or terminal makes something else of it
Printable = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[ -~]+$")]


Relationship = Literal[
    "assertionMethod", "authentication", "capabilityInvocation", "capabilityDelegation", "keyAgreement"
]


class Query(BaseModel):
    """The parameters of a query."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NoQuery(Query):
    """No parameter at all."""


class PageQuery(Query):
    """Which page of a list: at most how many items, and where the page before ended (its ``next``)."""

    # in this order the document has its bounds by the names that JSON Schema gives them
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE), BeforeValidator(_number)] = DEFAULT_PAGE
    cursor: Annotated[str, Field(min_length=1, max_length=512, json_schema_extra={"format": "cursor"})] | None = None

    def page(self) -> PageRequest:
        """Return which page is asked for."""
        return PageRequest(self.limit, self.cursor)


class AgentsQuery(PageQuery):
    """Which agents: those of an owner, of a life, and whose name begins so."""

    owner: Owner | None = None
    life: Literal["active", "suspended", "retired"] | None = None
    name: AgentName | None = None


class ResolutionQuery(Query):
    """Which version of a document, which part of it, and how (W3C DID Resolution 1.0, §3, §4.1 and §5.1)."""

    model_config = ConfigDict(alias_generator=to_camel)

    version_id: Printable | None = None
    version_time: Annotated[str, Field(pattern=r"^[0-9-]{10}T[0-9:]{8}Z$")] | None = None
    version_number: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")] | None = None
    service: Printable | None = None
    service_type: Printable | None = None
    relative_ref: Printable | None = None
    verification_relationship: Relationship | None = None
    expand_relative_urls: Literal["true", "false"] = "false"
    no_cache: Literal["true", "false"] = "false"


class KeysQuery(Query):
    """Whose keys."""

    agent: AgentName


class DelegationsQuery(PageQuery):
    """Which delegations: those of an agent, in one role or in any."""

    agent: AgentName | None = None
    role: Literal["issuer", "subject"] | None = None


class AuditQuery(PageQuery):
    """Which acts: each parameter must be equal."""

    actor: Printable | None = None
    act: Printable | None = None
    target: Printable | None = None
    outcome: Literal["done", "refused"] | None = None


def _unplussed(text: object) -> object:
    # a form's plus is a space, and no mechanism's name has one (``vc+jwt``)
    return text.replace(" ", "+") if isinstance(text, str) else text


class MechanismQuery(Query):
    """How a document is to be secured: a cryptosuite, or the type of a token."""

    cryptosuite: (
        Annotated[str, BeforeValidator(_unplussed), Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")] | None
    ) = None


Q = TypeVar("Q", bound=Query)


def parse_query(request: web.Request, model: type[Q]) -> Q:
    """Read the query of a request as ``model``.

    Raises:
        MalformedError: a parameter is unknown, stands twice, is missing or has a wrong form.
    """
    text = request.raw_path.partition("?")[2]
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_MAX_PARAMETERS
        )
    except ValueError as error:
        raise _malformed("the query is not a list of parameters", model) from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _malformed("a parameter stands twice in the query", model)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "extra_forbidden":
            # raised from nothing: pydantic's error repeats what was sent
            raise _malformed("a parameter of the query is unknown", model) from None
        form = "is missing" if first["type"] == "missing" else "has a wrong form"
        raise _malformed(f"the parameter {first['loc'][0]} of the query {form}", model) from None


def _malformed(detail: str, model: type[Query]) -> LegationError:
    known = ", ".join(model.model_fields)
    return MalformedError(detail, fix=f"This takes {known}." if known else "This takes no parameter.")
