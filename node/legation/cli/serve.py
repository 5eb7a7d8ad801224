"""``legation serve``: run a node until it is told to stop."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from legation.cli.terminal import print_text

_FILE = "FILE"
_NO_SETTINGS = frozenset({"config", "print_systemd_unit"})


_Config = Annotated[
    Path | None, typer.Option(metavar=_FILE, help="The TOML file of settings; else LEGATION_CONFIG names it.")
]
_PublicURL = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The origin under which others reach the node; its DID comes of it."),
]
_Bind = Annotated[str | None, typer.Option(metavar="ADDRESS:PORT", help="Where to listen; else on 127.0.0.1.")]
_Workers = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="How many processes answer, on one port; else one.")
]
_TLSCert = Annotated[
    Path | None,
    typer.Option(metavar=_FILE, help="The certificate and its chain, where the node ends https itself."),
]
_TLSKey = Annotated[Path | None, typer.Option(metavar=_FILE, help="The private key of the certificate.")]
_DataDir = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The folder of the wallet and the state; made if absent.")
]
_WalletURL = Annotated[
    str | None, typer.Option(metavar="URL", help="The wallet in PostgreSQL; a URL with a password is no flag.")
]
_WalletKeyFile = Annotated[
    Path | None, typer.Option(metavar=_FILE, help="The raw key of the wallet; else wallet.key in the data folder.")
]
_DatabaseURL = Annotated[
    str | None, typer.Option(metavar="URL", help="The state in PostgreSQL; a URL with a password is no flag.")
]
_TrustFile = Annotated[
    Path | None, typer.Option(metavar=_FILE, help="The trust anchors, as JSON; without it no root is trusted.")
]
_ContextsDir = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="JSON-LD contexts to add to those that come with the node.")
]
_DIDMaxAge = Annotated[str | None, typer.Option(metavar="SECONDS", help="How old a fetched DID document may be.")]
_EgressCAFile = Annotated[
    Path | None, typer.Option(metavar=_FILE, help="Trust these TLS certificates too, when fetching.")
]
_EgressHosts = Annotated[
    str | None,
    typer.Option(metavar="NAME:PORT=ADDRESS:PORT,…", help="Where hosts are reached instead."),
]
_DangerouslyAllowLoopback = Annotated[
    bool | None,
    typer.Option("--dangerously-allow-loopback", help="Be at plain http on this machine, and fetch from it."),
]
_AllowVerificationAt = Annotated[
    bool | None,
    typer.Option(
        "--allow-verification-at", help="Let every caller verify as of a moment that it names, not only operators."
    ),
]
_DangerouslyNow = Annotated[
    str | None,
    typer.Option(metavar="MOMENT", help="Let the node's clock begin at this moment, for tests alone."),
]
_PrintSystemdUnit = Annotated[
    bool, typer.Option("--print-systemd-unit", help="Print a unit that runs this node, and end.")
]


def serve(  # noqa: PLR0913, PLR0917  # each setting is a parameter
    config: _Config = None,
    public_url: _PublicURL = None,
    bind: _Bind = None,
    workers: _Workers = None,
    tls_cert: _TLSCert = None,
    tls_key: _TLSKey = None,
    data_dir: _DataDir = None,
    wallet_url: _WalletURL = None,
    wallet_key_file: _WalletKeyFile = None,
    database_url: _DatabaseURL = None,
    trust_file: _TrustFile = None,
    contexts_dir: _ContextsDir = None,
    did_max_age: _DIDMaxAge = None,
    egress_ca_file: _EgressCAFile = None,
    egress_hosts: _EgressHosts = None,
    dangerously_allow_loopback: _DangerouslyAllowLoopback = None,
    allow_verification_at: _AllowVerificationAt = None,
    dangerously_now: _DangerouslyNow = None,
    print_systemd_unit: _PrintSystemdUnit = False,
) -> None:
    """Run a node until SIGTERM or Ctrl-C.

    Each option is also an environment variable and a key of the TOML file: --data-dir, LEGATION_DATA_DIR, data_dir.
    A flag comes before the environment, and that before the file.
    """
    flags = {name: value for name, value in locals().items() if name not in _NO_SETTINGS}
    from legation.settings import load_settings

    settings = load_settings(flags, config=config)
    if print_systemd_unit:
        from legation.bootstrap.systemd_unit import build_unit

        print_text(build_unit(settings, program=find_program()))
        return
    from legation.bootstrap import run_node

    raise typer.Exit(run_node(settings))


def find_program() -> str:
    """Return the absolute path by which this command was run."""
    return str(Path(shutil.which(sys.argv[0]) or sys.argv[0]).absolute())
