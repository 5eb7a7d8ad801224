"""The canonical form of what a JSON-LD document says: RDFC-1.0 over its statements, bounded in work."""

from __future__ import annotations

from collections.abc import Mapping

from legation.standards.jsonld.contexts import Contexts
from legation.standards.jsonld.rdfc import HashName, canonicalize_quads
from legation.standards.jsonld.walk import walk


def canonicalize(document: Mapping[str, object], contexts: Contexts, *, algorithm: HashName = "sha256") -> bytes:
    """Return the canonical N-Quads of a document.

    Raises:
        UnknownTermError: a member that no context defines (``unknown_term``) or a context that is not pinned
            (``context_unknown``).
        MalformedError: it is not JSON-LD, or breaks a rule of :mod:`safety`.
        TooLargeError: it is beyond a bound, or its blank nodes cannot be told apart with bounded work.
    """
    return "".join(canonicalize_quads(walk(document, contexts), algorithm=algorithm).lines).encode()
