"""An organisation: one `legation serve` process with its own data, DID and origin, and what its application asks it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault

START_SECONDS = 30
STOP_SECONDS = 20
LEGATION = (sys.executable, "-m", "legation.cli.main")
# no proxy stands between this machine and itself
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class StartError(Exception):
    """The node ended before it answered."""


@dataclass
class Organisation:
    """One of the three. It shares nothing with the others but the network."""

    name: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, name: str, folder: Path, *, anchors: object = None) -> Organisation:
        """Start its node on a free port, with trust anchors if it is to accept anything."""
        folder.mkdir(mode=0o700)
        options = ["--data-dir", str(folder / "data")]
        if anchors is not None:
            trust_file = folder / "trust.json"
            trust_file.write_text(json.dumps(anchors, indent=2), encoding="utf-8")
            options += ["--trust-file", str(trust_file)]
        for attempt in range(3):
            organisation = cls(name, folder, *_launch(folder, options))
            try:
                organisation._wait_until_ready()
            except StartError:
                # somebody else may have taken the port between our asking for a free one and the node's taking it
                if attempt == 2 or "cannot listen" not in organisation.log():
                    raise
            else:
                return organisation
        raise StartError(name)

    @property
    def origin(self) -> str:
        """Where its node is."""
        return f"http://localhost:{self.port}"

    @property
    def did(self) -> str:
        """Who its node is: the did:web of the origin, its colon percent-encoded."""
        return f"did:web:localhost%3A{self.port}"

    def host(self, agent: str) -> dict[str, Any]:
        """Have its node make an agent: its DID, its document and its keys are the node's to keep."""
        made: dict[str, Any] = self.post("/v1/agents", {"name": agent})
        return made

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[AskarVault]:
        """Open the vault of its agents' keys, as a dishonest operator could who has its files."""
        data = self.folder / "data"
        vault = await AskarVault.open(data / "wallet.db", WalletKey.raw_file(data / "wallet.key"), create=False)
        try:
            yield vault
        finally:
            await vault.close()

    def log(self) -> str:
        """Return what its node wrote."""
        return (self.folder / "node.log").read_text(encoding="utf-8")

    def post(self, path: str, body: object) -> Any:
        """Ask its own node, as its application does: with the operator's token."""
        token = (self.folder / "data" / "operator-token").read_text(encoding="ascii").strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.origin + path, json.dumps(body).encode("utf-8"), headers)
        with _open(request, timeout=20) as answer:
            return json.load(answer)

    def give_challenge(self) -> str:
        """Have its node give a new challenge."""
        return str(self.post("/v1/challenges", {})["challenge"])

    def judge(self, presentation: str, request: object = None) -> dict[str, Any]:
        """Have its node judge a presentation, with a request or without."""
        body = {"presentation": json.loads(presentation)} | ({} if request is None else {"request": request})
        verdict: dict[str, Any] = self.post("/v1/presentations/verify", body)
        return verdict

    def answers(self) -> bool:
        """Say whether anything answers at its origin."""
        try:
            _open(f"{self.origin}/healthz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            return False
        return True

    def stop(self) -> int:
        """Stop its node in order, and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise StartError(f"the node of {self.name} ended: {self.log()}")
            if self.answers():
                return
            time.sleep(0.02)
        self.process.kill()
        raise StartError(f"the node of {self.name} did not answer: {self.log()}")


def _launch(folder: Path, options: list[str]) -> tuple[int, subprocess.Popen[bytes]]:
    port = _free_port()
    command = [*LEGATION, "serve", "--public-url", f"http://localhost:{port}"]
    with (folder / "node.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--dangerously-allow-loopback", *options],
            env=plain_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    return port, process


def plain_environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without settings of Legation's, and without the user's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LEGATION_")}
    return kept | {"XDG_CONFIG_HOME": str(folder)}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
