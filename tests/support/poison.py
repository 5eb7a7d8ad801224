"""How long a refusal takes, whatever else the machine does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from legation.errors import TooLargeError

# what the measurement of coverage costs
_TRACED = 10


def refusal_time(attack: Callable[[], object]) -> float:
    """Return the seconds of processor time that it takes to refuse what is too large: the best of three."""
    found = []
    for _ in range(3):
        begin = time.thread_time()
        with pytest.raises(TooLargeError):
            attack()
        found.append(time.thread_time() - begin)
    return min(found) / (_TRACED if sys.gettrace() else 1)
