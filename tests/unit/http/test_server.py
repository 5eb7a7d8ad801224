"""Connections in time: slow ones are ended, what is under way is answered, and a stop comes to an end."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from aiohttp import web

from legation.errors import SettingsError, UnavailableError
from legation.http.server import Limits, listen
from tests.support.nodes import AUTHORIZED, JSON, TOKEN, Client, build_world, parse_answer, serving

SOON = timedelta(milliseconds=200)
QUICK = Limits(idle=SOON, lingering=SOON, answer=SOON, drain=timedelta(seconds=5))
HEAD = b"GET /healthz HTTP/1.1\r\nHost: node.example\r\n"


async def until_closed(port: int, data: bytes) -> tuple[bytes, float]:
    """Send bytes, read until the server ends the connection, and return what came and how long it took."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 10), time.monotonic() - began
    finally:
        writer.close()


@pytest.mark.parametrize("data", [b"", b"GET", HEAD, HEAD + b"X-A: " + b"a" * 100])
def test_connection_that_never_completes_a_head_is_closed(data: bytes) -> None:
    async def run() -> tuple[bytes, float]:
        async with serving(await build_world(), limits=QUICK) as client:
            return await until_closed(client.port, data)

    received, seconds = asyncio.run(run())
    assert received == b""
    assert seconds < 5


def test_connection_that_drips_a_head_is_closed() -> None:
    async def run() -> float:
        async with serving(await build_world(), limits=QUICK) as client:
            began = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            reading = asyncio.create_task(reader.read())
            for byte in HEAD * 10:
                writer.write(bytes([byte]))
                done, _ = await asyncio.wait({reading}, timeout=0.03)
                if done:
                    break
            writer.close()
            return time.monotonic() - began

    assert asyncio.run(run()) < 5


def test_connection_that_stays_idle_after_an_answer_is_closed() -> None:
    async def run() -> tuple[bytes, float]:
        async with serving(await build_world(), limits=QUICK) as client:
            return await until_closed(client.port, HEAD + b"\r\n")

    received, seconds = asyncio.run(run())
    assert parse_answer(received).status == 200
    assert seconds < 5


def test_two_requests_on_one_connection_are_both_answered() -> None:
    async def run() -> tuple[bytes, float]:
        async with serving(await build_world(), limits=QUICK) as client:
            return await until_closed(client.port, (HEAD + b"\r\n") * 2)

    assert asyncio.run(run())[0].count(b"HTTP/1.1 200 OK") == 2


def test_body_that_does_not_come_in_time_is_a_408() -> None:
    async def run() -> tuple[bytes, float]:
        async with serving(await build_world(), deadline=SOON, limits=QUICK) as client:
            head = "\r\n".join(
                [
                    "POST /v1/verify HTTP/1.1",
                    "Host: node.example",
                    f"Authorization: Bearer {TOKEN}",
                    "Content-Type: application/json",
                    "Content-Length: 100",
                    "",
                    "",
                ]
            )
            return await until_closed(client.port, head.encode() + b'{"chain"')

    received, seconds = asyncio.run(run())
    answer = parse_answer(received)
    assert (answer.status, answer.json["code"]) == (408, "request_timeout")
    assert seconds < 5


def test_request_that_cannot_be_answered_in_time_is_a_503() -> None:
    async def run() -> tuple[int, str]:
        world = await build_world()

        async def hang(digest: bytes, *, expires_at: object) -> None:
            await asyncio.Event().wait()

        world.challenges.add = hang  # type: ignore[method-assign]  # a store that does not answer
        async with serving(world, deadline=SOON) as client:
            answer = await client.ask("POST", "/v1/challenges", headers=AUTHORIZED)
            return answer.status, answer.json["code"]

    assert asyncio.run(run()) == (503, "unavailable")


def test_store_that_fails_is_a_503_with_its_cause_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> tuple[int, bytes]:
        world = await build_world()

        async def fail(digest: bytes, *, expires_at: object) -> None:
            raise UnavailableError("the state cannot be reached") from OSError("disk on fire")

        world.challenges.add = fail  # type: ignore[method-assign]  # a store that is down
        async with serving(world) as client:
            answer = await client.ask("POST", "/v1/challenges", headers=AUTHORIZED)
            assert answer.headers["retry-after"].isdigit()
            return answer.status, answer.body

    status, body = asyncio.run(run())
    assert status == 503
    assert b"fire" not in body
    assert "fire" in caplog.text


def test_fault_of_ours_is_a_500_with_an_id_and_the_log_knows_more(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> tuple[int, str, str]:
        world = await build_world()

        async def fail(digest: bytes, *, expires_at: object) -> None:
            raise RuntimeError("an inner secret")

        world.challenges.add = fail  # type: ignore[method-assign]  # a fault
        async with serving(world) as client:
            answer = await client.ask("POST", "/v1/challenges", headers=AUTHORIZED)
            assert b"inner secret" not in answer.body
            return answer.status, answer.json["code"], answer.json["requestId"]

    status, code, request_id = asyncio.run(run())
    assert (status, code) == (500, "internal_error")
    assert request_id in caplog.text
    assert TOKEN not in caplog.text


def test_client_that_does_not_fetch_its_answers_is_dropped() -> None:
    async def flood(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 4_000_000)

    async def run() -> float:
        app = web.Application()
        app.router.add_get("/flood", flood)
        async with listen(app, host="127.0.0.1", port=0, limits=QUICK) as port:
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.sendall(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n" * 4)
                client.setblocking(False)
                await asyncio.sleep(0)
                while not await _is_reset(client):
                    assert time.monotonic() - began < 10
            return time.monotonic() - began

    assert asyncio.run(run()) < 10


async def _is_reset(client: socket.socket) -> bool:
    """Wait a moment, and say whether the server has dropped the connection; sends, and reads nothing."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 0.1)
    try:
        client.send(b"x")
    except BlockingIOError:
        return False
    except OSError:
        return True
    return False


@pytest.mark.parametrize(
    "data", [b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_bytes_that_are_no_request_are_answered_without_repeating_them(data: bytes) -> None:
    async def run() -> bytes:
        async with serving(await build_world(), limits=QUICK) as client:
            return (await until_closed(client.port, data))[0]

    received = asyncio.run(run())
    if received:
        answer = parse_answer(received)
        assert (answer.status, answer.json["code"]) == (400, "malformed")
        assert b"GARBAGE" not in received


# ------------------------------------------------------------------ bounds of number and size


async def is_closed(reader: asyncio.StreamReader) -> bool:
    """Say whether the server ends a connection, without an answer, within some seconds."""
    with suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 5) == b""
    return True


def test_new_connection_takes_the_place_of_the_one_that_waits_longest() -> None:
    async def run() -> tuple[bool, list[int]]:
        async with serving(await build_world(), limits=Limits(connections=3)) as client:
            waiting = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(3)]
            answers = [(await client.ask("GET", "/healthz")).status for _ in range(2)]
            closed = await is_closed(waiting[0][0])
            for _, writer in waiting[1:]:
                # these two were not in the way
                writer.write(HEAD + b"Connection: close\r\n\r\n")
            received = [await asyncio.wait_for(reader.read(), 5) for reader, _ in waiting[1:]]
            for _, writer in waiting:
                writer.close()
            return closed, [*answers, *(parse_answer(data).status for data in received)]

    assert asyncio.run(run()) == (True, [200, 200, 200, 200])


def test_connection_that_never_asked_goes_before_one_that_did() -> None:
    async def run() -> tuple[bool, bool]:
        async with serving(await build_world(), limits=Limits(connections=2)) as client:
            known, stranger = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(2)]
            known[1].write(HEAD + b"\r\n")
            await known[0].readuntil(b"\r\n\r\n")
            await client.ask("GET", "/healthz")
            gone = await is_closed(stranger[0])
            known[1].write(HEAD + b"Connection: close\r\n\r\n")
            still = b"HTTP/1.1 200" in await asyncio.wait_for(known[0].read(), 5)
            for _, writer in (known, stranger):
                writer.close()
            return gone, still

    assert asyncio.run(run()) == (True, True)


def test_new_connection_is_refused_where_all_are_at_work() -> None:
    async def run() -> tuple[bool, list[int]]:
        world = await build_world()
        entered, go_on, add = asyncio.Semaphore(0), asyncio.Event(), world.challenges.add

        async def wait(digest: bytes, *, expires_at: object) -> None:
            entered.release()
            await go_on.wait()
            await add(digest, expires_at=expires_at)  # type: ignore[arg-type]  # passed on as it came

        world.challenges.add = wait  # type: ignore[method-assign]  # a store that takes its time
        async with serving(world, limits=Limits(connections=2)) as client:
            asked = [asyncio.create_task(client.ask("POST", "/v1/challenges", headers=AUTHORIZED)) for _ in range(2)]
            for _ in asked:
                await entered.acquire()
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            refused = await is_closed(reader)
            writer.close()
            go_on.set()
            return refused, [answer.status for answer in await asyncio.gather(*asked)]

    assert asyncio.run(run()) == (True, [201, 201])


@pytest.mark.parametrize("filling", [b"X-%d: " + b"a" * 8000 + b"\r\n", b"X-%d: a\r\n"])
def test_head_that_grows_without_end_is_dropped_or_refused_before_it_costs_memory(filling: bytes) -> None:
    async def run() -> int:
        async with serving(await build_world(), limits=Limits()) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            sent = 0
            with suppress(ConnectionError):
                writer.write(HEAD)
                while not reader.at_eof() and sent < 4_000_000:
                    data = b"".join(filling.replace(b"%d", b"%d" % number) for number in range(sent, sent + 4))
                    writer.write(data)
                    sent += len(data)
                    await writer.drain()
                    await asyncio.sleep(0)
            writer.transport.abort()
            return sent

    # what the two buffers of the kernel take is not the server's
    assert asyncio.run(run()) < 4_000_000


def test_pipelined_requests_are_answered_and_a_flood_of_them_waits_its_turn() -> None:
    async def run() -> int:
        async with serving(await build_world(), limits=Limits()) as client:
            reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
            writer.write((HEAD + b"\r\n") * 499 + HEAD + b"Connection: close\r\n\r\n")
            received = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            return received.count(b"HTTP/1.1 200 OK")

    assert asyncio.run(run()) == 500


def test_body_as_large_as_may_be_is_read_whole_behind_its_head() -> None:
    async def run() -> int:
        async with serving(await build_world()) as client:
            body = b'{"chain": "' + b"a" * 262_000 + b'"}'
            return (await client.ask("POST", "/v1/verify", body=body, headers={**AUTHORIZED, **JSON})).status

    assert asyncio.run(run()) == 200


def test_exchange_is_bounded_as_a_whole() -> None:
    async def flood(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 8_000_000)

    async def run() -> float:
        app = web.Application()
        app.router.add_get("/flood", flood)
        # an answer may take long, but not with what went before
        limits = Limits(answer=timedelta(seconds=8), whole=timedelta(milliseconds=500))
        async with listen(app, host="127.0.0.1", port=0, limits=limits) as port:
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.sendall(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n" * 4)
                client.setblocking(False)
                while not await _is_reset(client):
                    assert time.monotonic() - began < 20
            return time.monotonic() - began

    assert asyncio.run(run()) < 7


# ------------------------------------------------------------------ stopping


def test_stop_answers_what_is_under_way_takes_nothing_new_and_ends() -> None:
    async def run() -> tuple[list[int], bool]:
        world = await build_world()
        entered, go_on, add = asyncio.Semaphore(0), asyncio.Event(), world.challenges.add

        async def wait(digest: bytes, *, expires_at: object) -> None:
            entered.release()
            await go_on.wait()
            await add(digest, expires_at=expires_at)  # type: ignore[arg-type]  # passed on as it came

        world.challenges.add = wait  # type: ignore[method-assign]  # a store that takes its time
        node = serving(world)
        client = await node.__aenter__()
        asked = [asyncio.create_task(client.ask("POST", "/v1/challenges", headers=AUTHORIZED)) for _ in range(10)]
        for _ in asked:
            await entered.acquire()
        stopping = asyncio.create_task(node.__aexit__(None, None, None))
        refused = await _refuses(client)
        go_on.set()
        answers = await asyncio.gather(*asked)
        await asyncio.wait_for(stopping, 10)
        return [answer.status for answer in answers], refused

    statuses, refused = asyncio.run(run())
    assert statuses == [201] * 10
    assert refused


async def _refuses(client: Client) -> bool:
    for _ in range(100):
        try:
            await client.ask("GET", "/healthz")
        except OSError:
            return True
        await asyncio.sleep(0)
    return False


def test_stop_waits_no_longer_than_it_may_for_a_request_that_never_ends(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> float:
        world, entered = await build_world(), asyncio.Event()

        async def hang(digest: bytes, *, expires_at: object) -> None:
            entered.set()
            await asyncio.Event().wait()

        world.challenges.add = hang  # type: ignore[method-assign]  # a store that does not answer
        async with serving(world, limits=Limits(drain=SOON)) as client:
            asked = asyncio.create_task(client.ask("POST", "/v1/challenges", headers={**AUTHORIZED, **JSON}))
            await entered.wait()
            began = time.monotonic()
        with pytest.raises((OSError, IndexError)):
            await asked  # nothing came
        return time.monotonic() - began

    caplog.set_level(logging.CRITICAL)
    assert asyncio.run(run()) < 5


def test_address_that_is_taken_is_refused() -> None:
    async def run() -> None:
        async with listen(web.Application(), host="127.0.0.1", port=0) as port:
            with pytest.raises(SettingsError):
                async with listen(web.Application(), host="127.0.0.1", port=port):
                    pass

    asyncio.run(run())
