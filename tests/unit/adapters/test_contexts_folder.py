"""The operator's contexts: what the index names, byte for byte, and nothing from elsewhere."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from legation.adapters.contexts_folder import INDEX, read_contexts
from legation.errors import SettingsError
from legation.settings import load_settings
from tests.support.contexts import suite_contexts

URL = "https://context.example/v1"
RAW = b'{"@context": {"term": "https://context.example/term"}}'
GOOD = {"file": "v1.jsonld", "sha256": sha256(RAW).hexdigest()}


def write(folder: Path, index: Any, raw: bytes = RAW) -> Path:
    made = folder / "contexts"
    made.mkdir(exist_ok=True)
    (made / "v1.jsonld").write_bytes(raw)
    (made / INDEX).write_bytes(index if isinstance(index, bytes) else json.dumps(index).encode())
    return made


def test_contexts_are_read_byte_for_byte(tmp_path: Path) -> None:
    found = read_contexts(write(tmp_path, {URL: {**GOOD, "source": "somewhere", "note": ""}}))
    assert found.urls == {URL}
    assert (found[URL].raw, found[URL].sha256) == (RAW, GOOD["sha256"])
    assert not read_contexts(write(tmp_path, {}))


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "v1.jsonld",
        {},
        {"file": "v1.jsonld"},
        {"sha256": GOOD["sha256"]},
        {**GOOD, "file": 1},
        {**GOOD, "file": "absent.jsonld"},
        {**GOOD, "file": ""},
        {**GOOD, "file": "\0"},
        {**GOOD, "file": "../outside.jsonld"},
        {**GOOD, "file": "link.jsonld"},
        {**GOOD, "sha256": "0" * 64},
        {**GOOD, "sha256": GOOD["sha256"].upper()},
        {**GOOD, "sha256": GOOD["sha256"][:-1]},
    ],
)
def test_entry_that_does_not_lead_to_its_file_is_refused(tmp_path: Path, entry: Any) -> None:
    assert read_contexts(write(tmp_path, {URL: GOOD}))
    (tmp_path / "outside.jsonld").write_bytes(RAW)
    (tmp_path / "contexts" / "link.jsonld").symlink_to(tmp_path / "outside.jsonld")
    with pytest.raises(SettingsError):
        read_contexts(write(tmp_path, {URL: entry}))


@pytest.mark.parametrize(
    "index",
    [b"", b"[]", b"{", b"\xff", f'{{"{URL}": {{}}, "{URL}": {{}}}}'.encode(), {"": GOOD}, {"a b": GOOD}, {"v1": GOOD}],
)
def test_index_of_another_form_is_refused(tmp_path: Path, index: Any) -> None:
    with pytest.raises(SettingsError):
        read_contexts(write(tmp_path, index))


def test_too_many_contexts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_contexts(write(tmp_path, {f"{URL}{number}": GOOD for number in range(1001)}))


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"not JSON", b'{"@context": {}}' + b" " * 300_000])
def test_file_that_is_no_context_is_refused_though_its_digest_is_right(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(SettingsError):
        read_contexts(write(tmp_path, {URL: {**GOOD, "sha256": sha256(raw).hexdigest()}}, raw))


def test_folder_without_index_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(SettingsError):
            read_contexts(folder)


def test_folder_is_a_setting() -> None:
    here = {"dangerously_allow_loopback": True}
    assert load_settings({**here, "contexts_dir": "~/contexts"}).contexts_dir == Path("~/contexts").expanduser()
    assert load_settings(here).contexts_dir is None


def test_contexts_of_the_vectors_replace_what_the_library_reformats() -> None:
    found = suite_contexts()["https://www.w3.org/ns/credentials/v2"]
    assert found.sha256 == "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
