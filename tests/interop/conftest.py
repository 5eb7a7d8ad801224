"""Where Node.js 20 and npm's packages are missing, these tests are skipped and say so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.foreign import Foreign, find_obstacle


@pytest.fixture(scope="session")
def foreign() -> Iterator[Foreign]:
    obstacle = find_obstacle()
    if obstacle is not None:
        pytest.skip(obstacle)
    with Foreign() as software:
        yield software
