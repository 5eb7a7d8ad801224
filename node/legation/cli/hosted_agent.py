"""``legation agent`` on a node: the lives of hosted agents, from their making to their retirement."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from legation.cli.failures import UsageError
from legation.cli.listing import check_limit, collect, show_list
from legation.cli.options import EgressCAFile, OutputFormat, Quiet, Server, TokenFile
from legation.cli.records import Record, agent_record
from legation.cli.targets import ServerAccess, find_server
from legation.cli.terminal import Branch, plain, print_json, print_text, print_tree, suggest, talk

if TYPE_CHECKING:
    from legation.client.client import AsyncClient

AgentName = Annotated[str, typer.Argument(metavar="NAME", help="The agent.")]
CLAIMS = ("agent_model", "agent_provider", "agent_version", "agent_instance_id")
_KEY_TYPES: dict[str, Literal["Ed25519", "P-256", "P-384", "BLS12-381-G2"]] = {
    "ed25519": "Ed25519",
    "p256": "P-256",
    "p384": "P-384",
    "bls12-381-g2": "BLS12-381-G2",
}
_COLUMNS = (("NAME", "name"), ("LIFE", "life"), ("OWNER", "owner"), ("DID", "did"))
_EXAMPLE = '[{"type": "mcp_tool", "actions": ["read"]}]'
_RETIRING = (
    "Retiring is final: the node destroys the keys of {name}, its DID is deactivated, and chains that it issued no "
    "longer verify."
)


def create_hosted(
    access: ServerAccess,
    name: str,
    key_type: str,
    access_keys: Sequence[str],
    members: Mapping[str, str | None],
    output: str,
    quiet: bool,
) -> None:
    """Let a node make an agent, and print its DID."""
    given: dict[str, Any] = {key: value for key, value in members.items() if value is not None}
    if access_keys:
        given["access_keys"] = list(access_keys)

    async def act(client: AsyncClient) -> Any:
        return await client.create_agent(name, key_type=_KEY_TYPES[key_type], **given)

    agent = agent_record(access.run(act))
    if output == "json":
        print_json(agent)
        return
    talk(f"✔ made the agent {agent['name']}", quiet=quiet)
    print_text(plain(str(agent["did"])))
    issue = access.command("delegation", "issue", str(agent["name"]), "--to", "DID", "--details", _EXAMPLE)
    suggest([access.command("agent", "show", str(agent["name"])), issue], quiet=quiet)


def list_hosted(
    access: ServerAccess, where: Mapping[str, str | None], limit: int, everything: bool, output: str
) -> None:
    """List a node's agents."""
    check_limit(limit)
    given: dict[str, Any] = {key: value for key, value in where.items() if value is not None}

    async def act(client: AsyncClient) -> tuple[list[Any], bool]:
        return await collect(
            lambda most, cursor: client.list_agents(**given, limit=most, cursor=cursor),
            limit=limit,
            everything=everything,
        )

    agents, more = access.run(act)
    show_list([agent_record(agent) for agent in agents], _COLUMNS, output, more=more)


def show_hosted(access: ServerAccess, name: str, output: str) -> None:
    """Show a node's agent with its public keys."""
    agent = agent_record(access.run(lambda client: client.get_agent(name)))
    if output == "json":
        print_json(agent)
    else:
        print_tree(draw_agent(agent))


def draw_agent(agent: Record) -> Branch:
    """Return an agent as a tree."""
    root = Branch(f"{agent['name']}: {agent['life']}", "passed" if agent["life"] == "active" else "failed")
    root.add(f"DID {agent['did']}")
    root.add(f"belongs to {agent['owner'] or 'the node'}")
    if agent.get("sponsor"):
        root.add(f"answered for by {agent['sponsor']}")
    for name in CLAIMS:
        if agent.get(name):
            root.add(f"{name} {agent[name]}")
    root.add(f"made {agent['createdAt']}, changed {agent['updatedAt']}")
    keys = root.add("keys")
    for key in agent["keys"]:
        mark = {"current": "passed", "expired": "skipped"}.get(key["state"], "failed")
        keys.add(f"{key['purpose']}: {key['type']}, {key['state']}, held by the {key['heldBy']}: {key['id']}", mark)
    return root


def update(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    name: AgentName,
    server: Server,
    token_file: TokenFile = None,
    sponsor: Annotated[str | None, typer.Option(metavar="URI", help="Who answers for it; empty removes it.")] = None,
    model: Annotated[str | None, typer.Option(metavar="TEXT", help="Its agent_model; empty removes it.")] = None,
    provider: Annotated[str | None, typer.Option(metavar="TEXT", help="Its agent_provider; empty removes it.")] = None,
    version: Annotated[str | None, typer.Option(metavar="TEXT", help="Its agent_version; empty removes it.")] = None,
    instance_id: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Its agent_instance_id; empty removes it.")
    ] = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Change what describes an agent: its sponsor and its claims."""
    given = dict(zip(("sponsor", *CLAIMS), (sponsor, model, provider, version, instance_id), strict=True))
    members = {key: value or None for key, value in given.items() if value is not None}
    if not members:
        raise UsageError(
            "nothing is to be changed", fix="Give --sponsor, --model, --provider, --version or --instance-id."
        )
    access = find_server(context)
    agent = agent_record(access.run(lambda client: client.update_agent(name, **members)))
    _tell(agent, "changed", access, output, quiet)


def suspend(
    context: typer.Context,
    name: AgentName,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Stop an agent for a while: the node signs nothing for it and does not let it in; its DID stays."""
    access = find_server(context)
    agent = agent_record(access.run(lambda client: client.suspend_agent(name)))
    _tell(agent, "suspended", access, output, quiet, then="resume")


def resume(
    context: typer.Context,
    name: AgentName,
    server: Server,
    token_file: TokenFile = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Let a suspended agent go on."""
    access = find_server(context)
    agent = agent_record(access.run(lambda client: client.resume_agent(name)))
    _tell(agent, "resumed", access, output, quiet)


def retire(
    context: typer.Context,
    name: AgentName,
    server: Server,
    token_file: TokenFile = None,
    confirm: Annotated[
        str | None, typer.Option(metavar="NAME", help="The agent's name again, where nobody can be asked for it.")
    ] = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """End an agent for ever: its keys are destroyed, and its DID is deactivated.

    Chains that it issued no longer verify, and its name is not given again. It asks for the name, or takes --confirm.
    """
    access = find_server(context)
    _confirm(name, confirm)
    agent = agent_record(access.run(lambda client: client.retire_agent(name)))
    _tell(agent, "retired", access, output, quiet)


def _confirm(name: str, given: str | None) -> None:
    if given is None:
        if not _can_ask():
            raise UsageError(_RETIRING.format(name=name), fix=f"Confirm it with --confirm={name}.")
        talk(_RETIRING.format(name=name))
        sys.stderr.write("Type its name to go on: ")
        sys.stderr.flush()
        given = sys.stdin.readline(200).strip()
    if given != name:
        raise UsageError("that is not the agent's name, so nothing was done")


def _can_ask() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _tell(agent: Record, done: str, access: ServerAccess, output: str, quiet: bool, *, then: str = "show") -> None:
    if output == "json":
        print_json(agent)
        return
    talk(f"✔ {done} {agent['name']}", quiet=quiet)
    print_tree(draw_agent(agent))
    suggest([access.command("agent", then, str(agent["name"]))], quiet=quiet)
