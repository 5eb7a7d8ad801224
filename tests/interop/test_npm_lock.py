"""What npm may install here: exact versions, each held against its hash, from whichever registry is configured."""

from __future__ import annotations

import json
import re

import pytest

from tests.interop.foreign import HERE

PACKAGE = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))
PACKAGES = {name: entry for name, entry in LOCK["packages"].items() if name}


def test_dependencies_are_exact_versions_and_the_lock_has_the_same() -> None:
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in PACKAGE["dependencies"].values())
    assert LOCK["packages"][""]["dependencies"] == PACKAGE["dependencies"]
    assert {name: PACKAGES[f"node_modules/{name}"]["version"] for name in PACKAGE["dependencies"]} == PACKAGE[
        "dependencies"
    ]


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_package_is_hashed_names_no_host_and_runs_nothing_when_installed(name: str) -> None:
    entry = PACKAGES[name]
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", entry["integrity"])
    assert "resolved" not in entry
    assert "hasInstallScript" not in entry
