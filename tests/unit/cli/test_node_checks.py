"""A node seen from outside: its clock, its certificate, and servers that are no node at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from legation.cli.node_checks import Greeting, judge_certificate, judge_clock
from tests.support.commands import Outcome, invoke
from tests.support.hosts import Authority
from tests.support.scripted import hang_up, problem, reply, send, serving

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def greeting(*, skew: timedelta | None = None, left: timedelta | None = None) -> Greeting:
    return Greeting(None if skew is None else NOW + skew, None if left is None else NOW + left, NOW)


def verdicts(outcome: Outcome) -> dict[str, str]:
    return {line["check"]: line["verdict"] for line in outcome.json}


@pytest.mark.parametrize(
    ("skew", "verdict"),
    [
        (timedelta(0), "ok"),
        (timedelta(seconds=30), "ok"),
        (timedelta(seconds=31), "fail"),
        (timedelta(seconds=-31), "fail"),
        (None, "warn"),
    ],
)
def test_clocks_may_differ_by_seconds(skew: timedelta | None, verdict: str) -> None:
    assert judge_clock(greeting(skew=skew)).grade.value == verdict


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (timedelta(days=90), "ok"),
        (timedelta(days=14), "ok"),
        (timedelta(days=13), "warn"),
        (timedelta(hours=23), "fail"),
        (timedelta(hours=-1), "fail"),
        (None, "warn"),
    ],
)
def test_certificate_is_to_be_renewed_in_time(left: timedelta | None, verdict: str) -> None:
    assert judge_certificate(greeting(left=left)).grade.value == verdict


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 100_000])
def test_what_is_no_http_server_is_the_only_finding(answer: bytes) -> None:
    with serving([send(answer)], repeat=True) as server:
        outcome = invoke("doctor", "--server", server.origin, "--format", "json")
    assert (outcome.code, verdicts(outcome)) == (1, {"reachable": "fail"})


@pytest.mark.parametrize("step", [reply({"status": "down\x1b[2J"}), reply([]), problem("internal_error", status=500)])
def test_server_that_answers_other_than_a_node_fails_line_by_line(step: object) -> None:
    with serving([step], repeat=True) as server:  # type: ignore[list-item]  # steps of any kind
        outcome = invoke("doctor", "--server", server.origin, "--format", "json")
    found = verdicts(outcome)
    assert outcome.code == 1
    assert (found["reachable"], found["health"], found["DID document"]) == ("ok", "fail", "fail")


def test_server_that_hangs_up_is_not_reachable() -> None:
    with serving([hang_up], repeat=True) as server:
        outcome = invoke("doctor", "--server", server.origin, "--format", "json")
    assert (outcome.code, verdicts(outcome)) == (1, {"reachable": "fail"})


def test_clock_that_is_wrong_is_found_by_the_header_date() -> None:
    wrong = {"Date": format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True)}
    with serving([reply({"status": "ok"}, headers=wrong)], repeat=True) as server:
        outcome = invoke("doctor", "--server", server.origin, "--format", "json")
    assert verdicts(outcome)["clock"] == "fail"


def test_certificate_of_a_trusted_issuer_is_looked_at_and_another_is_refused(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    with serving([reply({"status": "ok"})], tls=authority.issue("localhost"), repeat=True) as server:
        words = ("doctor", "--server", server.origin, "--format", "json")
        trusted = invoke(*words, "--egress-ca-file", str(authority.ca_file))
        # the certificates of tests last an hour
        assert verdicts(trusted)["certificate"] == "fail"
        assert verdicts(trusted)["health"] == "ok"
        assert verdicts(invoke(*words)) == {"reachable": "fail"}
