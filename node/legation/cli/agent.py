"""``legation agent``: the agents of a wallet, each with one signing key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from legation.cli.options import KeyKind, OutputFormat, Quiet, WalletFile, WalletKeyFile
from legation.cli.terminal import Branch, print_json, print_table, print_text, print_tree, suggest, talk
from legation.cli.wallets import WalletAccess

if TYPE_CHECKING:
    from legation.domain.agents import Agent
    from legation.wallet import Wallet

_KEY_TYPES = {"ed25519": "ED25519", "p256": "P256"}
_EXAMPLE = '[{"type": "mcp_tool", "actions": ["read"]}]'


def create(  # each option is a parameter
    name: Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters, digits and hyphens.")],
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    key_type: Annotated[Literal["ed25519", "p256"], typer.Option(help="The type of its key.")] = "ed25519",
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="Where your node hosts it: a did:web instead of a did:key.")
    ] = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Make an agent with a new key, and print its DID."""
    from legation.crypto.keys import KeyType
    from legation.standards.did.web import build_did_web

    did = None if public_url is None else build_did_web(public_url, "agents", name)
    access = WalletAccess(wallet, wallet_key_file, key_kind)

    async def act(opened: Wallet) -> tuple[Agent, list[Agent]]:
        made = await opened.create_agent(name, key_type=KeyType[_KEY_TYPES[key_type]], did=did)
        return made, await opened.list_agents()

    made, agents = access.run(act)
    if output == "json":
        print_json(made.to_record())
        return
    talk(f"✔ made the agent {made.name}", quiet=quiet)
    print_text(made.did)
    others = [agent for agent in agents if agent.did != made.did]
    if others:
        second = access.command("delegate", others[0].name, "--to", made.did, "--details", _EXAMPLE)
    else:
        second = access.command("agent", "create", "worker" if name != "worker" else "planner")
    suggest([access.command("agent", "show", name), second], quiet=quiet)


def list_agents(
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    output: OutputFormat = "table",
) -> None:
    """List the agents of the wallet."""
    agents = WalletAccess(wallet, wallet_key_file, key_kind).run(lambda opened: opened.list_agents())
    if output == "json":
        print_json([agent.to_record() for agent in agents])
    else:
        print_table(("NAME", "KEY", "DID"), [(agent.name, agent.key_type.value, agent.did) for agent in agents])


def show(
    name: Annotated[str, typer.Argument(metavar="NAME|DID", help="The agent.")],
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    output: OutputFormat = "table",
) -> None:
    """Show an agent; its private key stays in the wallet."""
    found = WalletAccess(wallet, wallet_key_file, key_kind).run(lambda opened: opened.get_agent(name))
    if output == "json":
        print_json(found.to_record())
        return
    root = Branch(found.name)
    root.add(f"DID {found.did}")
    root.add(f"signs with {found.method}")
    root.add(f"key of type {found.key_type.value}")
    print_tree(root)
