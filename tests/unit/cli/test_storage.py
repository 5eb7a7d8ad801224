"""``legation backup``, ``restore`` and ``migrate``: from a node to a folder and back, whole or not at all."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from legation.adapters.askar.key import WalletKey
from legation.adapters.folder_lock import FolderLock
from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node
from tests.support.nodes import free_port
from tests.support.wallets import DETAILS

pytestmark = pytest.mark.slow

GRANTED = ("--to", "did:web:a.example", "--details", json.dumps(DETAILS))
FILES = ["manifest.json", "state.db", "wallet.db"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stopped node's data folder, with the agent ana and what she delegated."""
    folder = tmp_path_factory.mktemp("source") / "data"
    with live_node(folder) as live:
        assert invoke("agent", "create", "ana", *live.options).code == 0
        assert invoke("delegation", "issue", "ana", *GRANTED, *live.options).code == 0
    return folder


@pytest.fixture(scope="module")
def backup(source: Path) -> Path:
    target = source.parent / "backup"
    assert back_up(source, target).code == 0
    return target


@pytest.fixture
def copy(backup: Path, tmp_path: Path) -> Path:
    """A backup that a test may damage."""
    return Path(shutil.copytree(backup, tmp_path / "copy"))


@pytest.fixture
def empty(source: Path, tmp_path: Path) -> Path:
    """A data folder with nothing but the wallet's key."""
    folder = tmp_path / "empty"
    folder.mkdir(mode=0o700)
    shutil.copy2(source / "wallet.key", folder)
    return folder


def back_up(data_dir: Path, target: Path, *more: str) -> Outcome:
    return invoke("backup", str(target), "--data-dir", str(data_dir), "--format", "json", *more)


def restore(backup: Path, data_dir: Path, *more: str) -> Outcome:
    return invoke("restore", str(backup), "--data-dir", str(data_dir), "--format", "json", *more)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"lock"}


def change_key(folder: Path) -> None:
    (folder / "wallet.key").unlink()
    WalletKey.create_raw_file(folder / "wallet.key")


# ------------------------------------------------------------------ backup


def test_backup_is_a_private_folder_of_what_it_says(backup: Path) -> None:
    assert sorted(path.name for path in backup.iterdir()) == FILES
    assert stat.S_IMODE(backup.stat().st_mode) == 0o700
    assert {stat.S_IMODE((backup / name).stat().st_mode) for name in FILES} == {0o600}
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["did"].startswith("did:web:localhost")
    assert manifest["counts"]["agents"] == 2
    assert {name: file["bytes"] for name, file in manifest["files"].items()} == {
        name: (backup / name).stat().st_size for name in ("wallet.db", "state.db")
    }


def test_key_of_the_wallet_is_not_in_the_backup_and_that_is_said(source: Path, tmp_path: Path) -> None:
    key = (source / "wallet.key").read_bytes().strip()
    outcome = invoke("backup", str(tmp_path / "b"), "--data-dir", str(source))
    assert str(source / "wallet.key") in outcome.err
    assert not any(key in path.read_bytes() for path in (tmp_path / "b").iterdir())
    assert key.decode() not in outcome.out + outcome.err


def test_restored_node_is_the_same_and_its_agents_sign(backup: Path, empty: Path, tmp_path: Path) -> None:
    restored = restore(backup, empty)
    assert restored.code == 0, restored
    assert names(empty) == {"wallet.db", "wallet.key", "state.db"}
    port = int(restored.json["publicUrl"].rpartition(":")[2])
    with live_node(empty, port=port) as live:
        token = shutil.copy2(backup.parent / "data" / "operator-token", tmp_path / "token")
        options = ("--server", live.url, "--token-file", str(token), "--format", "json")
        assert live.did == restored.json["did"]
        assert invoke("agent", "show", "ana", *options).json["life"] == "active"
        (held,) = invoke("delegation", "list", *options).json
        assert held["issuer"] == f"{live.did}:agents:ana"
        assert invoke("delegation", "issue", "ana", *GRANTED, *options).code == 0
        acts = [entry["act"] for entry in invoke("audit", "list", *options).json]
        assert "backup.restore" in acts


def test_backup_of_a_node_that_runs_has_what_was_acknowledged_and_is_in_its_trail(tmp_path: Path) -> None:
    port, first, second = free_port(), tmp_path / "first", tmp_path / "second"
    with live_node(first, port=port) as live:
        assert invoke("agent", "create", "ben", *live.options).code == 0
        assert back_up(first, tmp_path / "b").code == 0
        assert invoke("agent", "create", "late", *live.options).code == 0
        (entry,) = invoke("audit", "list", "--act", "backup.create", *live.options, "--format", "json").json
        assert (entry["actor"], entry["target"]) == ("local:node", "b")
        token = live.token_file.read_bytes()
    second.mkdir(mode=0o700)
    shutil.copy2(first / "wallet.key", second)
    assert restore(tmp_path / "b", second).code == 0
    (second / "operator-token").write_bytes(token)
    (second / "operator-token").chmod(0o600)
    with live_node(second, port=port) as live:
        agents = [found["name"] for found in invoke("agent", "list", *live.options, "--format", "json").json]
        assert agents == ["ben", "node"]
        assert invoke("delegation", "issue", "ben", *GRANTED, *live.options).code == 0


def test_backup_takes_nothings_place(source: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    outcome = back_up(source, tmp_path / "b")
    assert (outcome.code, outcome.error["code"]) == (1, "conflict")
    assert names(tmp_path) == {"b"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "wallet.key").unlink(), "settings_invalid"),
        (lambda folder: (folder / "wallet.key").chmod(0o644), "settings_invalid"),
        (lambda folder: (folder / "state.db").unlink(), "not_found"),
        (lambda folder: (folder / "wallet.db").unlink(), "not_found"),
        (lambda folder: (folder / "state.db").write_bytes(b"x" * 5000), "settings_invalid"),
        (lambda folder: (folder / "wallet.db").write_bytes(b"x" * 5000), "wallet_unreadable"),
        (change_key, "wallet_key_wrong"),
    ],
)
def test_backup_of_what_is_no_whole_node_leaves_nothing(
    source: Path, tmp_path: Path, spoil: Callable[[Path], object], code: str
) -> None:
    folder = Path(shutil.copytree(source, tmp_path / "data"))
    spoil(folder)
    outcome = back_up(folder, tmp_path / "b")
    assert (outcome.error["code"], outcome.out) == (code, "")
    assert names(tmp_path) == {"data"}


def test_backup_into_a_folder_that_is_not_there_is_refused(source: Path, tmp_path: Path) -> None:
    assert back_up(source, tmp_path / "absent" / "b").error["code"] == "settings_invalid"


# ------------------------------------------------------------------ restore


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(**changes: object) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))

    return act


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: cut(folder / "wallet.db"),
        lambda folder: cut(folder / "state.db"),
        lambda folder: flip(folder / "wallet.db"),
        lambda folder: flip(folder / "state.db"),
        lambda folder: (folder / "wallet.db").unlink(),
        lambda folder: lengthen(folder / "state.db"),
        lambda folder: cut(folder / "manifest.json"),
        lambda folder: (folder / "manifest.json").write_bytes(b"[" * 10_000),
        lambda folder: (folder / "manifest.json").write_bytes(b" " * 100_000),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff"),
        rewrite(version=2),
        rewrite(version=True),
        rewrite(files={}),
        rewrite(files={"../wallet.db": {"sha256": "0" * 64, "bytes": 1}, "state.db": {"sha256": "0" * 64, "bytes": 1}}),
        rewrite(files={"wallet.db": {"sha256": "0" * 64, "bytes": -1}, "state.db": {}}),
        rewrite(did="did:web:other.example"),
        rewrite(did="nobody"),
        rewrite(counts={"agents": "many"}),
        rewrite(legation="\x1b[2J"),
        rewrite(more=1),
    ],
)
def test_backup_that_is_not_what_it_says_is_refused_and_nothing_is_written(
    copy: Path, empty: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(copy)
    outcome = restore(copy, empty)
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "backup_unusable", "")
    assert names(empty) == {"wallet.key"}


def test_backup_of_two_nodes_is_refused(copy: Path, empty: Path, tmp_path: Path, source: Path) -> None:
    with live_node(tmp_path / "other") as live:
        assert invoke("agent", "create", "eve", *live.options).code == 0
    shutil.copy2(source / "wallet.key", tmp_path / "key")
    assert back_up(tmp_path / "other", tmp_path / "b").code == 0
    theirs, ours = (json.loads((folder / "manifest.json").read_text()) for folder in (tmp_path / "b", copy))
    shutil.copy2(tmp_path / "b" / "state.db", copy / "state.db")
    mixed = {**ours["files"], "state.db": theirs["files"]["state.db"]}
    rewrite(did=theirs["did"], files=mixed)(copy)
    assert restore(copy, empty).error["code"] == "backup_unusable"
    assert names(empty) == {"wallet.key"}


def test_restore_with_another_wallets_key_is_refused(backup: Path, empty: Path) -> None:
    change_key(empty)
    outcome = restore(backup, empty)
    assert (outcome.code, outcome.error["code"]) == (1, "wallet_key_wrong")
    assert names(empty) == {"wallet.key"}


def test_restore_without_the_key_is_refused(backup: Path, tmp_path: Path) -> None:
    outcome = restore(backup, tmp_path / "new")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")
    assert "wallet.key" in outcome.error["message"]


def test_key_elsewhere_is_named_by_its_option(backup: Path, source: Path, tmp_path: Path) -> None:
    key = ("--wallet-key-file", str(source / "wallet.key"))
    assert restore(backup, tmp_path / "new", *key).code == 0
    assert names(tmp_path / "new") == {"wallet.db", "state.db"}


@pytest.mark.parametrize("name", ["wallet.db", "state.db", "state.db-wal"])
def test_restore_writes_over_nothing(backup: Path, empty: Path, name: str) -> None:
    (empty / name).write_bytes(b"mine")
    outcome = restore(backup, empty)
    assert (outcome.code, outcome.error["code"]) == (1, "conflict")
    assert (empty / name).read_bytes() == b"mine"
    assert names(empty) == {"wallet.key", name}


def test_restore_where_a_node_is_at_work_is_refused(backup: Path, empty: Path) -> None:
    lock = FolderLock.take(empty)
    assert restore(backup, empty).error["code"] == "settings_invalid"
    lock.release()
    assert restore(backup, empty).code == 0


def test_folder_that_is_no_backup_is_not_found(empty: Path, tmp_path: Path) -> None:
    outcome = restore(tmp_path / "absent", empty)
    assert (outcome.code, outcome.error["code"]) == (1, "not_found")


# ------------------------------------------------------------------ migrate


def test_state_of_this_version_has_nothing_due(source: Path) -> None:
    for options in ((), ("--check",)):
        outcome = invoke("migrate", *options, "--data-dir", str(source), "--format", "json")
        assert (outcome.code, outcome.json["due"]) == (0, False)
        assert outcome.json["found"] == outcome.json["newest"]


def test_state_without_tables_is_due_and_is_migrated_once(tmp_path: Path) -> None:
    (tmp_path / "state.db").touch(mode=0o600)
    words = ("migrate", "--data-dir", str(tmp_path), "--format", "json")
    due = invoke(*words, "--check")
    assert (due.code, due.json["found"], due.json["due"]) == (1, 0, True)
    assert invoke(*words).json["found"] == 0
    assert invoke(*words, "--check").code == 0


def test_state_that_is_not_there_is_not_made_by_the_way(tmp_path: Path) -> None:
    for options in ((), ("--check",)):
        assert invoke("migrate", *options, "--data-dir", str(tmp_path), "--format", "json").error["code"] == "not_found"
    assert names(tmp_path) == set()


def test_migration_where_a_node_is_at_work_is_refused(node: LiveNode) -> None:
    assert invoke("migrate", "--data-dir", str(node.folder), "--format", "json").error["code"] == "settings_invalid"
    assert invoke("migrate", "--check", "--data-dir", str(node.folder)).code == 0
