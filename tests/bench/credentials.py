"""The VC API of a node: issuing and verifying with each mechanism, and what others wait while poison is sent to it.

As in :mod:`service`, the generator of the load takes its part of the same machine, and of bursts the fastest counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations
from typing import Any
from uuid import uuid4

from legation.crypto.keys import KeyType
from tests.bench import data_integrity
from tests.bench.load import Burst, send_beside
from tests.bench.measure import Figure, time_in_turn
from tests.bench.served import Cost, Served, serving_node
from tests.bench.service import bare_request, best_in_turn, serving_trivial

_SECOND = 1e6
_BURST = 600
_ANSWER = 2200
# what a refusal may take, and nobody else may wait for longer
REFUSAL_SECONDS = 0.1
_POISONERS = 8
_ASKED = 100
_PARTS = ((0.5, "half"), (1.0, "all"))
MECHANISMS = (
    ("eddsa-jcs-2022", KeyType.ED25519),
    ("eddsa-rdfc-2022", KeyType.ED25519),
    ("ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019", KeyType.P384),
    ("ecdsa-sd-2023", KeyType.P256),
    ("vc+jwt", KeyType.ED25519),
    ("vc+sd-jwt", KeyType.ED25519),
)
_V2 = "https://www.w3.org/ns/credentials/v2"


def figures() -> Iterator[Figure]:
    """Start a node and measure."""
    with serving_node() as node, serving_trivial() as trivial:
        agents = {key_type: _make_agent(node, key_type) for _, key_type in MECHANISMS}
        for mechanism, key_type in MECHANISMS:
            yield from _rates(node, trivial, mechanism, key_type, agents[key_type])
        yield from _poison(node, agents[KeyType.ED25519])


@dataclass(frozen=True)
class Agent:
    """An agent of the node that is timed."""

    name: str
    did: str


def _make_agent(node: Served, key_type: KeyType) -> Agent:
    body = {"name": f"vc-{uuid4().hex[:8]}", "didMethod": "key", "keyType": key_type.value}
    sent = [node.request("POST", "/v1/agents", json.dumps(body).encode())]
    made = json.loads(node.send(sent, connections=1, status=201).burst.bodies[0])
    return Agent(made["name"], made["did"])


def _issue(node: Served, agent: Agent, mechanism: str, number: int) -> Cost:
    path = f"/agents/{agent.name}/credentials/issue?cryptosuite={mechanism.replace('+', '%2B')}"
    document = data_integrity.credential(agent.did)
    bodies = [{"credential": {**document, "id": f"urn:uuid:{uuid4()}"}} for _ in range(number)]
    requests = [node.request("POST", path, json.dumps(body).encode()) for body in bodies]
    return node.send(requests, connections=32, status=201)


def _verify(node: Served, requests: Sequence[bytes]) -> Cost:
    return node.send(requests, connections=32, status=200)


def _verifications(node: Served, issued: Burst, mechanism: str) -> list[bytes]:
    bodies = issued.bodies
    if mechanism == "ecdsa-sd-2023":  # a verifier takes only what a holder derived
        derivations = [
            json.dumps({**json.loads(body), "options": {"selectivePointers": ["/credentialSubject", "/issuer"]}})
            for body in bodies
        ]
        asked = [node.request("POST", "/credentials/derive", body.encode()) for body in derivations]
        bodies = node.send(asked, connections=32, status=201).burst.bodies
    return [node.request("POST", "/credentials/verify", body) for body in bodies]


def _rates(node: Served, trivial: Served, mechanism: str, key_type: KeyType, agent: Agent) -> Iterator[Figure]:
    requests = _verifications(node, _issue(node, agent, mechanism, _BURST).burst, mechanism)
    best = best_in_turn(
        {
            "issue": partial(_issue, node, agent, mechanism, _BURST),
            "verify": partial(_verify, node, requests),
            "http": partial(bare_request, trivial, len(requests[0]), _ANSWER),
        },
        rounds=3,
    )
    sign, check = _raw_signature(key_type)
    http, name = best["http"].cpu, f"{mechanism} with {key_type.value}"
    issue, verify = best["issue"], best["verify"]
    yield Figure(f"issuing over HTTP, {issue.burst.rate:,.0f}/s, {name}", issue.wall, "1 signature", sign)
    yield Figure("the same, processor time of the node", issue.cpu, "bare aiohttp and 1 signature", http + sign)
    yield Figure(f"verifying over HTTP, {verify.burst.rate:,.0f}/s, {name}", verify.wall, "1 verification", check)
    yield Figure("the same, processor time of the node", verify.cpu, "bare aiohttp and 1 verification", http + check)


def _raw_signature(key_type: KeyType) -> tuple[float, float]:
    key, message = data_integrity.signer_of(key_type).key, b"m" * 64
    signature = key.sign(message)
    jobs = {
        "sign": partial(key.sign, message),
        "verify": partial(key.public_key.verify, message, signature),
    }
    times = time_in_turn(jobs, rounds=20)
    return times["sign"], times["verify"]


# ---------------------------------------------------------------- poison


def poison(issuer: str, *, size: int, proofs: int, kind: str) -> dict[str, Any]:
    """Return a credential whose blank nodes are all linked to each other, as test074 of RDFC-1.0's suite has them.

    ``kind`` is how its proofs look: all of one hash, of several, or a chain, in which each signs a document of its own.
    """
    proof = {
        "type": "DataIntegrityProof",
        "created": data_integrity.CREATED,
        "verificationMethod": f"{issuer}#{issuer.removeprefix('did:key:')}",
        "proofPurpose": "assertionMethod",
        "proofValue": "z" + "1" * 64,  # 64 bytes, signed by nobody
    }
    links: dict[int, list[dict[str, str]]] = {number: [] for number in range(size)}
    for one, other in permutations(range(size), 2):
        links[one].append({"id": f"_:e{other}"})
    made = [{**proof, "cryptosuite": "eddsa-rdfc-2022", "id": f"urn:proof:{number}"} for number in range(proofs)]
    if kind == "chain":
        for number in range(1, proofs):
            made[number]["previousProof"] = made[number - 1]["id"]
    return {
        "@context": [_V2, {"link": "https://e.example/link", "all": "https://e.example/all"}],
        "id": f"urn:uuid:{uuid4()}",
        "type": ["VerifiableCredential"],
        "issuer": issuer,
        "credentialSubject": {"all": [{"id": f"_:e{number}", "link": links[number]} for number in range(size)]},
        "proof": made if proofs > 1 else made[0],
    }


def _poison(node: Served, agent: Agent) -> Iterator[Figure]:
    bound = REFUSAL_SECONDS * _SECOND
    health = [node.request("GET", "/healthz")] * 1000
    alone = node.send(health, connections=1, status=200).burst
    requests = []
    for size, proofs, kind in ((10, 1, "set"), (10, 16, "set"), (10, 16, "chain"), (40, 16, "chain")):
        body = {"verifiableCredential": poison(agent.did, size=size, proofs=proofs, kind=kind)}
        request = node.request("POST", "/credentials/verify", json.dumps(body).encode())
        each = node.send([request] * 10, connections=1, status=400, marker=b"too_large").burst
        shape = f"clique of {size}, {proofs} proof{'s in a ' + kind if proofs > 1 else ''}"
        yield Figure(
            f"refusing poison over HTTP, best of ten, {shape}", each.latency(0) * _SECOND, "100 ms", bound, 1.0
        )
        requests.append(request)
    good = _verifications(node, _issue(node, agent, "eddsa-rdfc-2022", _ASKED).burst, "eddsa-rdfc-2022")
    for path, asked in (("/healthz", health[:_ASKED]), ("/credentials/verify of a good one", good)):
        beside = send_beside(node.port, requests, asked, connections=_POISONERS, status=400)
        for part, name in _PARTS:
            what = f"{path}, {name} answered within, while {_POISONERS} clients send poison"
            limit = 1.0 if path == "/healthz" else None
            yield Figure(what, beside.latency(part) * _SECOND, "100 ms", bound, limit)
    yield Figure("/healthz, half answered within, nothing else to do", alone.latency(0.5) * _SECOND, "100 ms", bound)
