"""The parts of proof values of ecdsa-sd-2023: what they must be, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from legation.errors import ProofError
from legation.standards.data_integrity.ecdsa_sd_2023_values import (
    BASE,
    DERIVED,
    MAX_STATEMENTS,
    BaseValue,
    DerivedValue,
    is_base_value,
    read_base_value,
    read_derived_value,
    read_key,
    write_key,
)
from legation.standards.selective_disclosure.proof_values import write_proof_value
from tests.support.disclosed import ISSUER_KEY

KEY = write_key(ISSUER_KEY.public_key)
SIGNATURE, LABEL = b"s" * 64, b"l" * 32
BASE_VALUE = BaseValue(SIGNATURE, KEY, b"h" * 32, (SIGNATURE, b"t" * 64), ("/issuer", ""))
DERIVED_VALUE = DerivedValue(SIGNATURE, KEY, (SIGNATURE,), {0: LABEL, 1: b"m" * 32}, (0, 2, 300))
BASE_PARTS = [SIGNATURE, KEY, b"h" * 32, [SIGNATURE], ["/issuer"]]
DERIVED_PARTS = [SIGNATURE, KEY, [SIGNATURE], {0: LABEL}, [0, 2]]


def test_values_come_back_as_they_were_written() -> None:
    assert read_base_value(BASE_VALUE.write()) == BASE_VALUE
    assert read_derived_value(DERIVED_VALUE.write()) == DERIVED_VALUE
    empty = DerivedValue(SIGNATURE, KEY, (), {}, ())
    assert read_derived_value(empty.write()) == empty
    assert BASE_VALUE.mandatory_paths() == (("issuer",), ())


def test_value_tells_what_it_is() -> None:
    assert is_base_value(BASE_VALUE.write())
    assert not is_base_value(DERIVED_VALUE.write())
    assert not is_base_value(None)


def test_one_kind_is_not_read_as_the_other() -> None:
    with pytest.raises(ProofError):
        read_derived_value(BASE_VALUE.write())
    with pytest.raises(ProofError):
        read_base_value(DERIVED_VALUE.write())


def test_base_value_shows_no_key_in_its_text() -> None:
    assert "hhhh" not in f"{BASE_VALUE!r} {BASE_VALUE}"


def test_label_map_is_written_in_the_order_of_its_numbers() -> None:
    turned = replace(DERIVED_VALUE, labels={1: b"m" * 32, 0: LABEL})
    assert turned.write() == DERIVED_VALUE.write()


def parts(of: list[Any], place: int, value: Any) -> list[Any]:
    return [*of[:place], value, *of[place + 1 :]]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, SIGNATURE[1:]),
        (0, SIGNATURE + b"s"),
        (0, "s" * 64),
        (0, None),
        (1, KEY[2:]),
        (1, KEY + b"\0"),
        (2, b"h" * 31),
        (2, b"h" * 33),
        (2, "h" * 32),
        (3, SIGNATURE),
        (3, [SIGNATURE[1:]]),
        (3, [SIGNATURE, 7]),
        (3, {0: SIGNATURE}),
        (3, [SIGNATURE] * (MAX_STATEMENTS + 1)),
        (4, "/issuer"),
        (4, ["/issuer", 7]),
        (4, [b"/issuer"]),
        (4, [None]),
    ],
)
def test_base_value_with_a_wrong_part_is_refused(place: int, value: Any) -> None:
    with pytest.raises(ProofError):
        read_base_value(write_proof_value(BASE, parts(BASE_PARTS, place, value)))
    assert read_base_value(write_proof_value(BASE, BASE_PARTS))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, SIGNATURE + b"s"),
        (0, [SIGNATURE]),
        (1, KEY + b"\0"),  # the 36 bytes that the text of §3.5.8 speaks of
        (1, KEY[:-1]),
        (2, SIGNATURE),
        (2, [SIGNATURE + b"s"]),
        (2, ["s" * 64]),
        (2, [SIGNATURE] * (MAX_STATEMENTS + 1)),
        (3, [LABEL]),
        (3, {0: LABEL[1:]}),
        (3, {0: "l" * 32}),
        (3, {"0": LABEL}),
        (3, {"c14n0": LABEL}),
        (3, {1: LABEL}),
        (3, {0: LABEL, 2: b"m" * 32}),
        (3, {-1: LABEL}),
        (3, {False: LABEL}),
        (3, {0.0: LABEL}),
        (3, {0: LABEL, 1: LABEL}),
        (4, 0),
        (4, {0: 0}),
        (4, [0, 0]),
        (4, [2, 0]),
        (4, [-1]),
        (4, [0, True]),
        (4, [0, 2.0]),
        (4, ["0"]),
        (4, [b"0"]),
        (4, [None]),
    ],
)
def test_derived_value_with_a_wrong_part_is_refused(place: int, value: Any) -> None:
    with pytest.raises(ProofError):
        read_derived_value(write_proof_value(DERIVED, parts(DERIVED_PARTS, place, value)))
    assert read_derived_value(write_proof_value(DERIVED, DERIVED_PARTS))


@pytest.mark.parametrize("count", [0, 4, 6])
def test_another_number_of_parts_is_refused(count: int) -> None:
    with pytest.raises(ProofError):
        read_base_value(write_proof_value(BASE, [*BASE_PARTS, 0][:count]))
    with pytest.raises(ProofError):
        read_derived_value(write_proof_value(DERIVED, [*DERIVED_PARTS, 0][:count]))


@pytest.mark.parametrize(
    "data",
    [b"\xed\x01" + KEY[2:], b"\x81\x24" + KEY[2:], KEY[:2] + b"\x02" + b"\xff" * 32, KEY[:2] + b"\x04" + KEY[3:]],
)
def test_key_of_a_proof_is_a_compressed_point_of_p256(data: bytes) -> None:
    with pytest.raises(ProofError):
        read_key(data)
    assert read_key(KEY) == ISSUER_KEY.public_key
