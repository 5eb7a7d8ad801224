"""Where a command acts: one place, named, and never two or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from legation.domain.operators import build_operator_token
from tests.support.commands import invoke
from tests.support.live import LiveNode
from tests.support.nodes import free_port
from tests.support.wallets import write_private

BOTH = [("agent", "list"), ("agent", "show", "x"), ("delegation", "list"), ("delegation", "show", "x")]
CANARY = "hunter2hunter2hunter2"


@pytest.fixture
def wallet(tmp_path: Path) -> Path:
    path = tmp_path / "w.db"
    assert invoke("wallet", "init", "--wallet", str(path), "-q").code == 0
    return path


@pytest.mark.parametrize("command", BOTH)
def test_without_a_place_nothing_is_guessed_and_both_ways_are_told(command: tuple[str, ...]) -> None:
    outcome = invoke(*command, "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "usage")
    assert {"--server", "--token-file", "--wallet"} <= set(outcome.error["fix"].replace(",", " ").split())


@pytest.mark.parametrize("command", BOTH)
def test_two_places_are_refused(command: tuple[str, ...], node: LiveNode, wallet: Path) -> None:
    outcome = invoke(*command, *node.options, "--wallet", str(wallet), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "usage")


def test_two_places_in_the_environment_are_refused(
    node: LiveNode, wallet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_SERVER", node.url)
    monkeypatch.setenv("LEGATION_WALLET", str(wallet))
    assert invoke("agent", "list", "--format", "json").error["code"] == "usage"


def test_flag_comes_before_a_variable_of_the_other_place(
    node: LiveNode, wallet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_SERVER", node.url)
    monkeypatch.setenv("LEGATION_TOKEN_FILE", str(node.token_file))
    assert invoke("agent", "list", "--wallet", str(wallet), "--format", "json").json == []
    monkeypatch.setenv("LEGATION_WALLET", str(wallet))
    found = invoke("agent", "list", "--all", "--server", node.url, "--format", "json").json
    assert "node" in {agent["name"] for agent in found}


def test_variables_alone_name_a_node(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_SERVER", node.url)
    monkeypatch.setenv("LEGATION_TOKEN_FILE", str(node.token_file))
    assert invoke("key", "list", "node").code == 0


def test_without_a_token_file_nobody_is_asked(node: LiveNode) -> None:
    outcome = invoke("agent", "list", "--server", node.url, "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (3, "authentication_required")


def test_token_file_that_is_not_there_is_an_answer_of_its_own(node: LiveNode, absent: Path) -> None:
    outcome = invoke("agent", "list", "--server", node.url, "--token-file", str(absent), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (3, "authentication_required")


@pytest.mark.parametrize("content", [CANARY, "", f"{CANARY}\n{CANARY}", "\udcff".encode("utf-8", "surrogateescape")])
def test_file_that_holds_no_token_is_sent_nowhere_and_shown_nowhere(tmp_path: Path, content: bytes | str) -> None:
    file = write_private(tmp_path / "token", content)
    # nobody listens there: had anything been sent, the node would be unreachable
    server = f"http://localhost:{free_port()}"
    outcome = invoke("agent", "list", "--server", server, "--token-file", str(file), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")
    assert CANARY not in outcome.err


def test_token_file_that_others_may_read_is_refused(node: LiveNode, tmp_path: Path) -> None:
    file = write_private(tmp_path / "token", node.token_file.read_bytes(), mode=0o644)
    words = ("agent", "list", "--server", node.url, "--token-file", str(file), "--format", "json")
    assert invoke(*words).error["code"] == "settings_invalid"
    file.chmod(0o600)
    assert invoke(*words).code == 0


def test_token_that_the_node_does_not_know_exits_with_3(node: LiveNode, tmp_path: Path) -> None:
    file = write_private(tmp_path / "token", build_operator_token(bytes(32)))
    outcome = invoke("agent", "list", "--server", node.url, "--token-file", str(file), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (3, "authentication_required")


def test_node_that_does_not_answer_exits_with_4(node: LiveNode) -> None:
    server = f"http://localhost:{free_port()}"
    outcome = invoke("agent", "list", "--server", server, "--token-file", str(node.token_file), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (4, "unavailable")


@pytest.mark.parametrize("server", ["localhost", "http://node.example", "ftp://x", "http://localhost:1/path", "\n"])
def test_server_that_cannot_be_one_is_refused(node: LiveNode, server: str) -> None:
    outcome = invoke("agent", "list", "--server", server, "--token-file", str(node.token_file), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")


@pytest.mark.parametrize("command", [*BOTH, ("agent", "create", "x"), ("credential", "list")])
def test_wallet_of_a_node_is_not_worked_on_behind_its_back(node: LiveNode, command: tuple[str, ...]) -> None:
    outcome = invoke(*command, "--wallet", str(node.folder / "wallet.db"), "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "usage")
    assert "--server" in outcome.error["fix"]
