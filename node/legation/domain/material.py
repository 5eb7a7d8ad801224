"""Public material that a caller brings along, so that a verifier need ask nobody (``--material``)."""

from __future__ import annotations

from collections.abc import Iterable

from legation.errors import MalformedError, ResolutionError, UnknownTermError
from legation.standards.did.document import DIDDocument, parse_did_document

_MEMBERS = frozenset({"didDocuments", "statusLists"})


class Material:
    """``{"didDocuments": {did: document}, "statusLists": {url: credential or token}}``, read when asked for."""

    def __init__(self, value: object):
        """Take parsed JSON. Raises MalformedError or UnknownTermError for another form."""
        if not isinstance(value, dict):
            raise MalformedError("material is a JSON object", pointer="")
        if not value.keys() <= _MEMBERS:
            raise UnknownTermError("material has didDocuments and statusLists, nothing else", pointer="")
        for name in _MEMBERS & value.keys():
            if not isinstance(value[name], dict):
                raise MalformedError(f"{name} is an object", pointer=f"/{name}")
        self._documents: dict[str, object] = value.get("didDocuments", {})

    def documents(self, dids: Iterable[str]) -> dict[str, DIDDocument | ResolutionError]:
        """Return the documents of these DIDs, or why one cannot be used; those that are not here are left out."""
        found: dict[str, DIDDocument | ResolutionError] = {}
        for did in dids:
            if did in self._documents:
                try:
                    found[did] = parse_did_document(self._documents[did], did=did)
                except ResolutionError as error:
                    found[did] = error
        return found
