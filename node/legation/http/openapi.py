"""The API as an OpenAPI 3.1 document, built from the table of access, the table of operations and the models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from importlib.metadata import version

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from legation.http.bodies import Body
from legation.http.errors import REQUEST_ID
from legation.http.examples import EXAMPLES
from legation.http.operations import OPERATIONS, Operation
from legation.http.queries import Query
from legation.http.requests import AGENT_NAME, HEX_ID, KEY_ID, UUID
from legation.http.responses import Shown
from legation.http.schemas import (
    DETAIL_SCHEMAS,
    DID_CONFIGURATION,
    DID_DEREFERENCING,
    DID_DOCUMENT,
    DID_RESOLUTION,
    PROBLEM,
    Schema,
)

OPENAPI = "3.1.1"
_REF = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"
_RESULT = "application/did-resolution"
_DEREFERENCED = "application/did-url-dereferencing"
_RESULTS = {_RESULT: "DIDResolutionResult", _DEREFERENCED: "DIDDereferencingResult"}
_TAGS = {
    "agents": "Agents of this node and their lives.",
    "keys": "Keys of agents; private ones never leave the vault.",
    "delegations": "Chains that are held for agents: issued, narrowed, taken in and presented.",
    "credentials": "Credentials and presentations of any kind, in the shapes of the W3C VC API.",
    "verification": "Challenges, and verdicts on chains and presentations.",
    "trust": "Root issuers that this node accepts.",
    "operators": "Who manages this node.",
    "audit": "The trail of management acts.",
    "documents": "DID documents, for everybody.",
    "service": "The service itself.",
}
# what every call of a kind can be answered with, beside what its operation names
_ALWAYS = (421, 503)
_OF_CALLERS = (400, 401, 403)
_OF_BODIES = (408, 413, 415)
_OF_CHANGES = (507,)
_IDS = {"/v1/delegations/": UUID, "/v1/keys/": KEY_ID}


class _Untitled(GenerateJsonSchema):
    """Schemas without titles, which would only repeat names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Say no."""
        return False


def build_openapi(access: Mapping[tuple[str, str], str], *, public_url: str) -> dict[str, object]:
    """Return the document; ``access`` says of each route who may call it (``anyone``, ``caller`` and so on)."""
    paths: dict[str, dict[str, object]] = {}
    for (method, path), who in access.items():
        operation = OPERATIONS[method, path]
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, who, operation)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Legation node",
            "version": version("legation"),
            "summary": "Agents that act for somebody, and who lets them.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "responses": _refusals(), "securitySchemes": _security_schemes()},
    }


# ---------------------------------------------------------------- operations


def _operation(method: str, path: str, who: str, operation: Operation) -> Schema:
    described: Schema = {
        "operationId": _name(method, path),
        "summary": operation.summary,
        "tags": [operation.tag],
        "x-access": who,
        "security": _security(path, who),
        "parameters": [*_path_parameters(path), *_query_parameters(operation.query)],
        "responses": _responses(method, path, who, operation),
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation.body, required=not operation.optional)
    return described


def _name(method: str, path: str) -> str:
    """Return a name such as ``post_v1_agents_name_suspend``."""
    words = (part.strip("{}").replace(".", "_").replace("-", "_") for part in path.split("/") if part)
    return "_".join([method.lower(), *words])


def _security(path: str, who: str) -> list[Schema]:
    operator: Schema = {"operatorToken": []}
    agent: Schema = {"agentToken": []}
    if who == "anyone":
        return [{}, operator, agent] if path.startswith("/1.0/") else []
    return [operator, agent] if who == "caller" else [operator]


def _path_parameters(path: str) -> Iterable[Schema]:
    for part in path.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            yield {"name": name, "in": "path", "required": True, "schema": _path_schema(path, name)}


def _path_schema(path: str, name: str) -> Schema:
    if name == "did":
        return {"type": "string", "format": "did", "examples": ["did:web:acme.example"]}
    if name == "name":
        return {"type": "string", "pattern": AGENT_NAME, "examples": ["planner"]}
    pattern = next((found for start, found in _IDS.items() if path.startswith(start)), HEX_ID)
    return {"type": "string", "pattern": pattern}


def _query_parameters(model: type[Query]) -> Iterable[Schema]:
    schema = _without_null(model.model_json_schema(schema_generator=_Untitled))
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if isinstance(properties, dict) and isinstance(required, list):
        for name, found in properties.items():
            yield {"name": name, "in": "query", "required": name in required, "schema": found}


def _request_body(model: type[Body], *, required: bool) -> Schema:
    content: Schema = {"schema": _ref(model.__name__)}
    if model in EXAMPLES:
        content["example"] = EXAMPLES[model]
    return {"required": required, "content": {"application/json": content}}


# ---------------------------------------------------------------- responses


def _responses(method: str, path: str, who: str, operation: Operation) -> Schema:
    refused = {*_ALWAYS, *operation.refuses}
    if who != "anyone":
        refused |= {*_OF_CALLERS}
    if operation.body is not None:
        refused |= {*_OF_BODIES}
    if who != "anyone" and method != "GET":
        refused |= {*_OF_CHANGES}
    if "{" in path:
        refused.add(404)
    responses: Schema = {str(int(operation.status)): _success(path, operation)}
    for status in sorted(refused):
        responses[str(status)] = _refusal(status, path)
    if path.startswith("/1.0/"):
        found = HTTPStatus.SEE_OTHER
        responses[str(int(found))] = {"description": "The endpoint of a service", "headers": _headers(found)}
    if path == "/readyz":
        responses["503"] = {**_success(path, operation), "description": "Not ready"}
    return responses


def _success(path: str, operation: Operation) -> Schema:
    described: Schema = {"description": operation.status.phrase, "headers": _headers(operation.status)}
    if operation.status is HTTPStatus.NO_CONTENT:
        return described
    described["content"] = {media: {"schema": _given(operation, media)} for media in operation.media}
    return described


def _given(operation: Operation, media: str) -> Schema:
    if operation.gives is not None:
        name = _public(operation.gives.__name__)
        return _ref(f"{name}Page" if operation.pages else name)
    if media in _RESULTS:
        return _ref(_RESULTS[media])
    return {"type": "string"} if operation.schema is None else _ref(operation.schema)


def _refusal(status: int, path: str) -> Schema:
    if not path.startswith("/1.0/") or status in (401, 421, 503):
        return {"$ref": f"#/components/responses/{_refusal_name(status)}"}
    return _problem(status, _PROBLEM, *_RESULTS)


def _problem(status: int, *media: str) -> Schema:
    schemas = {media: _ref(name) for media, name in {_PROBLEM: "Problem", **_RESULTS}.items()}
    found = HTTPStatus(status)
    return {
        "description": found.phrase,
        "headers": _headers(found),
        "content": {name: {"schema": schemas[name]} for name in media},
    }


def _refusal_name(status: int) -> str:
    return "".join(word.capitalize() for word in HTTPStatus(status).name.split("_"))


def _refusals() -> Schema:
    named = {
        status for operation in OPERATIONS.values() for status in operation.refuses if status not in (406, 501)
    } | {404, *_ALWAYS, *_OF_CALLERS, *_OF_BODIES, *_OF_CHANGES}
    return {_refusal_name(status): _problem(status, _PROBLEM) for status in sorted(named)}


def _headers(status: HTTPStatus) -> Schema:
    names = {REQUEST_ID: "The id under which the node's log has this request."}
    if status is HTTPStatus.CREATED:
        names["Location"] = "Where it is found from now on, for what has a place of its own."
    if status is HTTPStatus.UNAUTHORIZED:
        names["WWW-Authenticate"] = "RFC 6750: Bearer."
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        names["Retry-After"] = "Seconds after which to try again."
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in names.items()}


# ---------------------------------------------------------------- components


@cache
def _schemas() -> Schema:
    taken = {operation.body for operation in OPERATIONS.values() if operation.body is not None}
    given = {operation.gives for operation in OPERATIONS.values() if operation.gives is not None}
    schemas: Schema = {
        "Problem": PROBLEM,
        "DIDDocument": DID_DOCUMENT,
        "DIDConfiguration": DID_CONFIGURATION,
        "DIDResolutionResult": DID_RESOLUTION,
        "DIDDereferencingResult": DID_DEREFERENCING,
        "Health": {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]},
        "OpenAPI": {"type": "object", "required": ["openapi", "info", "paths"]},
        **DETAIL_SCHEMAS,
    }
    for model in sorted(taken, key=lambda model: model.__name__):
        schemas |= _definitions(model, "validation")
    for shown in sorted(given, key=lambda model: model.__name__):
        schemas |= _definitions(shown, "serialization")
    for operation in OPERATIONS.values():
        if operation.pages and operation.gives is not None:
            schemas |= _page(_public(operation.gives.__name__))
    return dict(sorted(schemas.items()))


def _definitions(model: type[BaseModel], mode: object) -> Schema:
    _, found = models_json_schema([(model, mode)], ref_template=_REF, schema_generator=_Untitled)  # type: ignore[list-item]  # one of its two modes
    definitions: dict[str, Schema] = found.get("$defs", {})
    for schema in definitions.values():
        schema.pop("title", None)
    if not issubclass(model, Shown):
        return dict(definitions)
    return {_public(name): _public_refs(_without_null(schema)) for name, schema in definitions.items()}


def _page(name: str) -> Schema:
    properties = {"items": {"type": "array", "items": _ref(name)}, "next": {"type": "string"}}
    page = {"type": "object", "properties": properties, "required": ["items"], "additionalProperties": False}
    return {f"{name}Page": page}


def _without_null(schema: Schema) -> Schema:
    """Take null away from what is left out instead."""
    required, properties = schema.get("required", []), schema.get("properties", {})
    if not isinstance(properties, dict) or not isinstance(required, list):
        return schema
    shown = {name: found if name in required else _not_null(found) for name, found in properties.items()}
    return {**schema, "properties": shown}


def _not_null(schema: Schema) -> Schema:
    rest = {name: value for name, value in schema.items() if name != "default" or value is not None}
    choices = rest.get("anyOf")
    if isinstance(choices, list):
        left = [choice for choice in choices if choice != {"type": "null"}]
        rest = (
            {**{name: value for name, value in rest.items() if name != "anyOf"}, **left[0]}
            if len(left) == 1
            else {
                **rest,
                "anyOf": left,
            }
        )
    return rest


def _public(name: str) -> str:
    return name.removesuffix("Shown")


def _public_refs(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: item.removesuffix("Shown") if name == "$ref" else _public_refs(item) for name, item in value.items()
        }
    return [_public_refs(item) for item in value] if isinstance(value, list) else value


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(model=name)}


def _security_schemes() -> Schema:
    return {
        "operatorToken": {
            "type": "http",
            "scheme": "bearer",
            "description": "An operator's token, as POST /v1/operators and the file operator-token have it.",
        },
        "agentToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A did-auth+jwt that an agent signs for this one call; it lives 60 seconds and serves once.",
        },
    }
