"""``legation dev``: refused where it cannot be, apart from every real node, and the same world again the next time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from legation.cli import dev
from legation.cli.dev_world import World, make_world
from tests.support.commands import invoke
from tests.support.live import LiveNode, live_node
from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(
    "options", [("--port", "0"), ("--port", "65536"), ("--port", "x"), ("--ephemeral", "--data-dir", "x")]
)
def test_node_that_cannot_be_is_a_usage_error(options: tuple[str, ...]) -> None:
    outcome = invoke("dev", *options, "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (1, "usage")


def test_port_that_is_taken_is_told(node: LiveNode, tmp_path: Path) -> None:
    port = node.url.rpartition(":")[2]
    outcome = invoke("dev", "--port", port, "--data-dir", str(tmp_path / "data"), "--format", "json")
    assert (outcome.code, outcome.out) == (1, "")
    assert "settings_invalid" in outcome.err


def test_nothing_of_the_environment_reaches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_DATABASE_URL", "postgresql://real@db.example/node")
    monkeypatch.setenv("LEGATION_BIND", "192.0.2.1:80")
    monkeypatch.setenv("LEGATION_PUBLIC_URL", "https://node.example")
    settings = dev.build_settings(8080, tmp_path)
    assert settings.database_url is None
    assert (settings.public_url, str(settings.address)) == ("http://localhost:8080", "127.0.0.1:8080")


def test_each_port_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert dev.default_data_dir(8080) != dev.default_data_dir(8081)
    assert dev.default_data_dir(8080).is_relative_to(tmp_path / "legation-dev")


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> LiveNode:
    with live_node(tmp_path_factory.mktemp("dev") / "data") as live:
        worlds = [asyncio.run(make_world(live.url, live.token_file)) for _ in range(2)]
        assert worlds[0] == worlds[1]
        yield live


@pytest.fixture(scope="module")
def world(seeded: LiveNode) -> World:
    return asyncio.run(make_world(seeded.url, seeded.token_file))


def on(seeded: LiveNode, *words: str) -> object:
    return invoke(*words, *seeded.options, "--format", "json").json


def test_world_is_made_once(seeded: LiveNode, world: World) -> None:
    assert [agent["name"] for agent in on(seeded, "agent", "list")] == ["node", "planner", "worker"]
    assert [anchor["issuer"] for anchor in on(seeded, "trust", "list")] == [seeded.did]
    assert [held["id"] for held in on(seeded, "delegation", "list")] == [world.leaf, world.root]


def test_ana_delegates_to_planner_and_planner_to_worker(seeded: LiveNode, world: World) -> None:
    leaf = on(seeded, "delegation", "show", world.leaf)
    assert (leaf["issuer"], leaf["subject"]) == (f"{seeded.did}:agents:planner", f"{seeded.did}:agents:worker")
    assert (leaf["principal"], leaf["parent"], leaf["hops"]) == (f"{seeded.url}#ana", world.root, 2)
    assert len(world.commands()) == 3


def test_world_shows_no_token(seeded: LiveNode, world: World) -> None:
    token = seeded.token_file.read_text().strip()
    assert token not in repr(world) + "".join(world.commands())


def test_delegation_that_is_gone_is_made_anew(run: Run, node: LiveNode) -> None:
    first = asyncio.run(make_world(node.url, node.token_file))
    assert run("delegation", "attenuate", first.root, "--to", "did:web:a.example").code == 0
    assert asyncio.run(make_world(node.url, node.token_file)) == first
