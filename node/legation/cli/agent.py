"""``legation agent``: the agents of a node, with their lives, or those of a wallet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from legation.cli.failures import UsageError
from legation.cli.hosted_agent import create_hosted, list_hosted, show_hosted
from legation.cli.options import (
    AnyServer,
    AnyWallet,
    EgressCAFile,
    Everything,
    KeyKind,
    Limit,
    OutputFormat,
    Quiet,
    TokenFile,
    WalletKeyFile,
)
from legation.cli.targets import ServerAccess, find_target
from legation.cli.terminal import Branch, print_json, print_table, print_text, print_tree, suggest, talk
from legation.cli.wallets import WalletAccess

if TYPE_CHECKING:
    from legation.domain.agents import Agent
    from legation.wallet import Wallet

DIDMethod = Annotated[
    Literal["web", "webvh", "key"] | None,
    typer.Option(
        help="On a node: how it is named: by a place on the web, by one with a log of its history, or by its one key.",
        show_default="web",
    ),
]
KeyType = Annotated[
    Literal["ed25519", "p256", "p384", "bls12-381-g2"],
    typer.Option(help="The type of its key; the last one, for BBS, only for a did:key on a node."),
]
_KEY_TYPES = {"ed25519": "ED25519", "p256": "P256", "p384": "P384"}
_EXAMPLE = '[{"type": "mcp_tool", "actions": ["read"]}]'


def create(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.")],
    server: AnyServer = None,
    token_file: TokenFile = None,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    did_method: DIDMethod = None,
    key_type: KeyType = "ed25519",
    public_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="In a wallet: the node that hosts it, to which this key proves who calls; its DID is a did:web.",
        ),
    ] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="On a node: whose it is, its tenant.")] = None,
    sponsor: Annotated[str | None, typer.Option(metavar="URI", help="On a node: who answers for it.")] = None,
    access_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MULTIKEY", help="On a node: a public key of its own, with which it will call; repeat it."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="TEXT", help="On a node: its agent_model.")] = None,
    provider: Annotated[str | None, typer.Option(metavar="TEXT", help="On a node: its agent_provider.")] = None,
    version: Annotated[str | None, typer.Option(metavar="TEXT", help="On a node: its agent_version.")] = None,
    instance_id: Annotated[str | None, typer.Option(metavar="TEXT", help="On a node: its agent_instance_id.")] = None,
    ca_file: EgressCAFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Make an agent with new keys, and print its DID.

    A node keeps the keys of its agents. An agent that is to call its node itself also has a key of its own: make it in
    a wallet with --public-url, and give the node the Multikey that is printed, with --access-key or `legation key add`.
    """
    target = find_target(context)
    hosted = {"owner": owner, "sponsor": sponsor}
    claims = {
        "agent_model": model,
        "agent_provider": provider,
        "agent_version": version,
        "agent_instance_id": instance_id,
    }
    if isinstance(target, ServerAccess):
        _refuse({"public_url": public_url}, "on a node, which has its own")
        given = {"did_method": did_method, **hosted, **claims}
        create_hosted(target, name, key_type, access_key or [], given, output, quiet)
        return
    _refuse({**hosted, **claims, "did_method": did_method, "access_key": access_key or None}, "in a wallet")
    if key_type not in _KEY_TYPES:
        raise UsageError("a wallet makes no key for BBS", fix="Let a node make the agent, with --did-method=key.")
    _create_in_wallet(target, name, key_type, public_url, output, quiet)


def _refuse(options: dict[str, object], where: str) -> None:
    given = [
        f"--{name.removeprefix('agent_').replace('_', '-')}" for name, value in options.items() if value is not None
    ]
    if given:
        raise UsageError(f"{given[0]} says nothing {where}", fix="Leave it out.")


def _create_in_wallet(
    access: WalletAccess, name: str, key_type: str, public_url: str | None, output: str, quiet: bool
) -> None:
    from legation.crypto.keys import KeyType
    from legation.standards.did.web import build_did_web

    did = None if public_url is None else build_did_web(public_url, "agents", name)

    async def act(opened: Wallet) -> tuple[Agent, list[Agent]]:
        made = await opened.create_agent(name, key_type=KeyType[_KEY_TYPES[key_type]], did=did)
        return made, await opened.list_agents()

    made, agents = access.run(act)
    if output == "json":
        print_json(made.to_record())
        return
    talk(f"✔ made the agent {made.name}", quiet=quiet)
    print_text(made.did)
    show = access.command("agent", "show", name)
    if public_url is not None:
        multikey = made.method.partition("#")[2]
        talk(f"✔ its public key, for the node that hosts it: {multikey}", quiet=quiet)
        node = ServerAccess(public_url, None)
        there = [
            node.command("agent", "create", name, "--access-key", multikey),
            node.command("key", "add", name, multikey),
        ]
        suggest([*there, show], quiet=quiet)
        return
    others = [agent for agent in agents if agent.did != made.did]
    if others:
        second = access.command("delegate", others[0].name, "--to", made.did, "--details", _EXAMPLE)
    else:
        second = access.command("agent", "create", "worker" if name != "worker" else "planner")
    suggest([show, second], quiet=quiet)


def list_agents(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    server: AnyServer = None,
    token_file: TokenFile = None,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="On a node: those of this owner.")] = None,
    life: Annotated[
        Literal["active", "suspended", "retired"] | None, typer.Option(help="On a node: those in this life.")
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="PREFIX", help="On a node: those whose names begin so.")] = None,
    limit: Limit = 50,
    everything: Everything = False,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """List the agents of a node or of a wallet, by name."""
    target = find_target(context)
    where = {"owner": owner, "life": life, "name": name}
    if isinstance(target, ServerAccess):
        list_hosted(target, where, limit, everything, output)
        return
    _refuse(dict(where), "in a wallet")
    agents = target.run(lambda opened: opened.list_agents())
    if output == "json":
        print_json([agent.to_record() for agent in agents])
    else:
        print_table(("NAME", "KEY", "DID"), [(agent.name, agent.key_type.value, agent.did) for agent in agents])


def show(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME|DID", help="The agent; on a node, its name.")],
    server: AnyServer = None,
    token_file: TokenFile = None,
    wallet: AnyWallet = None,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Show an agent and its public keys; the private ones stay where they are."""
    target = find_target(context)
    if isinstance(target, ServerAccess):
        show_hosted(target, name, output)
        return
    found = target.run(lambda opened: opened.get_agent(name))
    if output == "json":
        print_json(found.to_record())
        return
    root = Branch(found.name)
    root.add(f"DID {found.did}")
    root.add(f"signs with {found.method}")
    root.add(f"key of type {found.key_type.value}")
    print_tree(root)
