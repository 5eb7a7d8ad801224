"""``legation trust``: whose roots a node believes."""

from __future__ import annotations

import json
from itertools import count

import pytest

from tests.unit.cli.conftest import Run

_numbers = count(1)
GRANTS = [{"type": "mail", "locations": ["https://mail.example"]}, {"type": "calendar"}]


@pytest.fixture
def issuer() -> str:
    return f"did:web:issuer-{next(_numbers)}.example"


def test_anchor_is_added_listed_and_removed(run: Run, issuer: str) -> None:
    added = run("trust", "add", issuer)
    assert (added.json["issuer"], added.json["source"]) == (issuer, "node")
    assert added.json in run("trust", "list").json
    line = next(line for line in run("trust", "list", output="table").out.splitlines() if issuer in line)
    assert line.split() == [added.json["id"], "node", issuer, "everything", "anybody"]
    assert run("trust", "remove", added.json["id"]).json == {"removed": added.json["id"]}
    assert issuer not in run("trust", "list", output="table").out


def test_anchor_for_some_things_and_some_people_says_so(run: Run, issuer: str) -> None:
    people = ("--principal", "https://idp.example", "--principal", "did:web:ana.example")
    added = run("trust", "add", issuer, "--grants", json.dumps(GRANTS), *people).json
    assert {grant["type"] for grant in added["grants"]} == {"mail", "calendar"}
    assert set(added["principals"]) == {"https://idp.example", "did:web:ana.example"}
    line = next(line for line in run("trust", "list", output="table").out.splitlines() if issuer in line)
    assert "mail at https://mail.example" in line
    assert "did:web:ana.example" in line


def test_anchor_is_not_there_twice(run: Run, issuer: str) -> None:
    assert run("trust", "add", issuer).code == 0
    outcome = run("trust", "add", issuer)
    assert (outcome.code, outcome.error["code"]) == (1, "conflict")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("add", "acme"), "usage"),
        (("add", "did:web:a.example", "--grants", "{"), "usage"),
        (("add", "did:web:a.example", "--grants", "[1]"), "usage"),
        (("add", "did:web:a.example", "--grants", '[{"type":"t","more":1}]'), "unknown_term"),
        (("add", "did:web:a.example", "--principal", "nobody"), "malformed"),
        (("remove", "absent"), "not_found"),
        (("remove", "0" * 32), "not_found"),
    ],
)
def test_what_is_no_anchor_is_refused(run: Run, words: tuple[str, ...], code: str) -> None:
    outcome = run("trust", *words)
    assert (outcome.error["code"], outcome.out) == (code, "")
    assert outcome.code != 0
