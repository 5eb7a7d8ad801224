"""Problems become the errors that they stand for, and nothing that a server writes can do more than be read."""

from __future__ import annotations

import json

import pytest

from legation import errors
from legation.cli.exit_codes import Exit, exit_of_error
from legation.client.credentials import BearerToken, Nobody
from legation.client.problems import Answer, error_of
from legation.errors import (
    AccessError,
    AttenuationError,
    AuthenticationError,
    ConflictError,
    EgressError,
    FullError,
    GoneError,
    InvalidKeyError,
    LegationError,
    MalformedError,
    NotFoundError,
    ProofError,
    ResolutionError,
    TooLargeError,
    UnavailableError,
    UnknownTermError,
    WalletError,
)
from legation.http.errors import status_of
from tests.support.asking import BOTH, TOKEN, refusal
from tests.support.scripted import problem, reply, serving

PROBLEM = "application/problem+json"


def error_for(status: int, members: object, *, token: str | None = None, media: str = PROBLEM) -> LegationError:
    """Return the error of a problem."""
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return error_of(Answer(status, media, body), Nobody() if token is None else BearerToken(token))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "malformed", MalformedError),
        (400, "unknown_term", UnknownTermError),
        (400, "invalid_key", InvalidKeyError),
        (400, "proof_invalid", ProofError),
        (400, "holder_mismatch", LegationError),
        (401, "authentication_required", AuthenticationError),
        (403, "access_denied", AccessError),
        (404, "not_found", NotFoundError),
        (409, "conflict", ConflictError),
        (409, "agent_retired", ConflictError),
        (410, "gone", GoneError),
        (413, "too_large", TooLargeError),
        (415, "unsupported_media_type", LegationError),
        (422, "widened", AttenuationError),
        (422, "depth_exceeded", AttenuationError),
        (422, "did_unresolvable", ResolutionError),
        (500, "internal_error", LegationError),
        (502, "egress_refused", EgressError),
        (503, "unavailable", UnavailableError),
        (503, "wallet_error", WalletError),
        (507, "storage_full", FullError),
        (418, "something_new", LegationError),
        (409, "something_new", ConflictError),
    ],
)
def test_problem_becomes_the_error_of_its_code_or_status(status: int, code: str, kind: type[LegationError]) -> None:
    error = error_for(status, {"code": code, "detail": "a reason", "fix": "Do it.", "pointer": "/details/0"})
    assert (type(error), error.code, error.detail, error.pointer) == (kind, code, "a reason", "/details/0")
    assert error.fix == "Do it."


def test_every_error_of_a_node_comes_back_as_the_same_class() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LegationError)}
    for kind in kinds:
        sent = (
            kind("no", pointer="/a", allowed=1, claimed=2, code="widened") if kind is AttenuationError else kind("no")
        )
        found = error_for(int(status_of(sent)), {"code": sent.code, "detail": sent.detail})
        assert (type(found), found.code) == (kind, sent.code)


@pytest.mark.parametrize("kind", BOTH)
def test_problem_on_the_wire_is_raised_with_its_code(kind: str) -> None:
    with serving([problem("not_found", status=404, fix="Look again.", pointer="/name")]) as server:
        error = refusal(kind, server.origin, "get_agent", "nobody")
    assert isinstance(error, NotFoundError)
    assert (error.code, error.detail, error.fix, error.pointer) == ("not_found", "a reason", "Look again.", "/name")
    assert (error.__cause__, error.__context__) == (None, None)


def test_id_of_a_request_that_the_server_failed_at_is_told() -> None:
    members = {"code": "internal_error", "detail": "it broke", "fix": "Tell.", "requestId": "0a1b"}
    assert "0a1b" in error_for(500, members).fix
    assert "0a1b" not in error_for(404, members).fix
    assert error_for(500, {**members, "requestId": "\x1b[2J"}).fix == "Tell."


@pytest.mark.parametrize(
    "members",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"code": "a", "code": "b"}',
        {"code": 7},
        {"code": "Not A Code"},
        {"code": "a" * 65},
        {"code": "x\n"},
        {},
    ],
)
@pytest.mark.parametrize("status", [400, 404, 500])
def test_problem_without_a_code_is_the_servers_error(status: int, members: object) -> None:
    assert error_for(status, members).code == "server_error"


def test_texts_of_a_problem_are_bounded_and_printable() -> None:
    hostile = "a\x1b[2J\r\nb\u202e" + "c" * 10_000
    error = error_for(400, {"code": "malformed", "detail": hostile, "fix": hostile, "pointer": hostile})
    assert len(error.detail) == len(error.fix) == 500
    assert error.detail.isprintable()
    assert error.fix.isprintable()
    assert error.pointer is None


@pytest.mark.parametrize("pointer", [7, "no slash", "/\x1b", "/" + "a" * 600])
def test_pointer_that_is_none_is_left_out(pointer: object) -> None:
    assert error_for(400, {"code": "malformed", "pointer": pointer}).pointer is None


@pytest.mark.parametrize("pointer", ["", "/details/0/type"])
def test_pointer_is_kept(pointer: str) -> None:
    assert error_for(400, {"code": "malformed", "pointer": pointer}).pointer == pointer


def test_token_that_a_server_repeats_is_not_in_the_error() -> None:
    text = f"Bearer {TOKEN} is not known"
    error = error_for(401, {"code": "authentication_required", "detail": text, "fix": text}, token=TOKEN)
    assert TOKEN not in error.detail + error.fix + repr(error) + str(error)
    assert error_for(401, {"code": "authentication_required", "detail": text}).detail == text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 418, 500, 501])
def test_answer_that_is_no_problem_is_the_servers_error(status: int) -> None:
    error = error_for(status, {"code": "not_found"}, media="text/html")
    assert (type(error), error.code) == (LegationError, "server_error")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_overload_that_is_no_problem_is_unavailable_and_the_servers_error(status: int) -> None:
    error = error_for(status, b"<html>", media="text/html")
    assert (type(error), error.code) == (UnavailableError, "server_error")


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("step", "status"),
    [
        (reply(status=500, media="text/plain"), Exit.SERVER_ERROR),
        (problem("internal_error", status=500), Exit.SERVER_ERROR),
        (problem("authentication_required", status=401), Exit.AUTHENTICATION_REQUIRED),
        (problem("unavailable", status=503), Exit.UNREACHABLE),
    ],
)
def test_error_exits_by_its_code(kind: str, step: object, status: Exit) -> None:
    with serving([step]) as server:  # type: ignore[list-item]  # one of the steps above
        error = refusal(kind, server.origin, "get_health", settings={"retries": 0})
    assert exit_of_error(error) is status
