"""``legation delegate``, ``attenuate`` and ``present``: what an agent does with authority, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.failures import UsageError
from legation.cli.options import KeyKind, OutputFormat, Quiet, Secured, WalletFile, WalletKeyFile
from legation.cli.terminal import print_json, print_text, suggest, talk
from legation.cli.wallets import WalletAccess, compacting, find_form, find_source

if TYPE_CHECKING:
    from legation.domain.chain import Chain

To = Annotated[str, typer.Option("--to", metavar="DID", help="Who gets it.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the chain there, and print its id.")]
Source = Annotated[
    str, typer.Argument(metavar="CHAIN_ID|@FILE|-", help="A chain that the wallet holds, or one in a file.")
]


def delegate(  # noqa: PLR0913, PLR0917  # each option is a parameter
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="Who delegates: a name or DID of the wallet.")],
    to: To,
    details: Annotated[str, typer.Option(metavar="JSON|@FILE", help="What for: authorization details.")],
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    principal: Annotated[
        str | None, typer.Option(metavar="DID|ISSUER#SUBJECT", help="For whom; without it, the agent itself.")
    ] = None,
    valid_for: Annotated[str, typer.Option(metavar="DURATION", help="How long from now.")] = "1h",
    max_depth: Annotated[int, typer.Option(metavar="NUMBER", help="How many hops may follow.")] = 3,
    secure: Secured = None,
    out: Out = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Issue a root delegation, and hold it."""
    from legation.cli.inputs import check_place, read_did, read_duration, read_objects

    recipient, duration = read_did(to, "--to"), read_duration(valid_for, "--valid-for")
    granted, form = read_objects(details, "--details"), find_form(secure)
    access = WalletAccess(wallet, wallet_key_file, key_kind)
    check_place(out)
    chain = access.run(
        lambda opened: opened.delegate(
            agent,
            to=recipient,
            details=granted,
            principal=principal,
            valid_for=duration,
            max_depth=max_depth,
            form=form,
        )
    )
    _show(chain, access, out, output, quiet)


def attenuate(  # noqa: PLR0913, PLR0917  # each option is a parameter
    source: Source,
    to: To,
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
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
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Pass a chain on, narrowed, and hold the longer one; the agent is the one that the last hop names."""
    from legation.cli.inputs import check_place, read_did, read_duration, read_objects

    recipient, form = read_did(to, "--to"), find_form(secure)
    granted = None if details is None else read_objects(details, "--details")
    duration = None if valid_for is None else read_duration(valid_for, "--valid-for")
    chain_or_id = find_source(source)
    access = WalletAccess(wallet, wallet_key_file, key_kind)
    check_place(out)
    chain = access.run(
        lambda opened: opened.attenuate(
            None, chain_or_id, to=recipient, details=granted, valid_for=duration, max_depth=max_depth, form=form
        )
    )
    _show(chain, access, out, output, quiet)


def present(  # noqa: PLR0913, PLR0917  # each option is a parameter
    source: Source,
    challenge: Annotated[str, typer.Option(metavar="TEXT", help="The challenge that the verifier gave.")],
    domain: Annotated[str, typer.Option(metavar="ORIGIN|DID", help="The verifier.")],
    wallet: WalletFile,
    wallet_key_file: WalletKeyFile = None,
    key_kind: KeyKind = "raw",
    secure: Secured = None,
    compact: Annotated[bool, typer.Option("--compact", help="So small that it fits an HTTP header.")] = False,
    output: OutputFormat = "table",
) -> None:
    """Present a chain to a verifier, and print the presentation; the agent is the one that the last hop names."""
    if compact and secure not in (None, "vc+jwt"):
        raise UsageError("--compact takes tokens only", fix="Leave --secure out.")
    form, chain_or_id = find_form("vc+jwt" if compact else secure), find_source(source)
    text = WalletAccess(wallet, wallet_key_file, key_kind).run(
        lambda opened: opened.present(None, chain_or_id, challenge=challenge, domain=domain, form=form)
    )
    if compact:
        from legation.domain.delegation.compact import compress

        with compacting():
            text = compress(text)
    if output == "json":
        print_json({"presentation": json.loads(text) if text.startswith("{") else text})
    else:
        print_text(text)


def _show(chain: Chain, access: WalletAccess, out: Path | None, output: str, quiet: bool) -> None:
    from legation.cli.inputs import write_text
    from legation.domain.delegation.secured import read_hop

    leaf = chain.leaf()
    if out is not None:
        write_text(out, chain.to_json())
    if output == "json":
        shown: dict[str, object] = {"id": leaf.id, "hops": len(chain), "validUntil": leaf.document["validUntil"]}
        print_json(shown | ({"chain": [hop.wire for hop in chain]} if out is None else {"file": str(out)}))
        return
    talk(f"✔ {leaf.issuer} delegates to {leaf.subject} until {leaf.document['validUntil']}", quiet=quiet)
    if out is not None:
        talk(f"✔ wrote {out}", quiet=quiet)
    print_text(chain.to_json() if out is None else leaf.id)
    export = access.command("credential", "export", leaf.id)
    root = read_hop(chain.hops[0]).hop.issuer
    suggest(
        [
            access.command("credential", "show", leaf.id),
            f"{export} | legation explain - --trust {root} --holder {leaf.subject}",
        ],
        quiet=quiet,
    )
