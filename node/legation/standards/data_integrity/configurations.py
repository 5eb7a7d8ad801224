"""The canonical N-Quads of a proof's configuration (vc-di-eddsa 1.0 §3.2.5), from a template where one fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from legation.crypto.keys import KeyType
from legation.standards.jsonld.canonical import canonicalize
from legation.standards.jsonld.rdfc import HashName
from legation.standards.strict_json import write_json

if TYPE_CHECKING:
    from legation.standards.jsonld.contexts import Contexts

HASH_NAMES: Mapping[KeyType, HashName] = {
    KeyType.ED25519: "sha256",
    KeyType.P256: "sha256",
    KeyType.P384: "sha384",
}
_METHOD = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._-][A-Za-z0-9._:%-]*#[A-Za-z0-9._:%-]+")
_DATE = re.compile(r"[0-9]{4}-[0-9:T.-]+(?:Z|[+-][0-9:]+)")
# what N-Quads write as it is: no quote, no backslash, nothing beyond ASCII
_TEXT = re.compile(r"[ !#-\[\]-~]*")
# What differs from proof to proof, the values that a template may take as they are, and one such value.
_VARIABLE: Mapping[str, tuple[re.Pattern[str], str]] = {
    "verificationMethod": (
        re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._-][A-Za-z0-9._:%-]*#[A-Za-z0-9._:%-]+"),
        "did:of:a#b",
    ),
    "created": (_DATE, "2001-01-01T00:00:00Z"),
    "expires": (_DATE, "2002-02-02T00:00:00Z"),
    "challenge": (_TEXT, "challenge of a template"),
    "domain": (_TEXT, "domain of a template"),
    "nonce": (_TEXT, "nonce of a template"),
}
_FIXED = frozenset({"type", "cryptosuite", "proofPurpose"})
_MEMBERS = _FIXED | _VARIABLE.keys()
_Key = tuple[str, bytes, bytes, tuple[str, ...]]
# the text around the values, and the members whose values stand between, in that order
_Template = tuple[tuple[bytes, ...], tuple[str, ...]]
_TEMPLATES: dict[_Key, _Template | None] = {}
_ENTRIES, _LENGTH = 256, 2048


def canonicalize_config(
    config: Mapping[str, object], context: object, contexts: Contexts, *, algorithm: HashName
) -> bytes:
    """Return the canonical N-Quads of a configuration under the document's ``@context``.

    Two configurations with the same context and members, and the same type, suite and purpose, differ in literals and
    in one IRI alone. So the first of them is canonicalised with known values, and the others are written like it.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: as ``canonicalize``.
    """
    names = tuple(sorted(config.keys() - {"@context"}))
    if _MEMBERS.issuperset(names) and _is_plain(config, names):
        fixed = {name: config[name] for name in names if name in _FIXED}
        text = write_json(context), write_json(fixed)
        if len(text[0]) + len(text[1]) <= _LENGTH:
            key = (contexts.digest, *text, names)
            template = _TEMPLATES[key] if key in _TEMPLATES else _learn(key, fixed, context, contexts)
            if template is not None:
                return _fill(template, config)
    return canonicalize({**config, "@context": context}, contexts, algorithm=algorithm)


def _is_plain(config: Mapping[str, object], names: tuple[str, ...]) -> bool:
    for name in names:
        value = config[name]
        if type(value) is not str or (name in _VARIABLE and _VARIABLE[name][0].fullmatch(value) is None):
            return False
    return True


def _fill(template: _Template, config: Mapping[str, object]) -> bytes:
    texts, names = template
    parts = [texts[0]]
    for text, name in zip(texts[1:], names, strict=True):
        parts.append(str(config[name]).encode())
        parts.append(text)
    return b"".join(parts)


def _learn(key: _Key, fixed: Mapping[str, object], context: object, contexts: Contexts) -> _Template | None:
    variables = {name: example for name, (_, example) in _VARIABLE.items() if name in key[3]}
    written = canonicalize({**fixed, **variables, "@context": context}, contexts)
    template = _split(written, variables)
    if len(_TEMPLATES) >= _ENTRIES:
        _TEMPLATES.clear()
    _TEMPLATES[key] = template
    return template


def _split(written: bytes, variables: Mapping[str, str]) -> _Template | None:
    """Return the text around the values, unless it is not certain that other values would stand in the same places."""
    lines = [line.split(b" ", 2) for line in written.splitlines()]
    if len({line[0] for line in lines}) != 1 or len({line[1] for line in lines}) != len(lines):
        return None  # the order of lines must follow from their predicates
    found = []
    for name, example in variables.items():
        begin, end = (b"<", b"> .\n") if name == "verificationMethod" else (b'"', b'"')
        if written.count(example.encode()) != 1 or written.count(begin + example.encode() + end) != 1:
            return None
        found.append((written.index(example.encode()), name))
    texts, names, at = [], [], 0
    for start, name in sorted(found):
        texts.append(written[at:start])
        names.append(name)
        at = start + len(variables[name])
    return (*texts, written[at:]), tuple(names)
