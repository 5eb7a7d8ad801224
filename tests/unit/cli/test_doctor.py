"""``legation doctor``: each thing that can ail a node has its line, and no line has a key in it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.adapters.askar.key_file import next_key_file
from legation.adapters.system_clock import write_mark
from legation.domain.operators import build_operator_token
from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node
from tests.support.nodes import free_port
from tests.support.wallets import write_private


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> LiveNode:
    """A node that ran, and does no more."""
    with live_node(tmp_path_factory.mktemp("stopped") / "data") as live:
        assert invoke("agent", "create", "ana", *live.options).code == 0
    return live


@pytest.fixture
def folder(stopped: LiveNode, tmp_path: Path) -> Path:
    """Its data folder, which a test may spoil."""
    return Path(shutil.copytree(stopped.folder, tmp_path / "data"))


def examine(folder: Path, url: str, *more: str) -> Outcome:
    place = ("--data-dir", str(folder), "--public-url", url, "--dangerously-allow-loopback")
    return invoke("doctor", *place, "--format", "json", *more)


def verdicts(outcome: Outcome) -> dict[str, str]:
    order = ["ok", "warn", "fail"]
    found: dict[str, str] = {}
    for line in outcome.json:
        worst = max(found.get(line["check"], "ok"), line["verdict"], key=order.index)
        found[line["check"]] = worst
    return found


def secrets_in(folder: Path) -> list[str]:
    return [(folder / name).read_text().strip() for name in ("wallet.key", "operator-token")]


# ------------------------------------------------------------------ on its own machine


def test_healthy_node_has_nothing_to_mend(stopped: LiveNode) -> None:
    outcome = examine(stopped.folder, stopped.url)
    assert outcome.code == 0
    found = verdicts(outcome)
    assert {name for name, verdict in found.items() if verdict != "ok"} == {"settings"}
    assert found.keys() >= {"data folder", "wallet key", "wallet", "state", "node", "node's keys", "recovery", "clock"}
    assert found.keys() >= {"operator token", "port", "versions", "extras", "disk"}


def test_node_that_runs_resolves_to_itself(node: LiveNode) -> None:
    found = verdicts(examine(node.folder, node.url))
    assert (found["port"], found["public URL"]) == ("ok", "ok")


def test_every_line_that_is_not_well_says_what_to_do(folder: Path, stopped: LiveNode) -> None:
    (folder / "wallet.key").chmod(0o644)
    folder.chmod(0o755)
    lines = examine(folder, stopped.url).json
    assert {line["verdict"] for line in lines} == {"ok", "warn", "fail"}
    assert [line["check"] for line in lines if line["verdict"] != "ok" and not line.get("fix")] == []
    drawn = invoke("doctor", "--data-dir", str(folder), "--public-url", stopped.url, "--dangerously-allow-loopback")
    assert f"chmod 600 {folder / 'wallet.key'}" in drawn.out


def lose(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def expose(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).chmod(0o644)


def spoil(name: str) -> Callable[[Path], object]:
    return lambda folder: write_private(folder / name, b"x" * 5000)


def change_tables(statement: str) -> Callable[[Path], None]:
    """Write into the state as nobody of ours would; from another process, as ours may have had it open."""

    def act(folder: Path) -> None:
        code = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit(); c.close()"
        subprocess.run([sys.executable, "-c", code, str(folder / "state.db"), statement], check=True, timeout=30)

    return act


def begin_rekey(folder: Path) -> None:
    write_private(next_key_file(folder / "wallet.key"), b"x")


def set_clock_back(folder: Path) -> None:
    (folder / "clock").unlink(missing_ok=True)
    write_mark(folder / "clock", datetime.now(UTC) + timedelta(days=2))


def forget_keys(folder: Path) -> None:
    for name in ("wallet.db", "wallet.key"):
        (folder / name).unlink()
    assert invoke("wallet", "init", "--wallet", str(folder / "wallet.db"), "-q").code == 0


@pytest.mark.parametrize(
    ("harm", "check", "verdict"),
    [
        (lambda folder: folder.chmod(0o750), "data folder", "warn"),
        (lose("wallet.key"), "wallet key", "fail"),
        (expose("wallet.key"), "wallet key", "fail"),
        (lose("wallet.db"), "wallet", "fail"),
        (expose("wallet.db"), "wallet", "fail"),
        (spoil("wallet.db"), "wallet", "fail"),
        (forget_keys, "node's keys", "fail"),
        (begin_rekey, "new wallet key", "warn"),
        (lose("state.db"), "state", "fail"),
        (expose("state.db"), "state", "fail"),
        (spoil("state.db"), "state", "fail"),
        (change_tables("UPDATE schema_version SET version = 1"), "state", "fail"),
        (change_tables("UPDATE schema_version SET version = 99"), "state", "fail"),
        (change_tables("DELETE FROM agents"), "node", "fail"),
        (change_tables("INSERT INTO intents VALUES ('a', 1)"), "recovery", "warn"),
        (set_clock_back, "clock", "fail"),
        (lose("operator-token"), "operator token", "warn"),
        (expose("operator-token"), "operator token", "fail"),
        (spoil("operator-token"), "operator token", "fail"),
        (lambda folder: write_private(folder / "operator-token", "hunter2"), "operator token", "fail"),
        (
            lambda folder: write_private(folder / "operator-token", build_operator_token(bytes(32))),
            "operator token",
            "warn",
        ),
    ],
)
def test_what_ails_a_node_is_found_and_no_key_is_shown(
    folder: Path, stopped: LiveNode, harm: Callable[[Path], object], check: str, verdict: str
) -> None:
    hidden = secrets_in(folder)
    harm(folder)
    outcome = examine(folder, stopped.url)
    assert verdicts(outcome)[check] == verdict
    assert outcome.code == (1 if "fail" in verdicts(outcome).values() else 0)
    hidden += [path.read_text() for path in folder.glob("operator-token") if os.access(path, os.R_OK)]
    assert not [secret for secret in [*hidden, "hunter2"] if secret in outcome.out + outcome.err]


def test_looking_changes_nothing(folder: Path, stopped: LiveNode) -> None:
    def seen() -> dict[str, bytes]:
        return {
            path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name not in ("lock", "wallet.db")
        }

    before = seen()
    examine(folder, stopped.url)
    assert seen() == before
    for name in ("wallet.db", "state.db"):
        (folder / name).unlink()
    examine(folder, stopped.url)
    assert {path.name for path in folder.iterdir()}.isdisjoint({"wallet.db", "state.db"})


def test_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    outcome = examine(tmp_path / "absent", "http://localhost:8080")
    assert (outcome.code, verdicts(outcome)["data folder"]) == (1, "fail")
    assert not (tmp_path / "absent").exists()


def test_other_public_url_than_the_nodes_is_found(folder: Path) -> None:
    assert verdicts(examine(folder, "http://localhost:1"))["node"] == "fail"


@pytest.fixture
def stranger() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_another_program_on_the_port_is_found(folder: Path, stranger: int) -> None:
    assert verdicts(examine(folder, f"http://localhost:{stranger}"))["port"] == "fail"


def test_settings_that_are_refused_are_a_finding_and_the_rest_is_looked_at(folder: Path, stopped: LiveNode) -> None:
    words = ("doctor", "--data-dir", str(folder), "--public-url", stopped.url, "--format", "json")
    outcome = invoke(*words)
    found = verdicts(outcome)
    assert (outcome.code, found["settings"], found["node's keys"]) == (1, "fail", "ok")


def test_settings_that_cannot_be_read_are_the_only_finding(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("nonsense = [")
    outcome = invoke("doctor", "--config", str(config), "--format", "json")
    assert (outcome.code, [line["verdict"] for line in outcome.json]) == (1, ["fail"])


# ------------------------------------------------------------------ from outside


def test_node_that_answers_is_well_from_outside(node: LiveNode) -> None:
    outcome = invoke("doctor", *node.options, "--format", "json")
    found = verdicts(outcome)
    assert outcome.code == 0
    assert set(found.values()) == {"ok"}
    assert found.keys() >= {"reachable", "clock", "health", "DID document", "token"}


def test_without_a_token_the_rest_is_looked_at(node: LiveNode) -> None:
    outcome = invoke("doctor", "--server", node.url, "--format", "json")
    assert (outcome.code, verdicts(outcome)["token"]) == (0, "warn")


@pytest.mark.parametrize("content", ["hunter2", build_operator_token(bytes(32))])
def test_token_that_does_not_serve_is_found_and_not_shown(node: LiveNode, tmp_path: Path, content: str) -> None:
    file = write_private(tmp_path / "token", content)
    outcome = invoke("doctor", "--server", node.url, "--token-file", str(file), "--format", "json")
    assert (outcome.code, verdicts(outcome)["token"]) == (1, "fail")
    assert content not in outcome.out + outcome.err


def test_node_that_does_not_answer_is_the_only_finding() -> None:
    outcome = invoke("doctor", "--server", f"http://localhost:{free_port()}", "--format", "json")
    assert (outcome.code, verdicts(outcome)) == (1, {"reachable": "fail"})


@pytest.mark.parametrize("server", ["localhost", "http://node.example", "https://x/path"])
def test_server_that_cannot_be_one_is_refused(server: str) -> None:
    outcome = invoke("doctor", "--server", server, "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")


def test_inside_and_outside_are_not_looked_at_together(node: LiveNode, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ("--data-dir", str(node.folder), "--public-url", node.url)
    assert invoke("doctor", *node.options, *here, "--format", "json").error["code"] == "usage"
    monkeypatch.setenv("LEGATION_SERVER", node.url)
    # a flag comes before a variable
    assert "wallet" in verdicts(invoke("doctor", *here, "--format", "json"))
