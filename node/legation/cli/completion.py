"""``legation completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from legation.cli.terminal import print_text

VARIABLE = "_LEGATION_COMPLETE"


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(metavar="bash|zsh|fish", help="Your shell.")],
) -> None:
    """Print the completion script of a shell.

    For bash: eval "$(legation completion bash)"
    """
    from typer._completion_shared import get_completion_script

    print_text(get_completion_script(prog_name="legation", complete_var=VARIABLE, shell=shell))


def prepare() -> None:
    """Make ready for a shell that asks what may come next."""
    from typer._completion_classes import completion_init

    completion_init()
