"""Names for the nodes of a document that have none (vc-di-ecdsa §3.4.7, §3.4.8)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from legation.errors import MalformedError
from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.walk import walk_nodes
from legation.standards.strict_json import write_sorted


class Skolemized:
    """A document in which each node has an IRI, one that begins with ``prefix`` where it had none.

    The specification expands the document, names its nodes and compacts it. That turns an array of one into its element
    and may call members by other names, while pointers go by what was written. Here the names go where the nodes are.
    """

    __slots__ = ("document", "prefix")

    def __init__(self, document: Mapping[str, object], contexts: Contexts):
        """Give names to the nodes of a document.

        Raises:
            MalformedError: it names blank nodes itself, or is not JSON-LD.
            UnknownTermError, TooLargeError: as ``jsonld.canonical.canonicalize``.
        """
        # Nobody writes a document that holds its own hash: none can name a node as it would be named here.
        self.prefix = f"urn:bnid:{sha256(write_sorted(document)).hexdigest()}:"
        self.document = _copy_members(document)
        for number, (node, term) in enumerate(walk_nodes(self.document, contexts)):
            if term.startswith("_:"):
                _name(node, f"{self.prefix}s{number}")


def _name(node: Mapping[str, object], name: str) -> None:
    if not isinstance(node, dict) or "id" in node or "@id" in node:
        raise MalformedError("a document that is disclosed in part does not name blank nodes itself")
    node["@id"] = name


def _copy(value: object) -> object:
    """Copy a JSON value so that no object stands in two places: each is a node of its own."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return _copy_members(value) if isinstance(value, Mapping) else value


def _copy_members(value: Mapping[str, object]) -> dict[str, object]:
    return {name: _copy(member) for name, member in value.items()}
