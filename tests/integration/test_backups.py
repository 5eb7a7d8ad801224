"""Backups of nodes on PostgreSQL: from there and back, and from there into files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node
from tests.support.nodes import free_port
from tests.support.postgres import shared_postgres
from tests.support.wallets import DETAILS

pytestmark = pytest.mark.slow

ISSUE = ("delegation", "issue", "ana", "--to", "did:web:a.example", "--details", json.dumps(DETAILS))


class Place:
    """A node's data folder, with its stores in databases of their own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.urls = {name: shared_postgres().create_database() for name in ("wallet_url", "database_url")}

    def command(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> Outcome:
        with monkeypatch.context() as patch:
            for name, url in self.urls.items():
                patch.setenv(f"LEGATION_{name.upper()}", url)
            return invoke(*words, "--data-dir", str(self.folder), "--format", "json")


@pytest.fixture
def source(tmp_path: Path) -> tuple[Place, int]:
    """A node on PostgreSQL that ran, and its port."""
    place, port = Place(tmp_path / "source"), free_port()
    with live_node(place.folder, port=port, **place.urls) as live:
        assert invoke("agent", "create", "ana", *live.options).code == 0
        assert invoke(*ISSUE, *live.options).code == 0
    return place, port


def move_secrets(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, exist_ok=True)
    for name in ("wallet.key", "operator-token"):
        shutil.copy2(source / name, target)


def check_same(live: LiveNode) -> None:
    assert invoke(*ISSUE, *live.options).code == 0
    assert len(invoke("delegation", "list", *live.options, "--format", "json").json) == 2
    assert invoke("audit", "list", "--act", "backup.restore", *live.options, "--format", "json").json


def test_node_on_postgresql_comes_back_into_empty_databases_and_into_no_others(
    source: tuple[Place, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, port = source
    assert first.command(monkeypatch, "backup", str(tmp_path / "b")).code == 0
    second = Place(tmp_path / "second")
    move_secrets(first.folder, second.folder)
    restored = second.command(monkeypatch, "restore", str(tmp_path / "b"))
    assert restored.code == 0, restored
    with live_node(second.folder, port=port, **second.urls) as live:
        check_same(live)
    again = second.command(monkeypatch, "restore", str(tmp_path / "b"))
    assert (again.code, again.error["code"]) == (1, "conflict")


def test_node_on_postgresql_moves_into_files(
    source: tuple[Place, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, port = source
    assert first.command(monkeypatch, "backup", str(tmp_path / "b")).code == 0
    folder = tmp_path / "files"
    move_secrets(first.folder, folder)
    assert invoke("restore", str(tmp_path / "b"), "--data-dir", str(folder)).code == 0
    with live_node(folder, port=port) as live:
        check_same(live)


def test_doctor_and_migrate_look_at_databases(source: tuple[Place, int], monkeypatch: pytest.MonkeyPatch) -> None:
    place, port = source
    assert place.command(monkeypatch, "migrate", "--check").json["due"] is False
    here = ("--public-url", f"http://localhost:{port}", "--dangerously-allow-loopback")
    lines = place.command(monkeypatch, "doctor", *here).json
    assert {line["check"]: line["verdict"] for line in lines}["node's keys"] == "ok"


def test_password_of_a_database_is_in_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "data")
    place.folder.mkdir()
    place.urls = {"database_url": f"postgresql://me:hunter2@localhost:{free_port()}/node"}
    for words in (("backup", str(tmp_path / "b")), ("migrate", "--check"), ("doctor", "--dangerously-allow-loopback")):
        outcome = place.command(monkeypatch, *words)
        assert outcome.code != 0
        assert "hunter2" not in outcome.out + outcome.err
