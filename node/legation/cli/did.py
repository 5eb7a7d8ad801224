"""``legation did``: DIDs and their documents."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.failures import UsageError
from legation.cli.options import AllowLoopback, EgressCAFile, OutputFormat
from legation.cli.terminal import Branch, print_json, print_tree
from legation.errors import EgressError, LegationError, ResolutionError

if TYPE_CHECKING:
    from legation.ports.resolver import VersionRequest
    from legation.standards.did.document import DIDDocument

_ANSWERS = frozenset({"not_found", "server_error"})


def resolve(
    did: Annotated[str, typer.Argument(metavar="DID", help="A did:key, did:jwk, did:peer, did:web or did:webvh.")],
    version_time: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="As it stood then (did:webvh), such as 2026-11-01T12:00:00Z.")
    ] = None,
    version_number: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="Its version of that number (did:webvh).")
    ] = None,
    dangerously_allow_loopback: AllowLoopback = False,
    egress_ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Show the document of a DID, as it stands or as it stood, and which of its keys serve what."""
    from legation.standards.did.methods import OfflineMethod, find_method_of

    version = _find_version(version_time, version_number)
    method = find_method_of(did)
    if isinstance(method, OfflineMethod):
        if version is not None:
            raise UsageError("a DID of this method has no earlier versions", fix="Leave the version out.")
        document, raw = method.resolve(did), method.build_document(did)
    else:
        method.locate(did)
        document, raw = _fetch(did, version, loopback=dangerously_allow_loopback, ca_file=egress_ca_file)
    if output == "json":
        print_json(raw)
    else:
        print_tree(_draw(document))


def _find_version(time: str | None, number: int | None) -> VersionRequest | None:
    from legation.ports.resolver import VersionRequest
    from legation.standards.timestamps import parse_timestamp

    if time is not None and number is not None:
        raise UsageError("a version is named by its time or by its number", fix="Leave one of them out.")
    if time is not None:
        return VersionRequest(time=parse_timestamp(time))
    return None if number is None else VersionRequest(number=number)


def _fetch(
    did: str, version: VersionRequest | None, *, loopback: bool, ca_file: Path | None
) -> tuple[DIDDocument, dict[str, object]]:
    import asyncio

    from legation.adapters.fetch import Fetcher
    from legation.adapters.resolvers import NetworkResolver
    from legation.adapters.system_clock import SystemClock
    from legation.standards.did.web import is_loopback_did_web
    from legation.standards.did.webvh.urls import PREFIX, parse_did_webvh

    async def fetch() -> tuple[DIDDocument, dict[str, object]]:
        async with Fetcher(dangerously_allow_loopback=loopback, ca_file=ca_file) as fetcher:
            resolver = NetworkResolver(fetcher, clock=SystemClock())
            if version is None:
                found = await resolver.resolve(did, max_age=timedelta(0))
            else:
                found = await resolver.resolve_version(did, version, max_age=timedelta(0))
            return found.document, found.raw

    try:
        return asyncio.run(fetch())
    except ResolutionError as error:
        cause = error.__cause__
        if isinstance(cause, EgressError) and cause.code in _ANSWERS:
            # the DID is well-formed, and its host has answered that it does not show the document
            raise LegationError(error.detail, code="server_error", fix=error.fix) from error
        if (
            isinstance(cause, EgressError)
            and is_loopback_did_web(parse_did_webvh(did).web if did.startswith(PREFIX) else did)
            and not loopback
        ):
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
