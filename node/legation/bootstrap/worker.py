"""One worker of a node with several: what it is told comes through a pipe, whose end says that its parent is gone."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from legation.bootstrap.collecting import settle_collector
from legation.bootstrap.node import Part, run_until_signal, serve_part
from legation.bootstrap.stores import open_stores
from legation.errors import LegationError
from legation.http.logs import configure_logs
from legation.settings import Settings, restore_settings

_log = logging.getLogger("legation.worker")
_STDIN, _STDOUT = 0, 1
_FAILED = 1


def main() -> int:
    """Serve as the parent says, until it says stop or is gone; return the exit status."""
    configure_logs()
    told = json.loads(sys.stdin.readline())
    settings = restore_settings(sys.stdin.readline())
    # the first also maintains the stores
    part = Part(maintains=told["number"] == 0, figures=Path(told["figures"]), shared=True)
    try:
        return run_until_signal(lambda stop: _serve(settings, part, stop))
    except LegationError as error:
        _log.error("this worker cannot start: %s", error.detail, exc_info=error)
        return _FAILED


async def _serve(settings: Settings, part: Part, stop: asyncio.Event) -> None:
    asyncio.get_running_loop().add_reader(_STDIN, _watch_parent, stop)
    async with open_stores(settings) as stores:
        await serve_part(settings, stores, part, ready=_tell_parent, stop=stop)


def _watch_parent(stop: asyncio.Event) -> None:
    # nothing comes but the end
    if not os.read(_STDIN, 1):
        asyncio.get_running_loop().remove_reader(_STDIN)
        stop.set()


def _tell_parent() -> None:
    settle_collector()
    os.write(_STDOUT, b"ready\n")
