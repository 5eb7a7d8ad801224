"""The one table from an error to an answer."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from aiohttp import web

import legation
from legation.errors import LegationError, MalformedError, TooLargeError, UnknownTermError
from legation.http.errors import STATUS_OF_CODE, STATUS_OF_ERROR, error_of_http, internal_error, problem, status_of


def subclasses(kind: type[LegationError]) -> Iterator[type[LegationError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from subclasses(child)


def every_kind() -> set[type[LegationError]]:
    """Return every error of the package, wherever it is defined."""
    for module in pkgutil.walk_packages(legation.__path__, "legation."):
        importlib.import_module(module.name)
    return {kind for kind in subclasses(LegationError) if kind.__module__.startswith("legation.")}


def make(kind: type[LegationError]) -> LegationError:
    error = kind.__new__(kind)
    LegationError.__init__(error, "a sentence", pointer="/a/0")
    return error


def test_every_error_has_a_status_and_none_of_them_looks_like_success() -> None:
    kinds = every_kind()
    assert len(kinds) > 14
    assert {status_of(make(kind)) for kind in kinds} <= set(STATUS_OF_ERROR.values())
    assert all(status >= 400 for status in {*STATUS_OF_ERROR.values(), *STATUS_OF_CODE.values()})


def test_every_error_of_the_hierarchy_stands_in_the_table_itself() -> None:
    assert {kind for kind in every_kind() if kind.__module__ == "legation.errors"} == set(STATUS_OF_ERROR)


def test_table_names_no_error_that_only_a_fault_of_ours_brings_but_settings() -> None:
    internal = {kind for kind, status in STATUS_OF_ERROR.items() if status is HTTPStatus.INTERNAL_SERVER_ERROR}
    assert {kind.__name__ for kind in internal} == {"SettingsError"}


@pytest.mark.parametrize("kind", [LegationError, MalformedError, TooLargeError, UnknownTermError])
def test_problem_says_what_it_is_and_what_to_do(kind: type[LegationError]) -> None:
    error = kind("a sentence", fix="Do this.", pointer="/a/0")
    response = problem(error, "id-1")
    assert response.content_type == "application/problem+json"
    assert isinstance(response.text, str)
    assert json.loads(response.text) == {
        "type": f"urn:legation:error:{error.code}",
        "title": HTTPStatus(response.status).phrase,
        "status": response.status,
        "detail": "a sentence",
        "code": error.code,
        "requestId": "id-1",
        "pointer": "/a/0",
        "fix": "Do this.",
    }


def test_problem_keeps_the_cause_to_itself() -> None:
    error = MalformedError("a sentence")
    error.__cause__ = ValueError("the secret reason")
    assert "secret" not in str(problem(error, "id-1").text)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (web.HTTPNotFound(), "not_found", 404),
        (web.HTTPMethodNotAllowed("PUT", ["GET"]), "method_not_allowed", 405),
        (web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2), "too_large", 413),
        (web.HTTPBadRequest(text="what was sent"), "malformed", 400),
        (web.HTTPBadGateway(), "internal_error", 500),
    ],
)
def test_what_aiohttp_refuses_is_told_in_our_words(error: web.HTTPException, code: str, status: int) -> None:
    ours = error_of_http(error)
    assert (ours.code, status_of(ours)) == (code, status)
    assert "what was sent" not in ours.detail


def test_fault_of_ours_is_a_500_that_says_nothing() -> None:
    assert status_of(internal_error()) == 500
