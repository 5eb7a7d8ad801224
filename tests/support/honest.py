"""Honest requests at a steady pace, and how long each took from the moment at which it was due."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.delegated import REQUEST
from tests.support.running import RunningNode

PER_SECOND = 50


@dataclass
class Pace:
    """Asks a node on and on, so many times a second, whether or not the last answer has come."""

    node: RunningNode
    per_second: int = PER_SECOND
    took: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    async def keep(self, stop: asyncio.Event) -> None:
        """Ask until told to stop, and wait for the answers then."""
        timeout = aiohttp.ClientTimeout(total=30)
        headers = {"Authorization": f"Bearer {self.node.token}"}
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=headers) as lasting,
            # each request on a connection of its own, which has to get in beside all the others
            aiohttp.ClientSession(
                timeout=timeout, headers=headers, connector=aiohttp.TCPConnector(force_close=True, limit=0)
            ) as passing,
        ):
            asked = cycle(["healthz", "agents", "challenges", "verify"])
            sessions = cycle([lasting] * 4 + [passing] * 4)
            began, tasks = time.monotonic(), []
            while not stop.is_set():
                due = began + len(tasks) / self.per_second
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                tasks.append(asyncio.create_task(self._ask(next(asked), next(sessions), due)))
            await asyncio.gather(*tasks)

    async def _ask(self, what: str, session: aiohttp.ClientSession, due: float) -> None:
        if what == "healthz":
            await self._time(session, "GET", "/healthz", due)
        elif what == "agents":
            await self._time(session, "GET", "/v1/agents", due)
        elif what == "challenges":
            await self._time(session, "POST", "/v1/challenges", due, {})
        else:
            given = await self._time(session, "POST", "/v1/challenges", due, {})
            presented = self.node.show(given["challenge"])
            body = {"presentation": presented, "request": REQUEST}
            verdict = await self._time(session, "POST", "/v1/presentations/verify", time.monotonic(), body)
            self.statuses["accepted" if verdict["accepted"] else "not accepted"] += 1

    async def _time(
        self, session: aiohttp.ClientSession, method: str, path: str, due: float, body: object = None
    ) -> Any:
        async with session.request(method, self.node.origin + path, json=body) as answer:
            found = await answer.json()
            self.took.append(time.monotonic() - due)
            self.statuses[str(answer.status)] += 1
            return found

    def percentile(self, share: float) -> float:
        """Return the seconds within which that share of the answers came."""
        ordered = sorted(self.took)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def memory_of(pid: int, line: str = "VmHWM") -> int:
    """Return how many megabytes a process holds (``VmRSS``), or held at most (``VmHWM``)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith(f"{line}:")) // 1024
