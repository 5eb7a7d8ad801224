"""Operators' tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.operators import OperatorToken, build_operator_token
from legation.errors import MalformedError


@given(st.binary(min_size=32, max_size=32))
def test_token_matches_itself(random: bytes) -> None:
    text = build_operator_token(random)
    assert OperatorToken.parse(text).matches(text)


@given(st.text(max_size=80))
def test_token_matches_nothing_else(other: str) -> None:
    assert not OperatorToken.parse(build_operator_token(bytes(32))).matches(other)


def test_token_with_one_character_changed_does_not_match() -> None:
    text = build_operator_token(bytes(32))
    token = OperatorToken.parse(text)
    assert not any(
        token.matches(text[:index] + "z" + text[index + 1 :]) for index in range(len(text)) if text[index] != "z"
    )
    assert not token.matches(text + "A")
    assert not token.matches(text[:-1])


@pytest.mark.parametrize("text", ["", "secret", "legation_operator_", "legation_operator_" + "A" * 42, "A" * 43])
def test_text_that_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        OperatorToken.parse(text)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_token_of_less_randomness_is_not_made(length: int) -> None:
    with pytest.raises(MalformedError):
        build_operator_token(bytes(length))


def test_token_does_not_show_itself() -> None:
    text = build_operator_token(bytes(range(32)))
    assert text.removeprefix("legation_operator_") not in repr(OperatorToken.parse(text))
