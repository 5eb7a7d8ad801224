"""Statements of a document, and which of them pointers select (vc-di-ecdsa §3.4.15, §3.4.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from legation.errors import MalformedError
from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.rdfc import Quad, canonicalize_quads
from legation.standards.jsonld.walk import walk
from legation.standards.selective_disclosure.labels import LabelMaker
from legation.standards.selective_disclosure.pointers import Path, select, write_pointer
from legation.standards.selective_disclosure.quads import deskolemize, relabel, write_lines
from legation.standards.selective_disclosure.skolem import Skolemized


@dataclass(frozen=True, slots=True)
class Group:
    """What pointers select: indexes into the statements, and the labels as a verifier of only these would find them.

    ``labels`` goes from the canonical identifiers of the selected part to the labels of the whole document.
    """

    indexes: tuple[int, ...]
    labels: Mapping[str, str]


class Statements:
    """The statements of a document under the labels that its issuer gave, in the order in which they are signed."""

    __slots__ = ("_contexts", "_labels", "_places", "_skolemized", "lines")

    def __init__(self, document: Mapping[str, object], contexts: Contexts, make_labels: LabelMaker):
        """Take the statements of a document without ``proof``.

        Raises:
            MalformedError, UnknownTermError, TooLargeError: as :class:`Skolemized`, or as ``canonicalize``.
        """
        self._contexts = contexts
        self._skolemized = Skolemized(document, contexts)
        quads = deskolemize(walk(self._skolemized.document, contexts, named=True), self._skolemized.prefix)
        canonical = canonicalize_quads(quads).labels
        made = make_labels(canonical.values())
        self._labels = {name: made[label] for name, label in canonical.items()}
        self.lines = write_lines(relabel(quads, self._labels))
        self._places = {line: index for index, line in enumerate(self.lines)}

    def group(self, paths: Iterable[Path]) -> Group:
        """Find the statements that paths select.

        Raises:
            MalformedError: a path leads nowhere, or into what is one value to JSON-LD: a list, or a JSON literal.
        """
        paths = tuple(paths)
        if not paths:
            return Group((), {})
        quads = self._select(paths)
        indexes = self._find(quads)
        if indexes is None:
            raise MalformedError(
                "the JSON pointer selects a part of what JSON-LD takes as one value, a list or a JSON literal",
                pointer=write_pointer(self._find_culprit(paths)),
                fix="Point to the whole value.",
            )
        labels = {label: self._labels[name] for name, label in canonicalize_quads(quads).labels.items()}
        return Group(indexes, labels)

    def _select(self, paths: tuple[Path, ...]) -> list[Quad]:
        part = select(self._skolemized.document, paths)
        return deskolemize(walk(part, self._contexts, named=True), self._skolemized.prefix)

    def _find(self, quads: list[Quad]) -> tuple[int, ...] | None:
        try:
            return tuple(sorted(self._places[line] for line in write_lines(relabel(quads, self._labels))))
        except KeyError:
            return None

    def _find_culprit(self, paths: tuple[Path, ...]) -> Path:
        while len(paths) > 1:
            half = paths[: len(paths) // 2]
            paths = half if self._find(self._select(half)) is None else paths[len(half) :]
        return paths[0]
