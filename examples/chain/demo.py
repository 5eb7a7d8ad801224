"""Three organisations that share nothing, one chain of authority between them, and seven forgeries that are refused.

Run it with `make demo`. It checks itself: the exit status is not 0 if anything is not as told.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import LoneAgent
from attacks import ATTACKS, HONEST, Outcome, Spoils, run
from forge import Hand
from organisation import Organisation, plain_environment
from telling import Story

from legation.domain.chain import Chain

ADS = "https://ads.acme.example/mcp"
PRINCIPAL = "https://idp.acme.example#ana"
SPENDING = {"type": "mcp_tool", "action": "adjust_bid", "location": ADS}
ALLOWED = {
    **SPENDING,
    "arguments": {"campaign": "A", "percent": 5},
    "cost": {"amount": "4.00", "currency": "EUR"},
}
DENIED = {**ALLOWED, "arguments": {"campaign": "A", "percent": 12}}


@dataclass(frozen=True)
class Cast:
    """Who takes part."""

    acme: Organisation
    globex: Organisation
    initech: Organisation
    desk: dict[str, Any]
    planner: dict[str, Any]
    worker: LoneAgent
    courier: LoneAgent
    mallory: LoneAgent


def authority(
    actions: list[str], campaigns: list[str], percent: int, cost: str, audience: list[str]
) -> list[dict[str, Any]]:
    """Return what is granted: changing bids of some campaigns by some percent, at some cost, before some verifiers."""
    return [
        {
            "type": "mcp_tool",
            "locations": [ADS],
            "actions": actions,
            "constraints": {
                "maxCost": {"amount": cost, "currency": "EUR"},
                "arguments": {"campaign": {"in": campaigns}, "percent": {"min": -percent, "max": percent}},
                "audience": audience,
            },
        }
    ]


@contextmanager
def start_cast(story: Story) -> Iterator[Cast]:
    """Start the three nodes and make the agents; stop and remove everything in the end."""
    with tempfile.TemporaryDirectory(prefix="legation-demo-") as folder, ExitStack() as stack:
        home = Path(folder)

        def start(name: str, *, anchors: object = None) -> Organisation:
            organisation = Organisation.start(name, home / name.lower(), anchors=anchors)
            stack.callback(organisation.stop)
            story.introduce(organisation.did, name)
            return organisation

        acme, globex = start("Acme"), start("Globex")
        desk, planner = acme.host("desk"), globex.host("planner")
        anchor = {
            "issuer": desk["did"],
            "grants": [{"type": "mcp_tool", "locations": [ADS]}],
            "principals": ["https://idp.acme.example"],
        }
        initech = start("Initech", anchors={"anchors": [anchor]})
        alone = [asyncio.run(LoneAgent.create(name, home / name)) for name in ("worker", "courier", "mallory")]
        story.introduce(desk["did"], "Acme's desk")
        story.introduce(planner["did"], "Globex's planner")
        for agent in alone:
            story.introduce(agent.did, f"the {agent.name}" if agent.name != "mallory" else "Mallory")
        yield Cast(acme, globex, initech, desk, planner, *alone)


def delegate(cast: Cast) -> tuple[str, str]:
    """Acme grants two things to Globex's planner, who narrows each for the worker; return both chains as JSON."""
    audience = [cast.initech.origin, "https://billing.acme.example"]
    actions = ["adjust_bid", "pause", "read_report"]

    def grant(details: list[dict[str, Any]]) -> str:
        """Have Acme's node issue to the planner, and Globex's node take that in; return its id there."""
        body = {"agent": "desk", "to": cast.planner["did"], "principal": PRINCIPAL, "details": details}
        issued = cast.acme.post("/v1/delegations", {**body, "validFor": 2400})
        return str(cast.globex.post("/v1/delegations/import", {"chain": issued["chain"]})["id"])

    def narrow(held: str, details: list[dict[str, Any]] | None = None) -> str:
        """Have Globex's node pass a held chain on to the worker."""
        body = {"to": cast.worker.did} | ({} if details is None else {"details": details})
        return json.dumps(cast.globex.post(f"/v1/delegations/{held}/attenuate", body)["chain"])

    wide = grant(authority(actions, ["A", "B", "C"], 15, "50.00", audience))
    other = grant(authority(actions, ["D", "E"], 80, "900.00", audience))
    narrowed = authority(["adjust_bid", "read_report"], ["A", "B"], 10, "20.00", [cast.initech.origin])
    return narrow(wide, narrowed), narrow(other)


async def take_in(agent: LoneAgent, chain: str) -> Chain:
    """Let an agent check and keep a chain that was handed to it."""
    async with agent.wallet() as wallet:
        return await wallet.import_chain(chain)


async def present(agent: LoneAgent, chain: Chain, verifier: Organisation) -> str:
    """Let an agent present a chain to a verifier, which gives it a challenge first."""
    challenge = verifier.give_challenge()
    async with agent.wallet() as wallet:
        return await wallet.present(None, chain, challenge=challenge, domain=verifier.origin)


def narrow_offline(agent: LoneAgent, chain: Chain, to: LoneAgent, audience: list[str]) -> str:
    """Let an agent narrow a chain in a process that has a wallet file and must not use the network."""
    details = json.dumps(authority(["adjust_bid"], ["A"], 5, "5.00", audience))
    files = (Path(__file__).with_name("offline.py"), agent.folder / "wallet.db", agent.folder / "wallet.key")
    done = subprocess.run(
        [sys.executable, *map(str, files), chain.id, to.did, details],
        env=plain_environment(agent.folder),
        capture_output=True,
        check=False,
        timeout=30,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the offline step failed: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8")


async def attack(cast: Cast, chain: str, sibling: str, presented: str) -> list[Outcome]:
    """Try every attack, and then what is none, by people who hold real keys: keys sign whatever they are given."""
    async with AsyncExitStack() as stack:

        async def hand(party: LoneAgent) -> Hand:
            signer = await (await stack.enter_async_context(party.wallet())).signer(party.name)
            return Hand(signer.did, signer.method, signer.key.sign)

        async def insider(party: Organisation, agent: dict[str, Any]) -> Hand:
            vault = await stack.enter_async_context(party.vault())
            key = next(key for key in agent["keys"] if key["purpose"] == "signing")
            return Hand(agent["did"], key["method"], (await vault.signing_key(agent["id"], key["id"])).sign)

        spoils = Spoils(
            json.loads(chain),
            json.loads(sibling),
            presented,
            desk=await insider(cast.acme, cast.desk),
            planner=await insider(cast.globex, cast.planner),
            worker=await hand(cast.worker),
            courier=await hand(cast.courier),
            mallory=await hand(cast.mallory),
        )
        return [run(each, spoils, cast.initech) for each in (*ATTACKS, HONEST)]


def tell_delegation(story: Story, cast: Cast) -> tuple[Chain, str]:
    """Parts 1 and 2: granted, narrowed, and accepted once while everybody is there; return the worker's chain."""
    story.step("1. Acme grants")
    story.tell(
        f"""Ana works at Acme. Acme's desk, an agent that Acme's node hosts ({cast.desk["did"]}), grants Globex's
        planner ({cast.planner["did"]}) on Ana's behalf: change bids at {ADS}, campaigns A, B, C, by 15 % at most,
        at 50 EUR at most each time."""
    )
    chain_json, sibling = delegate(cast)
    story.step("2. Globex's planner narrows")
    story.tell(
        f"""The planner passes less on to the worker, whom Globex hired: campaigns A and B, 10 %, 20 EUR, before Initech
        only. The worker is a wallet file and nothing more: {cast.worker.did}. It shows the chain to Initech."""
    )
    chain = asyncio.run(take_in(cast.worker, chain_json))
    verdict = cast.initech.judge(asyncio.run(present(cast.worker, chain, cast.initech)))
    story.promise("Initech accepts the worker's presentation", verdict["accepted"])
    story.tell("For that, Initech's node fetched two DID documents, Acme's and Globex's; it keeps them for a while.")
    return chain, sibling


def tell_offline_step(story: Story, cast: Cast, chain: Chain) -> Chain:
    """Part 3: Acme goes away, and the worker narrows without any network; return the courier's chain."""
    story.step("3. Acme's node stops, and the worker narrows once more, offline")
    status = cast.acme.stop()
    story.promise(f"Acme's node ended in order, with exit status {status}", status == 0)
    story.promise("nothing answers at Acme's origin", not cast.acme.answers())
    longer = asyncio.run(take_in(cast.courier, narrow_offline(cast.worker, chain, cast.courier, [cast.initech.origin])))
    story.tell(
        """In a process of its own that has the wallet file, and would end at its first use of the network, the worker
        passes on to the courier: campaign A, 5 %, 5 EUR. Nobody was asked."""
    )
    story.promise("the chain has three hops now", len(longer) == 3)
    return longer


def tell_judgement(story: Story, cast: Cast, chain: Chain) -> str:
    """Part 4: Initech accepts the courier while Acme is down; return what the courier presented."""
    story.step("4. Initech judges the courier, while Acme is down")
    presented = asyncio.run(present(cast.courier, chain, cast.initech))
    verdict = cast.initech.judge(presented)
    story.show_verdict(verdict)
    story.promise("Initech accepts the courier, of whom it had never heard", verdict["accepted"])
    for request, expected, said in (
        (ALLOWED, None, "5 % on campaign A for 4.00 EUR"),
        (DENIED, "request_not_covered", "12 % on campaign A for 4.00 EUR"),
    ):
        verdict = cast.initech.judge(asyncio.run(present(cast.courier, chain, cast.initech)), request)
        code = (verdict["error"] or {}).get("code")
        answer = "ALLOW" if verdict["accepted"] else f"DENY, {code}"
        story.promise(f"{said}: {answer}", (verdict["accepted"], code) == (expected is None, expected))
    return presented


def tell_attacks(story: Story, cast: Cast, chain: Chain, sibling: str, presented: str) -> int:
    """Part 5: the attacks; return how many were refused for the right reason."""
    story.step("5. Seven attacks, with real keys and real signatures, made without Legation's code (forge.py)")
    *outcomes, honest = asyncio.run(attack(cast, chain.to_json(), sibling, presented))
    story.show_table(
        ("attack", "answer", "code", "hop", "why"),
        [
            (
                outcome.attack.name,
                "accepted" if outcome.accepted else "refused",
                outcome.code or "",
                "-" if outcome.hop is None else str(outcome.hop),
                outcome.why,
            )
            for outcome in outcomes
        ],
    )
    refused = sum(outcome.as_told for outcome in outcomes)
    story.promise(f"{refused} of {len(ATTACKS)} attacks were refused, each for its reason", refused == len(ATTACKS))
    story.promise("the same code is accepted once it stays within what was granted", honest.as_told)
    return refused


def main() -> int:
    """Tell the story, and return the exit status."""
    began = time.monotonic()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace", line_buffering=True)
    story = Story()
    story.tell("Three organisations, each with a node, data and keys of its own: Acme, Globex and Initech.")
    with start_cast(story) as cast:
        for organisation in (cast.acme, cast.globex, cast.initech):
            print(f"  {organisation.name}: {organisation.origin} is {organisation.did}")
        story.tell(
            """(They run with --dangerously-allow-loopback: plain http on this machine, as no real node may.)
            Initech trusts Acme's desk for the type mcp_tool at one location, and nobody else for anything."""
        )
        chain, sibling = tell_delegation(story, cast)
        longer = tell_offline_step(story, cast, chain)
        presented = tell_judgement(story, cast, longer)
        refused = tell_attacks(story, cast, longer, sibling, presented)
    status = story.end()
    outcome = "as told" if status == 0 else "NOT as told"
    print(f"\n{outcome}: 3 organisations, 3 hops, {refused} forgeries refused, {time.monotonic() - began:.1f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
