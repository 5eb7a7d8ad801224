"""RDF Dataset Canonicalization (RDFC-1.0, W3C Recommendation): own code, because the work of each step is counted.

The algorithm is exponential in the worst case (§7.1, dataset poisoning). Every step of the exponential part is counted
against a bound, and a dataset beyond it is refused; the library for RDF has no such bound and holds Python's lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

from legation.errors import TooLargeError
from legation.standards.jsonld.allowance import spend

HashName = Literal["sha256", "sha384"]
Quad = tuple[str, str, str, str]
"""Subject, predicate, object and graph as canonical N-Quads has them; the default graph is ``""``."""
MAX_STEPS = 8000
STEPS_PER_USE = 2
MAX_DEPTH = 100
_COPIES_PER_STEP = 8
_Digest = Callable[[str], str]
_POSITIONS = ((0, "s"), (2, "o"), (3, "g"))


@dataclass(frozen=True, slots=True)
class CanonicalDataset:
    """The canonical form: sorted lines of N-Quads, and the canonical identifier of each blank node (without ``_:``)."""

    lines: tuple[str, ...]
    labels: Mapping[str, str]


def canonicalize_quads(quads: Iterable[Quad], *, algorithm: HashName = "sha256") -> CanonicalDataset:
    """Run RDFC-1.0 (§4.4.3) with the given hash.

    Raises:
        TooLargeError: telling the blank nodes apart takes more than ``MAX_STEPS`` steps, and two for each use of one.
    """
    dataset = set(quads)
    by_node = _find_blank_nodes(dataset)
    if not by_node:
        return CanonicalDataset(tuple(sorted(map(write_quad, dataset))), {})
    labels = _Canonicalizer(by_node, algorithm).run() if len(by_node) > 1 else {next(iter(by_node)): "_:c14n0"}
    relabelled = [
        (labels.get(subject, subject), predicate, labels.get(object_, object_), labels.get(graph, graph))
        for subject, predicate, object_, graph in dataset
    ]
    return CanonicalDataset(
        tuple(sorted(map(write_quad, relabelled))), {node[2:]: label[2:] for node, label in labels.items()}
    )


def write_quad(quad: Quad) -> str:
    """Return a statement as a line of N-Quads."""
    subject, predicate, object_, graph = quad
    return f"{subject} {predicate} {object_} {graph} .\n" if graph else f"{subject} {predicate} {object_} .\n"


def _find_blank_nodes(dataset: Iterable[Quad]) -> dict[str, list[Quad]]:
    found: dict[str, list[Quad]] = {}
    for quad in dataset:
        for node in {quad[0], quad[2], quad[3]}:
            if node.startswith("_:"):
                found.setdefault(node, []).append(quad)
    return found


class _Issuer:
    """An identifier issuer (§4.5): names in the order in which they were asked for."""

    __slots__ = ("issued", "prefix")

    def __init__(self, prefix: str, issued: dict[str, str] | None = None):
        self.prefix = prefix
        self.issued: dict[str, str] = {} if issued is None else issued

    def issue(self, node: str) -> str:
        name = self.issued.get(node)
        if name is None:
            name = self.issued[node] = f"{self.prefix}{len(self.issued)}"
        return name

    def copy(self) -> _Issuer:
        return _Issuer(self.prefix, dict(self.issued))


class _Canonicalizer:
    """The canonicalisation state (§4.3), and what is left of the work that may be done."""

    def __init__(self, by_node: Mapping[str, list[Quad]], algorithm: HashName):
        self._by_node = by_node
        self._digest = _digests(algorithm)
        self._first = {node: self._hash_first_degree(node) for node in by_node}
        self._canonical = _Issuer("_:c14n")
        self._left = MAX_STEPS + STEPS_PER_USE * sum(map(len, by_node.values()))
        self._depth = 0

    def run(self) -> dict[str, str]:
        """Return the canonical identifier of each blank node."""
        groups: dict[str, list[str]] = {}
        for node, digest in self._first.items():
            groups.setdefault(digest, []).append(node)
        tied = []
        for digest in sorted(groups):
            if len(groups[digest]) == 1:
                self._canonical.issue(groups[digest][0])
            else:
                tied.append(groups[digest])
        for group in tied:
            before = self._left
            self._tell_apart(group)
            spend(2 * (before - self._left))
        return self._canonical.issued

    def _tell_apart(self, group: list[str]) -> None:
        # §4.4.3 step 5
        results = []
        for node in group:
            if node not in self._canonical.issued:
                issuer = _Issuer("_:b")
                issuer.issue(node)
                results.append(self._hash_n_degree(node, issuer))
        for _, issuer in sorted(results, key=lambda result: result[0]):
            for node in issuer.issued:
                self._canonical.issue(node)

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0 or self._depth > MAX_DEPTH:
            raise TooLargeError(
                "the document's blank nodes are too alike to be told apart with bounded work",
                fix="Give nodes an id of their own.",
            )

    def _hash_first_degree(self, node: str) -> str:
        # §4.6: the reference node is _:a, any other blank node _:z
        def mark(term: str) -> str:
            return term if not term.startswith("_:") else "_:a" if term == node else "_:z"

        lines = [write_quad((mark(s), p, mark(o), mark(g))) for s, p, o, g in self._by_node[node]]
        return self._digest("".join(sorted(lines)))

    def _hash_related(self, related: str, predicate: str, issuer: _Issuer, position: str) -> str:
        # §4.7
        name = self._canonical.issued.get(related) or issuer.issued.get(related) or self._first[related]
        return self._digest(f"{position}{'' if position == 'g' else predicate}{name}")

    def _group_related(self, node: str, issuer: _Issuer) -> dict[str, list[str]]:
        # §4.8 steps 1 to 3
        self._spend(len(self._by_node[node]))
        groups: dict[str, list[str]] = {}
        for quad in self._by_node[node]:
            for index, position in _POSITIONS:
                related = quad[index]
                if related != node and related.startswith("_:"):
                    groups.setdefault(self._hash_related(related, quad[1], issuer, position), []).append(related)
        return groups

    def _hash_n_degree(self, node: str, issuer: _Issuer) -> tuple[str, _Issuer]:
        # §4.8
        self._depth += 1
        groups = self._group_related(node, issuer)
        data = []
        for digest in sorted(groups):
            path, issuer = self._choose_path(groups[digest], issuer)
            data += [digest, path]
        self._depth -= 1
        return self._digest("".join(data)), issuer

    def _choose_path(self, group: list[str], issuer: _Issuer) -> tuple[str, _Issuer]:
        # §4.8 step 5.4: the smallest path over every order of the group
        chosen, chosen_issuer = "", issuer
        for order in _orders(group):
            self._spend(len(order) + len(issuer.issued) // _COPIES_PER_STEP)
            found = self._walk(order, issuer.copy(), chosen)
            if found is not None and (not chosen or found[0] < chosen):
                chosen, chosen_issuer = found
        return chosen, chosen_issuer

    def _walk(self, order: tuple[str, ...], issuer: _Issuer, chosen: str) -> tuple[str, _Issuer] | None:
        path, recursion = "", []
        for related in order:
            canonical = self._canonical.issued.get(related)
            if canonical is None:
                if related not in issuer.issued:
                    recursion.append(related)
                canonical = issuer.issue(related)
            path += canonical
            if _is_beyond(path, chosen):
                return None
        for related in recursion:
            digest, deeper = self._hash_n_degree(related, issuer)
            path += f"{issuer.issue(related)}<{digest}>"
            issuer = deeper
            if _is_beyond(path, chosen):
                return None
        return path, issuer


def _orders(group: list[str]) -> Iterator[tuple[str, ...]]:
    """Return the different orders of a group, in which a node stands as often as it is related (§4.8 step 3)."""
    names = list(dict.fromkeys(group))
    if len(names) == len(group):
        return permutations(group)
    ranks = {name: rank for rank, name in enumerate(names)}
    return _arrange(names, sorted(ranks[node] for node in group))


def _arrange(names: list[str], ranks: list[int]) -> Iterator[tuple[str, ...]]:
    while True:
        yield tuple([names[rank] for rank in ranks])
        # the next one in the order of ranks
        at = next((place for place in reversed(range(len(ranks) - 1)) if ranks[place] < ranks[place + 1]), None)
        if at is None:
            return
        other = next(place for place in reversed(range(len(ranks))) if ranks[place] > ranks[at])
        ranks[at], ranks[other] = ranks[other], ranks[at]
        ranks[at + 1 :] = reversed(ranks[at + 1 :])


def _is_beyond(path: str, chosen: str) -> bool:
    return bool(chosen) and len(path) >= len(chosen) and path > chosen


def _digests(algorithm: HashName) -> _Digest:
    make = hashlib.sha256 if algorithm == "sha256" else hashlib.sha384
    return lambda text: make(text.encode()).hexdigest()
