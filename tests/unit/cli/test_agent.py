"""``legation agent``, on a node and in a wallet: made, listed, shown, changed, and ended only on purpose."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from legation.cli import hosted_agent
from tests.support.commands import Outcome, invoke
from tests.support.keys import signer_of
from tests.support.live import LiveNode
from tests.unit.cli.conftest import Run


def multikey_of(name: str) -> str:
    return signer_of(name).method.partition("#")[2]


# ------------------------------------------------------------------ on a node


def test_agent_of_a_node_is_made_with_what_describes_it(node: LiveNode, run: Run) -> None:
    claims = ("--model", "m-1", "--provider", "acme", "--version", "2", "--instance-id", "i-7")
    options = ("--owner", "ana", "--sponsor", "mailto:ana@acme.example", "--key-type", "p256", *claims)
    made = run("agent", "create", "described", *options, "--access-key", multikey_of("described"))
    assert made.code == 0
    assert made.json["did"] == f"{node.did}:agents:described"
    assert (made.json["owner"], made.json["sponsor"]) == ("ana", "mailto:ana@acme.example")
    assert [made.json[name] for name in hosted_agent.CLAIMS] == ["m-1", "acme", "2", "i-7"]
    kinds = {key["purpose"]: (key["type"], key["heldBy"]) for key in made.json["keys"]}
    assert kinds["signing"] == ("P-256", "node")
    assert kinds["access"] == ("Ed25519", "agent")
    assert run("agent", "show", "described").json == made.json


def test_did_of_a_new_agent_is_all_that_goes_to_standard_output(node: LiveNode, run: Run) -> None:
    made = run("agent", "create", "plain", output="table")
    assert made.out == f"{node.did}:agents:plain\n"
    assert made.err.startswith("✔")


def test_agent_is_listed_by_name_life_and_owner(run: Run, agent: str) -> None:
    assert [found["name"] for found in run("agent", "list", "--name", agent).json] == [agent]
    assert agent in run("agent", "list", "--name", agent, output="table").out
    assert run("agent", "list", "--name", agent, "--life", "suspended").json == []
    assert run("agent", "list", "--name", agent, "--owner", "nobody").json == []


def test_list_is_a_page_or_all_of_it_and_says_so(run: Run) -> None:
    for name in ("page-1", "page-2", "page-3"):
        assert run("agent", "create", name).code == 0
    first = run("agent", "list", "--name", "page-", "--limit", "2", output="table")
    assert len(first.out.splitlines()) == 3
    assert "--all" in first.err
    everything = run("agent", "list", "--name", "page-", "--limit", "2", "--all")
    assert [found["name"] for found in everything.json] == ["page-1", "page-2", "page-3"]
    assert everything.err == ""


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_limit_beyond_its_bounds_is_a_usage_error(run: Run, limit: str) -> None:
    outcome = run("agent", "list", "--limit", limit)
    assert (outcome.code, outcome.error["code"]) == (1, "usage")


def test_members_are_changed_and_removed_one_by_one(run: Run, agent: str) -> None:
    assert run("agent", "update", agent, "--model", "m-1", "--version", "1").json["agent_model"] == "m-1"
    changed = run("agent", "update", agent, "--model", "").json
    assert "agent_model" not in changed
    assert changed["agent_version"] == "1"
    nothing = run("agent", "update", agent)
    assert (nothing.code, nothing.error["code"]) == (1, "usage")


def test_suspended_agent_signs_nothing_until_it_is_resumed(run: Run, agent: str) -> None:
    issue = ("delegation", "issue", agent, "--to", "did:web:a.example", "--details", '[{"type":"t","actions":["a"]}]')
    assert run("agent", "suspend", agent).json["life"] == "suspended"
    refused = run(*issue)
    assert (refused.code, refused.error["code"]) == (8, "agent_suspended")
    assert run("agent", "resume", agent).json["life"] == "active"
    assert run(*issue).code == 0


def test_agent_is_retired_only_by_who_says_its_name_again(run: Run, agent: str) -> None:
    for options in ((), ("--confirm", "another")):
        refused = run("agent", "retire", agent, *options)
        assert (refused.code, refused.error["code"]) == (1, "usage")
        assert run("agent", "show", agent).json["life"] == "active"
    assert run("agent", "retire", agent, f"--confirm={agent}").json["life"] == "retired"
    assert run("agent", "show", agent, output="table").code == 0


@pytest.mark.parametrize(("typed", "code"), [("right", 0), ("wrong", 1)])
def test_who_sits_at_a_terminal_is_asked_for_the_name(
    run: Run, agent: str, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    monkeypatch.setattr(hosted_agent, "_can_ask", lambda: True)
    name = agent if typed == "right" else "another"
    outcome = run("agent", "retire", agent, stdin=f"{name}\n".encode())
    assert outcome.code == code
    assert "final" in outcome.err


def test_retired_agent_says_so_and_cannot_come_back(run: Run, agent: str) -> None:
    assert run("agent", "retire", agent, "--confirm", agent).code == 0
    outcome = run("agent", "resume", agent)
    assert (outcome.code, outcome.error["code"]) == (8, "agent_retired")


@pytest.mark.parametrize(
    "words",
    [
        ("agent", "show", "nobody"),
        ("agent", "update", "nobody", "--model", "m"),
        ("agent", "suspend", "nobody"),
        ("agent", "resume", "nobody"),
        ("agent", "retire", "nobody", "--confirm", "nobody"),
    ],
)
def test_agent_that_is_not_there_is_not_found(run: Run, words: tuple[str, ...]) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.error["code"], outcome.out) == (1, "not_found", "")


def test_name_is_given_once(run: Run, agent: str) -> None:
    outcome = run("agent", "create", agent)
    assert (outcome.code, outcome.error["code"]) == (1, "conflict")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("agent", "create", "No Name"), 5),
        (("agent", "create", "x", "--access-key", "z6Mk"), 5),
        (("agent", "create", "x", "--owner", "\x1b[31m"), 5),
        (("agent", "create", "x", "--key-type", "rsa"), 1),
        (("agent", "show", "../x"), 5),
    ],
)
def test_g06_what_cannot_be_a_name_or_a_key_is_refused_in_one_harmless_line(
    run: Run, words: tuple[str, ...], code: int
) -> None:
    outcome = run(*words, output="table")
    assert outcome.code in {code, 1}
    assert outcome.code != 0
    assert len(outcome.err.splitlines()) == 1
    assert "\x1b" not in outcome.err


@pytest.mark.parametrize("option", [("--public-url", "http://localhost:1")])
def test_option_of_a_wallet_is_refused_on_a_node(run: Run, option: tuple[str, str]) -> None:
    assert run("agent", "create", "x", *option).error["code"] == "usage"


# ------------------------------------------------------------------ in a wallet


@pytest.fixture
def wallet(tmp_path: Path) -> Path:
    path = tmp_path / "w.db"
    assert invoke("wallet", "init", "--wallet", str(path), "-q").code == 0
    return path


def in_wallet(wallet: Path, *words: str) -> Outcome:
    return invoke(*words, "--wallet", str(wallet), "--format", "json")


@pytest.mark.parametrize(
    "option", [("--owner", "a"), ("--sponsor", "a"), ("--access-key", "z"), ("--model", "m"), ("--instance-id", "i")]
)
def test_option_of_a_node_is_refused_in_a_wallet(wallet: Path, option: tuple[str, str]) -> None:
    assert in_wallet(wallet, "agent", "create", "x", *option).error["code"] == "usage"
    assert in_wallet(wallet, "agent", "list").json == []


def test_filter_of_a_node_is_refused_in_a_wallet(wallet: Path) -> None:
    assert in_wallet(wallet, "agent", "list", "--life", "active").error["code"] == "usage"


def test_agent_keeps_a_key_of_its_own_in_a_wallet_and_the_node_takes_its_public_part(
    node: LiveNode, run: Run, wallet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = in_wallet(wallet, "agent", "create", "courier", "--public-url", node.url).json
    multikey = own["method"].partition("#")[2]
    hosted = run("agent", "create", "courier", "--access-key", multikey).json
    assert hosted["did"] == own["did"]
    assert own["method"] in {key["method"] for key in hosted["keys"]}


def test_public_part_is_told_together_with_what_to_do_with_it(wallet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("agent", "create", "courier", "--public-url", "https://node.example", "--wallet", str(wallet))
    outcome = invoke(*words)
    shown = in_wallet(wallet, "agent", "show", "courier").json
    assert outcome.out == shown["did"] + "\n"
    assert shown["method"].partition("#")[2] in outcome.err
    assert sys.stdout is not None
