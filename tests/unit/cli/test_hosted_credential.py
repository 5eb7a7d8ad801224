"""``legation credential`` on a node: issued, shown in part, presented and verified, with exit codes to rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import invoke
from tests.support.live import LiveNode
from tests.support.nodes import free_port
from tests.support.scripted import problem, serving
from tests.support.secured import credential, presentation
from tests.support.wallets import DETAILS
from tests.unit.cli.conftest import Run

ANSWERED = ("--challenge", "c-1", "--domain", "https://shop.example")
VOCABULARY = ["https://www.w3.org/ns/credentials/v2", {"@vocab": "https://registry.example/terms#"}]
_numbers = count(1)


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.fixture
def registry(run: Run) -> str:
    """An agent with a P-256 key, which can issue what is shown in part."""
    name = f"registry-{next(_numbers)}"
    assert run("agent", "create", name, "--key-type", "p256").code == 0
    return name


@pytest.fixture
def issued(run: Run, agent: str) -> dict[str, Any]:
    """A credential that ``agent`` issued to itself."""
    found: dict[str, Any] = issue(run, agent)
    return found


def issue(run: Run, agent: str, *options: str, **more: Any) -> Any:
    holder = run("agent", "show", agent).json["did"]
    subject = {"id": holder, "member": "A-17", "born": "1984-03-02"}
    document = credential(**{"@context": VOCABULARY, "credentialSubject": subject, **more})
    outcome = run("credential", "issue", agent, "-", *options, stdin=encoded(document))
    assert outcome.code == 0, outcome
    return outcome.json


@pytest.mark.parametrize("output", ["table", "json"])
def test_credential_is_issued_and_verified_and_an_altered_one_is_invalid(
    run: Run, issued: dict[str, Any], output: str, tmp_path: Path
) -> None:
    file = tmp_path / "issued.json"
    file.write_text(json.dumps(issued))
    for name in (str(file), f"@{file}"):
        assert run("credential", "verify", name, output=output).code == 0
    issued["credentialSubject"]["member"] = "A-1"
    refused = run("credential", "verify", "-", stdin=encoded(issued), output=output)
    assert (refused.code, refused.err) == (5, "")
    assert "proof_invalid" in refused.out


def test_verdict_is_on_standard_output_as_json(run: Run, issued: dict[str, Any]) -> None:
    held = run("credential", "verify", "-", stdin=encoded(issued)).json
    assert held == {"verified": True, "notices": [], "problems": [], "error": None}
    del issued["proof"]
    refused = run("credential", "verify", "-", stdin=encoded(issued))
    assert (refused.code, refused.json["verified"], refused.json["error"]["code"]) == (5, False, "proof_missing")
    (problem,) = refused.json["problems"]
    assert problem["type"] == "https://w3id.org/security#PROOF_VERIFICATION_ERROR"


def test_credential_is_printed_alone_so_that_the_next_command_can_read_it(run: Run, agent: str) -> None:
    made = run("credential", "issue", agent, "-", stdin=encoded(credential()), output="table")
    assert made.err.startswith("✔ ")
    assert run("credential", "verify", "-", stdin=made.out.encode(), output="table").code == 0
    silent = run("credential", "issue", agent, "-", "--quiet", stdin=encoded(credential()), output="table")
    assert silent.err == ""


@pytest.mark.parametrize("form", ["eddsa-jcs-2022", "vc+jwt", "vc+sd-jwt"])
def test_credential_is_issued_in_the_form_that_is_asked_for(run: Run, agent: str, form: str) -> None:
    found = issue(run, agent, "--cryptosuite", form)
    assert (found["id"].split(",")[0] if "id" in found else found["proof"]["cryptosuite"]).endswith(form)
    assert run("credential", "verify", "-", stdin=encoded(found)).code == 0


@pytest.mark.parametrize("form", ["vc+jwt", "vc+sd-jwt"])
def test_bare_token_is_verified_and_presented_as_it_is(run: Run, agent: str, form: str) -> None:
    token = issue(run, agent, "--cryptosuite", form)["id"].partition(",")[2].encode()
    assert run("credential", "verify", "-", stdin=token).code == 0
    assert run("credential", "verify", "-", stdin=token.replace(b".", b".AA", 1)).code == 5
    shown = run("credential", "present", agent, "-", *ANSWERED, stdin=token).json
    assert run("credential", "verify", "-", *ANSWERED, stdin=encoded(shown)).code == 0


def test_part_of_a_credential_is_shown_and_holds_while_its_base_does_not(run: Run, registry: str) -> None:
    base = issue(run, registry, "--cryptosuite", "ecdsa-sd-2023", "--mandatory", "/credentialSubject/id")
    assert run("credential", "verify", "-", stdin=encoded(base)).code == 5
    part = run("credential", "derive", "-", "--show", "/credentialSubject/member", stdin=encoded(base)).json
    assert part["credentialSubject"].keys() == {"id", "member"}
    assert run("credential", "verify", "-", stdin=encoded(part)).code == 0


def test_part_of_a_credential_that_is_shown_whole_is_refused(run: Run, issued: dict[str, Any]) -> None:
    outcome = run("credential", "derive", "-", "--show", "/credentialSubject/member", stdin=encoded(issued))
    assert (outcome.code, outcome.out) == (5, "")


Wrap = Callable[[dict[str, Any], dict[str, Any]], object]


@pytest.mark.parametrize(
    ("wrap", "credentials"),
    [
        (lambda document, _: document, 1),
        (lambda document, other: [document, other], 2),
        (presentation, 2),
    ],
    ids=["credential", "array", "presentation"],
)
@pytest.mark.parametrize("form", [(), ("--cryptosuite", "vp+jwt")])
def test_credentials_are_presented_and_answer_one_verifier(
    run: Run, agent: str, issued: dict[str, Any], wrap: Wrap, credentials: int, form: tuple[str, ...]
) -> None:
    document = wrap(issued, issue(run, agent, id="urn:uuid:0e3fb2a7-3a5c-4a0f-9a52-3c1a6e9d2b11"))
    outcome = run("credential", "present", agent, "-", *ANSWERED, *form, stdin=encoded(document))
    assert outcome.code == 0, outcome
    shown = outcome.json
    if not form:
        assert len(shown["verifiableCredential"]) == credentials
    sent = encoded(shown)
    assert run("credential", "verify", "-", *ANSWERED, stdin=sent).code == 0
    for option, code in (("--challenge", "challenge_mismatch"), ("--domain", "domain_mismatch")):
        other = [
            ("https://other.example" if ANSWERED[place - 1] == option else word) for place, word in enumerate(ANSWERED)
        ]
        refused = run("credential", "verify", "-", *other, stdin=sent)
        assert (refused.code, refused.json["error"]["code"]) == (5, code)


def test_presentation_is_not_judged_without_a_challenge_and_a_domain(
    run: Run, agent: str, issued: dict[str, Any]
) -> None:
    for form in ((), ("--cryptosuite", "vp+jwt")):
        shown = run("credential", "present", agent, "-", *ANSWERED, *form, stdin=encoded(issued)).json
        token = shown["id"].partition(",")[2].encode() if form else encoded(shown)
        for given in ((), ANSWERED[:2], ANSWERED[2:]):
            for sent in (encoded(shown), token):
                assert run("credential", "verify", "-", *given, stdin=sent).error["code"] == "usage"
        assert run("credential", "verify", "-", *ANSWERED, stdin=token).code == 0
    unsigned = run("credential", "verify", "-", *ANSWERED, stdin=encoded(presentation(issued)))
    assert (unsigned.code, unsigned.json["error"]["code"]) == (5, "proof_missing")


@pytest.mark.parametrize(
    ("more", "code", "exit_code"),
    [
        ({"validUntil": "2020-01-01T00:00:00Z"}, "expired", 7),
        ({"validFrom": "2099-01-01T00:00:00Z"}, "not_yet_valid", 7),
        (
            {
                "credentialStatus": {
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation",
                    "statusListIndex": "1",
                    "statusListCredential": "https://registry.example/lists/1",
                }
            },
            "status_unknown",
            8,
        ),
    ],
)
def test_refusal_exits_by_the_kind_of_its_code(
    run: Run, agent: str, more: dict[str, Any], code: str, exit_code: int
) -> None:
    refused = run("credential", "verify", "-", stdin=encoded(issue(run, agent, **more)))
    assert (refused.json["error"]["code"], refused.code) == (code, exit_code)


def test_notice_is_told_beside_a_verdict_that_says_yes(run: Run, agent: str) -> None:
    schema = {"id": "https://registry.example/schema.json", "type": "JsonSchema"}
    found = encoded(issue(run, agent, credentialSchema=schema))
    held = run("credential", "verify", "-", stdin=found)
    assert (held.code, [notice["title"] for notice in held.json["notices"]]) == (0, ["schema_unknown"])
    drawn = run("credential", "verify", "-", stdin=found, output="table").out
    assert "/credentialSchema" in drawn


def test_credential_is_judged_as_of_another_moment_where_the_operator_allows_it(run: Run, agent: str) -> None:
    found = encoded(issue(run, agent, validUntil="2099-01-01T00:00:00Z"))
    assert run("credential", "verify", "-", "--at", "2098-01-01T00:00:00Z", stdin=found).code == 0
    refused = run("credential", "verify", "-", "--at", "2100-01-01T00:00:00Z", stdin=found)
    assert (refused.code, refused.json["error"]["code"]) == (7, "expired")
    assert run("credential", "verify", "-", "--at", "soon", stdin=found).error["code"] == "usage"


def test_another_moment_is_no_verdict_where_the_operator_does_not_allow_it(node: LiveNode) -> None:
    members = {"pointer": "/options/at", "verified": False, "problemDetails": [{"title": "option_not_allowed"}]}
    with serving([problem("option_not_allowed", status=400, **members)]) as server:
        options = ("--server", server.origin, "--token-file", str(node.token_file), "--format", "json")
        words = ("credential", "verify", "-", "--at", "2026-01-01T00:00:00Z", *options)
        refused = invoke(*words, stdin=encoded(credential()))
    assert (refused.code, refused.out, refused.error["code"]) == (6, "", "option_not_allowed")


@pytest.mark.parametrize("sent", [b"\xff", b"{", b'{"a":1,"a":2}', b'{"a":' * 1000, b" " * 300_000 + b"{}"])
@pytest.mark.parametrize("output", ["table", "json"])
def test_bytes_that_nobody_can_read_get_a_verdict_too(run: Run, sent: bytes, output: str) -> None:
    refused = run("credential", "verify", "-", stdin=sent, output=output)
    assert refused.code == 5
    assert any(code in refused.out for code in ("malformed", "too_large"))


@pytest.mark.parametrize("sent", [b"", b"nonsense", b'"a.b.c"', b"{}", b'{"type": {}}', b'{"type": [["x"]]}'])
def test_what_is_no_credential_is_refused_by_the_node(run: Run, agent: str, sent: bytes) -> None:
    refused = run("credential", "verify", "-", stdin=sent)
    assert (refused.code, refused.json["verified"]) == (5, False)
    presented = run("credential", "present", agent, "-", *ANSWERED, stdin=sent)
    assert presented.code in {1, 5}
    assert presented.out == ""


def test_chain_of_delegations_is_judged_elsewhere_and_the_command_says_where(run: Run, agent: str) -> None:
    chain = run("delegation", "issue", agent, "--to", "did:web:a.example", "--details", json.dumps(DETAILS)).json
    refused = run("credential", "verify", "-", stdin=encoded(chain["chain"]))
    assert (refused.code, refused.error["code"]) == (1, "usage")
    assert "legation verify" in refused.error["fix"]


@pytest.mark.parametrize(
    ("words", "sent", "code"),
    [
        (("issue", "nobody", "-"), credential(), "not_found"),
        (("issue", "node", "-"), [credential()], "file_unusable"),
        (("issue", "node", "absent.json"), None, "file_unusable"),
        (("issue", "node", "-"), credential(issuer="did:web:other.example"), "issuer_mismatch"),
        (("issue", "node", "-"), credential(type=[]), "malformed"),
        (("issue", "node", "-"), credential(**{"@context": ["https://a.example/unknown"]}), "malformed"),
        (("issue", "node", "-", "--cryptosuite", "ecdsa-rdfc-2019"), credential(), "invalid_key"),
        (("issue", "node", "-", "--cryptosuite", "rsa"), credential(), "usage"),
        (("issue", "node", "-", "--mandatory", "/issuer"), credential(), "unknown_term"),
        (("derive", "-"), credential(), "usage"),
        (("derive", "absent.json", "--show", "/a"), None, "file_unusable"),
        (("derive", "-", "--show", "/a"), credential(), "malformed"),
        (("present", "nobody", "-", *ANSWERED), presentation(), "not_found"),
        (("present", "node", "-", *ANSWERED[:2]), presentation(), "usage"),
        (("present", "node", "-", *ANSWERED), [presentation()], "usage"),
        (("present", "node", "-", *ANSWERED), presentation(holder="did:web:other.example"), "holder_mismatch"),
        (("present", "node", "-", *ANSWERED, "--cryptosuite", "ecdsa-sd-2023"), presentation(), "usage"),
        (("verify", "absent.json"), None, "file_unusable"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_printed(
    run: Run, words: tuple[str, ...], sent: object, code: str
) -> None:
    outcome = run("credential", *words, stdin=encoded(sent))
    assert outcome.code != 0
    assert (outcome.out, outcome.error["code"]) == ("", code)


def test_bad_file_is_told_before_anybody_is_asked(node: LiveNode) -> None:
    server = ("--server", f"http://localhost:{free_port()}", "--token-file", str(node.token_file), "--format", "json")
    for words in (("issue", "node"), ("present", "node", *ANSWERED), ("derive", "--show", "/a")):
        outcome = invoke("credential", *words, "-", *server, stdin=b"{")
        assert outcome.error["code"] in {"file_unusable", "malformed"}


def test_agent_that_is_suspended_issues_nothing(run: Run, agent: str) -> None:
    assert run("agent", "suspend", agent).code == 0
    outcome = run("credential", "issue", agent, "-", stdin=encoded(credential()))
    assert (outcome.code, outcome.error["code"]) == (8, "agent_suspended")


def test_chains_of_a_wallet_are_listed_where_a_node_is_named_too(
    node: LiveNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGATION_SERVER", node.url)
    monkeypatch.setenv("LEGATION_TOKEN_FILE", str(node.token_file))
    wallet = ("--wallet", str(tmp_path / "w.db"))
    assert invoke("wallet", "init", *wallet, "-q").code == 0
    assert invoke("credential", "list", *wallet, "--format", "json").json == []
    made = invoke("credential", "issue", "node", "-", stdin=encoded(credential()))
    assert made.code == 0
    assert invoke("credential", "verify", "-", stdin=made.out.encode()).code == 0
