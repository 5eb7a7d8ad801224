"""The node as operators run it: a process that starts, serves, is killed or stopped, and starts again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.hosts import Authority
from tests.support.nodes import Answer, Client, free_port, parse_answer
from tests.support.running import RunningNode, command_of, environment_of, lives, until, within

pytestmark = pytest.mark.slow

# a node that gives up on its workers sooner, and waits less between them
IMPATIENT = """
import sys
from legation.bootstrap import workers
from legation.cli.main import main
workers._FIRST_PAUSE_SECONDS = 0.01
workers._MAX_QUICK_ENDS = 3
sys.exit(main())
"""
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")


def test_node_says_that_it_is_ready_and_ends_in_order_when_told_to(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> None:
        assert await node.give_challenge()
        assert node.stop() == 0

    within(tmp_path, act)
    log = (tmp_path / "node.log").read_text(encoding="utf-8")
    assert log.count("ready at http://localhost:") == 1
    assert "did:web:localhost%3A" in log
    assert "(0600)" in log
    assert "Traceback" not in log
    assert (tmp_path / "data" / "operator-token").read_text(encoding="ascii").strip() not in log


def test_node_ends_in_order_at_an_interrupt_too(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> int:
        return node.stop(signal.SIGINT)

    assert within(tmp_path, act) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_challenge_survives_a_restart_and_so_does_its_being_spent(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()

    async def first(node: RunningNode) -> tuple[str, Any]:
        spent, unspent = node.show(await node.give_challenge()), await node.give_challenge()
        assert (await node.judge(spent))["accepted"]
        node.stop(number)
        return unspent, spent

    unspent, spent = within(tmp_path, first, port=port)

    async def second(node: RunningNode) -> list[str | None]:
        verdicts = [await node.judge(each) for each in (spent, node.show(unspent), node.show(unspent))]
        return [(verdict["error"] or {}).get("code") for verdict in verdicts]

    assert within(tmp_path, second, port=port) == ["replayed", None, "replayed"]


def test_of_twenty_uses_of_one_challenge_at_once_exactly_one_is_accepted(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> list[dict[str, Any]]:
        presented = node.show(await node.give_challenge())
        return await asyncio.gather(*(node.judge(presented) for _ in range(20)))

    verdicts = within(tmp_path, act)
    assert sum(verdict["accepted"] for verdict in verdicts) == 1
    assert [verdict["error"]["code"] for verdict in verdicts if not verdict["accepted"]] == ["replayed"] * 19


# ------------------------------------------------------------------ Y12: stopping


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_y12_stops_under_load_answer_or_cleanly_refuse_and_lose_nothing(tmp_path: Path, flags: tuple[str, ...]) -> None:
    port = free_port()
    given: list[str] = []
    statuses: list[int] = []

    async def act(node: RunningNode) -> list[str]:
        # what the last round was given counts in this one
        for challenge in given[-3:]:
            assert (await node.judge(node.show(challenge)))["accepted"]
        asked = [asyncio.create_task(node.post("/v1/challenges", {})) for _ in range(200)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        began = time.monotonic()
        statuses.append(await asyncio.to_thread(node.stop))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert time.monotonic() - began < 20
        # an answer is whole, or there is none: the connection was never taken
        torn = [outcome for outcome in outcomes if not isinstance(outcome, Answer | OSError | IndexError)]
        assert torn == []
        answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        assert {answer.status for answer in answers} == {201}
        return [answer.json["challenge"] for answer in answers]

    for _ in range(2):
        given += within(tmp_path, act, port=port, flags=flags)
    assert statuses == [0] * 2
    assert given


def test_y12_node_says_that_it_is_not_ready_before_it_refuses_connections(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> list[int]:
        seen = [(await node.client.ask("GET", "/readyz")).status]
        node.process.send_signal(signal.SIGTERM)
        while True:
            try:
                seen.append((await node.client.ask("GET", "/readyz")).status)
            except (OSError, IndexError):
                return seen

    seen = within(tmp_path, act)
    assert (seen[0], seen[-1]) == (200, 503)


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_second_signal_ends_the_node_at_once(tmp_path: Path, flags: tuple[str, ...]) -> None:
    async def act(node: RunningNode) -> tuple[int, float]:
        # a body that does not come would keep an end in order waiting for 15 seconds
        _, writer = await asyncio.open_connection("127.0.0.1", node.port)
        head = f"POST /v1/verify HTTP/1.1\r\nHost: localhost:{node.port}\r\nAuthorization: Bearer {node.token}\r\n"
        writer.write(head.encode() + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        await writer.drain()
        await until(lambda: "ready at" in node.log())
        assert (await node.client.ask("GET", "/healthz")).status == 200
        began = time.monotonic()
        node.process.send_signal(signal.SIGTERM)
        # so that the second is not taken for the first
        while (await node.client.ask("GET", "/readyz")).status == 200:
            pass
        status = await asyncio.to_thread(node.stop)
        writer.close()
        return status, time.monotonic() - began

    status, seconds = within(tmp_path, act, flags=flags)
    assert status == 130
    assert seconds < 10


# ------------------------------------------------------------------ settings, folders, files


def test_node_with_unsafe_settings_does_not_start(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "legation.cli.main", "serve", "--data-dir", str(tmp_path / "data")]
    for unsafe in (
        ["--public-url", "http://node.example"],
        ["--public-url", "https://node.example", "--bind", "0.0.0.0:80"],
        ["--public-url", "https://node.example", "--workers", "65"],
    ):
        done = subprocess.run([*command, *unsafe], env=environment_of(tmp_path), capture_output=True, timeout=60)
        assert done.returncode == 1
        assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("flags", [(), ("--workers", "2")])
def test_second_node_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path, flags: tuple[str, ...]) -> None:
    async def act(node: RunningNode) -> tuple[int, str, int]:
        second = await asyncio.to_thread(
            subprocess.run,
            [*command_of(tmp_path, free_port()), *flags],
            env=environment_of(tmp_path),
            capture_output=True,
            timeout=60,
        )
        return second.returncode, second.stderr.decode(), (await node.client.ask("GET", "/readyz")).status

    code, said, status = within(tmp_path, act, flags=flags)
    assert (code, status) == (1, 200)
    assert "Traceback" not in said


# ------------------------------------------------------------------ workers


def test_workers_are_one_node_with_one_set_of_figures(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> tuple[list[str], set[bytes], str]:
        challenge = await node.give_challenge()
        presented = node.show(challenge)
        verdicts = await asyncio.gather(*(node.judge(presented) for _ in range(20)))
        # nothing but this is asked meanwhile, and each asking counts itself only once it is answered
        shown = [(await node.client.ask("GET", "/metrics")).body for _ in range(10)]
        accepted = [(verdict["error"] or {}).get("code", "accepted") for verdict in verdicts]
        counted = {line for body in shown for line in body.splitlines() if b"presentations/verify" in line}
        return accepted, {line for line in counted if b"_requests_total" in line}, node.log()

    accepted, counted, log = within(tmp_path, act, flags=("--workers", "3"))
    assert sorted(accepted) == ["accepted", *["replayed"] * 19]
    assert counted == {
        b'legation_http_requests_total{method="POST",route="/v1/presentations/verify",status="200"} 20.0'
    }
    assert log.count("ready at") == 1


@LINUX
def test_worker_that_is_killed_is_started_again_while_others_answer(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> int:
        workers = sorted(node.children())
        assert len(workers) == 2
        for number, victim in enumerate(workers, 1):
            os.kill(victim, signal.SIGKILL)
            await until(lambda: not lives(victim))  # noqa: B023 - asked within the round
            assert (await node.client.ask("GET", "/healthz")).status == 200
            await until(lambda: len(re.findall(r"worker \d answers", node.log())) == 2 + number)  # noqa: B023 - as above
        assert not set(workers) & set(node.children())
        assert (await node.client.ask("GET", "/readyz")).status == 200
        return node.stop()

    assert within(tmp_path, act, flags=("--workers", "2")) == 0


@LINUX
def test_node_whose_workers_cannot_live_gives_up(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> int:
        (tmp_path / "data" / "wallet.key").unlink()
        os.kill(node.children()[0], signal.SIGKILL)
        return await asyncio.to_thread(node.process.wait, 60)

    status = within(tmp_path, act, flags=("--workers", "2"), program=("-c", IMPATIENT))
    assert status not in (0, 130)
    assert (tmp_path / "node.log").read_text(encoding="utf-8").count(" ended with status ") == 3


@LINUX
def test_workers_end_when_their_parent_has_vanished_and_the_folder_is_free_then(tmp_path: Path) -> None:
    async def act(node: RunningNode) -> None:
        workers = node.children()
        node.process.kill()
        node.process.wait(10)
        await until(lambda: not any(map(lives, workers)), seconds=25)

    async def again(node: RunningNode) -> int:
        return (await node.client.ask("GET", "/readyz")).status

    port = free_port()
    within(tmp_path, act, port=port, flags=("--workers", "2"))
    assert within(tmp_path, again, port=port) == 200


# ------------------------------------------------------------------ TLS


def test_node_ends_https_itself_under_its_certificate(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    authority.issue("localhost")
    certificate, port = tmp_path / "localhost.pem", free_port()
    certificate.chmod(0o600)
    flags = ("--public-url", f"https://localhost:{port}", "--tls-cert", str(certificate), "--tls-key", str(certificate))

    async def ask(*, oldest: bool = False) -> Answer:
        context = ssl.create_default_context(cafile=authority.ca_file)
        if oldest:
            with pytest.deprecated_call():
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(
            f"GET /.well-known/did.json HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        answer = parse_answer(await reader.read())
        writer.close()
        return answer

    async def act(_: RunningNode) -> Answer:
        with pytest.raises((ssl.SSLError, OSError)):
            await ask(oldest=True)
        with pytest.raises((OSError, IndexError)):
            await Client(port, f"localhost:{port}").ask("GET", "/healthz")
        return await ask()

    answer = within(tmp_path, act, port=port, flags=flags)
    assert (answer.status, answer.json["id"]) == (200, f"did:web:localhost%3A{port}")


def test_key_of_the_certificate_that_others_may_read_is_refused(tmp_path: Path) -> None:
    Authority.create(tmp_path).issue("localhost")
    certificate, port = tmp_path / "localhost.pem", free_port()
    certificate.chmod(0o644)
    flags = ["--public-url", f"https://localhost:{port}", "--tls-cert", str(certificate), "--tls-key", str(certificate)]
    done = subprocess.run(
        [*command_of(tmp_path, port), *flags], env=environment_of(tmp_path), capture_output=True, timeout=60
    )
    assert done.returncode == 1
    assert not (tmp_path / "data").exists()
