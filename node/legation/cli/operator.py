"""``legation operator``: who manages a node, with a token that only a private file ever holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from legation.cli.failures import UsageError
from legation.cli.listing import show_list
from legation.cli.options import EgressCAFile, OutputFormat, Quiet, Server, TokenFile
from legation.cli.records import Record, operator_record
from legation.cli.targets import ServerAccess, find_server
from legation.cli.terminal import plain, print_json, print_text, suggest, talk
from legation.errors import ConflictError

_COLUMNS = (
    ("ID", "id"),
    ("NAME", "name"),
    ("OWNER", "owner"),
    ("CREATED", "createdAt"),
    ("REVOKED", "revokedAt"),
)


def list_operators(
    context: typer.Context,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List the operators, those whose tokens are revoked too; an operator without an owner manages everything."""
    operators = find_server(context).run(lambda client: client.list_operators())
    show_list([operator_record(operator) for operator in operators], _COLUMNS, output)


def create(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is for.")],
    server: Server,
    token_file: TokenFile = None,
    owner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Manage what belongs to this owner alone; else everything.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the token there, a new file of mode 0600.")
    ] = None,
    show_token: Annotated[
        bool, typer.Option("--show-token", help="Print the token instead; the node never shows it again.")
    ] = False,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Make an operator, and write the token into a new file, which is the only place where it ever stands."""
    from legation.adapters.private_files import begin_private, discard_private, write_private

    if (out is None) != show_token:
        raise UsageError("the token needs one place", fix="Name a new file with --out FILE, or take --show-token.")
    access = find_server(context)
    if out is None:
        made = access.run(lambda client: client.create_operator(name, owner=owner))
        _tell({**operator_record(made.operator), "token": made.token}, access, output, quiet)
        return
    if out.exists():
        raise ConflictError(f"there is a file {out} already", fix="Name a new one.")
    # whether a file can be made there is found out first: a token that nobody gets must not come to be
    discard_private(begin_private(out))
    made = access.run(lambda client: client.create_operator(name, owner=owner))
    write_private(out, made.token.encode("ascii") + b"\n")
    talk(f"✔ wrote {out} (0600)", quiet=quiet or output == "json")
    _tell({**operator_record(made.operator), "tokenFile": str(out)}, access, output, quiet)


def revoke(
    context: typer.Context,
    operator_id: Annotated[str, typer.Argument(metavar="ID", help="The operator, as `legation operator list` has it.")],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Revoke an operator's token, at once and for ever."""
    access = find_server(context)
    access.run(lambda client: client.revoke_operator(operator_id))
    if output == "json":
        print_json({"revoked": operator_id})
        return
    talk(f"✔ revoked {operator_id}", quiet=quiet)
    suggest([access.command("operator", "list")], quiet=quiet)


def _tell(made: Record, access: ServerAccess, output: str, quiet: bool) -> None:
    if output == "json":
        print_json(made)
        return
    reach = "everything" if made.get("owner") is None else f"what belongs to {made['owner']}"
    talk(f"✔ {made['name']} ({made['id']}) manages {reach}", quiet=quiet)
    print_text(plain(str(made["token"] if "token" in made else made["id"])))
    suggest(
        [access.command("operator", "list"), access.command("operator", "revoke", str(made["id"]))],
        quiet=quiet,
    )
