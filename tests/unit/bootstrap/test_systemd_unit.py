"""The unit: hardened, with this node's settings in it, no secret, and nothing that a setting could smuggle in."""

from __future__ import annotations

from pathlib import Path

import pytest

from legation.bootstrap.systemd_unit import build_unit
from legation.settings import load_settings
from tests.support.commands import invoke

PASSWORD = "hunter2hunter2"


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def unit(**flags: object) -> list[str]:
    settings = load_settings({"public_url": "https://node.example", **flags})
    return build_unit(settings, program="/opt/legation/bin/legation").splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        'ExecStart="/opt/legation/bin/legation" serve',
        "LoadCredential=wallet.key:/etc/legation/wallet.key",
        "Environment=LEGATION_WALLET_KEY_FILE=%d/wallet.key",
        "Environment=LEGATION_DATA_DIR=%S/legation",
        'Environment="LEGATION_PUBLIC_URL=https://node.example"',
        "DynamicUser=yes",
        "StateDirectory=legation",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "SystemCallFilter=@system-service",
        "CapabilityBoundingSet=",
    ],
)
def test_unit_is_hardened_and_has_the_settings(line: str) -> None:
    assert line in unit()


def test_every_line_is_a_section_a_comment_or_an_assignment() -> None:
    lines = [line for line in unit(workers="4", egress_hosts="a.example:1=127.0.0.1:2") if line]
    assert all(line.startswith(("#", "[")) or "=" in line for line in lines)
    assert [line for line in lines if line.startswith("[")] == ["[Unit]", "[Service]", "[Install]"]


def test_default_is_not_repeated_and_what_was_set_is() -> None:
    assert not [line for line in unit() if "LEGATION_WORKERS" in line]
    assert 'Environment="LEGATION_WORKERS=4"' in unit(workers="4")


def test_secret_is_asked_for_and_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGATION_DATABASE_URL", f"postgresql://me:{PASSWORD}@db.example/state")
    lines = unit()
    assert "EnvironmentFile=/etc/legation/secrets" in lines
    assert not [line for line in lines if PASSWORD in line]


def test_certificate_and_key_are_credentials_of_the_service() -> None:
    lines = unit(tls_cert="/etc/tls/node.crt", tls_key="/etc/tls/node.key")
    assert "LoadCredential=tls.key:/etc/tls/node.key" in lines
    assert "Environment=LEGATION_TLS_KEY=%d/tls.key" in lines
    # without a port of its own this node is at 443
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in lines


def test_setting_that_speaks_systemds_language_stays_one_value() -> None:
    path = '/srv/%i "$HOME'
    (line,) = [line for line in unit(trust_file=path) if "TRUST_FILE" in line]
    assert line == 'Environment="LEGATION_TRUST_FILE=/srv/%%i \\"$HOME"'


def test_command_prints_it_and_starts_nothing(tmp_path: Path) -> None:
    outcome = invoke(
        "serve", "--print-systemd-unit", "--public-url", "https://node.example", "--data-dir", str(tmp_path / "d")
    )
    assert (outcome.code, outcome.err) == (0, "")
    assert "[Service]" in outcome.out
    assert not (tmp_path / "d").exists()
    assert invoke("serve", "--print-systemd-unit", "--public-url", "http://node.example").code == 1
