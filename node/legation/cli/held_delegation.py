"""``legation delegation``: the delegations that a node keeps for its agents, and, where it fits, a wallet's chains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from legation.cli.failures import UsageError
from legation.cli.listing import check_limit, collect, show_list
from legation.cli.options import (
    AnyServer,
    AnyWallet,
    EgressCAFile,
    Everything,
    KeyKind,
    Limit,
    OutputFormat,
    Quiet,
    Secured,
    Server,
    TokenFile,
    WalletKeyFile,
)
from legation.cli.records import Record, delegation_record, tree_record
from legation.cli.targets import ServerAccess, find_server, find_target
from legation.cli.terminal import Branch, plain, print_json, print_text, print_tree, suggest, talk

if TYPE_CHECKING:
    from legation.client.client import AsyncClient

DelegationId = Annotated[
    str, typer.Argument(metavar="ID", help="The delegation, as `legation delegation list` has it.")
]
To = Annotated[str, typer.Option("--to", metavar="DID|NAME", help="Who gets it: a DID, or an agent of the node.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the chain there too.")]
_COLUMNS = (
    ("ID", "id"),
    ("HOPS", "hops"),
    ("FROM", "issuer"),
    ("TO", "subject"),
    ("FOR", "principal"),
    ("UNTIL", "validUntil"),
)


def issue(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="Who delegates: an agent of the node.")],
    to: To,
    details: Annotated[str, typer.Option(metavar="JSON|@FILE", help="What for: authorization details.")],
    server: Server,
    token_file: TokenFile = None,
    principal: Annotated[
        str | None, typer.Option(metavar="DID|ISSUER#SUBJECT", help="For whom; without it, the agent itself.")
    ] = None,
    valid_for: Annotated[str, typer.Option(metavar="DURATION", help="How long from now.")] = "1h",
    max_depth: Annotated[int, typer.Option(metavar="NUMBER", help="How many hops may follow.")] = 3,
    secure: Secured = None,
    out: Out = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Issue a root delegation, and print its id."""
    from legation.cli.inputs import check_place, read_duration, read_objects

    granted, duration = read_objects(details, "--details"), read_duration(valid_for, "--valid-for")
    optional = _given(principal=principal, secure=secure)
    access = find_server(context)
    check_place(out)

    async def act(client: AsyncClient) -> Any:
        recipient = await _find_did(client, to)
        return await client.issue_delegation(
            agent, to=recipient, details=granted, valid_for=duration, max_depth=max_depth, **optional
        )

    _tell(delegation_record(access.run(act)), access, out, output, quiet)


def attenuate(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    delegation_id: DelegationId,
    to: To,
    server: Server,
    token_file: TokenFile = None,
    agent: Annotated[
        str | None, typer.Option(metavar="AGENT", help="Who passes it on; without it, who the last hop names.")
    ] = None,
    details: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="What for; without it, all that the last hop allows.")
    ] = None,
    valid_for: Annotated[
        str | None, typer.Option(metavar="DURATION", help="How long from now; without it, as long as the last hop.")
    ] = None,
    max_depth: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="How many hops may follow; without it, one less.")
    ] = None,
    secure: Secured = None,
    out: Out = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Pass a delegation on, narrowed, and print the new one's id."""
    from legation.cli.inputs import check_place, read_duration, read_objects

    optional = _given(
        agent=agent,
        details=None if details is None else read_objects(details, "--details"),
        valid_for=None if valid_for is None else read_duration(valid_for, "--valid-for"),
        max_depth=max_depth,
        secure=secure,
    )
    access = find_server(context)
    check_place(out)

    async def act(client: AsyncClient) -> Any:
        return await client.attenuate_delegation(delegation_id, to=await _find_did(client, to), **optional)

    _tell(delegation_record(access.run(act)), access, out, output, quiet)


def import_delegation(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A path, @path, or - for standard input.")],
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Let the node check a chain that somebody sent to one of its agents, and keep it; print its id."""
    from legation.cli.inputs import read_bounded

    chain = read_bounded(file)
    access = find_server(context)
    _tell(delegation_record(access.run(lambda client: client.import_delegation(chain))), access, None, output, quiet)


def list_delegations(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    server: AnyServer = None,
    token_file: TokenFile = None,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    agent: Annotated[str | None, typer.Option(metavar="AGENT", help="On a node: those of this agent.")] = None,
    role: Annotated[
        Literal["issuer", "subject"] | None, typer.Option(help="On a node: what the agent is in them.")
    ] = None,
    limit: Limit = 50,
    everything: Everything = False,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List delegations: of a node the newest first, of a wallet the first to expire first."""
    target = find_target(context)
    if not isinstance(target, ServerAccess):
        from legation.cli.credential import list_credentials

        if agent or role:
            raise UsageError("--agent and --role say nothing in a wallet", fix="Leave them out.")
        list_credentials(target.path, target.given_key_file, key_kind, output)
        return
    check_limit(limit)
    where = _given(agent=agent, role=role)

    async def act(client: AsyncClient) -> tuple[list[Any], bool]:
        return await collect(
            lambda most, cursor: client.list_delegations(**where, limit=most, cursor=cursor),
            limit=limit,
            everything=everything,
        )

    delegations, more = target.run(act)
    show_list([delegation_record(delegation) for delegation in delegations], _COLUMNS, output, more=more)


def show(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    delegation_id: Annotated[str, typer.Argument(metavar="ID", help="A node's delegation, or a wallet's chain.")],
    server: AnyServer = None,
    token_file: TokenFile = None,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    out: Out = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Show what a delegation passes on, hop by hop; with --out write its chain into a file."""
    target = find_target(context)
    if not isinstance(target, ServerAccess):
        from legation.cli import credential

        if out is not None:
            raise UsageError("--out says nothing for a wallet", fix="Take: legation credential export.")
        credential.show(delegation_id, target.path, target.given_key_file, key_kind, output)
        return
    delegation = delegation_record(target.run(lambda client: client.get_delegation(delegation_id)))
    _write_chain(delegation, out)
    if output == "json":
        print_json(delegation)
    else:
        _draw_chain(delegation)


def tree(
    context: typer.Context,
    delegation_id: DelegationId,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Show what was made of a delegation: every one that extends it, and those that extend these."""
    found = tree_record(find_server(context).run(lambda client: client.get_delegation_tree(delegation_id)))
    if output == "json":
        print_json(found)
        return
    root = Branch(_title(found["delegation"]))
    _grow(root, found["children"])
    print_tree(root)
    if found.get("truncated"):
        talk("The tree is larger than what a node shows at once; look at one of its branches.")


def present(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="ID|@FILE|-", help="A delegation of the node, or a chain in a file.")
    ],
    challenge: Annotated[str, typer.Option(metavar="TEXT", help="The challenge that the verifier gave.")],
    domain: Annotated[str, typer.Option(metavar="ORIGIN|DID", help="The verifier.")],
    server: Server,
    token_file: TokenFile = None,
    agent: Annotated[
        str | None, typer.Option(metavar="AGENT", help="Who presents; without it, who the last hop names.")
    ] = None,
    secure: Annotated[
        Literal["eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vp+jwt"] | None,
        typer.Option(help="An embedded proof of that cryptosuite, or a token."),
    ] = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Let the node sign a presentation of a chain for a verifier, and print it."""
    optional = _given(agent=agent, secure=secure)
    if source == "-" or source.startswith("@"):
        from legation.cli.inputs import read_bounded

        optional["chain"] = read_bounded(source)
    else:
        optional["delegation"] = source
    shown = find_server(context).run(
        lambda client: client.create_presentation(challenge=challenge, domain=domain, **optional)
    )
    if output == "json":
        print_json({"presentation": json.loads(shown) if shown.startswith("{") else shown})
    else:
        print_text(shown)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


async def _find_did(client: AsyncClient, to: str) -> str:
    from legation.cli.inputs import read_did
    from legation.domain.agents import parse_agent_name

    if ":" in to:
        return read_did(to, "--to")
    return (await client.get_agent(parse_agent_name(to))).did


def _tell(delegation: Record, access: ServerAccess, out: Path | None, output: str, quiet: bool) -> None:
    _write_chain(delegation, out)
    if output == "json":
        print_json(delegation)
        return
    talk(f"✔ {delegation['issuer']} delegates to {delegation['subject']} until {delegation['validUntil']}", quiet=quiet)
    if out is not None:
        talk(f"✔ wrote {out}", quiet=quiet)
    print_text(plain(str(delegation["id"])))
    present = ("--challenge", "TEXT", "--domain", "https://verifier.example")
    suggest(
        [
            access.command("delegation", "show", str(delegation["id"])),
            access.command("delegation", "attenuate", str(delegation["id"]), "--to", "DID"),
            access.command("delegation", "present", str(delegation["id"]), *present),
        ],
        quiet=quiet,
    )


def _write_chain(delegation: Record, out: Path | None) -> None:
    if out is not None:
        from legation.cli.inputs import write_text

        write_text(out, json.dumps(delegation["chain"]))


def _draw_chain(delegation: Record) -> None:
    from legation.cli.explain import add_claims, title_of
    from legation.domain.chain import Chain
    from legation.domain.delegation.secured import read_hop

    root = Branch(f"delegation {delegation['id']}")
    for index, secured in enumerate(Chain.parse(json.dumps(delegation["chain"]))):
        hop = read_hop(secured).hop
        add_claims(root.add(title_of(index, hop)), hop)
    print_tree(root)


def _title(delegation: Record) -> str:
    return f"{delegation['id']}: {delegation['issuer']} → {delegation['subject']}, until {delegation['validUntil']}"


def _grow(branch: Branch, children: list[Record]) -> None:
    for child in children:
        _grow(branch.add(_title(child["delegation"])), child["children"])
