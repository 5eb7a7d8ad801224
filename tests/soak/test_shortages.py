"""A disk that is full under load: a small file system, and a limit on the size of every file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.load import Books
from tests.support.postgres import start_postgres
from tests.support.processes import NodeProcess, ready
from tests.support.survival import Stores, check_answers, check_stores, limit_files, on_server, outlive_shortage

pytestmark = pytest.mark.slow


@contextmanager
def small_disk(folder: Path, *, mebibytes: int) -> Iterator[Path]:
    """A file system of its own, which only who may mount one has."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"nothing can be mounted here: {type(error).__name__}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True, timeout=10)


def fill(ballast: Path) -> None:
    """Take all room that there is."""
    with ballast.open("wb") as file:
        while True:
            try:
                os.write(file.fileno(), bytes(1024))
            except OSError:
                return


def outlive(
    node: NodeProcess,
    fill_it: Callable[[], None],
    empty: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Let a node run out of room, and see what is left."""
    books = Books()

    async def run() -> None:
        async with ready(node):
            shortage = await outlive_shortage(node, books, fill=fill_it, empty=empty)
            with capsys.disabled():
                print(f"\n{node.workers} workers: {shortage.line()}")
            await check_answers(node, books, sample=500)
            node.stop()
        # what could not be undone without room, a start undoes
        async with ready(node):
            await check_answers(node, books, sample=500)
            on_sqlite = "LEGATION_DATABASE_URL" not in node.environment
            await check_stores(Stores.of(node), books, finish=not on_sqlite)

    asyncio.run(run())


@pytest.mark.parametrize("workers", [1, 2])
def test_k03_node_outlives_a_full_disk(tmp_path: Path, workers: int, capsys: pytest.CaptureFixture[str]) -> None:
    with small_disk(tmp_path / "disk", mebibytes=40) as disk:
        ballast = disk / "ballast"
        outlive(NodeProcess(disk, workers=workers), lambda: fill(ballast), ballast.unlink, capsys)


def test_k03_node_outlives_a_full_disk_of_its_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "disk", mebibytes=120) as disk:
        with monkeypatch.context() as patch:
            patch.setattr(tempfile, "tempdir", str(disk))
            postgres = start_postgres()
        ballast = disk / "ballast"
        try:
            node = NodeProcess(tmp_path, environment=on_server(postgres))
            outlive(node, lambda: fill(ballast), ballast.unlink, capsys)
        finally:
            postgres.remove()


@pytest.mark.parametrize("workers", [1, 2])
def test_k03_node_outlives_a_limit_on_its_files(
    tmp_path: Path, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    node = NodeProcess(tmp_path, workers=workers)
    outlive(node, lambda: limit_files(node, 60_000), lambda: limit_files(node, None), capsys)
