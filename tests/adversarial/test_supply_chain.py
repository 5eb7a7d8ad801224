"""Area supply-chain: nothing enters the checkout that constraints.txt does not pin and hash."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")
DIGEST = "0123456789abcdef" * 4

PIN = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)==(?P<version>[0-9][0-9A-Za-z.+!]*)(?: ; [^@#]+)?")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def declared() -> set[str]:
    """Return every distribution that pyproject.toml names, build tools included."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = pyproject["dependency-groups"].values()
    requirements = chain(pyproject["project"]["dependencies"], pyproject["build-system"]["requires"], *groups)
    return {re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", item, maxsplit=1)[0]).lower() for item in requirements}


def faults(lock: str, names: set[str]) -> list[str]:
    """Say what is wrong with a lock file: a pin that is not exact, a missing hash, any other kind of line."""
    found, pinned = [], dict[str, str]()
    text = "\n".join(line for line in lock.splitlines() if not line.startswith("#"))
    for entry in text.replace("\\\n", " ").splitlines():
        if not entry.strip():
            continue
        requirement, *hashes = re.split(r"\s+(?=--)", entry.strip())
        pin = PIN.fullmatch(requirement)
        if pin is None:
            found.append(f"not an exact pin: {requirement}")
            continue
        marker = requirement.partition(";")[2].strip()
        # versions of Python may need different ones
        if pin["name"] in pinned and (not marker or pinned[pin["name"]] in ("", marker)):
            found.append(f"pinned twice: {pin['name']}")
        pinned[pin["name"]] = marker
        if not hashes or not all(HASH.fullmatch(item) for item in hashes):
            found.append(f"not hashed: {requirement}")
    return found + [f"not pinned: {name}" for name in sorted(names - pinned.keys())]


def test_u01_every_dependency_is_pinned_and_hashed_and_no_index_is_named() -> None:
    assert faults(LOCK, declared()) == []
    assert not re.search(r"://|^\s*-", re.sub(r"^    --hash=.*", "", LOCK, flags=re.MULTILINE), flags=re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    [
        "inner-name==1.0",
        "inner-name>=1.0 --hash=sha256:" + DIGEST,
        "inner-name==1.* --hash=sha256:" + DIGEST,
        "inner-name==1.0 --hash=md5:" + DIGEST[:32],
        "inner-name==1.0 --hash=sha256:" + DIGEST[:40],
        "inner-name @ https://example.org/inner-name-1.0-py3-none-any.whl --hash=sha256:" + DIGEST,
        "--extra-index-url https://example.org/simple",
        "--index-url https://example.org/simple",
        "--find-links wheels",
        "-r more.txt",
        "-e .",
        LOCK.partition("# == run ==\n")[2].partition("\n\n")[0],
    ],
)
def test_u01_lock_file_with_a_loose_line_is_refused(line: str) -> None:
    assert faults("inner-name==1.0 \\\n    --hash=sha256:" + DIGEST, {"inner-name"}) == []
    assert faults(f"{LOCK}\n{line}\n", declared()) != []


def test_u01_dependency_that_the_lock_does_not_pin_is_refused() -> None:
    assert faults(LOCK, declared() | {"inner-name"}) == ["not pinned: inner-name"]


def test_u01_pyproject_names_no_index_and_no_source_of_its_own() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = chain(pyproject["project"]["dependencies"], *pyproject["dependency-groups"].values())
    assert [item for item in requirements if "@" in item or "://" in item] == []
    assert {"uv", "pip", "poetry"}.isdisjoint(pyproject["tool"])


def test_u01_make_installs_nothing_but_hashed_wheels_and_the_checkout_itself() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    calls = [line for line in makefile.splitlines() if "$(PIP_INSTALL)" in line or "pip install" in line]
    definition, *calls = calls
    assert definition.startswith("PIP_INSTALL := ")
    assert "--no-deps" in definition
    assert len(calls) == 2
    for call in calls:
        hashed = "--require-hashes --only-binary :all:" in call
        local = "--no-index --no-build-isolation" in call
        assert hashed or local, call


def wheel(directory: Path, body: bytes) -> Path:
    """Write a wheel of one module, as an index would serve it."""
    path = directory / "inner_name-1.0-py3-none-any.whl"
    files = {
        "inner_name.py": body,
        "inner_name-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: inner-name\nVersion: 1.0\n",
        "inner_name-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(content)}\n"
        archive.writestr("inner_name-1.0.dist-info/RECORD", record + "inner_name-1.0.dist-info/RECORD,,\n")
    return path


def install(directory: Path, requirement: str) -> bool:
    """Install as the Makefile does, from ``directory`` alone, and tell whether pip agreed."""
    (directory / "lock.txt").write_text(requirement + "\n")
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input", "--no-deps"]
    command += ["--require-hashes", "--only-binary", ":all:", "--requirement", str(directory / "lock.txt")]
    command += ["--isolated", "--no-index", "--find-links", str(directory), "--target", str(directory / "site")]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_u01_build_fails_on_a_file_that_the_hash_does_not_cover(tmp_path: Path) -> None:
    digest = hashlib.sha256(wheel(tmp_path, b"VALUE = 1\n").read_bytes()).hexdigest()
    assert install(tmp_path, f"inner-name==1.0 --hash=sha256:{digest}")
    assert (tmp_path / "site" / "inner_name.py").exists()

    assert not install(tmp_path, "inner-name==1.0")
    assert not install(tmp_path, f"inner-name>=1.0 --hash=sha256:{digest}")
    wheel(tmp_path, b"VALUE = 2\n")
    assert not install(tmp_path, f"inner-name==1.0 --hash=sha256:{digest}")
