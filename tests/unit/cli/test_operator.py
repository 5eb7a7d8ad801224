"""``legation operator``: a token goes to one private file, or where it is asked for aloud."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from legation.domain.operators import OperatorToken
from tests.support.commands import invoke
from tests.support.live import LiveNode
from tests.unit.cli.conftest import Run


@pytest.mark.parametrize("output", ["table", "json"])
def test_token_goes_to_a_new_private_file_and_nowhere_else(
    node: LiveNode, run: Run, tmp_path: Path, output: str
) -> None:
    file = tmp_path / "token"
    made = run("operator", "create", "ben", "--out", str(file), output=output)
    assert made.code == 0
    token = file.read_text(encoding="ascii").strip()
    OperatorToken.parse(token)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token not in made.out + made.err
    assert invoke("agent", "list", "--server", node.url, "--token-file", str(file)).code == 0


def test_token_is_shown_to_who_asks_for_it(run: Run) -> None:
    OperatorToken.parse(run("operator", "create", "shown", "--show-token").json["token"])
    OperatorToken.parse(run("operator", "create", "shown", "--show-token", output="table").out.strip())


def test_token_without_one_place_is_not_made(run: Run, tmp_path: Path) -> None:
    before = run("operator", "list").json
    for options in ((), ("--out", str(tmp_path / "token"), "--show-token")):
        assert run("operator", "create", "nowhere", *options).error["code"] == "usage"
    assert run("operator", "list").json == before


@pytest.mark.parametrize("place", ["taken", "absent/token"])
def test_token_that_nobody_could_get_is_not_made(run: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").write_text("x")
    before = run("operator", "list").json
    outcome = run("operator", "create", "lost", "--out", str(tmp_path / place))
    assert (outcome.code, outcome.error["code"]) == (1, {"taken": "conflict"}.get(place, "settings_invalid"))
    assert run("operator", "list").json == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["taken"]


def test_operator_of_an_owner_sees_what_is_the_owners_and_no_operators(
    node: LiveNode, run: Run, agent: str, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    made = run("operator", "create", "clara", "--owner", "clara", "--out", str(file)).json
    assert (made["owner"], made["tokenFile"]) == ("clara", str(file))
    theirs = ("--server", node.url, "--token-file", str(file), "--format", "json")
    assert invoke("agent", "show", agent, *theirs).error["code"] == "not_found"
    refused = invoke("operator", "list", *theirs)
    assert (refused.code, refused.error["code"]) == (6, "access_denied")
    assert invoke("agent", "create", f"of-clara-{agent}", *theirs).json["owner"] == "clara"


def test_revoked_token_serves_no_more(node: LiveNode, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "token"
    made = run("operator", "create", "dora", "--out", str(file)).json
    assert run("operator", "revoke", made["id"]).json == {"revoked": made["id"]}
    refused = invoke("agent", "list", "--server", node.url, "--token-file", str(file), "--format", "json")
    assert (refused.code, refused.error["code"]) == (3, "authentication_required")
    (found,) = [operator for operator in run("operator", "list").json if operator["id"] == made["id"]]
    assert "revokedAt" in found
    assert made["id"] in run("operator", "list", output="table").out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("revoke", "absent"), "not_found"),
        (("revoke", "0" * 32), "not_found"),
        (("create", "\x1b[2J", "--show-token"), "malformed"),
        (("create", "x", "--owner", "No Owner!\n", "--show-token"), "malformed"),
    ],
)
def test_what_is_no_operator_is_refused(run: Run, words: tuple[str, ...], code: str) -> None:
    outcome = run("operator", *words)
    assert (outcome.error["code"], outcome.out) == (code, "")
    assert json.dumps(outcome.error).isascii()
