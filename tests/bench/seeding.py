"""A node's stores with 100,000 agents and a million delegations, made once and kept for the next benchmark."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import uvloop

from legation.bootstrap.start import prepare
from legation.bootstrap.stores import Stores, open_stores
from legation.domain.agent_plans import AgentPlan
from legation.domain.audit import AuditEntry, Outcome
from legation.domain.delegation.issuance import Format
from legation.domain.held_delegations import ID_RANDOM_BYTES, HeldDelegation, Party, build_delegation_id
from legation.domain.hosted_agents import HostedAgent
from legation.ports.state import Records
from legation.settings import Settings, restore_settings
from legation.standards.did.web import build_did_web
from tests.bench.chains import build
from tests.support.nodes import free_port

AGENTS, DELEGATIONS = 100_000, 1_000_000
# agents whose keys are in the vault; that is what takes the time
WITH_KEYS = 20_000
_OWNERS = 100
_AT_ONCE = 2_000
_TOGETHER = 16
_PERIOD = timedelta(days=30)
_MARK = "seeded.json"


@dataclass(frozen=True)
class Seeded:
    """Where the stores are, and on which port their node answers: the DIDs of its agents name it."""

    folder: Path
    port: int

    @staticmethod
    def name(number: int) -> str:
        """Return the name of an agent; those below ``WITH_KEYS`` can sign."""
        return f"seeded-{number:06d}"


def find_seeded() -> Seeded:
    """Return the stores, which are made first where they are not there yet: that takes some ten minutes."""
    folder = Path(tempfile.gettempdir()) / "legation-bench-seed"
    mark = folder / _MARK
    if not mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        port = free_port()
        uvloop.run(_seed(folder, port))
        mark.write_text(json.dumps({"port": port}), encoding="ascii")
    return Seeded(folder / "data", json.loads(mark.read_text(encoding="ascii"))["port"])


def settings_of(folder: Path, port: int) -> Settings:
    """Return the settings of a node with these stores."""
    url = f"http://localhost:{port}"
    given = {"dangerously_allow_loopback": True, "public_url": url, "data_dir": str(folder)}
    return restore_settings(json.dumps(given))


async def _seed(folder: Path, port: int) -> None:
    settings = settings_of(folder / "data", port)
    settings.data_dir.mkdir(mode=0o700)
    async with open_stores(settings) as stores:
        await prepare(settings, stores)
        agents = await _add_agents(stores, settings)
        await _add_delegations(stores, agents)


async def _add_agents(stores: Stores, settings: Settings) -> list[HostedAgent]:
    begins = datetime.now(UTC) - _PERIOD
    plans = [
        AgentPlan(
            id=secrets.token_hex(16),
            name=Seeded.name(number),
            did=build_did_web(settings.public_url, "agents", Seeded.name(number)),
            owner=f"owner-{number % _OWNERS}",
            at=begins + timedelta(seconds=number // 50),
        )
        for number in range(AGENTS)
    ]
    waiting = iter(plans[:WITH_KEYS])
    public: dict[str, dict[str, bytes]] = {}

    async def make() -> None:
        for plan in waiting:
            public[plan.id] = await stores.vault.create(plan.id, plan.kinds())

    await asyncio.gather(*(make() for _ in range(_TOGETHER)))
    # the others have the public keys of the first one: nothing is signed for them
    some = list(public[plans[0].id].values())
    agents = [plan.build(public.get(plan.id) or dict(zip(plan.kinds(), some, strict=True))) for plan in plans]
    for batch in _batches(agents):

        async def work(records: Records, batch: list[HostedAgent] = batch) -> None:
            for agent in batch:
                await records.agents.add(agent)
                await records.audit.add(_done(agent.created_at, "agent.create", agent.name, agent.owner))

        await stores.state.change(work)
    return agents


async def _add_delegations(stores: Stores, agents: list[HostedAgent]) -> None:
    begins = datetime.now(UTC) - _PERIOD
    text = build(1, Format.DATA_INTEGRITY).to_json()
    chance = random.Random(7)  # noqa: S311 - the same world each time, no secret
    parents: list[str] = []

    def make(number: int) -> HeldDelegation:
        at = begins + _PERIOD * number / DELEGATIONS
        issuer, subject = chance.sample(agents, 2)
        held = HeldDelegation(
            id=build_delegation_id(at, secrets.token_bytes(ID_RANDOM_BYTES)),
            credential_id=f"urn:uuid:{secrets.token_hex(16)}",
            digest=f"uEi{secrets.token_urlsafe(32)}",
            parent=chance.choice(parents) if parents and number % 3 == 0 else None,
            hops=1,
            issuer=Party(issuer.did, issuer.id, issuer.owner),
            subject=Party(subject.did, subject.id, subject.owner),
            principal=issuer.did,
            valid_from=at,
            valid_until=at + timedelta(hours=1),
            created_at=at,
            chain=text,
        )
        if number % 3 == 1:
            parents[number // 3 % 1000 : number // 3 % 1000 + 1] = [held.id]
        return held

    for batch in _batches(range(DELEGATIONS)):

        async def work(records: Records, batch: list[int] = batch) -> None:
            for held in map(make, batch):
                await records.delegations.add(held)
                await records.audit.add(_done(held.created_at, "delegation.issue", held.id, held.issuer.owner))

        await stores.state.change(work)


def _done(at: datetime, act: str, target: str, owner: str | None) -> AuditEntry:
    return AuditEntry(at, "operator:seeding", act, target, Outcome.DONE, owner=owner)


def _batches(values: list[HostedAgent] | range) -> Iterator[list]:
    each = iter(values)
    while batch := list(islice(each, _AT_ONCE)):
        yield batch
