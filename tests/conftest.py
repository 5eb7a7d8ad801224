"""What every test stands on: how hypothesis looks for counter-examples here and in CI."""

from __future__ import annotations

import os

from hypothesis import settings

# No deadline: a shared machine stalls, and speed has its own command. In CI the same examples every time.
settings.register_profile("here", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("repeatable" if os.environ.get("CI") else "here")
