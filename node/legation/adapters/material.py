"""DID documents that the caller brings along, in the form that ``--material`` names: no network, no cache."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Self

from legation.errors import MalformedError, ResolutionError
from legation.ports.clock import Clock
from legation.ports.resolver import Resolution
from legation.standards.did.document import parse_did_document
from legation.standards.did.methods import OfflineMethod, find_method_of


class MaterialResolver:
    """Resolves DIDs from themselves or from given documents alone (port ``DIDResolver``).

    How old a given document is only the caller knows, who answers for it: ``max_age`` bounds nothing here.
    """

    def __init__(self, documents: Mapping[str, object], *, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    @classmethod
    def from_material(cls, material: object, *, clock: Clock) -> Self:
        """Read ``{"didDocuments": {did: document}}``; other members are not looked at.

        Raises:
            MalformedError: it is not of that form.
        """
        documents = material.get("didDocuments", {}) if isinstance(material, dict) else None
        if not isinstance(documents, dict):
            raise MalformedError("material is a JSON object whose didDocuments is an object by DID")
        return cls(documents, clock=clock)

    async def resolve(self, did: str, *, max_age: timedelta) -> Resolution:
        """Return the document of ``did``.

        Raises:
            ResolutionError: not a DID, an unknown method, no document in the material, or one that is refused.
        """
        method = find_method_of(did)
        if isinstance(method, OfflineMethod):
            # a did:key says itself what it is, whatever the material claims
            return Resolution(method.resolve(did), method.build_document(did), self._clock.now())
        method.locate(did)
        raw = self._documents.get(did)
        if not isinstance(raw, dict):
            raise ResolutionError(
                "the material holds no document of the DID", fix="Add it to the material under didDocuments."
            )
        return Resolution(parse_did_document(raw, did=did), raw, self._clock.now())
