"""What commands are given: read within bounds, and refused with the option's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from legation.cli.failures import UsageError
from legation.cli.inputs import (
    read_bounded,
    read_did,
    read_duration,
    read_json_argument,
    read_json_file,
    read_moment,
)
from legation.errors import LegationError


@pytest.mark.parametrize("prefix", ["", "@"])
def test_file_is_read_by_its_path_with_and_without_the_sign(tmp_path: Path, prefix: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    assert read_bounded(f"{prefix}{file}") == b"content"


def test_no_more_than_one_byte_beyond_the_bound_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100)
    assert len(read_bounded(str(file), most=10)) == 11
    assert len(read_bounded(str(file), most=100)) == 100


@pytest.mark.parametrize("name", ["absent", ".", "absent\0absent"])
def test_file_that_cannot_be_read_is_a_local_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(LegationError) as caught:
        read_bounded(f"{tmp_path}/{name}")
    assert caught.value.code == "file_unusable"


@pytest.mark.parametrize("content", ["", "{", '{"a": 1, "a": 2}', '{"a": NaN}', "[" * 40 + "]" * 40])
def test_operators_file_that_is_not_strict_json_is_a_local_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "file"
    file.write_text(content)
    with pytest.raises(LegationError) as caught:
        read_json_file(str(file), "the file")
    assert caught.value.code == "file_unusable"


def test_json_stands_in_the_option_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text('{"a": 1}')
    assert read_json_argument('{"a": 1}', "--request") == read_json_argument(f"@{file}", "--request") == {"a": 1}


@pytest.mark.parametrize("text", ["", "nonsense", "{", "{} {}", '{"a": 1, "a": 2}', '"\udcff"'])
def test_option_that_is_not_json_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_json_argument(text, "--request")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T08:00:00Z", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-11-23T09:00:00.25+01:00", datetime(2026, 11, 23, 8, 0, 0, 250_000, tzinfo=UTC)),
    ],
)
def test_moment_is_read_with_its_offset_and_fraction(text: str, expected: datetime) -> None:
    assert read_moment(text, "--at") == expected


@pytest.mark.parametrize("text", ["", "now", "2026-11-23", "2026-11-23T08:00:00", "2026-11-23T08:00:00.1234567Z"])
def test_moment_without_zone_or_finer_than_can_be_judged_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_moment(text, "--at")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h", 3600), ("1d12h", 129_600), ("1h0m5s", 3605)]
)
def test_duration_is_read_in_its_parts(text: str, seconds: int) -> None:
    assert read_duration(text, "--valid-for") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0s", "h", "1", "1 h", "-1h", "1.5h", "1w", "5m1h", "9999999d", "1h\n", "١h"])
def test_duration_of_another_form_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_duration(text, "--valid-for")


def test_did_is_returned_as_it_is() -> None:
    assert read_did("did:web:acme.example", "--to") == "did:web:acme.example"


@pytest.mark.parametrize("text", ["", "acme.example", "did:web:acme.example#key", "did:web:acme.example/path"])
def test_option_that_is_no_did_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_did(text, "--to")
