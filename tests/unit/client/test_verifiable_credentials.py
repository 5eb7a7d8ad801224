"""Credentials of any kind: a refused verification is a value, and whatever else goes wrong is an error."""

from __future__ import annotations

from typing import Any

import pytest

from legation.client.models import CredentialVerdict
from legation.errors import InvalidKeyError, LegationError, MalformedError, NotFoundError, UnavailableError
from tests.support.asking import BOTH, ask, refusal
from tests.support.scripted import Step, hang_up, problem, reply, serving

VERIFYING = [
    ("verify_credential", {}),
    ("verify_presented_credentials", {"challenge": "c", "domain": "d"}),
]
DETAILS = [{"type": "https://w3id.org/security#PROOF_VERIFICATION_ERROR", "title": "proof_invalid", "detail": "no"}]
NOTICE = {"type": "urn:legation:error:schema_unknown", "title": "schema_unknown", "detail": "?", "pointer": "/x"}
HOLDS = reply({"verified": True})


def refused(code: str = "proof_invalid", *, status: int = 400, **more: Any) -> Step:
    """Answer with a verdict that says no."""
    return problem(code, status=status, **{"verified": False, "problemDetails": DETAILS, **more})


def verify(kind: str, step: Step, method: str = "verify_credential", **named: Any) -> CredentialVerdict:
    with serving([step]) as server:
        verdict = ask(kind, server.origin, method, {"type": "x"}, **named)
    assert isinstance(verdict, CredentialVerdict)
    return verdict


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("method", "named"), VERIFYING)
def test_verification_that_is_refused_is_a_value_and_one_that_holds_is_too(
    kind: str, method: str, named: dict[str, Any]
) -> None:
    verdict = verify(kind, refused(pointer="/verifiableCredential/proof", fix="Ask again."), method, **named)
    assert (verdict.verified, verdict.code, verdict.detail) == (False, "proof_invalid", "a reason")
    assert (verdict.pointer, verdict.fix) == ("/verifiableCredential/proof", "Ask again.")
    assert (verdict.problems, verdict.notices) == (tuple(DETAILS), ())
    held = verify(kind, reply({"verified": True, "problemDetails": [NOTICE]}), method, **named)
    assert held == CredentialVerdict(True, notices=(NOTICE,))
    assert verify(kind, HOLDS, method, **named) == CredentialVerdict(True)


def test_verdict_is_written_as_json() -> None:
    no = verify("async", refused(fix="Ask again.")).to_json()
    reason = {"code": "proof_invalid", "message": "a reason", "pointer": None, "fix": "Ask again."}
    assert no == {"verified": False, "notices": [], "problems": DETAILS, "error": reason}
    assert CredentialVerdict(True).to_json() == {"verified": True, "notices": [], "problems": [], "error": None}


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("step", "error", "code"),
    [
        (problem("malformed", status=400), MalformedError, "malformed"),
        (problem("malformed", status=400, verified=True), MalformedError, "malformed"),
        (problem("malformed", status=400, verified="false"), MalformedError, "malformed"),
        (refused("not_found", status=404), NotFoundError, "not_found"),
        (refused("unavailable", status=503), UnavailableError, "unavailable"),
        (refused("No Code"), LegationError, "server_error"),
        (refused("option_not_allowed", pointer="/options/at"), LegationError, "option_not_allowed"),
        (refused(problemDetails="none"), MalformedError, "server_error"),
        (refused(problemDetails=["none"]), MalformedError, "server_error"),
        (reply({"verified": False}), MalformedError, "server_error"),
        (reply({"verified": False}, status=400), LegationError, "server_error"),
        (reply({"verified": 1}), MalformedError, "server_error"),
        (reply({}), MalformedError, "server_error"),
        (reply({"verified": True, "problemDetails": {}}), MalformedError, "server_error"),
    ],
)
def test_what_is_no_verdict_is_an_error(kind: str, step: Step, error: type[LegationError], code: str) -> None:
    with serving([step]) as server:
        found = refusal(kind, server.origin, "verify_credential", {"type": "x"}, settings={"retries": 0})
    assert (type(found), found.code) == (error, code)


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("issue_credential", ("planner", {}), {}),
        ("present_credentials", ("planner", {}), {"challenge": "c", "domain": "d"}),
        ("derive_credential", ({}, ["/a"]), {}),
    ],
)
def test_making_something_is_never_a_verdict(method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    with serving([refused("invalid_key")]) as server:
        assert isinstance(refusal("async", server.origin, method, *arguments, **named), InvalidKeyError)
    for answer in ({}, {"verifiableCredential": "a.b.c", "verifiablePresentation": []}, []):
        with serving([reply(answer, status=201)]) as server:
            assert refusal("async", server.origin, method, *arguments, **named).code == "server_error"


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(("method", "named"), VERIFYING)
def test_judging_is_repeated_until_there_is_a_verdict_and_then_no_more(
    kind: str, method: str, named: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("legation.client.transport._FIRST_PAUSE_SECONDS", 0)
    with serving([problem("unavailable", status=503, headers={"Retry-After": "0"}), hang_up, refused()]) as server:
        assert ask(kind, server.origin, method, "a.b.c", **named).code == "proof_invalid"
    assert len(server.asked) == 3


def test_deriving_is_repeated_as_nothing_is_signed_for_an_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("legation.client.transport._FIRST_PAUSE_SECONDS", 0)
    with serving([hang_up, reply({"verifiableCredential": {"a": 1}}, status=201)]) as server:
        assert ask("async", server.origin, "derive_credential", {}, ["/a"]) == {"a": 1}


def test_what_is_no_json_is_sent_nowhere() -> None:
    with serving([HOLDS]) as server:
        for received in (b"\xff", b'{"a":1,"a":2}', b"{"):
            assert refusal("async", server.origin, "verify_credential", received).code == "malformed"
    assert server.asked == []


def test_text_of_a_server_does_not_steer_a_terminal_or_repeat_the_secret() -> None:
    from tests.support.asking import TOKEN

    verdict = verify("async", refused(detail=f"\x1b[2J {TOKEN}"))
    assert verdict.detail is not None
    assert "\x1b" not in verdict.detail
    assert TOKEN not in verdict.detail
