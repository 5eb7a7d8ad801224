"""``legation credential``: the chains that a wallet holds."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from legation.cli.options import KeyKind, OutputFormat, Quiet, WalletFile, WalletKeyFile
from legation.cli.terminal import Branch, print_json, print_table, print_text, print_tree, suggest, talk
from legation.cli.wallets import WalletAccess, compacting

ChainId = Annotated[str, typer.Argument(metavar="CHAIN_ID", help="The id of the chain's last hop.")]


def list_credentials(
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    output: OutputFormat = "table",
) -> None:
    """List the chains that the wallet holds, the first to expire first."""
    from legation.standards.timestamps import format_timestamp

    held = WalletAccess(wallet, wallet_key_file, key_kind).run(lambda opened: opened.list_chains())
    rows = [
        {
            "id": chain.id,
            "hops": chain.hops,
            "issuer": chain.issuer,
            "subject": chain.subject,
            "validUntil": format_timestamp(chain.valid_until),
        }
        for chain in held
    ]
    if output == "json":
        print_json(rows)
    else:
        print_table(("ID", "HOPS", "FROM", "TO", "UNTIL"), [tuple(map(str, row.values())) for row in rows])


def show(
    chain_id: ChainId,
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    output: OutputFormat = "table",
) -> None:
    """Show what a chain delegates, hop by hop."""
    from legation.cli.explain import add_claims, title_of
    from legation.domain.delegation.secured import read_hop

    chain = WalletAccess(wallet, wallet_key_file, key_kind).run(lambda opened: opened.get_chain(chain_id))
    hops = [read_hop(secured).hop for secured in chain]
    if output == "json":
        print_json({"id": chain.id, "hops": [hop.document for hop in hops]})
        return
    root = Branch(f"chain {chain.id}")
    for index, hop in enumerate(hops):
        add_claims(root.add(title_of(index, hop)), hop)
    print_tree(root)


def import_credential(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A path, @path, or - for standard input.")],
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Check a chain that somebody sent, hold it, and print its id."""
    from legation.cli.inputs import read_bounded

    data = read_bounded(file)
    access = WalletAccess(wallet, wallet_key_file, key_kind)
    chain = access.run(lambda opened: opened.import_chain(data))
    if output == "json":
        print_json({"id": chain.id, "hops": len(chain)})
        return
    talk(f"✔ holds a chain of {len(chain)} {'hop' if len(chain) == 1 else 'hops'}", quiet=quiet)
    print_text(chain.id)
    suggest([access.command("credential", "show", chain.id), access.command("credential", "list")], quiet=quiet)


def export(
    chain_id: ChainId,
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    compact: Annotated[bool, typer.Option("--compact", help="So small that it fits an HTTP header.")] = False,
    output: OutputFormat = "table",
) -> None:
    """Print a chain as it was signed: a JSON array, root first, or the compact form."""
    with compacting():
        text = WalletAccess(wallet, wallet_key_file, key_kind).run(
            lambda opened: opened.export_chain(chain_id, compact=compact)
        )
    if output == "json":
        print_json({"id": chain_id, "chain": text if compact else json.loads(text)})
    else:
        print_text(text)


def remove(
    chain_id: ChainId,
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Let go of a chain; this revokes nothing, whoever has a copy keeps it."""
    access = WalletAccess(wallet, wallet_key_file, key_kind)
    access.run(lambda opened: opened.remove_chain(chain_id))
    if output == "json":
        print_json({"removed": chain_id})
        return
    talk(f"✔ let go of {chain_id}", quiet=quiet)
    suggest([access.command("credential", "list")], quiet=quiet)
