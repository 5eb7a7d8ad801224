"""RFC 8785: the official inputs have the official forms."""

from __future__ import annotations

import json

import pytest

from legation.standards.jcs import canonicalize
from legation.standards.strict_json import parse_json
from tests.support.vectors import vector_path

NAMES = ["arrays", "structures", "unicode", "values"]


@pytest.mark.parametrize("name", NAMES)
def test_official_input_has_the_official_form(name: str) -> None:
    value = parse_json(vector_path("jcs-rfc8785", "input", f"{name}.json").read_bytes())
    expected = bytes.fromhex(vector_path("jcs-rfc8785", "outhex", f"{name}.txt").read_text(encoding="ascii"))
    assert canonicalize(value) == expected
    written = vector_path("jcs-rfc8785", "output", f"{name}.json").read_bytes()
    assert canonicalize(parse_json(written)) == expected
    assert json.loads(written) == value


def test_no_official_input_is_left_out() -> None:
    assert {path.stem for path in vector_path("jcs-rfc8785", "input").iterdir()} == set(NAMES)
