"""The garbage collector of a process that serves."""

from __future__ import annotations

import subprocess
import sys

# in a process of its own: what is frozen stays so
_PROGRAM = """
import gc
from weakref import ref
from legation.bootstrap.collecting import settle_collector

class Ring:
    def __init__(self):
        self.itself = self

settle_collector()
assert gc.get_freeze_count() > 0
assert gc.isenabled() and gc.get_threshold()[0] > 700
left = ref(Ring())
while left() is not None:
    Ring()
"""


def test_what_a_process_holds_at_its_start_is_left_out_and_what_comes_later_is_collected() -> None:
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True, timeout=60)
