"""What a process loads: nothing that the offline path does not need, so that it starts at once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from legation.domain.delegation.issuance import Format
from tests.support.chains import honest_chain, parties

HEAVY = ("aiohttp", "aries_askar", "asyncio", "pydantic", "sqlalchemy", "ssl")
PROBE = """
import json, sys
from legation.cli.main import main
code = main(sys.argv[1:])
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([code, loaded]), file=sys.stderr)
"""


def loaded_by(*arguments: str) -> tuple[int, set[str]]:
    """Return exit code and the top-level modules that a command has loaded, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, timeout=60)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    return code, set(loaded)


@pytest.mark.parametrize("command", ["verify", "explain"])
@pytest.mark.parametrize("output", ["json", "table"])
def test_judging_a_chain_of_did_keys_loads_no_network_no_loop_and_no_store(
    tmp_path: Path, command: str, output: str
) -> None:
    file = tmp_path / "chain.json"
    file.write_text(honest_chain(3, [Format.JWT]).to_json())
    signers = parties(3)
    options = ("--trust", signers[0].did, "--holder", signers[3].did, "--at", "2026-11-23T08:30:00Z")
    code, loaded = loaded_by(command, str(file), *options, "--format", output)
    assert code == 0
    assert loaded.isdisjoint(HEAVY)
    assert ("rich" in loaded) is (output == "table")


def test_material_keeps_the_network_out(tmp_path: Path) -> None:
    (tmp_path / "material.json").write_text("{}")
    (tmp_path / "chain.json").write_text(honest_chain(1).to_json())
    signers = parties(1)
    options = ("--trust", signers[0].did, "--material", str(tmp_path / "material.json"))
    code, loaded = loaded_by("verify", str(tmp_path / "chain.json"), *options)
    assert code != 1
    assert loaded.isdisjoint(HEAVY)


def test_help_loads_neither_the_rules_nor_a_library_of_cryptography() -> None:
    code, loaded = loaded_by("--help")
    assert code == 0
    assert loaded.isdisjoint({*HEAVY, "nacl", "cryptography", "rich", "orjson"})


def test_inspecting_loads_no_network_and_no_loop(tmp_path: Path) -> None:
    file = tmp_path / "chain.json"
    file.write_text(honest_chain(1).to_json())
    code, loaded = loaded_by("inspect", str(file))
    assert code == 0
    assert loaded.isdisjoint(HEAVY)
