"""A whole node on the loopback interface, with stores in a folder, in a thread of this process."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from legation.bootstrap import Ready, serve
from legation.cli.dev import build_settings
from legation.settings import Settings, dump_settings, restore_settings
from tests.support.nodes import free_port

_PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class LiveNode:
    """A node that answers."""

    url: str
    did: str
    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.data_dir

    @property
    def token_file(self) -> Path:
        return self.folder / "operator-token"

    @property
    def options(self) -> tuple[str, ...]:
        """The options by which commands reach it."""
        return ("--server", self.url, "--token-file", str(self.token_file))


@contextmanager
def live_node(folder: Path, *, port: int | None = None, **more: str) -> Iterator[LiveNode]:
    """Serve from ``folder`` until the block ends; ``more`` are further settings."""
    settings = build_settings(port or free_port(), folder)
    if more:
        settings = restore_settings(json.dumps({**json.loads(dump_settings(settings)), **more}))
    started: list[Ready] = []
    failed: list[BaseException] = []
    waiting = threading.Event()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def run() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))

        def tell(ready: Ready) -> None:
            started.append(ready)
            waiting.set()

        await serve(settings, ready=tell, stop=stop)

    def work() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test has to see it
            failed.append(error)
        finally:
            waiting.set()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert waiting.wait(_PATIENCE_SECONDS)
        assert not failed, failed
        yield LiveNode(settings.public_url, started[0].did, settings)
    finally:
        for loop, stop in ends:
            if not loop.is_closed():
                loop.call_soon_threadsafe(stop.set)
        thread.join(_PATIENCE_SECONDS)
    assert not failed, failed
