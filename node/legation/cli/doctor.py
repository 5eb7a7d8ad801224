"""``legation doctor``: what ails a node, seen from its own machine or over the network, and what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.exit_codes import Exit
from legation.cli.failures import UsageError
from legation.cli.options import AnyServer, Config, EgressCAFile, NodeDataDir, OutputFormat, TokenFile, WalletKeyFile
from legation.cli.targets import find_server, is_flag
from legation.cli.terminal import Branch, print_json, print_tree

if TYPE_CHECKING:
    from legation.maintenance.findings import Finding

_MARKS = {"ok": "passed", "warn": "skipped", "fail": "failed"}


def doctor(  # noqa: PLR0913, PLR0917  # each option is a parameter
    context: typer.Context,
    server: AnyServer = None,
    token_file: TokenFile = None,
    config: Config = None,
    data_dir: NodeDataDir = None,
    wallet_key_file: WalletKeyFile = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The node's origin, as `serve` is told.")
    ] = None,
    dangerously_allow_loopback: Annotated[
        bool | None,
        typer.Option("--dangerously-allow-loopback", help="The node is at plain http, on this machine."),
    ] = None,
    ca_file: EgressCAFile = None,
    output: OutputFormat = "table",
) -> None:
    """Look a node over, on its own machine by its settings, or with --server from anywhere.

    Each line is what was looked at, how it is, and what to do. It changes nothing, and never shows key material. It
    exits with 1 where something has to be mended.
    """
    import asyncio

    here = data_dir is not None or config is not None or public_url is not None
    if server is not None and here and is_flag(context, "server"):
        raise UsageError("--server looks from outside, the other options on this machine", fix="Take one of both.")
    if server is not None and not here:
        from legation.cli.node_checks import examine

        findings = examine(find_server(context))
    else:
        flags = {"data_dir": data_dir, "wallet_key_file": wallet_key_file, "public_url": public_url}
        findings = asyncio.run(_look_here({**flags, "dangerously_allow_loopback": dangerously_allow_loopback}, config))
    _show(findings, output)
    if any(finding.grade.value == "fail" for finding in findings):
        raise typer.Exit(Exit.LOCAL)


async def _look_here(flags: Mapping[str, object], config: Path | None) -> list[Finding]:
    from legation.errors import SettingsError
    from legation.maintenance.diagnosis import diagnose
    from legation.maintenance.findings import failed, ok
    from legation.settings import load_settings

    try:
        settings = load_settings(flags, config=config)
        first = ok("settings", "they can be used")
    except SettingsError as error:
        # what is unsafe to serve with can still be looked at
        first = failed("settings", error)
        try:
            settings = load_settings({**flags, "dangerously_allow_loopback": True}, config=config)
        except SettingsError:
            return [first]
    return [_about_this_program(), first, *[finding async for finding in diagnose(settings)]]


def _about_this_program() -> Finding:
    import platform

    from legation.cli.version import find_version
    from legation.maintenance.findings import ok

    return ok("versions", f"legation {find_version()}, Python {platform.python_version()}, {platform.system()}")


def _show(findings: Sequence[Finding], output: str) -> None:
    if output == "json":
        print_json(
            [
                {
                    "check": finding.check,
                    "verdict": finding.grade.value,
                    "detail": finding.detail,
                    **({"fix": finding.fix} if finding.fix else {}),
                }
                for finding in findings
            ]
        )
        return
    counts = Counter(finding.grade.value for finding in findings)
    root = Branch(", ".join(f"{counts[grade]} {grade}" for grade in _MARKS if counts[grade]))
    for finding in findings:
        branch = root.add(f"{finding.check}: {finding.detail}", _MARKS[finding.grade.value])
        if finding.fix:
            branch.add(finding.fix)
    print_tree(root)
