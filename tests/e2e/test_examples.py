"""The examples run, check themselves, and tell what the documentation says that they tell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CHAIN = ROOT / "examples" / "chain"
ROW = re.compile(r"^  (\S.*?) {2,}(refused|accepted) +(\w*) +(\d+|-) {2,}\S", re.MULTILINE)

TOLD = [
    ("widened", "refused", "widened", "2"),
    ("constraint dropped", "refused", "widened", "2"),
    ("hop spliced from a sibling chain", "refused", "link_broken", "1"),
    ("stolen (another holder)", "refused", "holder_mismatch", "-"),
    ("replayed challenge", "refused", "replayed", "-"),
    ("expired ancestor", "refused", "expired", "0"),
    ("root that nobody trusts", "refused", "untrusted_root", "-"),
]


def run_demo(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "node"), "PYTHONIOENCODING": "utf-8", "TMPDIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, *(arguments or [str(CHAIN / "demo.py")])],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_chain_demo_runs_as_told_in_less_than_a_minute_and_leaves_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run_demo(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < 60
    assert ROW.findall(done.stdout) == TOLD
    assert "NOT AS TOLD" not in done.stdout
    assert re.search(r": ALLOW$", done.stdout, re.MULTILINE)
    assert re.search(r": DENY, request_not_covered$", done.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []


def test_chain_demo_fails_when_an_attack_is_not_refused_as_told(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(CHAIN)!r})\n"
        "import attacks, dataclasses, demo\n"
        # a defender who lets the first attack through: what is presented is the honest chain
        "demo.ATTACKS = (dataclasses.replace(attacks.ATTACKS[0], build=attacks.honest), *attacks.ATTACKS[1:])\n"
        "sys.exit(demo.main())\n"
    )
    done = run_demo(tmp_path, "-c", script)
    assert done.returncode == 1
    assert re.search(r"^  widened +accepted", done.stdout, re.MULTILINE)
    assert ROW.findall(done.stdout) == TOLD[1:]


def test_forging_code_uses_nothing_of_the_product() -> None:
    source = (CHAIN / "forge.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(?:from|import) +legation", source, re.MULTILINE)


def test_readme_of_the_chain_names_every_attack_with_its_code() -> None:
    page = (CHAIN / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w[^|]*?) \| [^|]+ \| `(\w+)` \|$", page, re.MULTILINE)
    assert rows == [(attack, code) for attack, _, code, _ in TOLD]
