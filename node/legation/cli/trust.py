"""``legation trust``: the issuers whose roots a node believes."""

from __future__ import annotations

from typing import Annotated

import typer

from legation.cli.listing import show_list
from legation.cli.options import EgressCAFile, OutputFormat, Quiet, Server, TokenFile
from legation.cli.records import Record, anchor_record
from legation.cli.targets import find_server
from legation.cli.terminal import plain, print_json, print_text, suggest, talk

_COLUMNS = (("ID", "id"), ("SOURCE", "source"), ("ISSUER", "issuer"), ("GRANTS", "grants"), ("FOR", "principals"))


def list_anchors(
    context: typer.Context,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List the trust anchors, those of the node's trust file too."""
    anchors = [anchor_record(anchor) for anchor in find_server(context).run(lambda client: client.list_anchors())]
    show_list(anchors if output == "json" else [_in_words(anchor) for anchor in anchors], _COLUMNS, output)


def add(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    issuer: Annotated[str, typer.Argument(metavar="DID", help="Who may issue roots.")],
    server: Server,
    token_file: TokenFile = None,
    grants: Annotated[
        str | None,
        typer.Option(metavar="JSON|@FILE", help='What it may grant: [{"type", "locations"?}]; else everything.'),
    ] = None,
    principal: Annotated[
        list[str] | None,
        typer.Option(metavar="DID|ISSUER[#SUBJECT]", help="For whom it may; repeat it. Without it, for anybody."),
    ] = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Believe the roots of an issuer, and print the anchor's id."""
    from legation.cli.inputs import read_did, read_objects

    did, granted = read_did(issuer, "DID"), None if grants is None else read_objects(grants, "--grants")
    access = find_server(context)
    anchor = anchor_record(
        access.run(lambda client: client.add_anchor(did, grants=granted, principals=principal or None))
    )
    if output == "json":
        print_json(anchor)
        return
    talk(f"✔ believes {anchor['issuer']}", quiet=quiet)
    print_text(plain(str(anchor["id"])))
    suggest([access.command("trust", "list"), access.command("trust", "remove", str(anchor["id"]))], quiet=quiet)


def remove(
    context: typer.Context,
    anchor_id: Annotated[str, typer.Argument(metavar="ID", help="The anchor, as `legation trust list` names it.")],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Believe an issuer no longer; what its trust file says a node goes on believing."""
    access = find_server(context)
    access.run(lambda client: client.remove_anchor(anchor_id))
    if output == "json":
        print_json({"removed": anchor_id})
        return
    talk(f"✔ removed {anchor_id}", quiet=quiet)
    suggest([access.command("trust", "list")], quiet=quiet)


def _in_words(anchor: Record) -> Record:
    grants, principals = anchor.get("grants"), anchor.get("principals")
    said = "everything" if grants is None else [_grant_in_words(grant) for grant in grants]
    return {**anchor, "grants": said, "principals": "anybody" if principals is None else list(principals)}


def _grant_in_words(grant: Record) -> str:
    places = grant.get("locations")
    return str(grant["type"]) if places is None else f"{grant['type']} at {' '.join(map(str, places))}"
