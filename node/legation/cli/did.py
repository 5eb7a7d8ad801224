"""``legation did``: DIDs and their documents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.options import AllowLoopback, EgressCAFile, OutputFormat
from legation.cli.terminal import Branch, print_json, print_tree
from legation.errors import EgressError, LegationError, ResolutionError

if TYPE_CHECKING:
    from legation.standards.did.document import DIDDocument

_ANSWERS = frozenset({"not_found", "server_error"})


def resolve(
    did: Annotated[str, typer.Argument(metavar="DID", help="A did:key, did:jwk or did:web.")],
    dangerously_allow_loopback: AllowLoopback = False,
    egress_ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Show the document of a DID, and which of its keys serve what."""
    from legation.standards.did.methods import OfflineMethod, find_method_of

    method = find_method_of(did)
    if isinstance(method, OfflineMethod):
        document, raw = method.resolve(did), method.build_document(did)
    else:
        method.locate(did)
        document, raw = _fetch(did, loopback=dangerously_allow_loopback, ca_file=egress_ca_file)
    if output == "json":
        print_json(raw)
    else:
        print_tree(_draw(document))


def _fetch(did: str, *, loopback: bool, ca_file: Path | None) -> tuple[DIDDocument, dict[str, object]]:
    import asyncio

    from legation.adapters.fetch import Fetcher
    from legation.adapters.resolvers import NetworkResolver
    from legation.adapters.system_clock import SystemClock
    from legation.standards.did.web import is_loopback_did_web

    async def fetch() -> tuple[DIDDocument, dict[str, object]]:
        async with Fetcher(dangerously_allow_loopback=loopback, ca_file=ca_file) as fetcher:
            found = await NetworkResolver(fetcher, clock=SystemClock()).resolve(did, max_age=timedelta(0))
            return found.document, found.raw

    try:
        return asyncio.run(fetch())
    except ResolutionError as error:
        cause = error.__cause__
        if isinstance(cause, EgressError) and cause.code in _ANSWERS:
            # the DID is well-formed, and its host has answered that it does not show the document
            raise LegationError(error.detail, code="server_error", fix=error.fix) from error
        if isinstance(cause, EgressError) and is_loopback_did_web(did) and not loopback:
            error.fix = "Add --dangerously-allow-loopback, if it is meant to be on this machine."
        raise


def _draw(document: DIDDocument) -> Branch:
    root = Branch(document.id)
    for method in document.methods.values():
        key = "a key that this version does not use" if method.key is None else f"a key of type {method.key.type.value}"
        branch = root.add(f"{method.id}: {key}", "failed" if method.key is None or method.revoked else "passed")
        served = [name for name, ids in document.relationships.items() if method.id in ids]
        branch.add(f"serves {', '.join(served)}" if served else "serves nothing")
        if method.controller != document.id:
            branch.add(f"controlled by {method.controller}")
        if method.revoked is not None:
            branch.add("revoked")
        elif method.expires is not None:
            branch.add("serves only what is dated before it expires")
    return root
