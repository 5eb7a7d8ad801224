"""JCS: whatever way it takes, the form is that of RFC 8785, or there is none."""

from __future__ import annotations

import math
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from legation.errors import MalformedError
from legation.standards.jcs import canonicalize, canonicalize_plain
from legation.standards.strict_json import parse_json, write_sorted

LIMIT = 2**53 - 1
FLOATS = st.one_of(
    st.floats(),
    st.sampled_from(
        [0.0, -0.0, 1.0, -1.0, 1e21, 1e20, 1e-6, 1e-7, 333333333.33333329, 1e23, 5e-324, 9007199254740993.0]
    ),
)
INTEGERS = st.one_of(st.integers(), st.integers(-LIMIT, LIMIT), st.sampled_from([10**15, 10**16 - 1, LIMIT, LIMIT + 1]))
# texts that look like numbers within a document, and what sorts differently in UTF-8 and UTF-16
TEXT = st.one_of(
    st.text(max_size=12), st.sampled_from([":1.5", ",123456789012345678", "[-0", "null", "\ufb01", "\U0001f600"])
)


def documents(numbers: st.SearchStrategy[Any], names: st.SearchStrategy[str] = TEXT) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(st.none(), st.booleans(), numbers, TEXT),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=10,
    )


def exact(value: Any) -> bytes | None:
    """Return the form by the reference, or None where there is none."""
    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, ValueError):
        return None


def ours(value: Any) -> bytes | None:
    try:
        return canonicalize(value)
    except MalformedError:
        return None


@settings(max_examples=600)
@given(documents(st.one_of(FLOATS, INTEGERS)))
def test_form_is_that_of_the_reference_for_any_value(value: Any) -> None:
    assert ours(value) == exact(value)


@settings(max_examples=400)
@given(documents(st.one_of(FLOATS, INTEGERS), names=st.text("abcz\u007f\ue000\U0001f600", max_size=3)))
def test_members_sort_as_utf_16(value: Any) -> None:
    assert ours(value) == exact(value)


@settings(max_examples=400)
@given(documents(st.integers(-LIMIT, LIMIT)))
def test_cheap_form_is_that_of_the_reference_within_its_contract(value: Any) -> None:
    try:
        cheap: bytes | None = canonicalize_plain(value)
    except MalformedError:
        cheap = None
    assert cheap == exact(value)
    if cheap is not None and cheap.isascii():
        assert write_sorted(value) == cheap


@given(documents(st.one_of(st.floats(-1e15, 1e15), st.floats(1e21, 1e300), st.integers(-LIMIT, LIMIT))))
def test_form_of_what_was_read_is_the_form_of_what_was_written(value: Any) -> None:
    form = ours(value)
    if form is not None:
        assert canonicalize(parse_json(form)) == form


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ({"b": 1, "a": [True, None, "x"]}, b'{"a":[true,null,"x"],"b":1}'),
        (1.0, b"1"),
        (-0.0, b"0"),
        (1e30, b"1e+30"),
        (LIMIT, b"9007199254740991"),
        ({"n": 333333333.33333329}, b'{"n":333333333.3333333}'),
        ("\u20ac", '"\u20ac"'.encode()),
        ('\x1f\x7f\b\t\n\f\r"\\/', b'"\\u001f\x7f\\b\\t\\n\\f\\r\\"\\\\/"'),
        ({"\ufb33": 1, "\U0001f600": 2}, '{"\U0001f600":2,"\ufb33":1}'.encode()),
        ([], b"[]"),
        (None, b"null"),
    ],
)
def test_form_of_a_value(value: Any, form: bytes) -> None:
    assert canonicalize(value) == form


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        [math.nan],
        {"a": math.inf},
        LIMIT + 1,
        -LIMIT - 1,
        [2**64],
        2**70,
        "\ud800",
        {"\ud800": 1},
        {1: 2},
    ],
)
def test_value_without_a_form_is_malformed(value: Any) -> None:
    with pytest.raises(MalformedError):
        canonicalize(value)


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, 2**70, {1: 2}])
def test_value_without_a_form_is_malformed_to_the_cheap_way_too(value: Any) -> None:
    with pytest.raises(MalformedError):
        canonicalize_plain(value)


def test_value_that_is_too_deep_is_malformed() -> None:
    value: Any = 1
    for _ in range(5000):
        value = [value]
    for write in (canonicalize, canonicalize_plain, write_sorted):
        with pytest.raises(MalformedError):
            write(value)
