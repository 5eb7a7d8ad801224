"""``legation config``: the settings of a node as they count here, and who said so."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from legation.cli.options import Config, OutputFormat
from legation.cli.terminal import print_json, print_table

Origin = Annotated[bool, typer.Option("--origin", help="Show where each was said, too.")]


def show(config: Config = None, origin: Origin = False, output: OutputFormat = "table") -> None:
    """Show every setting that a node started here would have.

    What no environment variable and no file says has its default. Flags of legation serve come before all of these. A
    secret is shown as (set).
    """
    from legation.settings import load_configuration, show_setting

    found = load_configuration({}, config=config)
    values = {name: show_setting(getattr(found.settings, name)) for name in found.origins}
    if output == "json":
        print_json(
            {name: {"value": values[name], "origin": found.origins[name]} for name in values} if origin else values
        )
        return
    rows = [
        (name, "" if value is None else value if isinstance(value, str) else json.dumps(value))
        for name, value in values.items()
    ]
    if origin:
        print_table(("SETTING", "VALUE", "ORIGIN"), [(*row, found.origins[row[0]]) for row in rows])
    else:
        print_table(("SETTING", "VALUE"), rows)
