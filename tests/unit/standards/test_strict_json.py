"""Strict JSON: what RFC 8259 and I-JSON allow, within bounds, and nothing that readers take differently."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.strict_json import MAX_BYTES, check_nesting, nesting, parse_json, write_json, write_sorted

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans(), st.booleans())
def test_what_json_writes_is_read(value: Any, ascii_: bool, spaced: bool) -> None:
    try:
        text = json.dumps(value, ensure_ascii=ascii_, indent=1 if spaced else None).encode()
    except UnicodeEncodeError:
        return
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"{}", {}),
        (b' { "a" : [ 1 , 2.5 , true , null , "x" ] } \n', {"a": [1, 2.5, True, None, "x"]}),
        (b"1E2", 100.0),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b'"\\u00e9\\ud83d\\ude00"', "\u00e9\U0001f600"),
        ('"\u00e9"'.encode(), "\u00e9"),
        (b'{"a":1,"b":1}', {"a": 1, "b": 1}),
        (b'{"":1}', {"": 1}),
        (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
    ],
)
def test_json_is_read(text: bytes, value: object) -> None:
    assert parse_json(text) == value


@pytest.mark.parametrize("text", [b"-0", b"[-0]", b"-0.0", b'{"a":-0}'])
def test_minus_zero_stays_visible(text: bytes) -> None:
    found: Any = parse_json(text)
    while isinstance(found, list | dict):
        found = found[0] if isinstance(found, list) else found["a"]
    assert isinstance(found, float)
    assert math.copysign(1, found) == -1


@pytest.mark.parametrize("text", [b"1.0", b"100.0", b"1e0", b"10E-1"])
def test_number_with_a_fraction_or_exponent_is_no_integer(text: bytes) -> None:
    assert type(parse_json(text)) is float


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"nul",
        b"NaN",
        b"Infinity",
        b"[-Infinity]",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"1e",
        b"1e999",
        b"-1e999",
        b"0x10",
        b"1 2",
        b"{} {}",
        b"[1,]",
        b'{"a":1,}',
        b"{a:1}",
        b"{'a':1}",
        b'{"a"}',
        b"[1 2]",
        b"// x\n1",
        b'"\t"',
        b'"\x00"',
        b'"\\x41"',
        b'"\\u12"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\xf4\x90\x80\x80"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-16-le"),
        "{}".encode("utf-32"),
        b"1" * 5000,
        b"\x0b1",
        b"\xc2\xa01",
    ],
)
def test_what_is_no_strict_json_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":3}',
        b'[{"x":{"a":1,"a":1}}]',
        b'{"a":1,"\\u0061":1}',
        b'{"":1,"":1}',
        b'{"a": 1, "a": 2}',
        b'{ "a" : 1 , "b" : { "a b" : 1 , "a b" : 1 } }',
    ],
)
def test_name_that_stands_twice_in_one_object_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedError):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a b": 1, "ab": 2}', {"a b": 1, "ab": 2}),
        (b'{ "a" : " b  c " , "d" : [ 1 , -0.5 ] }', {"a": " b  c ", "d": [1, -0.5]}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b'{"a": "\\" , \\"", "b": 1}', {"a": '" , "', "b": 1}),
    ],
)
def test_spaces_between_and_within_change_no_value(text: bytes, value: object) -> None:
    assert parse_json(text) == value


def test_bytes_are_bounded_before_anything_is_read() -> None:
    assert parse_json(b'"' + b"a" * (MAX_BYTES - 2) + b'"')
    with pytest.raises(TooLargeError):
        parse_json(b'"' + b"a" * (MAX_BYTES - 1) + b'"')
    assert parse_json(b"[1]", max_bytes=3) == [1]
    with pytest.raises(TooLargeError):
        parse_json(b"\xff" * 4, max_bytes=3)


@pytest.mark.parametrize("brackets", [(b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_is_bounded(brackets: tuple[bytes, bytes]) -> None:
    opening, closing = brackets

    def text(levels: int) -> bytes:
        return opening * levels + b"1" + closing * levels

    assert nesting(parse_json(text(32))) == 32
    for levels in (33, 200, 254, 255, 300, 1000, 1024, 1025, 20000):
        with pytest.raises(MalformedError):
            parse_json(text(levels))
    assert nesting(parse_json(text(200), max_nesting=None)) == 200
    for levels in (255, 1024, 20000):
        with pytest.raises(MalformedError):
            parse_json(text(levels), max_nesting=None)


def test_brackets_in_strings_are_no_nesting() -> None:
    assert parse_json(b'["' + b"[{" * 100 + b'"]') == ["[{" * 100]


@pytest.mark.parametrize(
    ("value", "depth"), [(1, 0), ("[[", 0), ([], 1), ({}, 1), ([[], [[]]], 3), ({"a": [{"b": 1}]}, 3)]
)
def test_depth_of_a_value(value: object, depth: int) -> None:
    assert nesting(value) == depth
    check_nesting(value, depth)
    if depth:
        with pytest.raises(MalformedError):
            check_nesting(value, depth - 1)


@given(JSON, JSON)
def test_no_two_values_are_written_alike(one: Any, other: Any) -> None:
    for write in (write_json, write_sorted):
        try:
            same = write(one) == write(other)
        except MalformedError:
            continue
        assert same == (
            repr(_sorted(one)) == repr(_sorted(other)) if write is write_sorted else repr(one) == repr(other)
        )


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_value_that_cannot_be_written_is_malformed(value: object) -> None:
    for write in (write_json, write_sorted):
        with pytest.raises(MalformedError):
            write(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_json_does_or_refused(data: bytes) -> None:
    try:
        value = parse_json(data)
    except LegationError:
        return
    assert value == json.loads(data)
