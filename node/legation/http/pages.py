"""The API as one page of HTML, rendered from its OpenAPI document: no script, and nothing from anywhere else."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Any

from legation.http.page_style import STYLE

STYLE_HASH = base64.b64encode(sha256(STYLE.encode()).digest()).decode("ascii")
_ACCESS = {
    "anyone": "anyone",
    "caller": "operators and agents",
    "operator": "operators",
    "admin": "operators of the whole node",
}
# parts of an OpenAPI document, which is JSON of our own making
Part = Mapping[str, Any]


def render_page(document: Part) -> str:
    """Return the page of an OpenAPI document."""
    info, paths, schemas = document["info"], document["paths"], document["components"]["schemas"]
    by_tag: dict[str, list[tuple[str, str, Part]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in paths.items():
        for method, operation in operations.items():
            by_tag[operation["tags"][0]].append((method, path, operation))
    sections = "".join(
        _section(tag, by_tag[tag["name"]], document["components"]["responses"]) for tag in document["tags"]
    )
    objects = "".join(_schema(name, schema) for name, schema in schemas.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}: API</title><style>{STYLE}</style></head><body>"
        '<a class="skip" href="#main">Skip to the operations</a>'
        f"<header><h1>{escape(info['title'])}</h1><p>{escape(info['summary'])} Version {escape(info['version'])}, at "
        f"<code>{escape(document['servers'][0]['url'])}</code>. "
        'For programs: <a href="/openapi.json">openapi.json</a>.</p></header>'
        f'<div class="columns">{_navigation(by_tag)}<main id="main">{sections}'
        f'<section id="objects" aria-labelledby="objects-title"><h2 id="objects-title">Objects</h2>{objects}</section>'
        "</main></div></body></html>"
    )


def _navigation(by_tag: Mapping[str, list[tuple[str, str, Part]]]) -> str:
    groups = []
    for tag, operations in by_tag.items():
        links = "".join(
            f'<li><a href="#{escape(operation["operationId"])}">{_method(method)}{escape(path)}</a></li>'
            for method, path, operation in operations
        )
        groups.append(f"<h2>{escape(tag)}</h2><ul>{links}</ul>")
    groups.append('<h2>objects</h2><ul><li><a href="#objects">All objects</a></li></ul>')
    return f'<nav aria-label="Operations">{"".join(groups)}</nav>'


def _section(tag: Part, operations: list[tuple[str, str, Part]], refusals: Part) -> str:
    name = escape(tag["name"])
    articles = "".join(_article(*each, refusals) for each in operations)
    return (
        f'<section aria-labelledby="{name}-title"><h2 id="{name}-title">{name.capitalize()}</h2>'
        f"<p>{escape(tag['description'])}</p>{articles}</section>"
    )


def _article(method: str, path: str, operation: Part, refusals: Part) -> str:
    parts = [
        f'<article id="{escape(operation["operationId"])}"><h3>{_method(method)}{escape(path)} '
        f'<span class="access">{escape(_ACCESS[operation["x-access"]])}</span></h3>'
        f"<p>{escape(operation['summary'])}</p>"
    ]
    if operation["parameters"]:
        rows = (
            (each["name"], _type(each["schema"]), each["in"] + (", required" if each["required"] else ""))
            for each in operation["parameters"]
        )
        parts.append(f"<h4>Parameters</h4>{_table(('name', 'form', 'where'), rows)}")
    if "requestBody" in operation:
        parts.append(_body(operation["requestBody"]))
    answers = ((status, escape(each["description"]), _content(each)) for status, each in _answers(operation, refusals))
    parts.append(f"<h4>Answers</h4>{_table(('status', 'meaning', 'body'), answers)}</article>")
    return "".join(parts)


def _answers(operation: Part, refusals: Part) -> Iterable[tuple[str, Part]]:
    for status, found in operation["responses"].items():
        yield status, refusals[found["$ref"].rpartition("/")[2]] if "$ref" in found else found


def _body(body: Part) -> str:
    content = body["content"]["application/json"]
    need = "" if body["required"] else " (may be left out)"
    shown = f"<h4>Body{need}</h4><p>{_type(content['schema'])}</p>"
    if "example" not in content:
        return shown
    return shown + f'<pre tabindex="0">{escape(json.dumps(content["example"], indent=2))}</pre>'


def _content(answer: Part) -> str:
    kinds = [
        f"{_type(found['schema'])} <code>{escape(media)}</code>" for media, found in answer.get("content", {}).items()
    ]
    return "<br>".join(kinds) or "none"


def _schema(name: str, schema: Part) -> str:
    described = schema.get("description", "")
    shown = f'<article id="object-{escape(name)}"><h3>{escape(name)}</h3><p>{escape(described)}</p>'
    properties = schema.get("properties")
    if not properties:
        return f"{shown}<p>{_type(schema)}</p></article>"
    required = schema.get("required", [])
    rows = (
        (member, _type(found), ("required" if member in required else "") + _note(found))
        for member, found in properties.items()
    )
    return f"{shown}{_table(('member', 'form', ''), rows)}</article>"


def _note(schema: Part) -> str:
    description = schema.get("description")
    return f" {escape(description)}" if description else ""


def _type(schema: Part) -> str:
    """Return what a schema asks for, in a few words of HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#object-{name}">{name}</a>'
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    for choices in ("anyOf", "oneOf"):
        if choices in schema:
            return " or ".join(_type(choice) for choice in schema[choices])
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    words = [escape(kind)]
    words += [f"({escape(str(schema['format']))})"] if "format" in schema else []
    words += [f"<code>{escape(schema['pattern'])}</code>"] if "pattern" in schema else []
    words += [f"from {schema['minimum']}"] if "minimum" in schema else []
    words += [f"to {schema['maximum']}"] if "maximum" in schema else []
    return " ".join(words)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table; the first cell of a row is text, the others are HTML."""
    titles = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row"><code>{escape(first)}</code></th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>"


def _method(method: str) -> str:
    return f'<span class="method {escape(method)}">{escape(method.upper())}</span>'
