"""Challenges: their form, and what of them is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.challenges import Challenge, build_challenge, find_challenge
from legation.errors import MalformedError


@given(st.binary(min_size=16, max_size=16))
def test_challenge_is_22_characters_and_is_found_again(random: bytes) -> None:
    challenge = build_challenge(random)
    assert len(challenge.value) == 22
    assert find_challenge(challenge.value) == challenge


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_challenge_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(MalformedError):
        build_challenge(bytes(length))


@pytest.mark.parametrize(
    "text",
    [None, "", "A" * 21, "A" * 23, "A" * 21 + "B", "A" * 21 + "=", "A" * 20 + " A", "А" + "A" * 21, "A" * 22 + "\n"],
)
def test_text_of_another_form_is_no_challenge(text: str | None) -> None:
    assert find_challenge(text) is None


def test_challenge_does_not_show_itself() -> None:
    challenge = build_challenge(bytes(range(16)))
    assert challenge.value not in repr(challenge) + str(challenge) + f"{[challenge]}"


def test_challenges_have_different_digests() -> None:
    assert Challenge("A" * 22).digest != build_challenge(b"\1" * 16).digest
