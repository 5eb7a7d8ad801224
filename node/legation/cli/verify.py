"""``legation verify`` and ``legation explain``: judge a file, with no node and no wallet."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from legation.cli.options import AllowLoopback, EgressCAFile, OutputFormat

VERIFY = """Judge a presentation, a chain or one credential: all checks, exit status 0 only if it is accepted.

FILE holds a presentation (JSON, vp+jwt or compact), one credential, or a JSON array of credentials, root first.
"""
EXPLAIN = """Judge as `verify` does, and say why: who passes what on to whom, each check, and what to do."""


def check(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A path, @path, or - for standard input.")],
    trust: Annotated[
        list[str], typer.Option(metavar="DID|@FILE", help="Who may grant authority; repeat it for more than one.")
    ],
    challenge: Annotated[str | None, typer.Option(metavar="TEXT", help="The challenge that you gave.")] = None,
    domain: Annotated[
        str | None, typer.Option(metavar="ORIGIN|DID", help="Your own name, for which the presentation is made.")
    ] = None,
    holder: Annotated[
        str | None, typer.Option(metavar="DID", help="For a bare chain: who has proved itself by other means.")
    ] = None,
    request: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="What the holder wants to do; without it, anything.")
    ] = None,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="Judge as of this moment instead of now.")] = None,
    material: Annotated[
        str | None, typer.Option(metavar="FILE", help="DID documents to judge with; then nothing is fetched.")
    ] = None,
    name: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN|DID", help="A further name of yours, for audiences.")
    ] = None,
    status: Annotated[
        Literal["require", "dangerously-skip"],
        typer.Option(help="Refuse a status entry that cannot be checked, or not."),
    ] = "require",
    max_unrevocable: Annotated[
        int, typer.Option(metavar="SECONDS", help="How long a credential that cannot be revoked may live.")
    ] = 3600,
    offline: Annotated[bool, typer.Option("--offline", help="Fetch nothing.")] = False,
    dangerously_allow_loopback: AllowLoopback = False,
    egress_ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Judge a file; whether in short or in full, the command's name says."""
    # the rules are loaded here, so that `legation --help` need not
    from legation.cli.judging import Egress, Order, judge_file, show

    order = Order(
        file=file,
        trust=trust,
        challenge=challenge,
        domain=domain,
        holder=holder,
        request=request,
        at=at,
        material=material,
        names=name or [],
        status=status,
        max_unrevocable=max_unrevocable,
        egress=None if offline else Egress(dangerously_allow_loopback, egress_ca_file),
    )
    judged = judge_file(order)
    raise typer.Exit(show(judged, output, in_full=context.command.name == "explain"))
