"""What every test stands on: how hypothesis looks for counter-examples here and in CI, and a small heap to collect."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

# No deadline: a shared machine stalls, and speed has its own command. In CI the same examples every time.
settings.register_profile("here", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "here")


def pytest_collection_finish() -> None:
    """Keep what was collected, which stays to the end, from every later search for garbage: a second each, else."""
    gc.collect()
    gc.freeze()
