"""Attacks on what leaves a node and its commands (area "audit"): no key, no token, nothing that steers a terminal.

What a node writes down by itself is searched in ``test_canaries.py``; here are its pages, its backup, and the commands.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
from aries_askar import Store

from legation.client import Client
from legation.standards.multiformats import encode_base58, encode_base64url
from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode, live_node
from tests.support.nodes import Answer
from tests.support.nodes import Client as Asker

pytestmark = pytest.mark.slow

DETAILS = json.dumps([{"type": "mail", "actions": ["read"]}])
# what could steer a terminal, or break a line of a log
STEERING = ["\n", "\r", "\x1b[2J", "\u202e", "\u2028", "\x85", "\x00", "\x9b"]


@dataclass(frozen=True)
class Remains:
    """What a node and its commands have shown, and the secrets that they may not show."""

    shown: dict[str, bytes]
    keys: list[bytes]
    token: str
    wallet_key: str


def private_keys(node: LiveNode) -> list[bytes]:
    """Return every private key in the vault, by the wallet's own library and not by the node's code."""

    async def read() -> list[bytes]:
        key = (node.folder / "wallet.key").read_text(encoding="ascii").strip()
        store = await Store.open(f"sqlite://{node.folder / 'wallet.db'}", "raw", key)
        found = []
        try:
            for profile in await store.list_profiles():
                async with store.session(profile) as session:
                    found += [entry.key.get_secret_bytes() for entry in await session.fetch_all_keys()]
        finally:
            await store.close()
        return found

    return asyncio.run(read())


@pytest.fixture(scope="module")
def remains(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remains]:
    """Let a node and every kind of command show what they show."""
    folder = tmp_path_factory.mktemp("leaks")
    with chdir(folder):
        yield let_everything_speak(folder)


def let_everything_speak(folder: Path) -> Remains:
    shown: dict[str, bytes] = {}

    def tell(name: str, outcome: Outcome) -> None:
        assert outcome.code in (0, 1), (name, outcome)
        shown[name] = (outcome.out + outcome.err).encode()

    with live_node(folder / "data") as node:
        with Client(node.url, token_file=node.token_file) as client:
            worker = client.create_agent("worker")
            client.create_agent("planner", sponsor="mailto:ana@acme.example")
            held = client.issue_delegation("planner", to=worker.did, details=json.loads(DETAILS))
        port = int(node.url.rpartition(":")[2])
        asker = Asker(port, f"localhost:{port}", {"Authorization": f"Bearer {node.token_file.read_text().strip()}"})
        for path in ("/metrics", "/openapi.json", "/docs", "/readyz", "/v1/agents", "/v1/audit", "/v1/operators"):
            shown[path] = ask(asker, path).body
        for path in (
            "/v1/nothing",
            "/v1/agents/nobody",
            f"/v1/agents?owner={secrets.token_hex(40)}",
            "/v1/agents?limit=x",
        ):
            shown[path] = ask(asker, path).body
        for command in (
            "agent list",
            "key list planner",
            "delegation list",
            "operator list",
            "trust list",
            "audit list",
        ):
            for form in ("table", "json"):
                tell(f"{command} {form}", invoke(*command.split(), *node.options, "--format", form))
        for form in ("table", "json"):
            tell(f"show {form}", invoke("delegation", "show", held.id, *node.options, "--format", form))
            tell(f"doctor {form}", invoke("doctor", *node.options, "--data-dir", str(node.folder), "--format", form))
    at = ("--data-dir", str(node.folder))
    tell("doctor, stopped", invoke("doctor", *at))
    tell("backup", invoke("backup", "kept", *at, "--format", "json"))
    tell("config", invoke("config", "show", "--origin"))
    for path in sorted((folder / "kept").rglob("*")):
        if path.is_file():
            shown[f"backup/{path.name}"] = path.read_bytes()
    shown["state.db"] = (node.folder / "state.db").read_bytes()
    shown["wallet.db"] = (node.folder / "wallet.db").read_bytes()
    token = node.token_file.read_text(encoding="ascii").strip()
    wallet_key = (node.folder / "wallet.key").read_text(encoding="ascii").strip()
    return Remains(shown, private_keys(node), token, wallet_key)


def ask(asker: Asker, path: str) -> Answer:
    return asyncio.run(asker.ask("GET", path))


def spellings(key: bytes) -> list[bytes]:
    """Return a key as bytes and in every text form in which this project writes bytes."""
    return [key, key.hex().encode(), encode_base64url(key).encode(), encode_base58(key).encode()]


def test_g05_no_private_key_is_in_anything_that_is_shown_or_kept(remains: Remains) -> None:
    # the node, planner and worker have one to sign with, one for BBS and one for agreement
    assert len(remains.keys) == 9
    leaks = [
        name
        for key in remains.keys
        for text in spellings(key)
        for name, found in remains.shown.items()
        if text in found
    ]
    assert leaks == []


def test_g05_no_token_and_no_key_of_the_wallet_is_in_anything_that_is_shown_or_kept(remains: Remains) -> None:
    for secret in (remains.token, remains.wallet_key):
        assert [name for name, found in remains.shown.items() if secret.encode() in found] == []


def test_g05_search_would_find_what_is_there(remains: Remains) -> None:
    assert any(b"planner" in found for found in remains.shown.values())
    assert {"/metrics", "doctor table", "backup", "state.db"} <= remains.shown.keys()
    assert any(name.startswith("backup/") for name in remains.shown)


# ------------------------------------------------------------------ G06


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    with live_node(tmp_path_factory.mktemp("steering") / "data") as node:
        yield node


@pytest.mark.parametrize("text", STEERING)
@pytest.mark.parametrize("member", ["name", "owner", "sponsor", "agent_model", "agent_instance_id"])
def test_g06_text_that_steers_is_no_part_of_an_agent(node: LiveNode, member: str, text: str) -> None:
    port = int(node.url.rpartition(":")[2])
    asker = Asker(port, f"localhost:{port}", {"Authorization": f"Bearer {node.token_file.read_text().strip()}"})
    answer = asyncio.run(asker.ask("POST", "/v1/agents", body={"name": "agent", member: f"mailto:a{text}b"}))
    assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert not [letter for letter in answer.body.decode() if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")]


def test_g06_tables_have_one_line_per_item_whatever_was_sent(node: LiveNode) -> None:
    # letters that are text, but look like other parts of a table or an object
    odd = ['"},{"name":"root', "a  owner  root", "[red]b[/red]", "\\n", "%0a"]
    with Client(node.url, token_file=node.token_file) as client:
        for number, text in enumerate(odd):
            client.create_agent(f"odd-{number}", agent_model=text)
        there = len(list(client.iterate_agents()))
    table = invoke("agent", "list", "--all", *node.options)
    assert len(table.out.splitlines()) == there + 1
    listed = invoke("agent", "list", "--all", *node.options, "--format", "json").json
    assert {agent.get("agent_model") for agent in listed} >= set(odd)
    shown = invoke("agent", "show", "odd-2", *node.options)
    assert "[red]b[/red]" in shown.out
