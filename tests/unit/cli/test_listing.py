"""Lists of a node: hostile words in them stay words, and broken answers end the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from legation.domain.operators import build_operator_token
from tests.support.commands import Outcome, invoke
from tests.support.scripted import Step, problem, reply, serving
from tests.support.wallets import write_private

HOSTILE = "a\x1b[2J\r\nb\u202ec"
ENTRY = {
    "id": 1,
    "at": "2026-11-01T12:00:00Z",
    "actor": HOSTILE,
    "act": "agent.create",
    "target": HOSTILE,
    "outcome": "done",
}


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    return write_private(tmp_path / "token", build_operator_token(bytes(32)))


def ask(step: Step, token_file: Path, *words: str) -> Outcome:
    with serving([step], repeat=True) as server:
        return invoke(*words, "--server", server.origin, "--token-file", str(token_file))


def test_g06_words_of_a_server_do_not_steer_a_terminal(token_file: Path) -> None:
    outcome = ask(reply({"items": [ENTRY]}), token_file, "audit", "list")
    assert (outcome.code, len(outcome.out.splitlines())) == (0, 2)
    assert not {"\x1b", "\r", "\u202e"} & set(outcome.out)


def test_g06_error_of_a_server_stays_in_its_line(token_file: Path) -> None:
    outcome = ask(problem("conflict", status=409, detail=HOSTILE, fix=HOSTILE), token_file, "audit", "list")
    assert (outcome.code, len(outcome.err.splitlines())) == (1, 1)
    assert not {"\x1b", "\r", "\u202e"} & set(outcome.err)


@pytest.mark.parametrize(
    "step",
    [
        reply([]),
        reply({"items": "x"}),
        reply({"items": [{**ENTRY, "id": "one"}]}),
        reply({"items": [{**ENTRY, "at": "yesterday"}]}),
        reply(body=b"<html>", media="text/html"),
        reply(body=b"{"),
        problem("internal_error", status=500),
    ],
)
def test_answer_that_no_node_gives_is_the_servers_error(token_file: Path, step: Step) -> None:
    outcome = ask(step, token_file, "audit", "list", "--format", "json")
    assert (outcome.code, outcome.out) == (2, "")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "authentication_required", 3),
        (403, "access_denied", 6),
        (404, "not_found", 1),
        (409, "agent_suspended", 8),
        (410, "gone", 1),
        (503, "unavailable", 4),
        (507, "storage_full", 2),
    ],
)
def test_problem_of_a_node_exits_by_its_code(token_file: Path, status: int, code: str, expected: int) -> None:
    outcome = ask(problem(code, status=status), token_file, "agent", "show", "x", "--format", "json")
    assert (outcome.code, outcome.error["code"]) == (expected, code)
