"""The client without ``await``: from any thread, beside any loop, and over in order, however it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from datetime import timedelta

import pytest

from legation.client import AsyncClient, Client
from legation.client.transport import MAX_CONNECTIONS
from legation.errors import LegationError, SettingsError, UnavailableError
from tests.support.asking import TOKEN
from tests.support.scripted import Asked, reply, say_nothing, serving

OK = reply({"status": "ok"})


def waiting_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "legation-client"]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    assert waiting_threads() == []
    yield
    gc.collect()
    assert waiting_threads() == []


def test_client_that_asked_nothing_has_no_thread() -> None:
    with Client("https://node.example"):
        assert waiting_threads() == []


def test_client_keeps_its_connection_and_ends_it() -> None:
    with serving([OK], repeat=True) as server:
        with Client(server.origin) as client:
            assert [client.get_health() for _ in range(3)] == ["ok"] * 3
        assert (server.connections, len(server.asked)) == (1, 3)


def test_many_threads_share_a_client_and_its_connections() -> None:
    with serving([OK], repeat=True) as server, Client(server.origin) as client:
        with ThreadPoolExecutor(16) as pool:
            assert set(pool.map(lambda _: client.get_health(), range(200))) == {"ok"}
        assert server.connections <= 16


def test_connections_are_limited() -> None:
    together, most, lock = 0, 0, threading.Lock()

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        await asyncio.sleep(0)
        await OK(asked, writer)
        with lock:
            together -= 1

    async def run(origin: str) -> None:
        async with AsyncClient(origin) as client:
            await asyncio.gather(*(client.get_health() for _ in range(5 * MAX_CONNECTIONS)))

    with serving([answer], repeat=True) as server:
        asyncio.run(run(server.origin))
        assert server.connections <= MAX_CONNECTIONS
    assert most <= MAX_CONNECTIONS


def test_client_serves_within_a_running_loop() -> None:
    async def cell(origin: str) -> str:
        with Client(origin) as client:
            return client.get_health()

    with serving([OK]) as server:
        assert asyncio.run(cell(server.origin)) == "ok"


def test_closed_client_refuses_and_closes_again() -> None:
    with serving([OK], repeat=True) as server:
        client = Client(server.origin)
        client.get_health()
        client.close()
        client.close()
        with pytest.raises(UnavailableError):
            client.get_health()

        async def run() -> None:
            other = AsyncClient(server.origin)
            await other.get_health()
            await other.close()
            await other.close()
            with pytest.raises(UnavailableError):
                await other.get_health()

        asyncio.run(run())
    never = Client("https://node.example")
    never.close()
    with pytest.raises(UnavailableError):
        never.get_health()


def test_who_waits_as_the_client_is_closed_is_told() -> None:
    heard = threading.Event()

    async def wait(asked: Asked, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await say_nothing(asked, writer)

    with serving([wait]) as server, Client(server.origin) as client, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get_health)
        assert heard.wait(10)
        client.close()
        with pytest.raises(UnavailableError) as caught:
            waiting.result(10)
    # not because its time was over
    assert isinstance(caught.value.__cause__, CancelledError)


def test_client_that_is_forgotten_ends_its_thread() -> None:
    with serving([OK]) as server:
        client = Client(server.origin)
        client.get_health()
        assert len(waiting_threads()) == 1
        del client
        gc.collect()
        assert waiting_threads() == []


def test_process_that_never_closes_its_client_ends_without_a_word() -> None:
    with serving([OK]) as server:
        program = f"from legation import Client\nclient = Client({server.origin!r})\nprint(client.get_health())"
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")


def test_client_of_a_process_that_was_forked_refuses_instead_of_waiting() -> None:
    with serving([OK], repeat=True) as server, Client(server.origin) as client:
        client.get_health()
        # what a child sees: another process id, and no thread
        owner = client._background._process
        client._background._process = os.getpid() + 1
        with pytest.raises(UnavailableError):
            client.get_health()
        client._background._process = owner
        assert client.get_health() == "ok"


def test_call_that_is_interrupted_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = threading.Event()

    async def wait(asked: Asked, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await say_nothing(asked, writer)

    class Interrupted:
        def __init__(self, future: Future[str]) -> None:
            self.future = future
            calls.append(future)

        def result(self) -> None:
            assert heard.wait(10)
            raise KeyboardInterrupt

        def cancel(self) -> None:
            self.future.cancel()

    calls: list[Future[str]] = []
    real = asyncio.run_coroutine_threadsafe
    with serving([wait, OK]) as server, Client(server.origin) as client:
        with monkeypatch.context() as patch:
            patch.setattr(asyncio, "run_coroutine_threadsafe", lambda work, loop: Interrupted(real(work, loop)))
            with pytest.raises(KeyboardInterrupt):
                client.get_health()
        assert [call.cancelled() for call in calls] == [True]
        assert client.get_health() == "ok"


def test_async_client_belongs_to_its_first_loop() -> None:
    with serving([OK], repeat=True) as server:
        client = AsyncClient(server.origin)
        first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
        assert first.run_until_complete(client.get_health()) == "ok"
        with pytest.raises(LegationError) as caught:
            second.run_until_complete(client.get_health())
        first.run_until_complete(client.close())
        first.close()
        second.close()
    assert caught.value.code == "usage"


def test_call_that_is_cancelled_is_cancelled() -> None:
    async def run(origin: str) -> None:
        async with AsyncClient(origin) as client:
            task = asyncio.create_task(client.get_health())
            while not server.asked:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    with serving([say_nothing]) as server:
        asyncio.run(run(server.origin))


@pytest.mark.parametrize("settings", [{"timeout": timedelta(0)}, {"retries": -1}, {"retries": 11}])
@pytest.mark.parametrize("client", [AsyncClient, Client])
def test_setting_that_makes_no_sense_is_refused(client: type[Client], settings: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        client("https://node.example", token=TOKEN, **settings)  # type: ignore[arg-type]  # whatever comes
