"""``legation dev``: a node for development, on this machine alone, with a small world in it; and loud about both."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legation.cli.failures import UsageError
from legation.cli.options import OutputFormat, Quiet
from legation.cli.terminal import print_json, talk

if TYPE_CHECKING:
    import asyncio

    from legation.bootstrap import Ready
    from legation.cli.dev_world import World
    from legation.settings import Settings

_BANNER = (
    "DEVELOPMENT NODE: plain http, on this machine only, with a made-up world in it.",
    "Nothing of it is fit for real keys or real people; that is what `legation serve` is for.",
)


def dev(
    port: Annotated[int, typer.Option("--port", metavar="PORT", help="Where it listens, on 127.0.0.1.")] = 8080,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", metavar="FOLDER", help="Its data; else legation-dev/PORT among the user's data."),
    ] = None,
    ephemeral: Annotated[bool, typer.Option("--ephemeral", help="Keep nothing: the data goes when it ends.")] = False,
    quiet: Quiet = False,
    output: OutputFormat = "table",
) -> None:
    """Run a node for development until Ctrl-C, with agents, a delegation and an anchor in it.

    It is at http://localhost:PORT. Ana, a person, delegates to the agent planner, and that to the agent worker; the
    node believes its own roots. What is there already stays, and what is missing or has expired is made anew. No
    environment variable and no configuration file is looked at.
    """
    from logging import WARNING

    from legation.bootstrap.node import run_until_signal
    from legation.http.logs import configure_logs

    if not 1 <= port <= 65535:
        raise UsageError("--port is not a number from 1 to 65535")
    if ephemeral and data_dir is not None:
        raise UsageError("--ephemeral keeps no data", fix="Leave --data-dir out.")
    configure_logs(level=WARNING)
    with _folder(data_dir or default_data_dir(port), ephemeral=ephemeral) as folder:
        settings = build_settings(port, folder)
        for line in _BANNER:
            talk(line)
        node = _Node(settings, quiet=quiet, output=output)
        raise typer.Exit(run_until_signal(node.run))


def default_data_dir(port: int) -> Path:
    """Return where the data of a development node is: its DID holds its port, and so does its folder."""
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "legation-dev" / str(port)


def build_settings(port: int, folder: Path) -> Settings:
    """Return the settings, with nothing of the environment: that may speak of a real node. Raises SettingsError."""
    from legation.settings import restore_settings

    given = {
        "dangerously_allow_loopback": True,
        "public_url": f"http://localhost:{port}",
        "data_dir": str(folder.absolute()),
    }
    return restore_settings(json.dumps(given))


class _Node:
    """A development node while it runs."""

    def __init__(self, settings: Settings, *, quiet: bool, output: str):
        self._settings = settings
        self._quiet = quiet
        self._output = output

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set; a world that cannot be made ends it, with the reason."""
        import asyncio

        from legation.bootstrap import serve

        making: list[asyncio.Task[None]] = []

        def begin(ready: Ready) -> None:
            task = asyncio.create_task(self._make_world(ready))
            # without its world the node is of no use
            task.add_done_callback(lambda done: stop.set() if done.cancelled() or done.exception() else None)
            making.append(task)

        await serve(self._settings, ready=begin, stop=stop)
        for task in making:
            if not task.done():
                task.cancel()
            elif error := task.exception():
                raise error

    async def _make_world(self, ready: Ready) -> None:
        from legation.cli.dev_world import make_world
        from legation.http.logs import configure_logs

        token_file = self._settings.data_dir / "operator-token"
        world = await make_world(self._settings.public_url, token_file)
        if self._output == "json":
            print_json(world.to_json())
        for path in ready.written:
            talk(f"✔ wrote {path} ({stat.S_IMODE(path.stat().st_mode):04o})", quiet=self._quiet)
        self._introduce(world)
        # from now on with every request: those that made the world were not the reader's
        configure_logs()

    def _introduce(self, world: World) -> None:
        talk(f"✔ the node {world.did} believes its own roots", quiet=self._quiet)
        talk(f"✔ ana ({world.principal}) delegates to planner, and that to worker", quiet=self._quiet)
        talk(f"✔ the operator's token is in {world.token_file} (0600)", quiet=self._quiet)
        if self._output != "json" and not self._quiet:
            talk("next, in another terminal:")
            for command in world.commands():
                talk(f"  {command}")
        talk(f"ready at {world.url}; Ctrl-C ends it")


@contextmanager
def _folder(path: Path, *, ephemeral: bool) -> Iterator[Path]:
    if not ephemeral:
        yield path
        return
    made = Path(tempfile.mkdtemp(prefix="legation-dev-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
