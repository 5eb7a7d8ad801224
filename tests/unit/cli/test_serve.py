"""``legation serve``: a flag for each setting, and no start with one that cannot be used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from legation.settings import Settings
from tests.support.commands import invoke


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LEGATION_{name.upper()}", raising=False)
    monkeypatch.delenv("LEGATION_CONFIG", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_every_setting_has_its_flag_and_every_flag_its_setting() -> None:
    flags = set(re.findall(r"^  (--[a-z-]+)", invoke("serve", "--help").out, re.MULTILINE)) - {"--help", "--config"}
    flags -= {"--print-systemd-unit"}
    assert flags == {f"--{name.replace('_', '-')}" for name in Settings.model_fields}


@pytest.mark.parametrize(
    "flags",
    [
        ("--public-url", "http://acme.example"),
        ("--dangerously-allow-loopback", "--bind", "0.0.0.0:8080"),
        ("--config", "absent.toml"),
        ("--dangerously-allow-loopback", "--trust-file", "absent.json", "--data-dir", "data"),
        ("--dangerously-allow-loopback", "--wallet-key-file", "absent.key", "--data-dir", "data"),
        ("--dangerously-allow-loopback", "--did-max-age", "soon"),
        ("--unknown",),
    ],
)
def test_setting_that_cannot_be_used_is_one_line_on_standard_error(flags: tuple[str, ...]) -> None:
    outcome = invoke("serve", *flags)
    assert (outcome.code, outcome.out) == (1, "")
    assert len(outcome.err.splitlines()) == 1
    assert not Path("data/operator-token").exists()


def test_environment_and_file_count_where_no_flag_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr("legation.bootstrap.run_node", lambda settings: seen.append(settings) or 0)
    Path("node.toml").write_text('public_url = "http://localhost:8001"\ndata_dir = "from-file"\n')
    monkeypatch.setenv("LEGATION_DATA_DIR", "from-environment")
    monkeypatch.setenv("LEGATION_DANGEROUSLY_ALLOW_LOOPBACK", "true")
    assert invoke("serve", "--config", "node.toml").code == 0
    assert invoke("serve", "--config", "node.toml", "--data-dir", "from-flag", "--did-max-age", "60").code == 0
    assert [settings.data_dir.name for settings in seen] == ["from-environment", "from-flag"]
    assert {settings.public_url for settings in seen} == {"http://localhost:8001"}
    assert [settings.did_max_age.total_seconds() for settings in seen] == [300, 60]


@pytest.mark.parametrize("status", [0, 130])
def test_exit_status_is_the_nodes(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr("legation.bootstrap.run_node", lambda _: status)
    assert invoke("serve", "--dangerously-allow-loopback").code == status
