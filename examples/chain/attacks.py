"""Seven attacks on the chain of the demo, each by somebody who holds real keys and signs real signatures."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import forge
from forge import JSON, Hand
from organisation import Organisation


@dataclass(frozen=True)
class Spoils:
    """What the attackers have: the honest chain, one beside it, what was presented once, and keys."""

    chain: list[JSON]
    sibling: list[JSON]
    presented: str
    desk: Hand
    planner: Hand
    worker: Hand
    courier: Hand
    mallory: Hand


@dataclass(frozen=True)
class Attack:
    """What is tried, and how it must be answered: the code (None = accepted), and the hop at fault, if one is."""

    name: str
    code: str | None
    hop: int | None
    build: Callable[[Spoils, str, str], str]


@dataclass(frozen=True)
class Outcome:
    """How an attack was answered."""

    attack: Attack
    accepted: bool
    code: str | None
    hop: int | None
    why: str

    @property
    def as_told(self) -> bool:
        """Whether it was refused for the reason that it should be, or accepted where there is none."""
        wanted = (self.attack.code is None, self.attack.code, self.attack.hop)
        return (self.accepted, self.code, self.hop) == wanted


def run(attack: Attack, spoils: Spoils, verifier: Organisation) -> Outcome:
    """Try one attack on a verifier, with a fresh challenge of its own."""
    presented = attack.build(spoils, verifier.give_challenge(), verifier.origin)
    verdict = verifier.judge(presented)
    error = verdict["error"] or {}
    return Outcome(attack, verdict["accepted"], error.get("code"), error.get("hop"), _explain(error))


def _explain(error: JSON) -> str:
    said = str(error.get("message", ""))
    if "claimed" in error:
        member = str(error["pointer"]).removeprefix("/credentialSubject/delegation/authorizationDetails/0")
        claimed = "nothing" if error["claimed"] is None else _short(error["claimed"])
        return f"{member.lstrip('/')}: allowed {_short(error['allowed'])}, claimed {claimed}"
    return said


def _short(value: object) -> str:
    if isinstance(value, dict) and value.keys() == {"amount", "currency"}:
        return f"{value['amount']} {value['currency']}"
    return ", ".join(value) if isinstance(value, dict) else forge.canonical(value).decode("ascii")


def _details(credential: JSON) -> list[JSON]:
    details: list[JSON] = copy.deepcopy(credential["credentialSubject"]["delegation"]["authorizationDetails"])
    return details


def widened(spoils: Spoils, challenge: str, domain: str) -> str:
    """The worker, who may spend 20, grants 500."""
    details = _details(spoils.chain[1])
    details[0]["constraints"]["maxCost"]["amount"] = "500.00"
    leaf = forge.child(spoils.worker, spoils.chain[1], spoils.courier.did, details=details)
    return forge.presentation(spoils.courier, [*spoils.chain[:2], leaf], challenge=challenge, domain=domain)


def dropped(spoils: Spoils, challenge: str, domain: str) -> str:
    """The worker leaves out what limits the arguments."""
    details = _details(spoils.chain[1])
    del details[0]["constraints"]["arguments"]
    leaf = forge.child(spoils.worker, spoils.chain[1], spoils.courier.did, details=details)
    return forge.presentation(spoils.courier, [*spoils.chain[:2], leaf], challenge=challenge, domain=domain)


def spliced(spoils: Spoils, challenge: str, domain: str) -> str:
    """Under the root of one chain goes the hop of another that Acme granted for something else."""
    hops = [spoils.chain[0], spoils.sibling[1]]
    return forge.presentation(spoils.worker, hops, challenge=challenge, domain=domain)


def stolen(spoils: Spoils, challenge: str, domain: str) -> str:
    """Mallory presents the courier's chain, and signs with a key of her own."""
    return forge.presentation(spoils.mallory, spoils.chain, challenge=challenge, domain=domain)


def replayed(spoils: Spoils, _: str, __: str) -> str:
    """Somebody sends what the courier presented, once more."""
    return spoils.presented


def expired(spoils: Spoils, challenge: str, domain: str) -> str:
    """The root ended an hour ago; the planner and the worker sign on as if nothing had happened."""
    root = forge.root(
        spoils.desk,
        spoils.planner.did,
        principal=spoils.chain[0]["credentialSubject"]["delegation"]["principal"],
        details=_details(spoils.chain[0]),
        begin=-7200,
        end=-3600,
    )
    middle = forge.child(spoils.planner, root, spoils.worker.did, end=forge.moment(1200))
    leaf = forge.child(spoils.worker, middle, spoils.courier.did)
    return forge.presentation(spoils.courier, [root, middle, leaf], challenge=challenge, domain=domain)


def untrusted(spoils: Spoils, challenge: str, domain: str) -> str:
    """Mallory issues herself a root in Ana's name, and a hop to the courier."""
    principal = spoils.chain[0]["credentialSubject"]["delegation"]["principal"]
    details = _details(spoils.chain[0])
    root = forge.root(spoils.mallory, spoils.worker.did, principal=principal, details=details, begin=-60, end=1800)
    leaf = forge.child(spoils.worker, root, spoils.courier.did)
    return forge.presentation(spoils.courier, [root, leaf], challenge=challenge, domain=domain)


def honest(spoils: Spoils, challenge: str, domain: str) -> str:
    """The worker grants the courier what it holds itself, by the same code."""
    leaf = forge.child(spoils.worker, spoils.chain[1], spoils.courier.did)
    return forge.presentation(spoils.courier, [*spoils.chain[:2], leaf], challenge=challenge, domain=domain)


ATTACKS = (
    Attack("widened", "widened", 2, widened),
    Attack("constraint dropped", "widened", 2, dropped),
    Attack("hop spliced from a sibling chain", "link_broken", 1, spliced),
    Attack("stolen (another holder)", "holder_mismatch", None, stolen),
    Attack("replayed challenge", "replayed", None, replayed),
    Attack("expired ancestor", "expired", 0, expired),
    Attack("root that nobody trusts", "untrusted_root", None, untrusted),
)
# what shows that the others are refused for what they do, and not for how they are made
HONEST = Attack("none", None, None, honest)
