"""Every command with bad input: an exit code of the table, one line that says why, and nothing half done."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zlib import crc32

import pytest
import typer
from typer.main import get_command

from legation.cli.exit_codes import ERROR_EXITS, VERDICT_EXITS
from legation.cli.main import build_app
from legation.client import Client, transport
from legation.standards.multiformats import encode_multikey
from tests.support.commands import Outcome, invoke
from tests.support.keys import Ed25519Key, signer_of
from tests.support.live import LiveNode, live_node
from tests.support.secured import credential

pytestmark = pytest.mark.slow

DETAILS = json.dumps([{"type": "mcp_tool", "actions": ["read", "write"], "locations": ["https://ads.example/mcp"]}])
STRANGER = signer_of("stranger").did
CODES = {**VERDICT_EXITS, **ERROR_EXITS}


def commands() -> dict[tuple[str, ...], Any]:
    """Return every command that there is, by its words."""
    found: dict[tuple[str, ...], Any] = {}

    def walk(command: Any, words: tuple[str, ...]) -> None:
        if isinstance(command, typer.core.TyperGroup):
            for name, inner in command.commands.items():
                walk(inner, (*words, name))
        else:
            found[words] = command

    walk(get_command(build_app()), ())
    return found


COMMANDS = commands()

# ---------------------------------------------------------------- what each command succeeds with

NODE = ("--server", "{server}", "--token-file", "{token}")
WALLET = ("--wallet", "{wallet}")
GOOD: dict[str, tuple[str, ...]] = {
    "verify": ("shown.json", "--trust", "{acme}", "--challenge", "c", "--domain", "https://bank.example"),
    "explain": ("shown.json", "--trust", "{acme}", "--challenge", "c", "--domain", "https://bank.example"),
    "inspect": ("chain.json",),
    "delegate": ("acme", "--to", STRANGER, "--details", DETAILS, *WALLET),
    "attenuate": ("{chain}", "--to", STRANGER, *WALLET),
    "present": ("{chain}", "--challenge", "c", "--domain", "https://bank.example", *WALLET),
    "did resolve": (STRANGER,),
    "did check-domain": ("{server}", "--dangerously-allow-loopback"),
    "wallet init": ("--wallet", "another.wallet"),
    "wallet rekey": ("--wallet", "rekeyed.wallet"),
    "agent create": ("fresh", *NODE),
    "agent list": NODE,
    "agent show": ("planner", *NODE),
    "agent update": ("planner", "--model", "m", *NODE),
    "agent suspend": ("awake", *NODE),
    "agent resume": ("asleep", *NODE),
    "agent retire": ("old", "--confirm", "old", *NODE),
    "credential list": WALLET,
    "credential show": ("{chain}", *WALLET),
    "credential export": ("{chain}", *WALLET),
    "credential remove": ("{removed}", *WALLET),
    "credential import": ("chain.json", *WALLET),
    "credential issue": ("planner", "claims.json", *NODE),
    "credential derive": ("base.json", "--show", "/credentialSubject/name", *NODE),
    "credential present": ("planner", "base.json", "--challenge", "c", "--domain", "d", *NODE),
    "credential verify": ("issued.json", *NODE),
    "key list": ("planner", *NODE),
    "key add": ("planner", encode_multikey(Ed25519Key("added").public_key), *NODE),
    "key rotate": ("{turning}", *NODE),
    "key remove": ("{access}", *NODE),
    "delegation list": NODE,
    "delegation show": ("{held}", *NODE),
    "delegation tree": ("{held}", *NODE),
    "delegation issue": ("planner", "--to", STRANGER, "--details", DETAILS, *NODE),
    "delegation attenuate": ("{held}", "--to", STRANGER, *NODE),
    "delegation present": ("{held}", "--challenge", "c", "--domain", "https://bank.example", *NODE),
    "delegation import": ("for-worker.json", *NODE),
    "trust list": NODE,
    "trust add": (STRANGER, *NODE),
    "trust remove": ("{anchor}", *NODE),
    "operator list": NODE,
    "operator create": ("ana", "--out", "ana.token", *NODE),
    "operator revoke": ("{operator}", *NODE),
    "audit list": NODE,
    "dev": ("--port", "{port}", "--data-dir", "dev"),
    "serve": ("--print-systemd-unit", "--config", "node.toml"),
    "doctor": ("--data-dir", "stopped"),
    "backup": ("backup", "--data-dir", "stopped"),
    "restore": ("kept", "--data-dir", "restored", "--wallet-key-file", "stopped/wallet.key"),
    "migrate": ("--data-dir", "stopped"),
    "config show": ("--config", "node.toml"),
    "completion": ("bash",),
}
# its port is taken, or it would serve until it is told to stop; and a stopped node is no healthy one
REFUSED = {"dev", "doctor"}
# talk of their own, or none: what goes wrong is a sentence
WITHOUT_FORMAT = {"serve", "completion"}

# ---------------------------------------------------------------- what is wrong

# set by `make fuzz`, which tries all; `make test` tries some of each command
FUZZING = "LEGATION_TESTS_FUZZ" in os.environ
TEXTS = ["\n\x1b[2J\u202e", "\udcff", "a" * 5000]
NUMBERS = ["x", "9" * 30, "", "٣", "-1"]
FILES = ["absent.json", ".", "rubbish.bin", "not-utf8.json", "deep.json", "twice.json", "empty.json"]
# parameters that name files which are read
READ = {"file", "source", "details", "material", "request", "grants", "config", "new_key_file", "trust"}
# who is asked, and by what right, has tests of its own below; certificates are read where TLS is spoken,
# a node's files when it starts
ELSEWHERE = {
    "trust_file",
    "server",
    "token_file",
    "wallet",
    "wallet_key_file",
    "ca_file",
    "egress_ca_file",
    "help",
    "output",
}
# a verifier may go by any name and ask with any text, and whoever answers signs it
ANY_TEXT = {
    ("present", "challenge"),
    ("present", "domain"),
    ("credential present", "challenge"),
    ("credential present", "domain"),
    ("verify", "name"),
    ("explain", "name"),
}


@dataclass(frozen=True)
class World:
    """A folder with a wallet and files in it, a node, and what is there by the names that stand in ``GOOD``."""

    folder: Path
    node: LiveNode
    names: dict[str, str]

    def run(self, *arguments: str) -> Outcome:
        """Run a command in the folder."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
        kept |= {"XDG_CONFIG_HOME": str(self.folder / "none")}
        with chdir(self.folder), patch.dict(os.environ, kept, clear=True):
            return invoke(*arguments)

    def good(self, command: str) -> list[str]:
        """Return the arguments with which a command succeeds."""
        return [self.names.get(part[1:-1], part) for part in GOOD[command]]

    def state(self) -> tuple[object, ...]:
        """Return all that commands could have changed."""
        with Client(self.node.url, token_file=self.node.token_file) as client:
            there: tuple[object, ...] = (
                list(client.iterate_agents()),
                list(client.iterate_delegations()),
                client.list_operators(),
                client.list_anchors(),
            )
        listed = [self.run(noun, "list", "--wallet", "acme.wallet").out for noun in ("agent", "credential")]
        files = sorted(
            (str(path.relative_to(self.folder)), path.stat().st_size)
            for path in self.folder.rglob("*")
            if path.is_file() and self.node.folder not in path.parents and ".wallet" not in path.name
        )
        return (*there, listed, files)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A node with agents of every kind, and a wallet beside it."""
    folder = tmp_path_factory.mktemp("world")
    with live_node(folder / "data") as node:
        yield furnish(folder, node)


def furnish(folder: Path, node: LiveNode) -> World:
    """Put everything there that commands may act on."""
    world = World(folder, node, {})

    def made(*arguments: str) -> str:
        outcome = world.run(*arguments)
        assert outcome.code == 0, outcome
        return outcome.out.strip()

    made("wallet", "init", "--wallet", "acme.wallet")
    made("wallet", "init", "--wallet", "rekeyed.wallet")
    acme, desk = [made("agent", "create", name, "--wallet", "acme.wallet") for name in ("acme", "desk")]
    issue = ("delegate", "acme", "--details", DETAILS, "--wallet", "acme.wallet")
    chain = made(*issue, "--to", desk, "--out", "chain.json")
    shown = made("present", chain, "--challenge", "c", "--domain", "https://bank.example", "--wallet", "acme.wallet")
    (folder / "shown.json").write_text(shown, encoding="utf-8")
    removed = made(*issue, "--to", desk, "--out", "removed.json")
    with Client(node.url, token_file=node.token_file) as client:
        key = encode_multikey(Ed25519Key("access").public_key)
        planner = client.create_agent("planner", access_keys=[key])
        worker, turning, *_ = [client.create_agent(name) for name in ("worker", "turning", "awake", "asleep", "old")]
        client.suspend_agent("asleep")
        client.create_agent("registry", key_type="P-256")
        claims = credential()
        issued = client.issue_credential("planner", claims)
        base = client.issue_credential("registry", claims, cryptosuite="ecdsa-sd-2023")
        held = client.issue_delegation("planner", to=worker.did, details=json.loads(DETAILS))
        anchor = client.add_anchor(acme)
        operator = client.create_operator("leaving")
    for name, document in (("claims.json", claims), ("issued.json", issued), ("base.json", base)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    made(*issue, "--to", worker.did, "--out", "for-worker.json")
    with live_node(folder / "stopped"):
        pass
    made("backup", "kept", "--data-dir", "stopped")
    write_rubbish(folder)
    (folder / "node.toml").write_text('public_url = "https://node.example"\n', encoding="utf-8")
    world.names.update(
        {
            "server": node.url,
            "token": str(node.token_file),
            "wallet": "acme.wallet",
            "acme": acme,
            "chain": chain,
            "removed": removed,
            "turning": turning.keys[0].id,
            "access": planner.keys[-1].id,
            "held": held.id,
            "anchor": str(anchor.id),
            "operator": operator.operator.id,
            "port": node.url.rpartition(":")[2],
        }
    )
    return world


def write_rubbish(folder: Path) -> None:
    """Write files that are no good for anything."""
    (folder / "rubbish.bin").write_bytes(bytes(range(256)) * 4096)
    (folder / "not-utf8.json").write_bytes(b'{"chain": "\xff\xfe\xc0\xaf"}')
    (folder / "deep.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000, encoding="ascii")
    (folder / "twice.json").write_text('{"anchors": [], "anchors": [{"issuer": "did:key:z"}]}', encoding="ascii")
    (folder / "empty.json").write_bytes(b"")
    for name in ("rubbish.bin", "not-utf8.json", "deep.json", "twice.json", "empty.json"):
        (folder / name).chmod(0o600)
    for name, data, mode in (("open.token", b"x", 0o644), ("binary.token", bytes(range(256)), 0o600)):
        (folder / name).write_bytes(data)
        (folder / name).chmod(mode)


# ---------------------------------------------------------------- bad command lines, generated


def worsen(command: str, good: list[str]) -> Iterator[list[str]]:
    """Yield command lines that are each wrong in one thing."""
    parameters = COMMANDS[tuple(command.split())].params
    positions = [each for each in parameters if each.param_type_name == "argument"]
    for number, parameter in enumerate(positions):
        yield good[:number] + good[number + 1 :]
        yield from ([*good[:number], bad, *good[number + 1 :]] for bad in bad_values(command, parameter))
    yield [*good, "one", "too", "many"]
    yield [*good, "--no-such-option"]
    for parameter in parameters:
        option = parameter.opts[0]
        rest = without(good, option)
        if parameter in positions:
            continue
        if parameter.required:
            yield rest
        if parameter.name in ELSEWHERE:
            continue
        if parameter.is_flag:
            yield [*good, f"{option}=maybe"]
            continue
        yield [*rest, option]
        yield from ([*rest, f"{option}={bad}"] for bad in bad_values(command, parameter))


def without(arguments: list[str], option: str) -> list[str]:
    """Return arguments without an option and its value."""
    if option not in arguments:
        return arguments
    place = arguments.index(option)
    return arguments[:place] + arguments[place + 2 :]


def bad_values(command: str, parameter: Any) -> list[str]:
    """Return values that a parameter cannot take: all of them in `make fuzz`, one of them, in turn, otherwise."""
    values = list(all_bad_values(command, parameter))
    if FUZZING or not values:
        return values
    return [values[crc32(f"{command} {parameter.name}".encode()) % len(values)]]


def all_bad_values(command: str, parameter: Any) -> Iterator[str]:
    """Yield values that a parameter cannot take."""
    described = getattr(parameter, "type_descriptor", None)
    if getattr(described, "choices", None):
        yield from ("nonsense", "")
    elif described is not None and described.annotation is int:
        yield from NUMBERS
    elif parameter.name == "out":
        yield from (".", "absent/file")
    elif parameter.name in READ:
        # a file of settings may be empty
        yield from (name for name in FILES if (parameter.name, name) != ("config", "empty.json"))
    elif described is not None and described.annotation is not Path and (command, parameter.name) not in ANY_TEXT:
        yield from TEXTS


def find_fault(outcome: Outcome, *, as_json: bool = True) -> str | None:
    """Return what is wrong with how a command failed, None where it failed as commands fail."""
    faults = {
        "it succeeded": outcome.code == 0,
        "an exit code of its own": outcome.code not in set(CODES.values()),
        "a traceback": "Traceback" in outcome.err + outcome.out,
        "steering characters": bool({"\x1b", "\u202e", "\r", "\x07"} & set(outcome.err + outcome.out)),
        "not one line": len(outcome.err.splitlines()) != 1 and not outcome.out and "DEVELOPMENT" not in outcome.err,
        "a fault of ours": "internal error" in outcome.err,
    }
    found = next((fault for fault, is_there in faults.items() if is_there), None)
    if found is not None or not as_json:
        return found
    # a verdict, or findings, which are data; or an error, which is none
    if outcome.out:
        return None if isinstance(json.loads(outcome.out), dict | list) else "no data"
    code = json.loads(outcome.err.splitlines()[-1])["error"]["code"]
    return None if CODES.get(code) == outcome.code else f"{code} is not worth {outcome.code}"


def faults_of(world: World, command: str, lines: Iterable[list[str]]) -> list[tuple[str, list[str], Outcome]]:
    """Run a command with each of the lines, and return those that did not fail as they should."""
    as_json = command not in WITHOUT_FORMAT
    found = []
    for line in lines:
        outcome = world.run(*command.split(), *(["--format", "json"] if as_json else []), *line)
        fault = find_fault(outcome, as_json=as_json)
        if fault is not None:
            found.append((fault, [part[:80] for part in line], outcome))
    return found


def test_every_command_has_arguments_with_which_it_succeeds() -> None:
    assert {" ".join(words) for words in COMMANDS} == GOOD.keys()


@pytest.mark.parametrize("command", sorted(GOOD))
def test_command_refuses_bad_input_and_leaves_everything_as_it_was(world: World, command: str) -> None:
    good, before = world.good(command), world.state()
    lines = list(worsen(command, good))
    assert faults_of(world, command, lines if FUZZING else lines[:: max(1, len(lines) // 4)]) == []
    assert world.state() == before
    succeeds = world.run(*command.split(), *good)
    assert (succeeds.code == 0) == (command not in REFUSED), succeeds


# ---------------------------------------------------------------- wallets, tokens and servers that are no good

BAD_TOKENS = ["open.token", "empty.json", "binary.token", "rubbish.bin", "absent.token", "."]
BAD_WALLETS = ["absent.wallet", ".", "rubbish.bin", "empty.json"]
ON_NODE = sorted(command for command, good in GOOD.items() if good[-4:] == NODE)
ON_WALLET = sorted(command for command, good in GOOD.items() if good[-2:] == WALLET)
ON_BOTH = ["agent create", "agent list", "agent show", "delegation list", "delegation show"]


@pytest.mark.parametrize("command", ON_NODE)
def test_token_that_is_none_is_sent_nowhere(world: World, command: str) -> None:
    good = ["never.token" if part == "ana.token" else part for part in without(world.good(command), "--token-file")]
    names = BAD_TOKENS if FUZZING else BAD_TOKENS[crc32(command.encode()) % len(BAD_TOKENS) :][:2]
    lines = [good, *([*good, "--token-file", name] for name in names)]
    assert faults_of(world, command, lines) == []
    for line in lines:
        refused = world.run(*command.split(), "--format", "json", *line).error["code"]
        assert refused in {"authentication_required", "settings_invalid", "file_unusable"}, line


@pytest.mark.parametrize("command", ON_WALLET)
def test_wallet_that_is_none_is_not_opened_or_made(world: World, command: str) -> None:
    good = without(world.good(command), "--wallet")
    assert faults_of(world, command, ([*good, "--wallet", bad] for bad in BAD_WALLETS)) == []
    assert not (world.folder / "absent.wallet").exists()


@pytest.mark.parametrize("command", ON_BOTH)
def test_command_that_is_told_two_places_acts_at_none(world: World, command: str) -> None:
    line = [*world.good(command), "--wallet", "acme.wallet"]
    assert faults_of(world, command, [line]) == []
    assert world.run(*command.split(), "--format", "json", *line).error["code"] == "usage"


RUBBISH = {
    "bytes": b"\x00\xff\xfe no HTTP\r\n\r\n",
    "nothing": b"",
    "page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
    "another form": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"items": [1]}',
    "not UTF-8": b'HTTP/1.1 201 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"\xff\xfe"',
    "cut off": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "steering problem": b"HTTP/1.1 400 \x1b[2J\r\nContent-Type: application/problem+json\r\nContent-Length: 62\r\n\r\n"
    + json.dumps({"code": "not_found", "detail": "\x1b[2J\u202e\r\n", "a": 1}).encode().ljust(62),
    "too much": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    + b"[" * 99_999,
}


@contextmanager
def answering(data: bytes) -> Iterator[int]:
    """Answer every connection with the same bytes, and end it; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    try:
                        connection.settimeout(5)
                        connection.recv(65_536)
                        connection.sendall(data)
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)


@pytest.fixture
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client asks again at once where it would wait a little."""
    monkeypatch.setattr(transport, "_FIRST_PAUSE_SECONDS", 0.0)


@pytest.mark.usefixtures("_no_pauses")
@pytest.mark.parametrize("kind", sorted(RUBBISH))
def test_server_that_answers_rubbish_is_not_believed(world: World, kind: str) -> None:
    with answering(RUBBISH[kind]) as port:
        for command in ON_NODE:
            assert faults_of(world, command, [elsewhere(world, command, port)]) == []
    assert not (world.folder / "never.token").exists()


@pytest.mark.usefixtures("_no_pauses")
def test_server_that_is_not_there_is_told_as_such(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for command in ON_NODE:
        outcome = world.run(*command.split(), "--format", "json", *elsewhere(world, command, port))
        assert (outcome.code, outcome.error["code"]) == (4, "unavailable"), command


def elsewhere(world: World, command: str, port: int) -> list[str]:
    """Return the arguments of a command, for another server."""
    others = {world.node.url: f"http://localhost:{port}", "ana.token": "never.token"}
    return [others.get(part, part) for part in world.good(command)]
