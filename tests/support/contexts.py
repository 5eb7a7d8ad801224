"""The contexts that the official vectors need, beside those that come with the product."""

from __future__ import annotations

from functools import cache

from legation.adapters.contexts_folder import read_contexts
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from tests.support.vectors import vector_path


def suite_contexts() -> Contexts:
    """Return the bundled contexts with those of the vectors; skip the test where the vectors are not installed."""
    vector_path("contexts", "index.json")
    return _read()


@cache
def _read() -> Contexts:
    return bundled_contexts().merged(read_contexts(vector_path("contexts")))
