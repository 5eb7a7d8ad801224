"""Which strings may stand in a delegation, and which texts are URIs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.text import escape, is_plain_text, is_uri, parse_name, parse_names
from legation.errors import MalformedError


@pytest.mark.parametrize("text", ["", "read", "a b", "caf\u00e9", "\u65e5\u672c", "\U0001f600", "\u0430", "~/!"])
def test_plain_text_may_stand(text: str) -> None:
    assert is_plain_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "e\u0301",  # NFD
        "\u212a",  # Kelvin sign, which NFC turns into K
        "A\u030a",
        "a\x00",
        "a\n",
        "\x7f",
        "\x85",
        "\u200b",  # zero-width space
        "\ufeff",  # byte order mark
        "\u202e",  # right-to-left override
        "\u00ad",  # soft hyphen
        "\u2028",
        "\u2029",
        "\ud800",
        "\U000e0041",
        None,
        7,
        b"read",
    ],
)
def test_what_is_not_nfc_or_cannot_be_seen_may_not_stand(text: object) -> None:
    assert not is_plain_text(text)


@given(st.text())
def test_plain_text_is_what_section_1_says(text: str) -> None:
    barred = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    allowed = unicodedata.normalize("NFC", text) == text and not any(unicodedata.category(c) in barred for c in text)
    assert is_plain_text(text) == allowed


def test_names_are_distinct_and_not_empty() -> None:
    assert parse_name("caf\u00e9", "") == "caf\u00e9"
    assert parse_names(["a", "caf\u00e9"], "") == {"a", "caf\u00e9"}


@pytest.mark.parametrize("value", ["", None, 7, "a\n", ["a"]])
def test_name_that_is_empty_or_not_plain_is_refused(value: object) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_name(value, "/here")
    assert refused.value.pointer == "/here"


@pytest.mark.parametrize(
    "value", [[], "a", None, {}, {"a": 1}, ["a", "a"], [""], ["a", None], [1], ["\u200b"], [["a"]]]
)
def test_names_that_are_no_set_of_plain_texts_are_refused(value: object) -> None:
    with pytest.raises(MalformedError) as refused:
        parse_names(value, "/here")
    assert refused.value.pointer == "/here"


@pytest.mark.parametrize("text", ["urn:uuid:1", "https://a.example/x?y#z", "did:web:a.example", "a:b", "a:%C3%A9"])
def test_uri_is_known(text: str) -> None:
    assert is_uri(text)


@pytest.mark.parametrize(
    "text", ["", "a", "a:", ":b", "1a:b", "a:\u00e9", "a: b", "a:%", "a:%4", "a:<b>", "a:" + "b" * 2047, None]
)
def test_what_is_no_uri_is_known(text: object) -> None:
    assert not is_uri(text)


def test_member_name_is_escaped_in_a_pointer() -> None:
    assert escape("a/b~c") == "a~1b~0c"
