"""Write constraints.txt: one resolution for all platforms, every file hashed, one section per job that needs it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "constraints.txt"
UV = Path(sys.executable).with_name("uv")

# Section -> dependency groups of pyproject.toml that it adds. Each section stands on the ones above it.
SECTIONS = {"run": ["build"], "test": ["test"], "bench": ["bench"], "interop": ["interop"], "lock": ["lock"]}
HEADER = """\
# Every file that this checkout may install, exactly pinned and hashed, for Python 3.11+ on every platform.
# Written by `make lock` from pyproject.toml; `make lock UPGRADE=1` moves the pins. Never edit by hand.
# pip checks hashes only for requirements that it reads from a file, so the Makefile hands it one section at a time.
"""


def compile_pins(groups: list[str], *options: str) -> str:
    """Resolve the product and ``groups`` with uv; wheels only, because building would fetch what no hash covers."""
    command = [str(UV), "pip", "compile", "pyproject.toml", "--quiet", "--universal", "--python-version", "3.11"]
    command += ["--only-binary", ":all:", "--no-header", "--no-emit-index-url", "--no-emit-find-links", *options]
    for group in groups:
        command += ["--group", group]
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout


def split_blocks(pins: str) -> dict[str, str]:
    """Map each distribution's name to its lines."""
    blocks: dict[str, str] = {}
    name = ""
    for line in pins.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            name = line.partition("==")[0]
            blocks.setdefault(name, "")  # there are two where versions of Python need different ones
        blocks[name] += line
    return blocks


def main() -> None:
    """Resolve everything once, then put each distribution into the first section that needs it."""
    everything = [group for groups in SECTIONS.values() for group in groups]
    with tempfile.TemporaryDirectory() as directory:
        output = Path(directory) / "pins.txt"
        if LOCK.exists() and "--upgrade" not in sys.argv:
            output.write_text(LOCK.read_text())  # uv keeps the pins that it finds in its output file
        compile_pins(everything, "--generate-hashes", "--no-annotate", "--output-file", str(output))
        blocks = split_blocks(output.read_text())
        text, groups = HEADER, list[str]()
        for section, added in SECTIONS.items():
            groups += added
            needed = split_blocks(compile_pins(groups, "--no-annotate", "--constraint", str(output)))
            text += f"\n# == {section} ==\n" + "".join(blocks.pop(name) for name in sorted(needed) if name in blocks)
    LOCK.write_text(text)


if __name__ == "__main__":
    main()
