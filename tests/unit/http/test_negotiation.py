"""Which of several forms a caller would rather read."""

from __future__ import annotations

import pytest

from legation.http.negotiation import choose_representation

PLAIN, JSON, PROFILED = "text/plain", "application/json", 'application/ld+json;profile="https://example.com/p"'
OFFERED = (PLAIN, JSON, PROFILED)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ([], PLAIN),
        ([""], PLAIN),
        (["*/*"], PLAIN),
        (["application/json"], JSON),
        (["APPLICATION/JSON"], JSON),
        (["application/*"], JSON),
        (["text/plain;q=0.5, application/json"], JSON),
        (["text/plain;q=0.5", "application/json;q=0.6"], JSON),
        (["application/json;q=0, */*"], PLAIN),
        (["*/*;q=0.5, text/plain;q=0.1"], JSON),
        (["application/json; charset=utf-8"], JSON),
        (['application/ld+json;profile="https://example.com/p"'], PROFILED),
        (['application/ld+json ; profile = "https://example.com/p" ; q=1.0'], PROFILED),
        (["text/html,garbage,application/json"], JSON),
    ],
)
def test_best_form_is_chosen(accept: list[str], form: str) -> None:
    assert choose_representation(accept, OFFERED) == form


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/ld+json",
        'application/ld+json;profile="https://example.com/other"',
        "application/json;version=2",
        "*/*;q=0",
        "application/json;q=2",
        "application/json;q=x",
        "x",
        "*",
        ",",
        ";",
        "application/json" + " " * 2000,
        '"' * 500,
    ],
)
def test_no_form_suits_whoever_takes_none_of_them(accept: str) -> None:
    assert choose_representation([accept], OFFERED) is None
