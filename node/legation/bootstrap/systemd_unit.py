"""The unit by which systemd runs a node: with nothing that a node does not need."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from legation.settings import ENV_PREFIX, Settings, show_setting

_UNIT = """\
# Written by: legation serve --print-systemd-unit
# To install: save as /etc/systemd/system/legation.service, then
#   install -m 600 -D wallet.key /etc/legation/wallet.key   (32 random bytes in base58; keep a copy elsewhere)
#   systemctl daemon-reload && systemctl enable --now legation
[Unit]
Description=Legation node
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} serve
{settings}
LoadCredential=wallet.key:/etc/legation/wallet.key
DynamicUser=yes
StateDirectory=legation
StateDirectoryMode=0700
UMask=0077
Restart=on-failure
RestartSec=2
KillSignal=SIGTERM
KillMode=mixed
TimeoutStartSec=60
TimeoutStopSec=25
LimitNOFILE=65536
LimitCORE=0
MemoryMax={memory}M
TasksMax={tasks}

NoNewPrivileges=yes
CapabilityBoundingSet={capabilities}
AmbientCapabilities={capabilities}
ProtectSystem=strict
ProtectHome=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
PrivateDevices=yes
PrivateTmp=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
_PRIVILEGED_PORTS = 1024
_FOLDER = "/etc/legation"
# what a file of the operator's is called as a credential of the service, which it reads as another user
_CREDENTIALS = {"tls_cert": "tls.crt", "tls_key": "tls.key"}


def build_unit(settings: Settings, *, program: str) -> str:
    """Return the unit of a node with these settings; where a secret is to be put is in it, and no secret."""
    lines = ["Environment=LEGATION_DATA_DIR=%S/legation", "Environment=LEGATION_WALLET_KEY_FILE=%d/wallet.key"]
    for name, field in type(settings).model_fields.items():
        if name not in ("data_dir", "wallet_key_file"):
            value = getattr(settings, name)
            lines += [] if value == field.get_default(call_default_factory=True) else _lines(name, value)
    return _UNIT.format(
        program=_quote(program).replace("$", "$$"),
        settings="\n".join(dict.fromkeys(lines)),
        memory=512 * settings.workers + (256 if settings.workers > 1 else 0),
        tasks=64 * (settings.workers + 1),
        capabilities="CAP_NET_BIND_SERVICE" if settings.address.port < _PRIVILEGED_PORTS else "",
    )


def _lines(name: str, value: object) -> list[str]:
    variable = ENV_PREFIX + name.upper()
    if isinstance(value, SecretStr):
        return [f"# {_FOLDER}/secrets, mode 0600, has: {variable}=...", f"EnvironmentFile={_FOLDER}/secrets"]
    if name in _CREDENTIALS:
        credential = _CREDENTIALS[name]
        source = _escape(str(Path(str(value)).absolute()))
        return [f"LoadCredential={credential}:{source}", f"Environment={variable}=%d/{credential}"]
    if isinstance(value, Path):
        value = value.absolute()
    shown = show_setting(value)
    if isinstance(shown, dict):
        shown = ",".join(f"{host}={place}" for host, place in shown.items())
    return [f"Environment={_quote(f'{variable}={str(shown).lower() if isinstance(shown, bool) else shown}')}"]


def _escape(text: str) -> str:
    # % begins a specifier
    return text.replace("%", "%%")


def _quote(text: str) -> str:
    inner = _escape(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
