"""A node from its start to its exit status: in this process, or in several."""

from __future__ import annotations

from legation.bootstrap.collecting import settle_collector
from legation.bootstrap.node import Ready, run_until_signal, serve
from legation.bootstrap.start import check_files
from legation.bootstrap.workers import run_workers
from legation.http.logs import configure_logs
from legation.settings import Settings


def run_node(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then end in order, and return the exit status; a second signal ends at once.

    Raises:
        LegationError: the node cannot start: ``settings_invalid``, or a store that cannot be opened.
    """
    configure_logs()
    check_files(settings)
    if settings.workers > 1:
        return run_workers(settings)
    return run_until_signal(lambda stop: serve(settings, ready=_tell, stop=stop))


def _tell(ready: Ready) -> None:
    settle_collector()
    ready.announce()
