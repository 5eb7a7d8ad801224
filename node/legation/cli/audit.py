"""``legation audit``: who did what on a node, and what it refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from legation.cli.listing import check_limit, collect, show_list
from legation.cli.options import EgressCAFile, Everything, Limit, OutputFormat, Server, TokenFile
from legation.cli.records import audit_record
from legation.cli.targets import find_server

if TYPE_CHECKING:
    from legation.client.client import AsyncClient

_COLUMNS = (
    ("AT", "at"),
    ("ACTOR", "actor"),
    ("ACT", "act"),
    ("TARGET", "target"),
    ("OUTCOME", "outcome"),
    ("CODE", "code"),
    ("OWNER", "owner"),
    ("REQUEST", "requestId"),
)


def list_entries(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    server: Server,
    token_file: TokenFile = None,
    actor: Annotated[
        str | None, typer.Option(metavar="ACTOR", help="Those of one actor: operator:ID, or an agent's DID.")
    ] = None,
    act: Annotated[str | None, typer.Option(metavar="NOUN.VERB", help="Those of one act, such as key.rotate.")] = None,
    target: Annotated[str | None, typer.Option(metavar="NAME|ID", help="Those on one thing.")] = None,
    outcome: Annotated[Literal["done", "refused"] | None, typer.Option(help="Those that ended so.")] = None,
    limit: Limit = 50,
    everything: Everything = False,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List the audit trail, the newest entry first."""
    check_limit(limit)
    filters = {"actor": actor, "act": act, "target": target, "outcome": outcome}
    where: dict[str, Any] = {key: value for key, value in filters.items() if value is not None}

    async def work(client: AsyncClient) -> tuple[list[Any], bool]:
        return await collect(
            lambda most, cursor: client.list_audit(**where, limit=most, cursor=cursor),
            limit=limit,
            everything=everything,
        )

    entries, more = find_server(context).run(work)
    show_list([audit_record(entry) for entry in entries], _COLUMNS, output, more=more)
