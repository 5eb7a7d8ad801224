"""What the pages take from the code is as the code has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from legation import Verifier
from legation.domain.delegation.compact import _DICTIONARY
from tests.docs.pages import DOCS, ROOT, blocks, pages, shown

SPECIFICATION = DOCS / "specification" / "delegation-credential.md"


def generate(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the generator of the checkout, or of a copy."""
    return subprocess.run(
        [sys.executable, "docs/generate.py", *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a checkout with the generator and its pages alone."""
    for path in [*(DOCS / "reference").glob("*.md"), *DOCS.glob("*.py")]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return tmp_path


def test_reference_pages_are_current() -> None:
    checked = generate("--check")
    assert (checked.returncode, checked.stdout) == (0, ""), "run: make docs"


def test_reference_page_that_was_changed_by_hand_is_noticed(copy: Path) -> None:
    page = copy / "docs" / "reference" / "errors.md"
    page.write_text(page.read_text(encoding="utf-8").replace("holder_mismatch", "holder_missing"), encoding="utf-8")
    checked = generate("--check", cwd=copy)
    assert checked.returncode == 1
    assert "holder_missing" in checked.stdout


def test_generator_writes_what_its_check_accepts(copy: Path) -> None:
    for page in (copy / "docs" / "reference").glob("*.md"):
        page.unlink()
    assert generate("--check", cwd=copy).returncode == 1
    assert generate(cwd=copy).returncode == 0
    assert generate("--check", cwd=copy).returncode == 0


def test_page_of_the_compact_form_has_length_and_digest_of_the_dictionary() -> None:
    page = (DOCS / "specification" / "compact-form.md").read_text(encoding="utf-8")
    assert f"{len(_DICTIONARY):,} bytes" in page
    assert sha256(_DICTIONARY).hexdigest() in page


def test_chain_that_the_specification_shows_is_accepted() -> None:
    *_, example = (block.text for block in blocks(SPECIFICATION) if block.language == "json")
    root, leaf = json.loads(example)
    verdict = Verifier(trust=[root["issuer"]]).verify_offline(
        example, holder=leaf["credentialSubject"]["id"], at=datetime(2026, 11, 23, 12, tzinfo=UTC)
    )
    assert (verdict.verified, verdict.accepted, verdict.code) == (True, True, None)


def test_specification_names_every_code_of_a_verdict_and_no_other() -> None:
    listed = SPECIFICATION.read_text(encoding="utf-8").split("and with a stable code:\n\n")[1].split("\n\n")[0]
    reference = (DOCS / "reference" / "errors.md").read_text(encoding="utf-8").split("## Classes of errors")[0]
    described = [line.split("`")[1] for line in reference.splitlines() if line.startswith("| `")]
    assert listed.replace("`", "").split() == described


@pytest.mark.parametrize("page", pages(), ids=shown)
def test_json_on_a_page_is_json(page: Path) -> None:
    for block in blocks(page):
        if block.language == "json":
            json.loads(block.text)


def test_page_of_performance_has_the_marks_between_which_figures_are_written() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    begin, end = "<!-- figures: begin -->", "<!-- figures: end -->"
    assert (page.count(begin), page.count(end)) == (1, 1)
    assert page.index(begin) < page.index(end)
