"""``legation audit list``: what was done and refused, filtered, a page or all."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Run


def test_every_act_on_an_agent_is_in_its_trail_the_newest_first(run: Run, agent: str) -> None:
    assert run("agent", "suspend", agent).code == 0
    assert run("agent", "resume", agent).code == 0
    entries = run("audit", "list", "--target", agent).json
    assert [entry["act"] for entry in entries] == ["agent.resume", "agent.suspend", "agent.create"]
    assert {entry["outcome"] for entry in entries} == {"done"}
    assert entries[0].keys() >= {"id", "at", "actor", "act", "target", "outcome", "requestId"}


def test_refused_act_is_found_by_its_outcome(run: Run, agent: str) -> None:
    assert run("agent", "create", agent).code != 0
    (entry,) = run("audit", "list", "--target", agent, "--outcome", "refused").json
    assert (entry["act"], entry["code"]) == ("agent.create", "conflict")


def test_trail_is_a_page_or_all_of_it(run: Run, agent: str) -> None:
    assert run("agent", "suspend", agent).code == 0
    first = run("audit", "list", "--target", agent, "--limit", "1", output="table")
    assert len(first.out.splitlines()) == 2
    assert "--all" in first.err
    assert len(run("audit", "list", "--target", agent, "--limit", "1", "--all").json) == 2


def test_actor_and_act_narrow_the_trail(run: Run, agent: str) -> None:
    (entry,) = run("audit", "list", "--target", agent).json
    assert run("audit", "list", "--target", agent, "--actor", entry["actor"], "--act", "agent.create").json == [entry]
    assert run("audit", "list", "--target", agent, "--act", "agent.retire").json == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--outcome", "perhaps"), "usage"),
        (("--limit", "0"), "usage"),
        (("--actor", "a\nb"), "malformed"),
    ],
)
def test_filter_that_nothing_can_equal_is_refused(run: Run, options: tuple[str, ...], code: str) -> None:
    outcome = run("audit", "list", *options)
    assert (outcome.error["code"], outcome.out) == (code, "")
