"""Where Node.js 20 and npm's packages are missing, these tests are skipped and say so."""

from __future__ import annotations

import pytest

from tests.interop.foreign import Foreign, find_obstacle


@pytest.fixture(scope="session")
def foreign() -> Foreign:
    obstacle = find_obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    return Foreign()
