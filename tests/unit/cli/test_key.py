"""``legation key``: the keys of a node's agents, replaced and added, and never a private part."""

from __future__ import annotations

import pytest

from tests.support.keys import signer_of
from tests.unit.cli.conftest import Run


def key_of(run: Run, agent: str, purpose: str) -> str:
    (key,) = [key for key in run("key", "list", agent).json if key["purpose"] == purpose and key["state"] == "current"]
    return str(key["id"])


def test_keys_of_an_agent_are_listed_with_their_public_parts(run: Run, agent: str) -> None:
    keys = run("key", "list", agent).json
    assert {key["purpose"] for key in keys} == {"signing", "bbs", "agreement"}
    assert all(key["method"].endswith("#" + key["publicKeyMultibase"]) for key in keys)
    table = run("key", "list", agent, output="table").out
    assert all(key["publicKeyMultibase"] in table for key in keys)


@pytest.mark.parametrize(("options", "state"), [((), "expired"), (("--compromised",), "compromised")])
def test_rotated_key_is_replaced_and_the_old_one_ends(
    run: Run, agent: str, options: tuple[str, ...], state: str
) -> None:
    old = key_of(run, agent, "signing")
    rotated = run("key", "rotate", old, *options)
    assert rotated.code == 0
    assert (rotated.json["replaced"]["id"], rotated.json["replaced"]["state"]) == (old, state)
    assert key_of(run, agent, "signing") == rotated.json["key"]["id"] != old


def test_id_of_the_new_key_is_all_that_goes_to_standard_output(run: Run, agent: str) -> None:
    rotated = run("key", "rotate", key_of(run, agent, "signing"), output="table")
    assert rotated.out.strip() == key_of(run, agent, "signing")


def test_own_key_of_an_agent_is_added_and_removed(run: Run, agent: str) -> None:
    multikey = signer_of(agent).method.partition("#")[2]
    added = run("key", "add", agent, multikey)
    assert (added.json["purpose"], added.json["heldBy"]) == ("access", "agent")
    assert key_of(run, agent, "access") == added.json["id"]
    assert run("key", "remove", added.json["id"]).json == {"removed": added.json["id"]}
    assert added.json["id"] not in {key["id"] for key in run("key", "list", agent).json if key["state"] == "current"}


def test_key_that_the_node_keeps_is_not_removed(run: Run, agent: str) -> None:
    signing = key_of(run, agent, "signing")
    assert run("key", "remove", signing).code != 0
    assert key_of(run, agent, "signing") == signing


@pytest.mark.parametrize(
    "words",
    [
        ("key", "list", "nobody"),
        ("key", "add", "nobody", signer_of("x").method.partition("#")[2]),
        ("key", "rotate", "0" * 32 + "-1"),
        ("key", "remove", "0" * 32 + "-1"),
    ],
)
def test_what_is_not_there_is_not_found(run: Run, words: tuple[str, ...]) -> None:
    outcome = run(*words)
    assert (outcome.code, outcome.error["code"]) == (1, "not_found")


@pytest.mark.parametrize("multikey", ["", "z6Mk", "nonsense", "\x1b[2J", "z" * 5000])
def test_text_that_is_no_key_is_refused(run: Run, agent: str, multikey: str) -> None:
    outcome = run("key", "add", agent, multikey)
    assert outcome.code != 0
    assert outcome.error["code"] in {"malformed", "invalid_key", "too_large"}
