"""``legation backup``, ``restore`` and ``migrate``: work on a node's stores, in place."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.exit_codes import Exit
from legation.cli.options import Config, DataDir, OutputFormat, Quiet, WalletKeyFile
from legation.cli.terminal import print_json, print_text, progress, suggest, talk

if TYPE_CHECKING:
    from legation.settings import Settings


def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="The new folder of the backup.")],
    config: Config = None,
    data_dir: DataDir = None,
    wallet_key_file: WalletKeyFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Copy a node's wallet and state, running or not, into a new folder.

    The wallet's key is not in it: keep a copy of that apart, for without it the backup opens for nobody. Both stores
    are as of one moment. Operators' tokens are in it as digests only, and serve again once it is restored.
    """
    import asyncio

    from legation.cli.version import find_version
    from legation.maintenance.backups import back_up

    settings = load_local_settings(config, data_dir, wallet_key_file)
    with progress("backing up", quiet=quiet) as tell:
        made = asyncio.run(back_up(settings, target, tell=tell, version=find_version()))
    if output == "json":
        print_json({"backup": str(target), **made.to_json()})
        return
    held = ", ".join(f"{count} {name}" for name, count in made.counts.items())
    talk(f"✔ wrote {target} (0700): {made.did}, {held}", quiet=quiet)
    key_file = settings.wallet_key_file or settings.data_dir / "wallet.key"
    talk(f"The wallet's key, {key_file}, is not in it: keep a copy of it in another place.", quiet=quiet)
    print_text(str(target))
    words = ["legation", "restore", str(target), "--data-dir", "FOLDER", "--wallet-key-file", "COPY_OF_THE_KEY"]
    suggest([shlex.join(words)], quiet=quiet)


def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup.")],
    config: Config = None,
    data_dir: DataDir = None,
    wallet_key_file: WalletKeyFile = None,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Put a backup's wallet and state into an empty data folder, or into empty databases.

    Both are checked first, and the wallet's key has to be there. Where a node is at work, or anything would be written
    over, nothing is done.
    """
    import asyncio

    from legation.maintenance.restoring import restore as put_back

    settings = load_local_settings(config, data_dir, wallet_key_file)
    with progress("restoring", quiet=quiet) as tell:
        done = asyncio.run(put_back(settings, source, tell=tell))
    if output == "json":
        print_json({"dataDir": str(settings.data_dir), "recovered": done.recovered, **done.manifest.to_json()})
        return
    talk(f"✔ restored {done.manifest.did} as of {done.manifest.created} into {settings.data_dir}", quiet=quiet)
    if done.recovered:
        talk(f"✔ ended {done.recovered} changes that were half done", quiet=quiet)
    options = ["--data-dir", str(settings.data_dir), "--public-url", done.manifest.public_url]
    if settings.wallet_key_file is not None:
        options += ["--wallet-key-file", str(settings.wallet_key_file)]
    if done.manifest.public_url.startswith("http:"):
        options.append("--dangerously-allow-loopback")
    suggest([shlex.join(["legation", verb, *options]) for verb in ("doctor", "serve")], quiet=quiet)


def migrate(
    config: Config = None,
    data_dir: DataDir = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit with 1 where something is due.")] = False,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Bring the tables of a node's state to this version, in place; take a backup first.

    `serve` does so too when it starts. With --check nothing is changed.
    """
    import asyncio

    from legation.maintenance.migrating import bring_up_to_date, find_due

    settings = load_local_settings(config, data_dir, None)
    status = asyncio.run(find_due(settings) if check else bring_up_to_date(settings))
    due = not status.is_newest
    if output == "json":
        print_json({"found": status.current, "newest": status.newest, "due": due and check})
    elif not due:
        talk(f"✔ the state is of version {status.newest}, as this program's", quiet=quiet)
    elif check:
        talk(f"The state is of version {status.current}, this program's of {status.newest}.", quiet=quiet)
    else:
        talk(f"✔ brought the state from version {status.current} to {status.newest}", quiet=quiet)
    if due and check:
        raise typer.Exit(Exit.LOCAL)


def load_local_settings(config: Path | None, data_dir: Path | None, wallet_key_file: Path | None) -> Settings:
    """Return a node's settings for work on its stores, which asks nobody on a network. Raises SettingsError."""
    from legation.settings import load_settings

    # a node on this machine is at plain http, which these commands have no reason to refuse
    flags = {"data_dir": data_dir, "wallet_key_file": wallet_key_file, "dangerously_allow_loopback": True}
    return load_settings(flags, config=config)
