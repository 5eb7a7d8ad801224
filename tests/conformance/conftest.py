"""The node that the suites are replayed against: one for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.suites import Endpoints, endpoints


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Return a node that answers."""
    with endpoints(tmp_path_factory.mktemp("node")) as found:
        yield found
