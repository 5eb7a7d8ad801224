"""Options that more than one command has, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

OutputFormat = Annotated[
    Literal["table", "json"], typer.Option("--format", help="For people, or for programs.", show_default=True)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing beside the data.")]
AllowLoopback = Annotated[
    bool,
    typer.Option(
        "--dangerously-allow-loopback",
        envvar="LEGATION_DANGEROUSLY_ALLOW_LOOPBACK",
        help="Let documents be fetched from this machine, over plain http.",
    ),
]
EgressCAFile = Annotated[
    Path | None,
    typer.Option(
        "--egress-ca-file",
        envvar="LEGATION_EGRESS_CA_FILE",
        metavar="FILE",
        help="Trust these TLS certificates too, when fetching.",
    ),
]
WalletFile = Annotated[
    Path, typer.Option("--wallet", envvar="LEGATION_WALLET", metavar="FILE", help="The wallet of your agents.")
]
WalletKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--wallet-key-file",
        envvar="LEGATION_WALLET_KEY_FILE",
        metavar="FILE",
        help="The wallet's key; by default wallet.key beside wallet.db.",
    ),
]
KeyKind = Annotated[
    Literal["raw", "passphrase"], typer.Option("--key-kind", help="What the key file holds.", show_default=True)
]
Secured = Annotated[
    Literal["eddsa-jcs-2022", "vc+jwt"] | None,
    typer.Option("--secure", help="An embedded proof, or a token; without it, what the key and the chain suggest."),
]
