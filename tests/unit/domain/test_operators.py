"""Operators' tokens."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.operators import (
    FIRST_OPERATOR_ID,
    OperatorToken,
    build_operator_token,
    is_operator_id,
    is_operator_token,
    parse_operator_name,
)
from legation.errors import MalformedError


def test_tokens_that_differ_in_one_character_have_different_digests() -> None:
    text = build_operator_token(bytes(32))
    at = len(text) - 20
    assert OperatorToken.parse(text).digest != OperatorToken.parse(text[:at] + "z" + text[at + 1 :]).digest


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


@given(st.binary(min_size=32, max_size=32))
def test_token_is_known_by_its_digest_and_form(random: bytes) -> None:
    text = build_operator_token(random)
    assert is_operator_token(text)
    assert OperatorToken.parse(text).digest == sha256(text.encode()).digest()
    assert not is_operator_token(text + "\n")


@pytest.mark.parametrize("name", ["", "-a", "Ana", "a" * 64, "a b", "a\n", "é", 5, None])
def test_name_of_another_form_is_refused(name: object) -> None:
    with pytest.raises(MalformedError):
        parse_operator_name(name)


@pytest.mark.parametrize("name", ["a", "ana-2", "0" * 63])
def test_name_is_that_of_an_agent(name: str) -> None:
    assert parse_operator_name(name) == name


def test_id_is_32_hex_digits() -> None:
    assert is_operator_id(FIRST_OPERATOR_ID)
    assert not any(is_operator_id(text) for text in ("", "0" * 31, "A" * 32, None, 5))


@given(st.text(max_size=80))
def test_other_texts_are_no_tokens(other: str) -> None:
    assert not is_operator_token(other)
