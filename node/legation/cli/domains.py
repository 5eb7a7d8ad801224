"""``legation did check-domain``: whether an origin and a DID are of one hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.options import AllowLoopback, EgressCAFile, OutputFormat
from legation.cli.terminal import Branch, print_json, print_tree
from legation.errors import EgressError, LegationError

if TYPE_CHECKING:
    from legation.standards.did.document import DIDDocument
    from legation.standards.domain_linkage import Linkage
    from legation.standards.jsonld.contexts import Contexts

_MAX_BYTES = 256 * 1024
Resolve = Callable[[str], Awaitable["DIDDocument"]]


def check_domain(
    origin: Annotated[str, typer.Argument(metavar="ORIGIN", help="Such as https://acme.example.")],
    did: Annotated[
        str | None, typer.Option("--did", metavar="DID", help="The DID that must be linked; without it, any.")
    ] = None,
    dangerously_allow_loopback: AllowLoopback = False,
    egress_ca_file: EgressCAFile = None,
    contexts_dir: Annotated[
        Path | None,
        typer.Option(
            "--contexts-dir",
            envvar="LEGATION_CONTEXTS_DIR",
            metavar="FOLDER",
            help="More JSON-LD contexts, for credentials with a proof.",
        ),
    ] = None,
    output: OutputFormat = "table",
) -> None:
    """Check which DIDs an origin is linked with, by its /.well-known/did-configuration.json."""
    import asyncio

    find_contexts = partial(_read_contexts, contexts_dir)
    checked = asyncio.run(_check(origin, find_contexts, loopback=dangerously_allow_loopback, ca_file=egress_ca_file))
    refusals = [found for _, found in checked if isinstance(found, LegationError)]
    linked = {found.did for _, found in checked if not isinstance(found, LegationError)}
    if output == "json":
        print_json([_show(name, found) for name, found in checked])
    else:
        print_tree(_draw(origin, checked))
    if linked and did in {None, *linked}:
        return
    if did is None and refusals:
        raise refusals[0]
    raise LegationError(
        "the origin is not linked with that DID" if did else "the origin names no DID", code="not_linked"
    )


def _read_contexts(folder: Path | None) -> Contexts:
    from legation.adapters.contexts_folder import read_contexts
    from legation.standards.jsonld.contexts import bundled_contexts

    if folder is None:
        return bundled_contexts()
    more = read_contexts(folder)
    return bundled_contexts().extended({url: found.raw for url in more.urls if (found := more.find(url)) is not None})


async def _check(
    origin: str, find_contexts: Callable[[], Contexts], *, loopback: bool, ca_file: Path | None
) -> list[tuple[str | None, Linkage | LegationError]]:
    from legation.adapters.fetch import Fetcher
    from legation.adapters.resolvers import NetworkResolver
    from legation.adapters.system_clock import SystemClock
    from legation.standards.domain_linkage import PATH, normalize_origin, read_configuration
    from legation.standards.strict_json import parse_json
    from legation.standards.timestamps import nanoseconds

    here, clock = normalize_origin(origin), SystemClock()
    async with Fetcher(dangerously_allow_loopback=loopback, ca_file=ca_file) as fetcher:
        resolver = NetworkResolver(fetcher, clock=clock)

        async def resolve(did: str) -> DIDDocument:
            return (await resolver.resolve(did, max_age=timedelta(minutes=1))).document

        try:
            body = await fetcher.fetch(f"{here}{PATH}", accept="application/json", max_bytes=_MAX_BYTES)
        except EgressError as error:
            if error.code == "not_found":
                raise LegationError("the origin has no DID configuration", code="not_linked") from error
            raise
        entries = read_configuration(parse_json(body, max_bytes=_MAX_BYTES))
        at = nanoseconds(clock.now())
        return [await _judge(entry, here, resolve, find_contexts, at=at) for entry in entries]


async def _judge(
    entry: object, origin: str, resolve: Resolve, find_contexts: Callable[[], Contexts], *, at: int
) -> tuple[str | None, Linkage | LegationError]:
    from legation.standards.domain_linkage import check_linkage, read_linkage

    did = None
    try:
        read = read_linkage(entry)
        did = read.did
        contexts = None if read.token is not None else find_contexts()
        return did, check_linkage(read, origin=origin, document=await resolve(did), at=at, contexts=contexts)
    except LegationError as error:
        # one entry says nothing of the others (DID Configuration Resource Verification)
        return did, error


def _show(did: str | None, found: Linkage | LegationError) -> dict[str, object]:
    if isinstance(found, LegationError):
        return {"did": did, "linked": False, "code": found.code, "detail": found.detail}
    return {"did": found.did, "origin": found.origin, "linked": True}


def _draw(origin: str, checked: list[tuple[str | None, Linkage | LegationError]]) -> Branch:
    root = Branch(origin)
    for did, found in checked:
        name = did or "an entry that cannot be read"
        if isinstance(found, LegationError):
            root.add(f"{name}: {found.detail}", "failed")
        else:
            root.add(f"{name}: linked", "passed")
    return root
