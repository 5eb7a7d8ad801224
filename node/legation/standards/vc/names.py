"""Names and descriptions, and the language and base direction of texts (VCDM 2.0 §4.6, §11.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from legation.errors import MalformedError, UnknownTermError

# RFC 5646 §2.1, without the order of variants and extensions that only its registry could judge
_LANGUAGE = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+"
    r"|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)|sgn-(?:be-fr|be-nl|ch-de)"
    r"|art-lojban|cel-gaulish|no-bok|no-nyn|zh-(?:guoyu|hakka|min|min-nan|xiang))",
    re.IGNORECASE | re.ASCII,
)
_MAX_TAG = 128
_TEXT = frozenset({"@value", "@language", "@direction"})
_DIRECTIONS = ("ltr", "rtl")


def check_texts(node: Mapping[str, object], pointer: str) -> None:
    """Check ``name`` and ``description`` of a credential, presentation or issuer (VCDM 2.0 §4.6).

    Raises:
        MalformedError, UnknownTermError: not a string, nor one or more language value objects.
    """
    for member in ("name", "description"):
        if member in node and not isinstance(node[member], str):
            _check_text(node[member], f"{pointer}/{member}")


def _check_text(value: object, pointer: str) -> None:
    if isinstance(value, list):
        if not value:
            raise MalformedError("an empty list says nothing", pointer=pointer)
        for index, item in enumerate(value):
            if not isinstance(item, str):
                _check_text_object(item, f"{pointer}/{index}")
    else:
        _check_text_object(value, pointer)


def _check_text_object(value: object, pointer: str) -> None:
    if not isinstance(value, dict):
        raise MalformedError("this must be a string, or an object with @value", pointer=pointer)
    check_language_value(value, pointer)


def check_language_value(value: Mapping[str, object], pointer: str) -> None:
    """Check one language value object: ``@value``, ``@language``, ``@direction``, and nothing else (VCDM 2.0 §11.1).

    Raises:
        UnknownTermError: another member.
        MalformedError: no text, a language that is not of the form of BCP 47, a direction but ltr and rtl.
    """
    if not value.keys() <= _TEXT:
        raise UnknownTermError("a text has @value, @language, @direction, and nothing else", pointer=pointer)
    if not isinstance(value.get("@value"), str):
        raise MalformedError("the @value of a text is a string", pointer=f"{pointer}/@value")
    language = value.get("@language", "en")
    if not isinstance(language, str) or len(language) > _MAX_TAG or _LANGUAGE.fullmatch(language) is None:
        raise MalformedError("a language is a tag as in BCP 47", pointer=f"{pointer}/@language")
    if value.get("@direction", "ltr") not in _DIRECTIONS:
        raise MalformedError("a direction is ltr or rtl", pointer=f"{pointer}/@direction")
