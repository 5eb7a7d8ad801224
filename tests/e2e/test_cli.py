"""The command line as people use it: real processes, real wallet files, from an empty folder to ALLOW and DENY."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.support.commands import Outcome, invoke, spawn

DETAILS = [{"type": "mcp_tool", "actions": ["read", "write"], "locations": ["https://ads.example/mcp"]}]
NARROWER = [{**DETAILS[0], "actions": ["read"]}]
WIDER = [{**DETAILS[0], "actions": ["read", "write", "erase"]}]
REQUEST = {"type": "mcp_tool", "action": "read", "location": "https://ads.example/mcp"}
PRESENTED = ("--challenge", "c-1", "--domain", "https://bank.example")


@dataclass(frozen=True)
class Journey:
    """A folder with the wallets ``acme.wallet`` and ``bank.wallet``, and what the commands so far have printed."""

    folder: Path
    planner: str
    worker: str
    tool: str
    root: str
    leaf: str

    def run(self, *arguments: str, stdin: str = "", wallet: str | None = None, **environment: str) -> Outcome:
        """Run a command in this process, which is quicker; the fixture and two tests use real ones."""
        if wallet is not None:
            environment["LEGATION_WALLET"] = wallet
        with chdir(self.folder), patch.dict(os.environ, environment):
            return invoke(*arguments, stdin=stdin.encode())

    def process(self, *arguments: str, stdin: str = "") -> Outcome:
        """Run a command as a process of its own."""
        return spawn(*arguments, folder=self.folder, stdin=stdin.encode())

    def judge(self, *arguments: str, stdin: str = "") -> tuple[int, str | None]:
        return answer_of(self.run("verify", *arguments, "--trust", self.planner, "--format", "json", stdin=stdin))


def answer_of(outcome: Outcome) -> tuple[int, str | None]:
    """Return exit code and code of a verdict."""
    error = outcome.json["error"]
    return outcome.code, None if error is None else error["code"]


def made(folder: Path, *arguments: str, wallet: str = "acme.wallet") -> str:
    """Run a command that succeeds, and return its line."""
    outcome = spawn(*arguments, "--wallet", wallet, folder=folder)
    assert (outcome.code, outcome.err.startswith("✔")) == (0, True), outcome
    return outcome.out.strip()


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """Planner, of one wallet, delegates to worker, of the same; worker to tool, of another wallet."""
    folder = tmp_path_factory.mktemp("journey")
    made(folder, "wallet", "init")
    made(folder, "wallet", "init", wallet="bank.wallet")
    planner, worker = (made(folder, "agent", "create", name) for name in ("planner", "worker"))
    tool = made(folder, "agent", "create", "tool", "--key-type", "p256", wallet="bank.wallet")
    (folder / "details.json").write_text(json.dumps(DETAILS))
    tokens = ("--secure", "vc+jwt")
    root = made(folder, "delegate", "planner", "--to", worker, "--details", "@details.json", *tokens, "--out", "1.json")
    narrower = ("--details", json.dumps(NARROWER))
    leaf = made(folder, "attenuate", root, "--to", tool, *narrower, *tokens, "--valid-for", "30m", "--out", "2.json")
    made(folder, "credential", "import", "2.json", wallet="bank.wallet")
    return Journey(folder, planner, worker, tool, root, leaf)


# ------------------------------------------------------------------ the journey


def test_wallet_and_key_are_files_of_their_owner_alone(journey: Journey) -> None:
    for name in ("acme.wallet", "acme.wallet.key"):
        assert stat.S_IMODE((journey.folder / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(("action", "answer"), [("read", (0, None)), ("write", (6, "request_not_covered"))])
def test_what_was_passed_on_is_allowed_and_what_was_not_is_denied(
    journey: Journey, action: str, answer: tuple[int, str | None]
) -> None:
    shown = journey.process("present", journey.leaf, *PRESENTED, "--wallet", "bank.wallet")
    assert (shown.code, shown.err) == (0, "")
    asked = ("--request", json.dumps({**REQUEST, "action": action}), "--trust", journey.planner, "--format", "json")
    assert answer_of(journey.process("verify", "-", *PRESENTED, *asked, stdin=shown.out)) == answer


def test_chain_in_a_file_is_narrowed_and_presented_like_a_held_one(journey: Journey) -> None:
    child = journey.run("attenuate", "@1.json", "--to", journey.tool, wallet="acme.wallet")
    assert child.code == 0
    shown = journey.run("present", "-", *PRESENTED, stdin=child.out, wallet="bank.wallet")
    assert journey.judge("-", *PRESENTED, stdin=shown.out) == (0, None)


def test_compact_presentation_is_smaller_and_says_the_same(journey: Journey) -> None:
    compact = journey.run("present", journey.leaf, *PRESENTED, "--compact", wallet="bank.wallet").out
    whole = journey.run("present", journey.leaf, *PRESENTED, "--secure", "vc+jwt", wallet="bank.wallet").out
    assert compact.startswith("lgc1.")
    assert len(compact) < len(whole) / 2
    assert journey.judge("-", *PRESENTED, stdin=compact) == (0, None)
    assert journey.judge("-", *PRESENTED, stdin=whole) == (0, None)


def test_compact_form_of_embedded_proofs_is_a_usage_error_that_says_what_to_do(journey: Journey) -> None:
    details = ("--details", json.dumps(DETAILS))
    issued = journey.run(
        "delegate", "planner", "--to", journey.worker, *details, "--out", "3.json", wallet="acme.wallet"
    )
    outcome = journey.run("credential", "export", issued.out.strip(), "--compact", wallet="acme.wallet")
    assert outcome.code == 1
    assert "--secure vc+jwt" in outcome.err


def test_exported_chain_is_what_was_signed_and_is_taken_in_again(journey: Journey) -> None:
    exported = journey.run("credential", "export", journey.leaf, wallet="bank.wallet").out
    assert json.loads(exported) == json.loads((journey.folder / "2.json").read_text())
    compact = journey.run("credential", "export", journey.leaf, "--compact", wallet="bank.wallet").out
    for text in (exported, compact):
        taken = journey.run("credential", "import", "-", "--format", "json", stdin=text, wallet="acme.wallet")
        assert taken.json == {"id": journey.leaf, "hops": 2}


def test_removed_chain_is_gone_until_it_is_imported_again(journey: Journey) -> None:
    assert journey.run("credential", "remove", journey.leaf, wallet="bank.wallet").code == 0
    gone = journey.run("credential", "show", journey.leaf, "--format", "json", wallet="bank.wallet")
    assert (gone.code, gone.error["code"]) == (1, "not_found")
    assert journey.run("credential", "import", "2.json", wallet="bank.wallet").code == 0
    assert journey.run("credential", "show", journey.leaf, wallet="bank.wallet").code == 0


def test_what_would_widen_is_neither_signed_nor_written(journey: Journey) -> None:
    options = ("--details", json.dumps(WIDER), "--out", "wider.json", "--format", "json")
    outcome = journey.run("attenuate", journey.root, "--to", journey.tool, *options, wallet="acme.wallet")
    assert (outcome.code, outcome.out, outcome.error["code"]) == (5, "", "widened")
    assert outcome.error["allowed"] == DETAILS[0]["actions"]
    assert outcome.error["claimed"] == WIDER[0]["actions"]
    assert not (journey.folder / "wider.json").exists()


def test_chain_of_somebody_else_cannot_be_presented(journey: Journey) -> None:
    outcome = journey.run("present", "@2.json", *PRESENTED, "--format", "json", wallet="acme.wallet")
    assert outcome.code != 0
    assert outcome.error["code"] in {"not_found", "holder_mismatch"}


def test_hosted_agent_is_a_did_web_under_its_nodes_origin(journey: Journey) -> None:
    url = ("--public-url", "http://localhost:8080")
    outcome = journey.run("agent", "create", "hosted", *url, "--format", "json", wallet="bank.wallet")
    assert outcome.json["did"] == "did:web:localhost%3A8080:agents:hosted"
    assert journey.run("agent", "create", "x", "--public-url", "http://acme.example", wallet="bank.wallet").code == 5


# ------------------------------------------------------------------ shapes


def test_lists_and_records_have_their_members(journey: Journey) -> None:
    agents = journey.run("agent", "list", "--format", "json", wallet="acme.wallet").json
    assert [agent["name"] for agent in agents] == ["planner", "worker"]
    assert journey.run("agent", "show", journey.planner, "--format", "json", wallet="acme.wallet").json == agents[0]
    assert agents[0].keys() == {"name", "did", "method", "keyType"}
    held = journey.run("credential", "list", "--format", "json", wallet="bank.wallet").json
    assert held[0].keys() == {"id", "hops", "issuer", "subject", "validUntil"}
    assert (held[0]["id"], held[0]["hops"], held[0]["subject"]) == (journey.leaf, 2, journey.tool)
    shown = journey.run("credential", "show", journey.leaf, "--format", "json", wallet="bank.wallet").json
    assert [hop["issuer"] for hop in shown["hops"]] == [journey.planner, journey.worker]


def test_tables_have_a_line_for_each(journey: Journey) -> None:
    agents = journey.run("agent", "list", wallet="acme.wallet").out.splitlines()
    assert [line.split()[0] for line in agents] == ["NAME", "planner", "worker"]
    assert journey.leaf in journey.run("credential", "list", wallet="bank.wallet").out
    assert journey.tool in journey.run("credential", "show", journey.leaf, wallet="bank.wallet").out
    assert journey.planner in journey.run("agent", "show", "planner", wallet="acme.wallet").out


def test_chain_as_json_comes_with_its_id(journey: Journey) -> None:
    details = ("--details", json.dumps(DETAILS[0]), "--format", "json")
    issued = journey.run("delegate", "planner", "--to", journey.tool, *details, wallet="acme.wallet")
    assert issued.err == ""
    assert issued.json.keys() == {"id", "hops", "validUntil", "chain"}
    assert issued.json["chain"][0]["id"] == issued.json["id"]
    shown = journey.run("present", journey.leaf, *PRESENTED, "--format", "json", wallet="bank.wallet").json
    assert shown.keys() == {"presentation"}


# ------------------------------------------------------------------ local errors


def test_wallet_that_is_not_there_is_not_made_by_the_way(journey: Journey) -> None:
    outcome = journey.run("agent", "list", "--format", "json", wallet="absent.wallet")
    assert (outcome.code, outcome.error["code"]) == (1, "not_found")
    assert "wallet init" in outcome.error["fix"]
    assert not (journey.folder / "absent.wallet").exists()


def test_without_a_wallet_nothing_is_guessed(journey: Journey) -> None:
    outcome = journey.run("agent", "list", "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "usage")


def test_wallet_is_not_made_twice(journey: Journey) -> None:
    before = (journey.folder / "acme.wallet.key").read_bytes()
    outcome = journey.run("wallet", "init", "--format", "json", wallet="acme.wallet")
    assert (outcome.code, outcome.error["code"]) == (1, "conflict")
    assert (journey.folder / "acme.wallet.key").read_bytes() == before


def test_wrong_key_is_told_and_no_key_is_shown(journey: Journey) -> None:
    key = (journey.folder / "bank.wallet.key").read_text().strip()
    options = ("--wallet-key-file", "bank.wallet.key", "--format", "json")
    outcome = journey.run("agent", "list", *options, wallet="acme.wallet")
    assert (outcome.code, outcome.error["code"]) == (1, "wallet_key_wrong")
    assert key not in outcome.err


def test_key_that_others_may_read_is_refused(journey: Journey) -> None:
    key = journey.folder / "open.key"
    key.write_bytes((journey.folder / "acme.wallet.key").read_bytes())
    key.chmod(0o644)
    options = {"wallet": "acme.wallet", "LEGATION_WALLET_KEY_FILE": "open.key"}
    outcome = journey.run("agent", "list", "--format", "json", **options)
    assert (outcome.code, outcome.error["code"]) == (1, "settings_invalid")
    key.chmod(0o600)
    assert journey.run("agent", "list", **options).code == 0


@pytest.mark.slow
def test_passphrase_opens_a_wallet_and_must_be_there_first(journey: Journey) -> None:
    kind = ("--key-kind", "passphrase")
    absent = journey.run("wallet", "init", *kind, wallet="phrase.wallet")
    assert absent.code == 1
    assert not (journey.folder / "phrase.wallet").exists()
    file = journey.folder / "phrase.wallet.key"
    file.write_text("correct horse battery staple\n")
    file.chmod(0o600)
    assert journey.run("wallet", "init", *kind, wallet="phrase.wallet").code == 0
    assert journey.run("agent", "create", "planner", *kind, wallet="phrase.wallet").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("delegate", "planner", "--to", "acme", "--details", "[]"),
        ("delegate", "planner", "--to", "did:web:a.example", "--details", "nonsense"),
        ("delegate", "planner", "--to", "did:web:a.example", "--details", '["x"]'),
        ("delegate", "planner", "--to", "did:web:a.example", "--details", "[{}]", "--valid-for", "soon"),
        ("delegate", "planner", "--to", "did:web:a.example", "--details", "[{}]", "--max-depth", "deep"),
        ("attenuate", "@absent.json", "--to", "did:web:a.example"),
        ("present", "urn:uuid:absent", *PRESENTED),
        ("present", "urn:uuid:absent", *PRESENTED, "--compact", "--secure", "eddsa-jcs-2022"),
        ("agent", "show", "absent"),
        ("agent", "create", "planner"),
        ("credential", "remove", "urn:uuid:absent"),
        ("delegate", "planner", "--to", "did:web:a.example", "--details", "@details.json", "--out", "absent/x.json"),
    ],
)
def test_what_cannot_be_done_is_one_line_on_standard_error(journey: Journey, arguments: tuple[str, ...]) -> None:
    outcome = journey.run(*arguments, "--format", "json", wallet="acme.wallet")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.error["message"]


@pytest.mark.parametrize(
    ("details", "code"), [([], "malformed"), ([{"type": "t", "actions": ["a"], "x": 1}], "unknown_term")]
)
def test_authority_of_another_form_is_invalid_and_nothing_is_signed(
    journey: Journey, details: object, code: str
) -> None:
    options = ("--to", journey.worker, "--details", json.dumps(details), "--format", "json")
    outcome = journey.run("delegate", "planner", *options, wallet="acme.wallet")
    assert (outcome.code, outcome.out, outcome.error["code"]) == (5, "", code)


def test_chain_without_its_root_is_not_taken_in(journey: Journey) -> None:
    hops = json.loads((journey.folder / "2.json").read_text())
    outcome = journey.run(
        "credential", "import", "-", "--format", "json", stdin=json.dumps(hops[1:]), wallet="bank.wallet"
    )
    assert (outcome.code, outcome.error["code"]) == (5, "link_broken")


# ------------------------------------------------------------------ talk


def test_next_commands_are_shown_to_a_person_and_can_be_run(tmp_path: Path) -> None:
    talk = at_terminal(tmp_path, "wallet", "init", "--wallet", "my wallet")
    assert "wrote my wallet (0600)" in talk
    assert "wrote my wallet.key (0600)" in talk
    (command,) = suggested(talk)
    assert command == "legation agent create planner --wallet 'my wallet'"
    talk = at_terminal(tmp_path, "agent", "create", "planner", "--wallet", "my wallet")
    show, create = suggested(talk)
    assert "worker" in create
    talk = at_terminal(tmp_path, "agent", "create", "worker", "--wallet", "my wallet")
    _, delegate = suggested(talk)
    shell = f'legation() {{ "{sys.executable}" -m legation.cli.main "$@"; }}; set -o pipefail; '
    assert in_shell(tmp_path, shell + show).returncode == 0
    issued = in_shell(tmp_path, shell + delegate)
    assert issued.returncode == 0
    chain_id = json.loads(issued.stdout)[0]["id"]
    talk = at_terminal(tmp_path, "attenuate", chain_id, "--to", "did:web:tool.example", "--wallet", "my wallet")
    commands = suggested(talk)
    assert len(commands) == 2
    assert [in_shell(tmp_path, shell + command).returncode for command in commands] == [0, 0]


@pytest.mark.parametrize("options", [("-q",), ("--quiet",), ("--format", "json")])
def test_next_commands_are_not_shown_to_who_does_not_want_them(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert at_terminal(tmp_path, "wallet", "init", "--wallet", "w", *options) == ""
    assert (tmp_path / "w").exists()


def environment() -> Mapping[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    if "PYTHONPATH" in inherited:
        inherited["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, inherited["PYTHONPATH"].split(os.pathsep)))
    return inherited


def in_shell(folder: Path, line: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment(), capture_output=True, timeout=60)


def at_terminal(folder: Path, *arguments: str) -> str:
    """Run a command whose standard error is a terminal, and return what it said there."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-m", "legation.cli.main", *arguments],
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            timeout=60,
            check=True,
        )
        os.write(theirs, b"\x04")
        said = b""
        while b"\x04" not in said:
            said += os.read(ours, 4096)
        return said.rstrip(b"\x04").decode().replace("\r\n", "\n")
    finally:
        os.close(ours)
        os.close(theirs)


def suggested(talk: str) -> list[str]:
    return [line.strip() for line in talk.partition("next:\n")[2].splitlines()]


# ------------------------------------------------------------------ hosted agents


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Serve the files of ``tmp_path`` on a free port of this machine; yield the origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = tmp_path / self.path.lstrip("/").replace("/", "_")
            body = file.read_bytes() if file.is_file() else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_document_of_a_hosted_agent_is_fetched_only_where_that_is_allowed(tmp_path: Path, origin: str) -> None:
    made(tmp_path, "wallet", "init", wallet="w")
    did = made(tmp_path, "agent", "create", "planner", "--public-url", origin, wallet="w")
    worker = made(tmp_path, "agent", "create", "worker", wallet="w")
    agent = spawn("agent", "show", "planner", "--wallet", "w", "--format", "json", folder=tmp_path).json
    method = {
        "id": agent["method"],
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": agent["method"].partition("#")[2],
    }
    document = {"id": did, "verificationMethod": [method], "assertionMethod": [agent["method"]]}
    (tmp_path / "agents_planner_did.json").write_text(json.dumps(document))
    made(tmp_path, "delegate", "planner", "--to", worker, "--details", json.dumps(DETAILS), "--out", "c", wallet="w")

    def judge(*options: str, trust: str = did) -> tuple[int, str | None]:
        verdict = ("verify", "c", "--trust", trust, "--holder", worker, "--format", "json", *options)
        with chdir(tmp_path):
            return answer_of(invoke(*verdict))

    assert judge("--dangerously-allow-loopback") == (0, None)
    assert judge() == (5, "did_unresolvable")
    assert judge("--dangerously-allow-loopback", "--offline") == (5, "did_unresolvable")
    assert judge("--dangerously-allow-loopback", trust=worker) == (6, "untrusted_root")
    (tmp_path / "material.json").write_text(json.dumps({"didDocuments": {did: document}}))
    assert judge("--material", "material.json") == (0, None)


def test_node_serves_its_document_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url, data = f"http://localhost:{port}", ("--data-dir", "data", "--dangerously-allow-loopback")
    node = subprocess.Popen(
        [sys.executable, "-m", "legation.cli.main", "serve", "--public-url", url, *data],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert node.stderr is not None
    try:
        assert any("ready at" in line for line in node.stderr)
        found = invoke(
            "did", "resolve", f"did:web:localhost%3A{port}", "--dangerously-allow-loopback", "--format", "json"
        )
        assert (found.code, found.json["id"]) == (0, f"did:web:localhost%3A{port}")
    finally:
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=30)
    assert node.returncode == 0
