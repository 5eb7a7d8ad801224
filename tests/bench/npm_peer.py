"""Credentials, and their proofs alone, verified here and by npm's @digitalbazaar/vc, warm, in turn in one run."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from legation.credentials import verify_credential
from legation.crypto.keys import KeyType
from legation.standards.data_integrity.documents import add_proof, verify_proofs
from legation.standards.jsonld.contexts import bundled_contexts
from tests.bench import json_ld
from tests.bench.data_integrity import CREATED, EXPECTED, credential, signer_of
from tests.bench.measure import Figure, time_in_turn
from tests.interop.foreign import Foreign, find_obstacle

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT_TEXT = "2026-11-23T09:00:00Z"
# eddsa-jcs-2022 without the inline context, which its implementation there cannot verify
JOBS = (
    ("eddsa-jcs-2022", "1.5 KB", 4.0),
    ("eddsa-rdfc-2022", "1.5 KB", 1.8),
    ("eddsa-rdfc-2022", "1.5 KB with an inline context", 1.8),
)
# verifications in a row (few: whoever takes longer loses the processor more often), rounds, and rounds untimed that the
# other side needs to compile itself
REPEAT, ROUNDS, WARMING = 40, 18, 10


def figures() -> Iterator[Figure]:
    """Time each suite on both sides; nothing where Node.js or npm's packages are missing."""
    obstacle = find_obstacle()
    if obstacle is not None:
        print(f"not compared with npm: {obstacle}", file=sys.stderr)
        return
    with Foreign() as foreign:
        foreign.ask("contexts", documents={url: document.value for url, document in bundled_contexts().items()})
        for cryptosuite, size, bound in JOBS:
            times = _time(foreign, _secured(cryptosuite, inline="inline" in size), cryptosuite)
            for what, (ours, theirs) in times.items():
                name = f"{what} of {size}, {cryptosuite}, verified by @digitalbazaar/vc"
                yield Figure(name, theirs, "Legation", ours, bound, at_least=True)


def _secured(cryptosuite: str, *, inline: bool) -> dict[str, Any]:
    signer = signer_of(KeyType.ED25519)
    document = credential(signer.did)
    if inline:
        document = copy.deepcopy(json_ld.CREDENTIAL) | {"issuer": signer.did}
        # what there has to be asked of somebody else
        del document["credentialStatus"], document["credentialSchema"]
    secured = add_proof(
        document,
        signer,
        cryptosuite=cryptosuite,
        purpose="assertionMethod",
        created=CREATED,
        contexts=bundled_contexts(),
    )
    found: dict[str, Any] = json.loads(json.dumps(secured))
    return found


def _time(foreign: Foreign, secured: dict[str, Any], cryptosuite: str) -> dict[str, tuple[float, float]]:
    """Return microseconds here and there: of averages over many in a row, in turn, the median of the fastest third."""
    key = signer_of(KeyType.ED25519).key.public_key
    here: dict[str, Callable[[], object]] = {
        "credential": lambda: verify_credential(secured, at=AT),
        "proof": lambda: verify_proofs(secured, find_key=lambda _: key, expect=EXPECTED, contexts=bundled_contexts()),
    }
    ask = partial(foreign.ask, "timeVerification", document=secured, suite=cryptosuite, at=AT_TEXT, repeat=REPEAT)
    there = {what: partial(ask, whole=what == "credential") for what in here}
    for job in there.values():
        for _ in range(WARMING):
            job()
    times: dict[str, tuple[list[float], list[float]]] = {what: ([], []) for what in here}
    for _ in range(ROUNDS):
        for what, (ours, theirs) in times.items():
            ours.append(time_in_turn({what: here[what]}, rounds=1, burst=1, repeat=REPEAT)[what])
            theirs.append(float(there[what]()))
    return {what: (_typical(ours), _typical(theirs)) for what, (ours, theirs) in times.items()}


def _typical(samples: list[float]) -> float:
    return sorted(samples)[len(samples) // 6]
