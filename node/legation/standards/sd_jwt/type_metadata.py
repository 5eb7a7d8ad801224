"""Type metadata of SD-JWT VCs: what a ``vct`` says about claims, its extensions and integrity (draft 16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from legation.errors import MalformedError, ResolutionError, TooLargeError
from legation.standards.sd_jwt.disclosures import Pattern
from legation.standards.sd_jwt.integrity import check_integrity
from legation.standards.strict_json import parse_json

MAX_EXTENSIONS = 8
MAX_CLAIMS = 512
_DISCLOSABLE = frozenset({"always", "allowed", "never"})


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """What a type says of the claims that a path selects: ``sd`` is always, allowed or never."""

    path: Pattern
    sd: str = "allowed"
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class TypeMetadata:
    """A type with all that it extends: the documents, the type's own first, and the rules in force by path."""

    type: str
    documents: tuple[Mapping[str, object], ...]
    rules: Mapping[Pattern, ClaimRule]


def read_type_metadata(name: str, documents: Mapping[str, bytes], *, integrity: object = None) -> TypeMetadata:
    """Read the metadata of a type, and of the types that it extends, from documents that the caller fetched.

    ``documents`` are by ``vct``, exactly as fetched; ``integrity`` is the claim ``vct#integrity``, if there is one.

    Raises:
        ResolutionError: ``type_unknown``, a document is not among them; :func:`find_missing_type` says which.
        ProofError: a document is not the one that ``vct#integrity`` or ``extends#integrity`` describes.
        MalformedError: not type metadata, of another type, an extension in a circle, or one that weakens a rule.
        TooLargeError: too many extensions or claims.
    """
    chain: list[Mapping[str, object]] = []
    names: list[str] = []
    following: object = name
    while following is not None:
        if not isinstance(following, str) or following in names:
            raise MalformedError("a type extends itself, or what is no type")  # draft 16, Circular extends
        if len(names) > MAX_EXTENSIONS:
            raise TooLargeError(f"a type extends at most {MAX_EXTENSIONS} others")
        document = _read_document(following, documents, integrity)
        names.append(following)
        chain.append(document)
        following, integrity = document.get("extends"), document.get("extends#integrity")
    rules: dict[Pattern, ClaimRule] = {}
    # what is extended comes before what extends it
    for document in reversed(chain):
        rules |= _extend(rules, _read_rules(document.get("claims", [])))
    return TypeMetadata(name, tuple(chain), MappingProxyType(rules))


def find_missing_type(name: str, documents: Mapping[str, bytes]) -> str | None:
    """Return the type whose document is to be fetched next, or None where reading can begin: it judges the rest."""
    for _ in range(MAX_EXTENSIONS + 1):
        if name not in documents:
            return name
        document = parse_json(documents[name])
        following = document.get("extends") if isinstance(document, dict) else None
        if not isinstance(following, str):
            return None
        name = following
    return None


def _read_document(name: str, documents: Mapping[str, bytes], integrity: object) -> Mapping[str, object]:
    if name not in documents:
        raise ResolutionError("the metadata of a type is not at hand", code="type_unknown")
    data = documents[name]
    if integrity is not None:
        check_integrity(data, integrity)
    document = parse_json(data)
    if not isinstance(document, dict) or document.get("vct") != name:
        raise MalformedError("the document is not the metadata of that type")
    return document


def _read_rules(claims: object) -> dict[Pattern, dict[str, object]]:
    if not isinstance(claims, list):
        raise MalformedError("the claims of type metadata are an array")
    if len(claims) > MAX_CLAIMS:
        raise TooLargeError(f"type metadata has at most {MAX_CLAIMS} claims")
    rules: dict[Pattern, dict[str, object]] = {}
    for claim in claims:
        if not isinstance(claim, dict):
            raise MalformedError("a claim of type metadata is an object")
        path = _read_path(claim.get("path"))
        if path in rules:
            raise MalformedError("type metadata has two rules for one path")
        if claim.get("sd", "allowed") not in _DISCLOSABLE or not isinstance(claim.get("mandatory", False), bool):
            raise MalformedError("sd is always, allowed or never, and mandatory a boolean")
        rules[path] = claim
    return rules


def _read_path(path: object) -> Pattern:
    if not isinstance(path, list) or not path:
        raise MalformedError("a claim's path is an array, and not empty")
    for step in path:
        index = isinstance(step, int) and not isinstance(step, bool) and step >= 0
        if not (step is None or isinstance(step, str) or index):
            raise MalformedError("a step of a claim's path is a name, an index or null")
    return tuple(path)


def _extend(
    inherited: Mapping[Pattern, ClaimRule], rules: Mapping[Pattern, Mapping[str, object]]
) -> dict[Pattern, ClaimRule]:
    """Return the rules of a type; what it leaves out of a rule stays as it was, so that nothing is ever weakened."""
    made = {}
    for path, rule in rules.items():
        before = inherited.get(path, ClaimRule(path))
        sd, mandatory = str(rule.get("sd", before.sd)), bool(rule.get("mandatory", before.mandatory))
        if before.sd not in ("allowed", sd) or (before.mandatory and not mandatory):
            raise MalformedError("a type weakens a rule of what it extends")  # draft 16, Extending Claim Metadata
        made[path] = ClaimRule(path, sd, mandatory)
    return made
