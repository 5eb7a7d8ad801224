"""``legation config show``: what counts here, and who said so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from legation.settings import Settings
from tests.support.commands import invoke

PASSWORD = "hunter2hunter2"


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("LEGATION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("LEGATION_PUBLIC_URL", "https://node.example")
    monkeypatch.setenv("LEGATION_DATABASE_URL", f"postgresql://me:{PASSWORD}@db.example/state")
    monkeypatch.chdir(tmp_path)
    Path("node.toml").write_text("workers = 2\n", encoding="utf-8")


def test_every_setting_is_shown_with_its_value() -> None:
    shown = invoke("config", "show", "--config", "node.toml", "--format", "json")
    assert shown.code == 0
    assert shown.json.keys() == Settings.model_fields.keys()
    assert (shown.json["public_url"], shown.json["workers"], shown.json["bind"]) == ("https://node.example", 2, None)


def test_origin_says_who_set_it() -> None:
    shown = invoke("config", "show", "--config", "node.toml", "--origin", "--format", "json").json
    assert shown["public_url"] == {"value": "https://node.example", "origin": "environment LEGATION_PUBLIC_URL"}
    assert shown["workers"] == {"value": 2, "origin": "file node.toml"}
    assert shown["did_max_age"] == {"value": 300, "origin": "default"}


@pytest.mark.parametrize("more", [(), ("--origin",), ("--format", "json"), ("--origin", "--format", "json")])
def test_secret_is_said_to_be_set_and_not_shown(more: tuple[str, ...]) -> None:
    shown = invoke("config", "show", *more)
    assert shown.code == 0
    assert "(set)" in shown.out
    assert PASSWORD not in shown.out + shown.err


def test_table_has_a_line_for_each_setting() -> None:
    lines = invoke("config", "show", "--origin").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(Settings.model_fields)


def test_settings_that_cannot_be_used_are_refused_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_PUBLIC_URL", "http://node.example")
    refused = invoke("config", "show", "--format", "json")
    assert (refused.code, refused.error["code"]) == (1, "settings_invalid")
