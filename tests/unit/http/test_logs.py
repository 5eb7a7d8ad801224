"""The log: one JSON object per line, text for a terminal, and no secret and no control character in any of it."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from legation.domain.operators import build_operator_token
from legation.errors import UnavailableError
from legation.http import logs
from legation.http.logs import configure_logs, log_loop_error, log_request

LOGGER = logging.getLogger("legation.test")
TOKEN = build_operator_token(bytes(32))


class Terminal(io.StringIO):
    """What says that somebody watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Put the log of the tests themselves back."""
    root, ours = logging.getLogger(), logging.getLogger("legation")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])
    logs._requests.write = None


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_with(error: BaseException) -> None:
    try:
        raise error
    except BaseException:
        LOGGER.exception("it failed")


def test_event_is_one_json_object_with_time_level_and_logger() -> None:
    configure_logs(stream := io.StringIO())
    LOGGER.warning("it is %s", "late")
    (event,) = written(stream)
    assert (event["event"], event["level"], event["logger"]) == ("it is late", "warning", "legation.test")
    assert event["time"].endswith("+00:00")


def test_request_has_its_line() -> None:
    configure_logs(stream := io.StringIO())
    log_request(method="GET", route="/v1/agents", status=200, seconds=0.00123, request_id="a" * 32, caller="operator")
    (event,) = written(stream)
    assert event.pop("time")
    assert event == {
        "level": "info",
        "event": "request",
        "method": "GET",
        "route": "/v1/agents",
        "status": 200,
        "ms": 1.23,
        "request_id": "a" * 32,
        "caller": "operator",
    }


def test_level_leaves_lines_of_requests_out() -> None:
    configure_logs(stream := io.StringIO(), level=logging.WARNING)
    log_request(method="GET", route=None, status=404, seconds=0.1, request_id="a", caller="none")
    LOGGER.info("nothing of interest")
    assert stream.getvalue() == ""


def test_person_at_a_terminal_gets_text() -> None:
    configure_logs(stream := Terminal())
    LOGGER.warning("it is late")
    log_request(method="GET", route="/healthz", status=200, seconds=0.1, request_id="a", caller="none")
    first, second = stream.getvalue().splitlines()
    assert "it is late" in first
    assert "/healthz" in second
    assert not first.startswith("{")


@pytest.mark.parametrize(
    "secret",
    [
        f"Bearer {TOKEN}",
        TOKEN,
        "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQifQ.c2ln",
        "lgc1.AAAAAAAA",
        "postgresql://me:hunter2@db.example/state",
        "z" * 44,
        "DPoP hunter2",
    ],
)
def test_secret_is_hidden_wherever_it_stands_in_an_event(secret: str) -> None:
    configure_logs(stream := io.StringIO())
    LOGGER.error("refused: %s, at last", secret)
    text = stream.getvalue()
    assert secret not in text
    assert "hunter2" not in text
    assert "[hidden]" in text
    assert "at last" in text


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
@pytest.mark.parametrize("letter", ["\n", "\r", "\x1b", "\x00", "\u202e", "\u2028", "\ud800", "\x85"])
def test_one_event_stays_one_line_whatever_stands_in_it(stream: io.StringIO, letter: str) -> None:
    stream.seek(0)
    stream.truncate()
    configure_logs(stream)
    LOGGER.error('name %s" , "level": "info', letter)
    assert stream.getvalue().count("\n") == 1
    assert letter not in stream.getvalue().rstrip("\n")


def test_long_text_is_cut() -> None:
    configure_logs(stream := io.StringIO())
    LOGGER.error("a b " * 100_000)
    assert len(stream.getvalue()) < 1000


def test_error_is_written_by_its_kind_and_place_and_a_strangers_message_is_not() -> None:
    configure_logs(stream := io.StringIO())
    fail_with(KeyError("canary"))
    (event,) = written(stream)
    (error,) = event["errors"]
    assert error["type"] == "KeyError"
    assert error["at"][-1].endswith("fail_with")
    assert "canary" not in stream.getvalue()


def test_error_of_ours_and_of_the_system_says_why_with_its_causes() -> None:
    configure_logs(stream := io.StringIO())
    try:
        try:
            raise OSError("disk on fire")
        except OSError as cause:
            raise UnavailableError("the state does not answer") from cause
    except UnavailableError as error:
        LOGGER.warning("request failed", exc_info=error)
    (event,) = written(stream)
    assert [error["message"] for error in event["errors"]] == ["the state does not answer", "disk on fire"]


def test_error_whose_causes_go_round_comes_to_an_end() -> None:
    configure_logs(stream := io.StringIO())
    first, second = KeyError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    fail_with(first)
    assert len(written(stream)[0]["errors"]) == 2


def test_loop_reports_without_what_was_in_flight() -> None:
    configure_logs(stream := io.StringIO())
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(log_loop_error)
    loop.call_exception_handler({"message": "a task failed", "exception": KeyError("canary"), "future": "canary"})
    loop.close()
    (event,) = written(stream)
    assert (event["event"], event["errors"][0]["type"]) == ("a task failed", "KeyError")
    assert "canary" not in stream.getvalue()


def test_libraries_say_only_what_matters() -> None:
    configure_logs(stream := io.StringIO())
    logging.getLogger("sqlalchemy.engine").info("SELECT canary")
    logging.getLogger("aiohttp.access").info("GET /canary")
    assert stream.getvalue() == ""
    logging.getLogger("aiohttp.server").warning("it matters")
    assert [event["event"] for event in written(stream)] == ["it matters"]


class FullDisk(io.StringIO):
    """Standard error in a file for which there is no room."""

    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_log_that_takes_no_more_keeps_no_request_from_its_answer() -> None:
    configure_logs(FullDisk())
    log_request(method="GET", route="/healthz", status=200, seconds=0.1, request_id="a", caller="none")
