"""``legation serve``: run a node until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

_FILE = "FILE"


def serve(  # noqa: PLR0913, PLR0917  # each setting is a parameter
    config: Annotated[
        Path | None, typer.Option(metavar=_FILE, help="The TOML file of settings; else LEGATION_CONFIG names it.")
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The origin under which others reach the node; its DID comes of it."),
    ] = None,
    bind: Annotated[
        str | None, typer.Option(metavar="ADDRESS:PORT", help="Where to listen; else on 127.0.0.1.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="The folder of the wallet and the state; made if absent.")
    ] = None,
    wallet_key_file: Annotated[
        Path | None, typer.Option(metavar=_FILE, help="The raw key of the wallet; else wallet.key in the data folder.")
    ] = None,
    trust_file: Annotated[
        Path | None, typer.Option(metavar=_FILE, help="The trust anchors, as JSON; without it no root is trusted.")
    ] = None,
    did_max_age: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="How old a fetched DID document may be.")
    ] = None,
    egress_ca_file: Annotated[
        Path | None, typer.Option(metavar=_FILE, help="Trust these TLS certificates too, when fetching.")
    ] = None,
    egress_hosts: Annotated[
        str | None,
        typer.Option(metavar="NAME:PORT=ADDRESS:PORT,…", help="Where hosts are reached instead."),
    ] = None,
    dangerously_allow_loopback: Annotated[
        bool | None,
        typer.Option("--dangerously-allow-loopback", help="Be at plain http on this machine, and fetch from it."),
    ] = None,
) -> None:
    """Run a node until SIGTERM or Ctrl-C.

    Each option is also an environment variable and a key of the TOML file: --data-dir, LEGATION_DATA_DIR, data_dir.
    A flag comes before the environment, and that before the file.
    """
    flags = {name: value for name, value in locals().items() if name != "config"}
    from legation.bootstrap import run_node
    from legation.settings import load_settings

    raise typer.Exit(run_node(load_settings(flags, config=config)))
