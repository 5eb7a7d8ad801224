"""Names, descriptions, and texts with a language."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.vc.names import check_language_value
from tests.support.vcdm import ISSUER, credential, formed, refusal


@pytest.mark.parametrize("member", ["name", "description"])
@pytest.mark.parametrize(
    ("good", "bad", "code"),
    [
        ({"@value": "x", "@language": "en"}, {"@value": "x", "@language": "en", "url": "urn:x"}, "unknown_term"),
        ({"@value": "x", "@direction": "rtl"}, {"@value": "x", "@direction": "up"}, "malformed"),
        ({"@value": "x"}, {"@language": "en"}, "malformed"),
        ({"@value": "x", "@language": "en"}, {"@value": "x", "@language": "not a tag"}, "malformed"),
        ({"@value": "x"}, {"@value": 1}, "malformed"),
        ([{"@value": "x"}, "y"], [{"@value": "x"}, 1], "malformed"),
        ({"@value": "x", "@direction": "ltr"}, {"@value": "x", "@direction": None}, "malformed"),
    ],
)
def test_text_is_a_string_or_a_language_value_object(member: str, good: Any, bad: Any, code: str) -> None:
    assert formed(credential(**{member: good}))
    assert refusal(credential(**{member: bad})) == (code, refusal(credential(**{member: bad}))[1])
    assert formed(credential(issuer={"id": ISSUER, member: good}))
    assert refusal(credential(issuer={"id": ISSUER, member: bad}))[0] == code


def test_value_object_is_checked_at_any_depth() -> None:
    assert formed(credential(credentialSubject={"a": [{"b": {"@value": "x", "@language": "en"}}]}))
    assert formed(credential(credentialSubject={"a": {"@value": "x", "@type": "urn:t"}}))
    assert refusal(credential(credentialSubject={"a": [{"b": {"@value": "x", "c": "y"}}]}))[0] == "unknown_term"
    assert refusal(credential(credentialSubject={"a": {"@value": "x", "@type": "urn:t", "@language": "en"}}))[0] == (
        "unknown_term"
    )


@pytest.mark.parametrize(
    "tag",
    [
        "en",
        "de-CH",
        "zh-Hant-TW",
        "sl-rozaj-biske",
        "de-CH-1901",
        "en-US-u-islamcal",
        "x-whatever",
        "i-klingon",
        "es-419",
    ],
)
def test_language_of_the_form_of_bcp_47_is_accepted(tag: str) -> None:
    check_language_value({"@value": "x", "@language": tag}, "")


@pytest.mark.parametrize(
    "tag", ["", "e", "en_US", "english-language-of-old", "en-", "-en", "en-x", "en-a", "1en", "a" * 200, None, 1]
)
def test_language_of_another_form_is_refused(tag: Any) -> None:
    with pytest.raises(LegationError) as refused:
        check_language_value({"@value": "x", "@language": tag}, "")
    assert refused.value.code == "malformed"
