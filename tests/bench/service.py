"""A node over HTTP: verifying, creating agents and issuing, beside bare aiohttp, bare Askar and bare commits.

Bursts of what is compared are sent in turn, and of each the fastest counts. The generator of the load runs on the same
machine and takes its part of it, which is why each job has a second line: what the processor did for it in the server.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path
from time import perf_counter

import uvloop
from nacl.bindings import crypto_sign_open

from legation.adapters.askar.key import WalletKey
from legation.adapters.askar.vault import AskarVault
from legation.domain.agent_keys import KeyKind
from legation.domain.delegation.issuance import Format
from tests.bench import asked
from tests.bench.chains import parties
from tests.bench.load import build_request
from tests.bench.measure import Figure, time_in_turn
from tests.bench.served import Cost, Served, serving, serving_node
from tests.support.nodes import free_port

ROUNDS = 4
# per worker and second, as the issue has it
VERIFICATIONS, CREATIONS, ISSUES = 1500, 200, 400
_SECOND = 1e6
_BURST = 1500
_CREATED = 300
FORMS = {"eddsa-jcs-2022": Format.DATA_INTEGRITY, "vc+jwt": Format.JWT}
_ACCEPTED = b'"accepted":true'

Job = Callable[[], Cost]


def figures() -> Iterator[Figure]:
    """Start nodes and measure what they do."""
    yield from _starts()
    with ExitStack() as stack:
        node = stack.enter_context(serving_node())
        yield Figure("MB of a node that has just started and does nothing", _idle_megabytes(node), "150 MB", 150, 1.0)
        trivial = stack.enter_context(serving_trivial())
        one = yield from _verification(node, trivial)
        yield from _creation(node)
        yield from _issuing(node, trivial)
    yield from _two_workers(one)


def verify(node: Served, form: Format, number: int = _BURST) -> Cost:
    """Let a node judge new presentations under parents that it has seen."""
    shown = asked.presentations(node, form, number)
    return node.send(shown, connections=32, status=200, marker=_ACCEPTED)


def create(node: Served, number: int = _CREATED) -> Cost:
    """Let a node make agents, 16 at once."""
    return node.send(asked.agents(node, number), connections=16, status=201)


def issue(node: Served, issuers: Sequence[str], number: int = _BURST) -> Cost:
    """Let agents of a node issue delegations, 64 at once."""
    return node.send(asked.delegations(node, issuers, number), connections=64, status=201)


def best_in_turn(jobs: dict[str, Job], *, rounds: int = ROUNDS) -> dict[str, Cost]:
    """Return of each job the fastest of its bursts after one that does not count."""
    found: dict[str, list[Cost]] = {name: [] for name in jobs}
    for _ in range(rounds + 1):
        for name, job in jobs.items():
            found[name].append(job())
    return {name: min(costs[1:], key=lambda cost: cost.wall) for name, costs in found.items()}


def _starts() -> Iterator[Figure]:
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        for dev, found in seconds.items():
            with serving_node(dev=dev) as node:
                found.append(node.ready_seconds)
    yield Figure("legation dev, from start to ready", min(seconds[True]) * _SECOND, "3 s", 3 * _SECOND, 1.0)
    yield Figure("legation serve, from start to ready", min(seconds[False]) * _SECOND, "3 s", 3 * _SECOND)


def _idle_megabytes(node: Served) -> float:
    node.send([node.request("GET", "/healthz")], connections=1, status=200)
    return node.process.memory_info().rss / 1e6


def _verification(node: Served, trivial: Served) -> Generator[Figure, None, Cost]:
    """Verify in both forms, and return what one worker took for the first."""
    signature = _time_signature_check()
    found = []
    for name, form in FORMS.items():
        size = len(asked.presentations(node, form, 1)[0])
        best = best_in_turn({"node": partial(verify, node, form), "http": partial(bare_request, trivial, size, 800)})
        cost, limit = best["node"], best["http"].cpu + 2 * signature
        what = f"presentation of 3 hops over HTTP, parents seen, {name}"
        yield Figure(what, cost.wall, f"1/{VERIFICATIONS} s", _SECOND / VERIFICATIONS, 1.0)
        yield Figure("the same, processor time of the node", cost.cpu, "bare aiohttp and 2 signatures", limit)
        found.append(cost)
    return found[0]


def _two_workers(one: Cost) -> Iterator[Figure]:
    """Verify with two workers, one for each processor, which the generator of the load also needs."""
    with serving_node(workers=2) as node:
        two = best_in_turn({"two": partial(verify, node, Format.DATA_INTEGRITY)})["two"]
    yield Figure("one worker's time between presentations", one.wall, "two workers'", two.wall, 1.7, at_least=True)
    yield Figure("one worker's processor time, twice", 2 * one.loop, "one of two workers'", two.loop)


def _creation(node: Served) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        bare = uvloop.run(_time_vault(Path(folder)))
    cost = best_in_turn({"node": partial(create, node)})["node"]
    yield Figure("creating an agent over HTTP, 16 at once", cost.wall, f"1/{CREATIONS} s", _SECOND / CREATIONS, 1.0)
    yield Figure("the same", cost.wall, "its profile and keys in Askar alone, 16 at once", bare)


def _issuing(node: Served, trivial: Served) -> Iterator[Figure]:
    issuers = asked.make_agents(node, 16)
    size = len(asked.delegations(node, issuers, 1)[0])
    jobs = {"node": partial(issue, node, issuers), "http": partial(bare_request, trivial, size, 2200)}
    best = best_in_turn(jobs)
    cost = best["node"]
    yield Figure("issuing a delegation over HTTP, 64 at once", cost.wall, f"1/{ISSUES} s", _SECOND / ISSUES, 1.0)
    yield Figure("the same", cost.wall, "1 commit of SQLite that waits for the disk", _time_commit())
    limit = best["http"].cpu + _time_signature()
    yield Figure("the same, processor time of the node", cost.cpu, "bare aiohttp and 1 signature", limit)


# ---------------------------------------------------------------- limits and peers


def serving_trivial() -> AbstractContextManager[Served]:
    """Run what answers and does nothing else."""
    port = free_port()
    return serving([sys.executable, "-m", "tests.bench.trivial", str(port)], port, Path())


def bare_request(trivial: Served, size: int, answer: int) -> Cost:
    """Send as many bytes, and get as many as the node answers."""
    head = build_request("POST", "/", b"x" * size, host="localhost", more=[f"X-Answer-Bytes: {answer}"])
    return trivial.send([head] * _BURST, connections=32, status=200)


def _time_signature_check() -> float:
    signer = parties(1)[0]
    message = b"x" * 64
    signed, public = signer.key.sign(message) + message, signer.key.public_key.raw
    return time_in_turn({"check": lambda: crypto_sign_open(signed, public)})["check"]


def _time_signature() -> float:
    key = parties(1)[0].key
    return time_in_turn({"sign": lambda: key.sign(b"x" * 64)})["sign"]


def _time_commit(number: int = 300) -> float:
    """Return the microseconds of one row as large as a delegation, with a commit of its own."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, held TEXT)")
        times = []
        for _ in range(number):
            began = perf_counter()
            connection.execute("INSERT INTO bare (held) VALUES (?)", ("x" * 2000,))
            times.append(perf_counter() - began)
        connection.close()
    return sorted(times)[number // 6] * _SECOND


async def _time_vault(folder: Path) -> float:
    """Return the microseconds that a profile with an agent's keys takes where nothing else is done."""
    vault = await AskarVault.open(folder / "wallet.db", WalletKey.create_raw_file(folder / "wallet.key"), create=True)
    kinds = (KeyKind.ED25519, KeyKind.BLS12_381_G2, KeyKind.X25519)
    numbers = iter(range(10**6))

    async def fill(until: int) -> None:
        while (number := next(numbers)) < until:
            await vault.create(f"profile-{number}", {f"{number}-{at}": kind for at, kind in enumerate(kinds)})

    best = float("inf")
    for turn in range(1, ROUNDS + 1):
        began, first = perf_counter(), (turn - 1) * _CREATED
        numbers = iter(range(first, 10**6))
        await asyncio.gather(*(fill(turn * _CREATED) for _ in range(16)))
        best = min(best, (perf_counter() - began) / _CREATED)
    await vault.close()
    return best * _SECOND
