"""``legation delegation``: issued, narrowed, shown, presented and taken in by a node for its agents."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from tests.support.commands import Outcome, invoke
from tests.support.live import LiveNode
from tests.support.nodes import free_port
from tests.support.wallets import DETAILS, NARROWER, WIDER
from tests.unit.cli.conftest import Run

GRANTED = ("--details", json.dumps(DETAILS))
PRESENTED = ("--challenge", "c-1", "--domain", "https://bank.example")
TOOL = "did:web:tool.example"
_numbers = count(1)


@pytest.fixture
def other(run: Run) -> str:
    name = f"other-{next(_numbers)}"
    assert run("agent", "create", name).code == 0
    return name


@pytest.fixture
def root(run: Run, agent: str, other: str) -> str:
    """A delegation from ``agent`` to ``other``."""
    issued = run("delegation", "issue", agent, "--to", other, *GRANTED)
    assert issued.code == 0
    return str(issued.json["id"])


def test_delegation_is_issued_to_a_did_or_to_an_agent_by_its_name(run: Run, agent: str, other: str) -> None:
    did = run("agent", "show", other).json["did"]
    by_name = run("delegation", "issue", agent, "--to", other, *GRANTED).json
    by_did = run("delegation", "issue", agent, "--to", did, *GRANTED, "--principal", "https://idp.example#ana").json
    assert by_name["subject"] == by_did["subject"] == did
    assert by_did["principal"] == "https://idp.example#ana"
    assert by_name["hops"] == len(by_name["chain"]) == 1


def test_id_is_all_that_goes_to_standard_output_and_the_chain_to_a_file(
    run: Run, agent: str, other: str, tmp_path: Path
) -> None:
    file = tmp_path / "chain.json"
    issued = run("delegation", "issue", agent, "--to", other, *GRANTED, "--out", str(file), output="table")
    shown = run("delegation", "show", issued.out.strip()).json
    assert json.loads(file.read_text()) == shown["chain"]


def test_delegation_is_passed_on_narrower_and_never_wider(run: Run, root: str) -> None:
    passed = run("delegation", "attenuate", root, "--to", TOOL, "--details", json.dumps(NARROWER)).json
    assert (passed["parent"], passed["hops"]) == (root, 2)
    refused = run("delegation", "attenuate", root, "--to", TOOL, "--details", json.dumps(WIDER))
    assert (refused.code, refused.error["code"]) == (5, "widened")


def test_what_was_made_of_a_delegation_is_a_tree(run: Run, root: str) -> None:
    child = run("delegation", "attenuate", root, "--to", TOOL).json["id"]
    found = run("delegation", "tree", root).json
    assert found["delegation"]["id"] == root
    assert [branch["delegation"]["id"] for branch in found["children"]] == [child]
    drawn = run("delegation", "tree", root, output="table").out.splitlines()
    assert (root in drawn[0], child in drawn[1]) == (True, True)


def test_delegations_are_listed_by_agent_and_role(run: Run, agent: str, root: str) -> None:
    assert [found["id"] for found in run("delegation", "list", "--agent", agent, "--role", "issuer").json] == [root]
    assert run("delegation", "list", "--agent", agent, "--role", "subject").json == []
    assert root in run("delegation", "list", "--agent", agent, output="table").out


def test_delegation_is_shown_hop_by_hop(run: Run, root: str) -> None:
    assert "https://ads.example/mcp" in run("delegation", "show", root, output="table").out


@pytest.mark.parametrize("secure", ["eddsa-jcs-2022", "vp+jwt"])
def test_presentation_that_the_node_signs_is_accepted_by_any_verifier(
    node: LiveNode, run: Run, agent: str, root: str, secure: str
) -> None:
    shown = run("delegation", "present", root, *PRESENTED, "--secure", secure, output="table")
    issuer = run("agent", "show", agent).json["did"]
    judge = ("verify", "-", *PRESENTED, "--trust", issuer, "--dangerously-allow-loopback", "--format", "json")
    assert invoke(*judge, stdin=shown.out.encode()).code == 0
    other = [node.did if word == issuer else word for word in judge]
    assert invoke(*other, stdin=shown.out.encode()).code == 6


def test_chain_in_a_file_is_presented_and_taken_in(run: Run, root: str, tmp_path: Path) -> None:
    file = tmp_path / "chain.json"
    assert run("delegation", "show", root, "--out", str(file)).code == 0
    assert "presentation" in run("delegation", "present", f"@{file}", *PRESENTED).json
    assert "presentation" in run("delegation", "present", "-", *PRESENTED, stdin=file.read_bytes()).json
    # the same chain twice is held once
    assert run("delegation", "import", str(file)).json["id"] == root


def test_chain_of_a_strangers_agent_is_not_taken_in(run: Run, tmp_path: Path) -> None:
    wallet = ("--wallet", str(tmp_path / "w.db"))
    assert invoke("wallet", "init", *wallet, "-q").code == 0
    assert invoke("agent", "create", "ana", *wallet).code == 0
    chain = invoke("delegate", "ana", "--to", TOOL, *GRANTED, *wallet).out
    outcome = run("delegation", "import", "-", stdin=chain.encode())
    assert (outcome.code, outcome.error["code"]) == (1, "not_found")


@pytest.mark.parametrize("sent", [b"", b"nonsense", b"{", b"[]", b"[1]", b"\xff\xfe", b"lgc1.x", b'{"a":1,"a":2}'])
def test_text_that_is_no_chain_is_refused(run: Run, sent: bytes) -> None:
    for words in (("import", "-"), ("present", "-", *PRESENTED)):
        outcome = run("delegation", *words, stdin=sent)
        assert outcome.code not in {0, 2}
        assert outcome.out == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("issue", "nobody", "--to", "did:web:a.example", *GRANTED), 1),
        (("issue", "node", "--to", "nobody", *GRANTED), 1),
        (("issue", "node", "--to", "did:", *GRANTED), 1),
        (("issue", "node", "--to", "A B", *GRANTED), 5),
        (("issue", "node", "--to", "did:web:a.example", "--details", "nonsense"), 1),
        (("issue", "node", "--to", "did:web:a.example", "--details", "[1]"), 1),
        (("issue", "node", "--to", "did:web:a.example", "--details", "[]"), 5),
        (("issue", "node", "--to", "did:web:a.example", *GRANTED, "--valid-for", "soon"), 1),
        (("issue", "node", "--to", "did:web:a.example", *GRANTED, "--secure", "rsa"), 1),
        (("attenuate", "absent", "--to", "did:web:a.example"), 1),
        (("attenuate", "0" * 36, "--to", "did:web:a.example", "--details", "{"), 1),
        (("show", "absent"), 1),
        (("tree", "absent"), 1),
        (("present", "absent", *PRESENTED), 5),
        (("present", "0" * 36, *PRESENTED), 5),
        (("present", "@absent.json", *PRESENTED), 1),
        (("import", "absent.json"), 1),
        (("list", "--agent", "nobody"), 1),
        (("list", "--role", "issuer"), 5),
        (("list", "--role", "both"), 1),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_printed(run: Run, words: tuple[str, ...], code: int) -> None:
    outcome = run("delegation", *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.error["message"]


def test_bad_details_are_told_before_anybody_is_asked(node: LiveNode) -> None:
    server = ("--server", f"http://localhost:{free_port()}", "--token-file", str(node.token_file))
    words = ("delegation", "issue", "node", "--to", "did:web:a.example", "--details", "{", *server)
    assert invoke(*words, "--format", "json").error["code"] == "usage"


# ------------------------------------------------------------------ in a wallet


@pytest.fixture
def held(tmp_path: Path) -> tuple[Path, str]:
    """A wallet with one chain, and the chain's id."""
    wallet = tmp_path / "w.db"
    assert invoke("wallet", "init", "--wallet", str(wallet), "-q").code == 0
    assert in_wallet(wallet, "agent", "create", "ana").code == 0
    issued = in_wallet(wallet, "delegate", "ana", "--to", "did:web:a.example", *GRANTED)
    return wallet, str(issued.json["id"])


def in_wallet(wallet: Path, *words: str) -> Outcome:
    return invoke(*words, "--wallet", str(wallet), "--format", "json")


def test_chains_of_a_wallet_are_listed_and_shown_as_credentials_are(held: tuple[Path, str]) -> None:
    wallet, chain_id = held
    assert in_wallet(wallet, "delegation", "list").json == in_wallet(wallet, "credential", "list").json
    shown = in_wallet(wallet, "delegation", "show", chain_id).json
    assert shown == in_wallet(wallet, "credential", "show", chain_id).json


@pytest.mark.parametrize(
    "words", [("list", "--agent", "ana"), ("list", "--role", "issuer"), ("show", "x", "--out", "f")]
)
def test_option_of_a_node_is_refused_for_a_wallet(held: tuple[Path, str], words: tuple[str, ...]) -> None:
    assert in_wallet(held[0], "delegation", *words).error["code"] == "usage"
