"""Where a command acts: on a node, with an operator's token, or on a wallet file in place; neither is guessed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from legation.cli.failures import UsageError
from legation.cli.wallets import WalletAccess
from legation.errors import AuthenticationError, MalformedError, NotFoundError, SettingsError

if TYPE_CHECKING:
    from legation.client.client import AsyncClient

Result = TypeVar("Result")
SERVER_VARIABLE = "LEGATION_SERVER"
TOKEN_FILE_VARIABLE = "LEGATION_TOKEN_FILE"  # noqa: S105 - a variable's name, no secret
_MAX_TOKEN_BYTES = 4096
_NOWHERE = "this command needs to know where it acts"
_BOTH_WAYS = (
    f"Name a node with --server URL and --token-file FILE (or {SERVER_VARIABLE} and {TOKEN_FILE_VARIABLE}), "
    "or a wallet with --wallet FILE (or LEGATION_WALLET)."
)


@dataclass(frozen=True, slots=True)
class ServerAccess:
    """A node, the file of the token with which it is asked, and certificates that are trusted beside the system's."""

    url: str
    token_file: Path | None
    ca_file: Path | None = None

    def run(self, action: Callable[[AsyncClient], Awaitable[Result]]) -> Result:
        """Do something with the node's client. Raises what the client raises, and as :func:`read_token`."""
        import asyncio

        from legation.client.client import AsyncClient

        token = read_token(self.token_file)

        async def act() -> Result:
            async with AsyncClient(self.url, token=token, ca_file=self.ca_file) as client:
                return await action(client)

        return asyncio.run(act())

    def command(self, *words: str) -> str:
        """Return a command on this node as one would type it."""
        options = ["--server", self.url]
        if self.token_file is not None:
            options += ["--token-file", str(self.token_file)]
        if self.ca_file is not None and str(self.ca_file) != os.environ.get("LEGATION_EGRESS_CA_FILE"):
            options += ["--egress-ca-file", str(self.ca_file)]
        return shlex.join(["legation", *words, *options])


def read_token(path: Path | None) -> str:
    """Return the operator's token that a private file holds: what is no token is not sent anywhere.

    Raises:
        AuthenticationError: no file is named, or it is not there.
        SettingsError: others than its owner may read it, or it holds something else.
    """
    from legation.adapters.private_files import read_private
    from legation.domain.operators import OperatorToken

    if path is None:
        raise AuthenticationError(
            "the node wants to know who calls",
            fix=f"Name the file of your operator's token with --token-file, or in {TOKEN_FILE_VARIABLE}.",
        )
    try:
        text = read_private(path, max_bytes=_MAX_TOKEN_BYTES).decode("ascii").strip(" \t\r\n")
        OperatorToken.parse(text)
    except NotFoundError as error:
        raise AuthenticationError(
            error.detail, fix="The first token of a node is in its data_dir, in operator-token."
        ) from error
    except (MalformedError, UnicodeDecodeError):
        text = ""
    if not text:
        # raised here, so that no frame of the error holds what stands in the file
        raise SettingsError(f"the file {path} holds no operator's token", fix="Name the right file with --token-file.")
    return text


def find_target(context: typer.Context) -> ServerAccess | WalletAccess:
    """Return where a command acts whose options say so; a flag comes before a variable.

    The options are ``server``, ``token_file`` and ``ca_file``; ``wallet``, ``wallet_key_file`` and ``key_kind``. They
    are read here and not in the commands, so that all commands understand them alike.

    Raises:
        UsageError: both a node and a wallet are named, or neither.
    """
    named = {name for name in ("server", "wallet") if context.params.get(name) is not None}
    if len(named) > 1:
        named = {name for name in named if is_flag(context, name)}
        if len(named) != 1:
            raise UsageError("--server and --wallet name two places to act at", fix="Leave one of them out.")
    if not named:
        raise UsageError(_NOWHERE, fix=_BOTH_WAYS)
    return find_server(context) if "server" in named else _find_wallet(context)


def find_server(context: typer.Context) -> ServerAccess:
    """Return the node that a command's options ``server``, ``token_file`` and ``ca_file`` name."""
    options = context.params
    return ServerAccess(options["server"], options.get("token_file"), options.get("ca_file"))


def _find_wallet(context: typer.Context) -> WalletAccess:
    options = context.params
    return WalletAccess(options["wallet"], options.get("wallet_key_file"), options["key_kind"])


def is_flag(context: typer.Context, name: str) -> bool:
    """Say whether an option stands on the command line, and not in a variable."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
