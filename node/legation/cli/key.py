"""``legation key``: the keys of a node's agents, of which the private parts never leave where they are."""

from __future__ import annotations

from typing import Annotated

import typer

from legation.cli.listing import show_list
from legation.cli.options import EgressCAFile, OutputFormat, Quiet, Server, TokenFile
from legation.cli.records import key_record
from legation.cli.targets import find_server
from legation.cli.terminal import plain, print_json, print_text, suggest, talk

KeyId = Annotated[str, typer.Argument(metavar="KEY_ID", help="The key, as `legation key list` names it.")]
_COLUMNS = (
    ("ID", "id"),
    ("PURPOSE", "purpose"),
    ("TYPE", "type"),
    ("STATE", "state"),
    ("HELD BY", "heldBy"),
    ("CREATED", "createdAt"),
    ("EXPIRES", "expiresAt"),
    ("PUBLIC KEY", "publicKeyMultibase"),
)


def list_keys(
    context: typer.Context,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="The agent.")],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List the keys of an agent, those of before too."""
    keys = find_server(context).run(lambda client: client.list_keys(agent))
    show_list([key_record(key) for key in keys], _COLUMNS, output)


def add(
    context: typer.Context,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="The agent.")],
    multikey: Annotated[str, typer.Argument(metavar="MULTIKEY", help="The public key, z6Mk… or zDn…")],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Let an agent call the node with a key of its own, and print the key's id."""
    access = find_server(context)
    key = key_record(access.run(lambda client: client.add_access_key(agent, multikey)))
    if output == "json":
        print_json(key)
        return
    talk(f"✔ {agent} may call with {key['publicKeyMultibase']}", quiet=quiet)
    print_text(plain(str(key["id"])))
    suggest([access.command("key", "list", agent), access.command("key", "remove", str(key["id"]))], quiet=quiet)


def rotate(
    context: typer.Context,
    key_id: KeyId,
    server: Server,
    token_file: TokenFile = None,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Somebody else may have it: nothing that it signed holds any longer.")
    ] = False,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Replace a key that the node keeps by a new one, and print the new one's id.

    What the old key has signed stays verifiable, and what is dated later does not verify. With --compromised the old
    key leaves the DID document, and all that it signed falls: a thief can antedate.
    """
    access = find_server(context)
    rotation = access.run(lambda client: client.rotate_key(key_id, compromised=compromised))
    key, replaced = key_record(rotation.key), key_record(rotation.replaced)
    if output == "json":
        print_json({"key": key, "replaced": replaced})
        return
    talk(f"✔ {replaced['id']} is {replaced['state']}, its private part is destroyed", quiet=quiet)
    print_text(plain(str(key["id"])))
    suggest([access.command("key", "list", str(key["agent"]))], quiet=quiet)


def remove(
    context: typer.Context,
    key_id: KeyId,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Take an agent's own key from it: with that one it calls no more. Keys that the node keeps are rotated."""
    access = find_server(context)
    access.run(lambda client: client.remove_access_key(key_id))
    if output == "json":
        print_json({"removed": key_id})
        return
    talk(f"✔ removed {key_id}", quiet=quiet)
    suggest([access.command("agent", "list")], quiet=quiet)
