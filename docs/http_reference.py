"""The page of the HTTP interface, from the OpenAPI document that a node itself serves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from markup import build_page, build_table, first_line, write_markdown

from legation.http import bodies
from legation.http.access import ROUTES, Access, Route
from legation.http.app import REQUEST_DEADLINE
from legation.http.openapi import build_openapi

_URL = "https://node.example"
_WHO = {
    Access.ANYONE: "anybody",
    Access.CALLER: "an operator, or an agent that the node hosts; each reaches what is its own",
    Access.OPERATOR: "an operator, also one that is limited to an owner",
    Access.ADMIN: "an operator of everything",
}
# what every route, every route with a caller or every route with a body may answer, and is said once
_COMMON = {400, 401, 403, 408, 413, 415, 421, 503, 507}
_FORMATS = {
    "cursor": "text",
    "date-time": "moment",
    "did": "DID",
    "iana-time-zone": "time zone",
    "location": "URL",
    "multikey": "Multikey",
    "plain-text": "text",
    "uri": "URI",
}
# objects that a reader looks up elsewhere: the specification, DID Core and OpenAPI itself have them
_ELSEWHERE = {"Constraints", "DIDDocument", "DIDResolutionResult", "Detail", "Money", "OpenAPI"}


def build_http_page() -> str:
    """Return every route with who may call it, what it takes and what it answers, and every object."""
    document: dict[str, Any] = build_openapi(
        {key: route.access.value for key, route in ROUTES.items()}, public_url=_URL
    )
    schemas: dict[str, Any] = document["components"]["schemas"]
    operations = {(method, path): document["paths"][path][method.lower()] for method, path in ROUTES}
    rows = [
        (f"[`{method} {path}`](#{_anchor(method, path)})", ROUTES[method, path].access.value, operation["summary"])
        for (method, path), operation in operations.items()
    ]
    sections = [
        part
        for (method, path), operation in operations.items()
        for part in _operation(f"{method} {path}", ROUTES[method, path], operation, schemas)
    ]
    return build_page(
        "HTTP",
        *_introduction(),
        build_table(("route", "who may call", "what it does"), rows),
        *sections,
        "## Objects",
        "A member that says nothing is left out. Others may come: read past what you do not know.",
        *_objects(schemas),
    )


def _introduction() -> Iterator[str]:
    yield (
        "The routes of `legation serve`. A running node describes itself as OpenAPI 3.1 at `/openapi.json`, and for "
        "people at `/docs`; this page is made from the same tables. A `GET` answers `HEAD` too."
    )
    yield build_table(("who may call", ""), [(f"*{access.value}*", text) for access, text in _WHO.items()])
    yield (
        "An operator sends `Authorization: Bearer TOKEN`; the first token stands in the node's `data_dir`, in the file "
        "`operator-token`. An agent sends a `did-auth+jwt` that it signed for this one call "
        "([who calls](../explanation/architecture.md#who-calls)). What belongs to somebody else is not found (404). "
        "Who is known, and may not call a route, is told so (403, `access_denied`)."
    )
    yield (
        f"Bodies are strict JSON of at most {bodies.MAX_BODY_BYTES // 1024} KiB, as `application/json` without "
        "`Content-Encoding`, and have no unknown members; queries have no unknown parameters. A request takes at most "
        f"{REQUEST_DEADLINE.seconds} seconds. `Host` has to name this node. Paths have one spelling."
    )
    yield (
        'A list is `{"items": […], "next": "…"}`. `next` is left out on the last page, and is else the `cursor` of the '
        "next one; `limit` is 1 to 200, by default 50."
    )
    yield (
        "An error is `application/problem+json` (RFC 9457), the object [Problem](#problem). [errors.md](errors.md) has "
        "the codes. Every answer has `X-Request-Id`, by which the log and the audit trail know the request. 503 has "
        "`Retry-After`. A verdict that says no is no error."
    )
    yield (
        "Any route may refuse with 421 and 503; one with a caller also with 400, 401 and 403; one with a body with "
        "408, 413 and 415; one that changes something with 507. What else it refuses with is said below."
    )


def _operation(title: str, route: Route, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    answers = operation["responses"]
    refused = ", ".join(code for code in answers if code.isdigit() and int(code) >= 400 and int(code) not in _COMMON)
    facts = [f"{operation['summary']}.", f"Who may call: *{route.access.value}*."]
    if route.act is not None:
        facts.append(f"In the audit trail: `{route.act}`.")
    facts.append(
        f"Answer: {_answer(answers)}." + (f" Beside what every route may answer: {refused}." if refused else "")
    )
    yield " ".join(facts)
    query = [parameter for parameter in operation["parameters"] if parameter["in"] == "query"]
    if query:
        yield build_table(
            ("parameter", "value", ""),
            [(f"`{one['name']}`", _kind(one["schema"]), _need(one["required"], one["schema"])) for one in query],
        )
    if "requestBody" in operation:
        name = _reference(operation["requestBody"]["content"]["application/json"]["schema"])
        yield from _body(name, schemas[name], required=operation["requestBody"]["required"])


def _body(name: str, schema: Mapping[str, Any], *, required: bool) -> Iterator[str]:
    caption = f"Body: {_lower(write_markdown(schema['description']))}"
    if not schema["properties"]:
        yield "Body: an empty object, or none."
        return
    yield caption if required else f"{caption} It may be left out."
    yield _members(schema)


def _objects(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        if name.endswith(("Body", "Page")) or name in _ELSEWHERE or not schema.get("properties"):
            continue
        yield f"### {name}"
        if "description" in schema:
            yield write_markdown(first_line(schema["description"]))
        yield _members(schema)


def _members(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = [(f"`{name}`", _kind(found), _need(name in required, found)) for name, found in schema["properties"].items()]
    return build_table(("member", "value", ""), rows)


def _need(required: bool, schema: Mapping[str, Any]) -> str:
    if required:
        return "always"
    default = schema.get("default")
    if default is None:
        return "optional"
    return f"optional, by default `{str(default).lower() if isinstance(default, bool) else default}`"


def _kind(schema: Mapping[str, Any]) -> str:
    """Return in words what a value is."""
    if "$ref" in schema:
        name = _reference(schema)
        if name == "Detail":
            return "[authority](../specification/delegation-credential.md)"
        return name if name.endswith("Body") or name in _ELSEWHERE else f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    return _typed(schema)


def _typed(schema: Mapping[str, Any]) -> str:
    kind = str(schema.get("type", "any"))
    if kind == "array":
        inner = _kind(schema["items"]) if schema["items"] else "any"
        return f"array of {inner}"
    if kind == "integer" and "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}" if "maximum" in schema else f"from {schema['minimum']}"
    if kind == "string":
        return _FORMATS.get(schema.get("format", ""), schema.get("format", "string"))
    return kind


def _answer(answers: Mapping[str, Any]) -> str:
    code = next(code for code in answers if code.startswith("2"))
    content = answers[code].get("content")
    if not content:
        return f"{code} {HTTPStatus(int(code)).phrase}, empty"
    media, first = next(iter(content.items()))
    others = "" if len(content) == 1 else ", or another form that `Accept` names"
    schema = first["schema"]
    name = _reference(schema) if "$ref" in schema else ""
    if name in _ELSEWHERE or not name:
        return f"{code}, `{media}`{others}"
    if name.endswith("Page"):
        one = name.removesuffix("Page")
        return f"{code} and a list of [{one}](#{one.lower()})"
    return f"{code} and [{name}](#{name.lower()})"


def _reference(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _lower(text: str) -> str:
    first = text.partition("\n")[0]
    return first[:1].lower() + first[1:]


def _anchor(method: str, path: str) -> str:
    kept: Iterable[str] = (letter for letter in f"{method} {path}".lower() if letter.isalnum() or letter in " -_")
    return "".join(kept).replace(" ", "-")
