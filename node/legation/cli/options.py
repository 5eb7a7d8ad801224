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
Server = Annotated[
    str, typer.Option("--server", envvar="LEGATION_SERVER", metavar="URL", help="The node, by its public URL.")
]
AnyServer = Annotated[
    str | None,
    typer.Option("--server", envvar="LEGATION_SERVER", metavar="URL", help="Act on this node, instead of a wallet."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file", envvar="LEGATION_TOKEN_FILE", metavar="FILE", help="The file of your operator's token there."
    ),
]
Limit = Annotated[int, typer.Option("--limit", metavar="NUMBER", help="How many to list, 1 to 200.")]
Everything = Annotated[bool, typer.Option("--all", help="List all that there are, however many.")]
Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The TOML file of the node's settings.")]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="LEGATION_DATA_DIR", metavar="FOLDER", help="The data folder of the node."),
]
# without a variable: where a wallet may be meant too, a node is named on the command line alone
NodeDataDir = Annotated[
    Path | None, typer.Option("--data-dir", metavar="FOLDER", help="The data folder of a node that is stopped.")
]
AnyWallet = Annotated[
    Path | None,
    typer.Option("--wallet", envvar="LEGATION_WALLET", metavar="FILE", help="Act on this wallet, instead of a node."),
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
    Literal[
        "eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vc+jwt", "vc+sd-jwt", "dc+sd-jwt"
    ]
    | None,
    typer.Option(
        "--secure",
        help="A proof of that cryptosuite embedded, or a token; without it, what the key and the chain suggest.",
    ),
]
