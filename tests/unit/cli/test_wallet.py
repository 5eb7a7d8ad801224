"""``legation wallet rekey``: another key for a wallet, with one that opens it whatever happens in between."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest.mock import patch

import pytest

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.key_file import next_key_file
from legation.errors import SettingsError
from legation.maintenance import rekeying
from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node
from tests.support.wallets import write_private


@pytest.fixture
def wallet(tmp_path: Path) -> Path:
    path = tmp_path / "w.db"
    assert on(path, "wallet", "init").code == 0
    assert on(path, "agent", "create", "ana").code == 0
    return path


def on(wallet: Path, *words: str) -> Outcome:
    return invoke(*words, "--wallet", str(wallet), "--format", "json")


def test_wallet_opens_with_its_new_key_and_not_with_the_old_one(wallet: Path) -> None:
    key = wallet.with_name("w.key")
    old = write_private(wallet.with_name("old.key"), key.read_bytes())
    outcome = on(wallet, "wallet", "rekey")
    assert outcome.json == {"walletKeyFile": str(key)}
    assert key.read_bytes() != old.read_bytes()
    assert not next_key_file(key).exists()
    assert [agent["name"] for agent in on(wallet, "agent", "list").json] == ["ana"]
    assert on(wallet, "agent", "list", "--wallet-key-file", str(old)).error["code"] == "wallet_key_wrong"


def test_rekey_that_was_cut_off_before_the_file_changed_is_ended_by_the_same_command(wallet: Path) -> None:
    with patch.object(rekeying, "replace_private", side_effect=SettingsError("the power went")):
        assert on(wallet, "wallet", "rekey").code == 1
    assert on(wallet, "agent", "list").error["code"] == "wallet_key_wrong"
    assert on(wallet, "wallet", "rekey").code == 0
    assert [agent["name"] for agent in on(wallet, "agent", "list").json] == ["ana"]


def test_rekey_that_was_cut_off_before_the_wallet_changed_is_begun_again(wallet: Path) -> None:
    WalletKey.create_raw_file(next_key_file(wallet.with_name("w.key")))
    assert on(wallet, "agent", "list").code == 0
    assert on(wallet, "wallet", "rekey").code == 0
    assert on(wallet, "agent", "list").code == 0


def test_key_that_the_owner_made_is_taken_and_no_file_is_moved(wallet: Path) -> None:
    mine = wallet.with_name("mine.key")
    WalletKey.create_raw_file(mine)
    before = wallet.with_name("w.key").read_bytes()
    assert on(wallet, "wallet", "rekey", "--new-key-file", str(mine)).json == {"walletKeyFile": str(mine)}
    assert wallet.with_name("w.key").read_bytes() == before
    assert on(wallet, "agent", "list").error["code"] == "wallet_key_wrong"
    assert on(wallet, "agent", "list", "--wallet-key-file", str(mine)).code == 0


@pytest.mark.slow
def test_passphrase_is_replaced_by_one_that_the_owner_wrote(tmp_path: Path) -> None:
    wallet, kind = tmp_path / "p.db", ("--key-kind", "passphrase")
    write_private(tmp_path / "p.key", "correct horse battery staple\n")
    mine = write_private(tmp_path / "new.key", "staple battery horse correct\n")
    assert on(wallet, "wallet", "init", *kind).code == 0
    assert on(wallet, "wallet", "rekey", *kind).error["code"] == "usage"
    assert on(wallet, "wallet", "rekey", *kind, "--new-key-file", str(mine)).code == 0
    assert on(wallet, "agent", "list", *kind, "--wallet-key-file", str(mine)).code == 0


@pytest.mark.parametrize("content", [None, "hunter2hunter2", b"\xff" * 44])
def test_new_key_that_is_none_changes_nothing_and_is_not_shown(wallet: Path, content: bytes | str | None) -> None:
    mine = wallet.with_name("mine.key")
    if content is not None:
        write_private(mine, content)
    outcome = on(wallet, "wallet", "rekey", "--new-key-file", str(mine))
    assert outcome.code == 1
    assert "hunter2" not in outcome.err
    assert on(wallet, "agent", "list").code == 0


def test_one_wallet_has_to_be_named(wallet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert invoke("wallet", "rekey", "--format", "json").error["code"] == "usage"
    assert on(wallet, "wallet", "rekey", "--data-dir", str(wallet.parent)).error["code"] == "usage"
    monkeypatch.setenv("LEGATION_WALLET", str(wallet))
    # a flag comes before a variable: this is about the node, of which there is none
    outcome = invoke("wallet", "rekey", "--data-dir", str(wallet.parent), "--format", "json")
    assert outcome.error["code"] == "not_found"
    assert invoke("wallet", "rekey", "--format", "json").code == 0


def test_wallet_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    write_private(tmp_path / "w.key", b"")
    assert on(tmp_path / "w.db", "wallet", "rekey").code == 1
    assert {path.name for path in tmp_path.iterdir()} == {"w.key"}


# ------------------------------------------------------------------ a node's


@pytest.mark.slow
def test_stopped_node_gets_a_new_key_and_goes_on_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with live_node(folder) as live:
        assert invoke("agent", "create", "ana", *live.options).code == 0
        port = int(live.url.rpartition(":")[2])
    before = (folder / "wallet.key").read_bytes()
    outcome = invoke("wallet", "rekey", "--data-dir", str(folder), "--format", "json")
    assert outcome.json == {"walletKeyFile": str(folder / "wallet.key")}
    assert (folder / "wallet.key").read_bytes() != before
    with live_node(folder, port=port) as live:
        issue = ("delegation", "issue", "ana", "--to", "did:web:a.example", "--details", '{"type":"t","actions":["a"]}')
        assert invoke(*issue, *live.options).code == 0
        (entry,) = invoke("audit", "list", "--act", "wallet.rekey", *live.options, "--format", "json").json
        assert (entry["actor"], entry["outcome"]) == ("local:node", "done")


def test_node_that_runs_keeps_its_key(node: LiveNode) -> None:
    before = (node.folder / "wallet.key").read_bytes()
    outcome = invoke("wallet", "rekey", "--data-dir", str(node.folder), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")
    assert (node.folder / "wallet.key").read_bytes() == before


def test_nodes_wallet_is_not_rekeyed_behind_its_back(node: LiveNode) -> None:
    assert on(node.folder / "wallet.db", "wallet", "rekey").error["code"] == "usage"


def test_owners_wallet_is_not_rekeyed_as_a_nodes(wallet: Path, node: LiveNode, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir(mode=0o700)
    shutil.copy2(wallet, folder / "wallet.db")
    shutil.copy2(wallet.with_name("w.key"), folder / "wallet.key")
    (folder / "state.db").touch(mode=0o600)
    assert invoke("wallet", "rekey", "--data-dir", str(folder), "--format", "json").error["code"] == "not_found"
    (folder / "state.db").unlink()
    assert [agent["name"] for agent in on(folder / "wallet.db", "agent", "list").json] == ["ana"]
