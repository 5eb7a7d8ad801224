"""Attacks on what a node writes down (area "audit"): canaries in all that is sent, searched in all that it keeps."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from pathlib import Path

import pytest

from tests.support.nodes import Answer, parse_answer
from tests.support.running import RunningNode, within

pytestmark = pytest.mark.slow

CANARY = "canary" + secrets.token_hex(8)
STEERING = '\n\x1b[2J\r\u202e\u2028\x85"}\\'


async def send(node: RunningNode, data: bytes) -> Answer | None:
    """Send bytes as they are, and read the answer, if there is one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    try:
        writer.write(data)
        received = await asyncio.wait_for(reader.read(), 20)
    except OSError:
        return None
    finally:
        writer.close()
    return parse_answer(received) if received else None


def request(node: RunningNode, line: str, *fields: str, body: str = "") -> bytes:
    sent = [line, f"Host: localhost:{node.port}", "Connection: close", *fields]
    if body:
        sent += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    return ("\r\n".join(sent) + "\r\n\r\n" + body).encode("utf-8", "surrogatepass")


async def attack(node: RunningNode) -> list[int]:
    """Put the canary, and what steers terminals and logs, into every place of a request."""
    mine = f"Authorization: Bearer {node.token}"
    steering = json.dumps(CANARY + STEERING)
    presented = json.dumps(node.show(await node.give_challenge()))
    bodies = {
        "/v1/agents": [f'{{"name": {steering}}}', f'{{"name": "a", "sponsor": {steering}}}', f"{{{steering}: 1}}"],
        "/v1/challenges": [f"{{{steering}: 1}}", f'["{CANARY}"'],
        "/v1/operators": [f'{{"name": {steering}}}', f'{{"name": "o", "owner": {steering}}}'],
        "/v1/trust": [f'{{"issuer": {steering}}}', f'{{"issuer": "did:key:{CANARY}"}}'],
        "/v1/verify": [f'{{"chain": {steering}}}', f'{{"chain": [{{"id": {steering}}}], "holder": {steering}}}'],
        "/v1/presentations/verify": [f'{{"presentation": {presented}, "request": {{{steering}: 1}}}}'],
        "/v1/delegations": [f'{{"agent": {steering}, "to": {steering}, "details": []}}'],
        "/v1/delegations/import": [f'{{"chain": {steering}}}'],
    }
    requests = [
        request(node, f"GET /{CANARY}?{CANARY}={CANARY} HTTP/1.1", f"User-Agent: {CANARY}\x1b[2J"),
        request(node, f"GET /agents/{CANARY}/did.json HTTP/1.1", f"Cookie: {CANARY}", f"X-{CANARY}: {CANARY}"),
        request(node, f"GET /v1/agents/{CANARY} HTTP/1.1", mine, f"X-Request-Id: {CANARY}", f"Referer: {CANARY}"),
        request(node, f"GET /v1/agents?name={CANARY}&owner=%0a{CANARY}&cursor={CANARY} HTTP/1.1", mine),
        request(node, f"GET /v1/audit?actor={CANARY}%1b%5b2J HTTP/1.1", mine),
        request(node, "GET /v1/agents HTTP/1.1", f"Authorization: Bearer {CANARY}"),
        request(node, "GET /v1/agents HTTP/1.1", f"Authorization: Bearer eyJhbGciOiJFZERTQSJ9.{CANARY}.{CANARY}"),
        request(node, f"{CANARY.upper()} /healthz HTTP/1.1"),
        request(node, f"GET /1.0/identifiers/did:web:{CANARY}.example HTTP/1.1"),
        f"{CANARY}\r\n\r\n".encode(),
        f"GET / HTTP/1.1\r\nHost: {CANARY}\r\nConnection: close\r\n\r\n".encode(),
        f"GET /healthz HTTP/1.1\r\nHost: localhost:{node.port}\r\n".encode()
        + f"Connection: close\r\n{CANARY}\x00: 1\r\n\r\n".encode(),
    ]
    requests += [
        request(node, f"POST {path} HTTP/1.1", mine, body=body) for path, several in bodies.items() for body in several
    ]
    answers = [await send(node, data) for data in requests]
    return [answer.status for answer in answers if answer is not None]


def kept(folder: Path) -> bytes:
    """Return every row of the audit trail, and all other text that the node's state holds."""
    with sqlite3.connect(f"file:{folder / 'data' / 'state.db'}?mode=ro", uri=True) as state:
        tables = [name for (name,) in state.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: state.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}
    assert any("audit" in name for name in tables)
    return repr(rows).encode()


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_g05_no_canary_and_no_secret_is_in_the_log_or_the_state(tmp_path: Path, flags: tuple[str, ...]) -> None:
    async def act(node: RunningNode) -> tuple[list[int], str, bytes]:
        statuses = await attack(node)
        metrics = (await node.client.ask("GET", "/metrics")).body
        token = node.token
        assert node.stop() == 0
        return statuses, token, metrics

    statuses, token, metrics = within(tmp_path, act, flags=flags)
    log = (tmp_path / "node.log").read_bytes()
    assert len(statuses) > 20
    assert not [status for status in statuses if status >= 500]
    # the attack arrived, and a line was written for what was a request
    assert log.count(b'"event":"request"') > 20
    key = (tmp_path / "data" / "wallet.key").read_bytes().strip()
    for secret in (CANARY.encode(), CANARY.upper().encode(), token.encode(), key):
        assert secret not in log
        assert secret not in metrics
    state = kept(tmp_path)
    assert token.encode() not in state
    assert key not in state
    assert b"Bearer" not in state
    assert b"eyJhbGciOiJFZERTQSJ9" not in state


def test_g06_one_event_stays_one_line_and_one_entry_one_entry(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> list[dict[str, object]]:
        await attack(node)
        # an act on a name that steers, refused and kept
        entries = (await node.ask("GET", "/v1/audit?limit=200")).json["items"]
        node.stop()
        return list(entries)

    entries = within(tmp_path, act)
    lines = (tmp_path / "node.log").read_bytes().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    text = (tmp_path / "node.log").read_text(encoding="utf-8")
    assert not [letter for letter in STEERING if letter != "\n" and not letter.isprintable() and letter in text]
    assert entries
    for entry in entries:
        assert all(letter.isprintable() for letter in str(entry["target"]))
        assert all(letter.isprintable() for letter in str(entry["actor"]))
    refused = [entry for entry in entries if entry["outcome"] == "refused" and entry["act"] == "agent.create"]
    assert len(refused) == 3
