"""JSON Schemas that no model of ours gives: what the domain reads itself, and what others specified."""

from __future__ import annotations

Schema = dict[str, object]


def _object(required: tuple[str, ...], **properties: object) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _array(items: object, **more: object) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True, **more}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_NAME: Schema = {"type": "string", "minLength": 1, "format": "plain-text"}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
_TIME: Schema = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
_MONEY = _ref("Money")

# an authorization object (RFC 9396 §2.2) and its constraints, as the specification page has them
DETAIL_SCHEMAS: dict[str, Schema] = {
    "Detail": _object(
        ("type", "actions"),
        type=_NAME,
        actions=_array(_NAME),
        locations=_array({"type": "string", "format": "location"}),
        datatypes=_array(_NAME),
        identifier=_NAME,
        privileges=_array(_NAME),
        constraints=_ref("Constraints"),
    ),
    "Constraints": {
        **_object(
            (),
            maxUses=_COUNT,
            rate=_object(("uses", "seconds"), uses=_COUNT, seconds=_COUNT),
            budget=_MONEY,
            maxCost=_MONEY,
            hours=_object(
                ("from", "to", "timezone"),
                **{"from": _TIME},
                to=_TIME,
                timezone={"type": "string", "format": "iana-time-zone"},
                days=_array({"type": "integer", "minimum": 1, "maximum": 7}),
            ),
            audience=_array({"type": "string", "format": "verifier-name"}),
            purpose=_array(_NAME),
            approval=_object(
                ("threshold", "approvers"),
                threshold=_COUNT,
                approvers=_array({"type": "string", "format": "principal"}),
                above=_MONEY,
            ),
            arguments={
                "type": "object",
                "minProperties": 1,
                "additionalProperties": {"type": "object", "minProperties": 1},
                "description": "argument name to predicates, as the specification page has them",
            },
            closedArguments={"const": True},
        ),
        "minProperties": 1,
    },
    "Money": _object(
        ("amount", "currency"),
        amount={"type": "string", "format": "amount"},
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
    ),
}

# a bare chain in any of its forms; whether it is one is told by who reads it
CHAIN: Schema = {
    "description": "hops, root first; or one hop; or a text in the compact form",
    "anyOf": [
        {"type": "array", "items": {"anyOf": [{"type": "object"}, {"type": "string"}]}},
        {"type": "object"},
        {"type": "string"},
    ],
}

DID_DOCUMENT: Schema = {
    "type": "object",
    "description": "a DID document (W3C DID Core 1.0)",
    "properties": {"id": {"type": "string", "format": "did"}},
    "required": ["id"],
}

# DIF Well Known DID Configuration 1.0
DID_CONFIGURATION: Schema = _object(
    ("@context", "linked_dids"),
    **{
        "@context": {"type": "string", "format": "uri"},
        "linked_dids": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
    },
)

_ABOUT_RESOLUTION: Schema = _object(
    (),
    contentType={"type": "string"},
    error=_object(
        ("type", "title"),
        type={"type": "string", "format": "uri"},
        title={"type": "string"},
        detail={"type": "string"},
    ),
)

DID_RESOLUTION: Schema = _object(
    ("didDocument", "didResolutionMetadata", "didDocumentMetadata"),
    didDocument={"anyOf": [_ref("DIDDocument"), {"type": "null"}]},
    didResolutionMetadata=_ABOUT_RESOLUTION,
    # W3C DID Resolution 1.0 §4.3, and what a method adds
    didDocumentMetadata={"type": "object", "properties": {"deactivated": {"type": "boolean"}}},
)


DID_DEREFERENCING: Schema = _object(
    ("contentStream", "content", "dereferencingMetadata", "contentMetadata"),
    contentStream={"anyOf": [{"type": "object"}, {"type": "null"}]},
    content={"anyOf": [{"type": "object"}, {"type": "null"}], "description": "the same as contentStream"},
    dereferencingMetadata=_ABOUT_RESOLUTION,
    contentMetadata={"type": "object"},
)

# RFC 9457, with what is ours: a stable code, where in the body it is, and what to do
PROBLEM: Schema = _object(
    ("type", "title", "status", "detail", "code", "requestId"),
    type={"type": "string", "format": "uri"},
    title={"type": "string"},
    status={"type": "integer"},
    detail={"type": "string"},
    code={"type": "string"},
    requestId={"type": "string"},
    pointer={"type": "string", "description": "a JSON Pointer (RFC 6901) into the body"},
    fix={"type": "string", "description": "what to do about it"},
    # of a verdict of the VC API
    verified={"const": False},
    problemDetails={
        "type": "array",
        "items": _object(
            ("title", "detail"),
            type={"type": "string", "format": "uri"},
            title={"type": "string"},
            detail={"type": "string"},
        ),
    },
)
