"""What others make of a JSON-LD document: PyLD of its statements, Oxigraph of their canonical form."""

from __future__ import annotations

import copy
from typing import Any

import pyoxigraph
from pyld import jsonld

from legation.standards.jsonld.contexts import Contexts


class DroppedError(ValueError):
    """The library would have left out a member."""


def canonicalize_elsewhere(document: dict[str, Any], contexts: Contexts) -> bytes:
    """Return the canonical N-Quads; raise what the libraries raise, or DroppedError."""

    def load(url: str, _: object) -> dict[str, Any]:
        value = copy.deepcopy(dict(contexts[url].value))
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": value}

    def drop(name: object) -> None:
        raise DroppedError(name)

    options = {
        "documentLoader": load,
        "contextResolver": jsonld.ContextResolver({}, load),
        "base": None,
        "processingMode": "json-ld-1.1",
        "rdfDirection": "i18n-datatype",
        "format": "application/n-quads",
    }
    return canonicalize_quads_elsewhere(jsonld.JsonLdProcessor(on_property_dropped=drop).to_rdf(document, options))


def canonicalize_quads_elsewhere(nquads: str, *, sha384: bool = False) -> bytes:
    """Return the canonical form of N-Quads."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(nquads, format=pyoxigraph.RdfFormat.N_QUADS))
    algorithms = pyoxigraph.CanonicalizationAlgorithm
    dataset.canonicalize(algorithms.RDFC_1_0_SHA_384 if sha384 else algorithms.RDFC_1_0)
    return "".join(sorted(f"{quad} .\n" for quad in dataset)).encode()
