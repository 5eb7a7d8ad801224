"""``legation``: the commands that there are, and the outermost handler of whatever goes wrong in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.main import get_command

from legation.cli import (
    agent,
    audit,
    completion,
    config,
    credential,
    delegation,
    dev,
    did,
    doctor,
    domains,
    held_delegation,
    hosted_agent,
    hosted_credential,
    inspection,
    key,
    operator,
    serve,
    storage,
    trust,
    verify,
    wallet,
)
from legation.cli.exit_codes import Exit
from legation.cli.failures import internal_error, report, unusable_file, usage_error
from legation.cli.parameters import Command, Group
from legation.cli.version import find_version
from legation.errors import LegationError

_CHECK = "Check what others send"
_WALLET = "Hold and pass on authority"
_MANAGE = "Manage a node"
_NODE = "Run a node"
_MORE = "More"


class _Root(Group):
    """All commands."""

    panels = (_CHECK, _WALLET, _MANAGE, _NODE, _MORE)


def _root(
    context: typer.Context, version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False
) -> None:
    """Identities of agents, and authority that is shown, narrowed, checked and taken back."""
    if version:
        sys.stdout.write(f"legation {find_version()}\n")
    elif context.invoked_subcommand is None:
        sys.stdout.write(context.get_help() + "\n")


def build_app() -> typer.Typer:
    """Return the command line with every command that exists."""
    app = typer.Typer(cls=_Root, add_completion=False, rich_markup_mode=None)
    app.callback(invoke_without_command=True)(_root)
    for name, help_text in (("verify", verify.VERIFY), ("explain", verify.EXPLAIN)):
        app.command(name, cls=Command, help=help_text, rich_help_panel=_CHECK)(verify.check)
    app.command("inspect", cls=Command, rich_help_panel=_CHECK)(inspection.inspect)
    dids = _group(resolve=did.resolve, **{"check-domain": domains.check_domain})
    app.add_typer(dids, name="did", help="DIDs and their documents.", rich_help_panel=_CHECK)
    _add_holding(app)
    _add_managing(app)
    for command in (dev.dev, serve.serve, doctor.doctor, storage.backup, storage.restore, storage.migrate):
        app.command(command.__name__, cls=Command, rich_help_panel=_NODE)(command)
    settings = _group(show=config.show)
    app.add_typer(settings, name="config", help="The settings of a node.", rich_help_panel=_NODE)
    app.command("completion", cls=Command, rich_help_panel=_MORE)(completion.completion)
    return app


def _add_holding(app: typer.Typer) -> None:
    wallets = _group(init=wallet.init, rekey=wallet.rekey)
    app.add_typer(wallets, name="wallet", help="The encrypted file of your agents.", rich_help_panel=_WALLET)
    agents = _group(
        create=agent.create,
        list=agent.list_agents,
        show=agent.show,
        update=hosted_agent.update,
        suspend=hosted_agent.suspend,
        resume=hosted_agent.resume,
        retire=hosted_agent.retire,
    )
    app.add_typer(agents, name="agent", help="Agents: a name, a DID, keys.", rich_help_panel=_WALLET)
    for command in (delegation.delegate, delegation.attenuate, delegation.present):
        app.command(command.__name__, cls=Command, rich_help_panel=_WALLET)(command)
    credentials = _group(
        list=credential.list_credentials,
        show=credential.show,
        export=credential.export,
        remove=credential.remove,
        issue=hosted_credential.issue,
        derive=hosted_credential.derive,
        present=hosted_credential.present,
        verify=hosted_credential.verify,
        **{"import": credential.import_credential},
    )
    about = "A wallet's chains; and, on a node, credentials of any kind."
    app.add_typer(credentials, name="credential", help=about, rich_help_panel=_WALLET)


def _add_managing(app: typer.Typer) -> None:
    keys = _group(list=key.list_keys, add=key.add, rotate=key.rotate, remove=key.remove)
    app.add_typer(keys, name="key", help="The keys of a node's agents.", rich_help_panel=_MANAGE)
    delegations = _group(
        list=held_delegation.list_delegations,
        show=held_delegation.show,
        tree=held_delegation.tree,
        issue=held_delegation.issue,
        attenuate=held_delegation.attenuate,
        present=held_delegation.present,
        **{"import": held_delegation.import_delegation},
    )
    app.add_typer(delegations, name="delegation", help="The delegations of a node's agents.", rich_help_panel=_MANAGE)
    anchors = _group(list=trust.list_anchors, add=trust.add, remove=trust.remove)
    app.add_typer(anchors, name="trust", help="Whose roots a node believes.", rich_help_panel=_MANAGE)
    operators = _group(list=operator.list_operators, create=operator.create, revoke=operator.revoke)
    app.add_typer(operators, name="operator", help="Who manages a node.", rich_help_panel=_MANAGE)
    entries = _group(list=audit.list_entries)
    app.add_typer(entries, name="audit", help="Who did what on a node.", rich_help_panel=_MANAGE)


def _group(**commands: Callable[..., None]) -> typer.Typer:
    group = typer.Typer(cls=Group, add_completion=False, rich_markup_mode=None)
    # with a callback a group stays a group, also where it has one command
    group.callback()(lambda: None)
    for name, command in commands.items():
        group.command(name, cls=Command)(command)
    return group


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; errors become one line on standard error, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = _wants_json(given)
    try:
        return _run(given)
    except LegationError as error:
        return report(error, as_json=as_json)
    except typer.TyperException as error:
        return report(usage_error(error), as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return Exit.INTERRUPTED
    except OSError as error:
        return report(unusable_file("the file system", error), as_json=as_json)
    except Exception as error:  # noqa: BLE001  # the outermost handler: nothing is left to catch it
        return report(internal_error(error), as_json=as_json)


def _run(arguments: Sequence[str]) -> int:
    command = get_command(build_app())
    if completion.VARIABLE in os.environ:
        completion.prepare()
    result: Any = command.main(args=arguments, prog_name="legation", standalone_mode=False)
    return result if isinstance(result, int) else Exit.OK


def _wants_json(arguments: Sequence[str]) -> bool:
    """Say whether errors are to be JSON too, also where the command line cannot be parsed."""
    wanted = ""
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument == "--format" and index + 1 < len(arguments):
            wanted = arguments[index + 1]
        elif argument.startswith("--format="):
            wanted = argument.removeprefix("--format=")
    return wanted == "json"


if __name__ == "__main__":
    sys.exit(main())
