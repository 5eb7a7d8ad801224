"""Proof values in CBOR: one encoding, and nothing that only CBOR can say."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest

from legation.errors import ProofError
from legation.standards.multiformats import encode_base64url
from legation.standards.selective_disclosure import proof_values
from legation.standards.selective_disclosure.proof_values import find_header, read_proof_value, write_proof_value

HEADER = b"\xd9\x5d\x01"
PARTS = [b"x" * 64, [b"y" * 64, "/a"], {0: b"z" * 32, 1: b"w" * 32}, [0, 23, 24, 255, 256, 65536]]


def text(cbor: bytes, header: bytes = HEADER) -> str:
    return "u" + encode_base64url(header + cbor)


def test_components_come_back_as_they_were() -> None:
    assert read_proof_value(write_proof_value(HEADER, PARTS), HEADER) == PARTS
    assert write_proof_value(HEADER, PARTS) == text(cbor2.dumps(PARTS))
    assert find_header(write_proof_value(HEADER, PARTS)) == HEADER


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_order_of_a_map_says_nothing(order: list[int]) -> None:
    labels = {number: bytes([number]) for number in order}
    assert read_proof_value(text(cbor2.dumps([labels])), HEADER) == [{0: b"\0", 1: b"\1"}]


@pytest.mark.parametrize(
    "cbor",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x80\x00", id="more after the end"),
        pytest.param(b"\x82\x00", id="less than announced"),
        pytest.param(b"\x9f\x00\xff", id="array without length"),
        pytest.param(b"\x81\x5f\x41x\xff", id="bytes without length"),
        pytest.param(b"\x81\xbf\x00\x41x\xff", id="map without length"),
        pytest.param(b"\x98\x01\x00", id="long form of an array's length"),
        pytest.param(b"\x81\x18\x00", id="long form of a number"),
        pytest.param(b"\x81\x19\x00\x18", id="longer form of a number"),
        pytest.param(b"\x81\x58\x01x", id="long form of a length"),
        pytest.param(b"\x81\xa2\x00\x41x\x00\x41y", id="key twice"),
        pytest.param(b"\x81\xa2\x00\x41x\x18\x00\x41y", id="key twice in two forms"),
        pytest.param(b"\x81\xc2\x41\x01", id="bignum"),
        pytest.param(b"\xd9\xd9\xf7\x81\x00", id="self-described"),
        pytest.param(b"\xd8\x1c\x81\xd8\x1d\x00", id="array that holds itself"),
        pytest.param(b"\x81\xd8\x40\x41x", id="typed array"),
        pytest.param(b"\xd9\x01\x02\x81\x00", id="set"),
        pytest.param(b"\x81\xd8\x23\x64(a+)", id="regular expression"),
        pytest.param(b"\xd9\x01\x00\x82\x43abc\xd8\x19\x00", id="string reference"),
        pytest.param(b"\x81\xc5\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", id="bigfloat"),
        pytest.param(b"\xa1\x00\x41x", id="map instead of an array"),
        pytest.param(b"\x41x", id="bytes instead of an array"),
        pytest.param(b"\x81\x81\x81\x00", id="too deep"),
        pytest.param(b"\x81" * 5000 + b"\x00", id="far too deep"),
        pytest.param(b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", id="array of an announced immensity"),
        pytest.param(b"\x81\x5b\x7f\xff\xff\xff\xff\xff\xff\xff", id="bytes of an announced immensity"),
        pytest.param(b"\x81\x62\xc3\x28", id="text that is not UTF-8"),
        pytest.param(b"\x81\xa1\x81\x00\x00", id="array as a key"),
        pytest.param(b"\x81\xfb\x7f\xf8\x00\x00\x00\x00\x00\x01", id="number that is none, with a message"),
        pytest.param(b"\x81\xf8\x18", id="long form of a simple value"),
        pytest.param(b"\xff", id="end of nothing"),
        pytest.param(b"\x81\x1c", id="reserved length"),
    ],
)
def test_any_other_encoding_is_refused(cbor: bytes) -> None:
    with pytest.raises(ProofError):
        read_proof_value(text(cbor), HEADER)
    assert read_proof_value(text(b"\x81\x00"), HEADER) == [0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        b"u2V0BgA",
        "",
        "u",
        "u2V0",
        "z2V0BgQA",
        "U2V0BgQA",
        "2V0BgQA",
        text(b"\x81\x00") + "=",
        text(b"\x81\x00") + " ",
        text(b"\x81\x00")[:-1] + "B",
        text(b"\x81\x00").replace("u2", "u+"),
        text(b"\x81\x00", b"\xd9\x5d\x00"),
        text(b"\x81\x00", b"\xd9\x5d\x02"),
        text(b"\x81\x00", b""),
    ],
)
def test_text_that_is_not_base64url_multibase_of_this_kind_is_refused(value: Any) -> None:
    with pytest.raises(ProofError):
        read_proof_value(value, HEADER)


def test_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    value = write_proof_value(HEADER, PARTS)
    monkeypatch.setattr(proof_values, "MAX_CHARS", len(value))
    assert read_proof_value(value, HEADER) == PARTS
    monkeypatch.setattr(proof_values, "MAX_CHARS", len(value) - 1)
    with pytest.raises(ProofError):
        read_proof_value(value, HEADER)


@pytest.mark.parametrize("value", [None, 7, "", "u", "u2V0", "z2V0B", "u2V0+", "u===="])
def test_header_of_other_text_is_none(value: Any) -> None:
    assert find_header(value) is None
