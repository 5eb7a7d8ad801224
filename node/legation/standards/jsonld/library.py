"""The JSON-LD library, PyLD, with the door to the network bricked up: it sees pinned contexts and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from legation.errors import LegationError, MalformedError, UnknownTermError
from legation.standards.jsonld.allowance import CONTEXT, TERM, spend
from legation.standards.jsonld.contexts import Contexts

ActiveContext = Mapping[str, Any]


def find_context(url: str, contexts: Contexts) -> dict[str, object]:
    """Return a copy of a pinned context. Raises UnknownTermError with code ``context_unknown``."""
    found = contexts.find(url)
    if found is None or "@context" not in found.value:
        raise UnknownTermError(
            f"the JSON-LD context {url[:200]!r} is not pinned here, and none is ever fetched",
            code="context_unknown",
            fix="Put the context's file into contexts_dir and name it in its index.json.",
            pointer="/@context",
        )
    return copy.deepcopy(dict(found.value))


def initial_context() -> ActiveContext:
    """Return the active context that defines nothing (JSON-LD 1.1 API §4.1)."""
    return {"_uuid": "initial", "processingMode": "json-ld-1.1", "mappings": {}}


def process_context(
    active: ActiveContext, local: object, contexts: Contexts, *, override: bool = False, propagate: bool = True
) -> ActiveContext:
    """Return the active context with another one applied (JSON-LD 1.1 API §4.1.2).

    Raises:
        UnknownTermError: a URL that is not pinned (``context_unknown``).
        MalformedError: it is no context, or redefines what is protected.
    """
    from pyld import jsonld

    refused: list[LegationError] = []

    def load(url: str, _: object) -> dict[str, object]:
        try:
            value = find_context(url, contexts)
        except LegationError as error:
            # the library wraps what a loader raises
            refused.append(error)
            raise
        return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": value}

    # resolved contexts are kept for this operation alone: the library's own cache is by URL, whatever the bytes, and
    # not made for threads
    options = {
        "documentLoader": load,
        "contextResolver": jsonld.ContextResolver({}, load),
        "base": None,
        "processingMode": "json-ld-1.1",
    }
    try:
        # the public form of this cannot say `override` and `propagate`, which scoped contexts need
        processed: ActiveContext = jsonld.JsonLdProcessor()._process_context(  # noqa: SLF001 - as above
            active, local, options, override_protected=override, propagate=propagate
        )
    except jsonld.JsonLdError as error:
        if refused:
            raise refused[0] from error
        raise _not_json_ld() from error
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        # what the library raises instead where it expects well-formed input
        raise _not_json_ld() from error
    # it copies every term that is known
    spend(CONTEXT + len(processed["mappings"]) * TERM)
    return processed


def _not_json_ld() -> MalformedError:
    return MalformedError("the @context is not one of JSON-LD 1.1", pointer="/@context")
