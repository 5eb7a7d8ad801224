"""schemathesis over a node's own description of itself: with all its checks, as an operator or as an agent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from legation.standards.multiformats import encode_multikey
from tests.support.delegated import DETAILS
from tests.support.keys import Ed25519Key
from tests.support.processes import ROOT, NodeProcess

AGENT_KEY = "the agent that fuzzes"
ALL_PHASES = "examples,coverage,fuzzing,stateful"
# What a node may say beside what schemathesis expects, each with its reason. By default positive data is to be
# answered with 2xx, 401, 403, 404 or 409, and negative data with a refusal by any of the usual statuses.
SETTINGS = """
[checks.negative_data_rejection]
# the defaults, and 413 (too large), 410 (a wrong query at what is retired), 501 (a DID method or option that is not
# known here), 421 (a wrong Host)
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "410", "413", "415", "421", "422", "501"]

[checks.positive_data_acceptance]
# the defaults without 5xx, and 410: what is asked for may have been retired by the run itself
expected-statuses = ["2xx", "401", "403", "404", "409", "410"]

[[operations]]
include-name = "GET /1.0/identifiers/{did}"
[operations.checks.not_a_server_error]
# DID Resolution §12.1 has 501 for methods and options that are not known here; 503 is for a host that does not answer
expected-statuses = ["2xx", "4xx", "501", "503"]
[operations.checks.positive_data_acceptance]
# the same, and 400: a method has rules of its own for its DIDs
expected-statuses = ["2xx", "400", "401", "404", "410", "501", "503"]

[[operations]]
# rules that no schema can say: what makes a chain good, hours whose ends differ, no more approvals than approvers,
# predicates of arguments, a depth that the parent leaves; 413 is for more hops than a chain may have; of agents, that
# only a did:key is a key for BBS, and that it has no access keys
include-name = [
  "POST /v1/agents",
  "POST /v1/delegations/import", "POST /v1/presentations", "POST /v1/delegations",
  "POST /v1/delegations/{id}/attenuate",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "413", "422"]

[[operations]]
# what makes a credential is the VC Data Model's to say, and whether one holds is what these are asked
include-name = [
  "POST /agents/{name}/credentials/issue", "POST /agents/{name}/presentations", "POST /credentials/derive",
  "POST /credentials/verify", "POST /presentations/verify",
]
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409"]

[[operations]]
# a role without an agent is refused: OpenAPI cannot say that one parameter needs another
include-name = "GET /v1/delegations"
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404"]
"""

# Two thirds of the time of the phase "coverage" would go into the details of these three: their examples are sent all
# the same.
QUICK = """
[[operations]]
include-name = ["POST /v1/delegations", "POST /v1/delegations/{id}/attenuate", "POST /v1/trust"]
[operations.phases.coverage]
enabled = false
"""


@dataclass(frozen=True)
class World:
    """A node with something in it, and the tokens of who may fuzz it."""

    node: NodeProcess
    caller: str
    token: str
    agent: dict[str, str]
    dids: list[str]
    cursors: dict[str, str]


def furnish(node: NodeProcess) -> World:
    """Make agents, delegations and operators on a node that is ready."""

    def ask(method: str, path: str, body: object = None, *, token: str = node.token) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Host": f"localhost:{node.port}"}
        answer = requests.request(method, node.url + path, json=body, headers=headers, timeout=30)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    operator = ask("POST", "/v1/operators", {"name": "fuzzer"})
    key = encode_multikey(Ed25519Key(AGENT_KEY).public_key)
    agent = ask("POST", "/v1/agents", {"name": "fuzzing", "accessKeys": [key]})
    others = [ask("POST", "/v1/agents", {"name": name}) for name in ("planner", "worker", "tool")]
    for other in others:
        ask("POST", "/v1/delegations", {"agent": "fuzzing", "to": other["did"], "details": DETAILS})
        ask("POST", "/v1/delegations", {"agent": other["name"], "to": agent["did"], "details": DETAILS})
    dids = [each["did"] for each in (agent, *others)] + [f"did:web:localhost%3A{node.port}"]
    lists = ["/v1/agents", "/v1/delegations", "/v1/audit"]
    cursors = {path: ask("GET", f"{path}?limit=1", token=operator["token"])["next"] for path in lists}
    caller = {"did": agent["did"], "key": AGENT_KEY}
    return World(node, operator["id"], operator["token"], caller, dids, cursors)


def fuzz(
    world: World,
    folder: Path,
    *,
    as_agent: bool = False,
    examples: int,
    phases: str = ALL_PHASES,
    quick: bool = False,
    seconds: int = 600,
    more: Sequence[str] = (),
) -> None:
    """Let schemathesis try every operation, and fail with what it says if it finds anything.

    ``quick`` leaves out what takes long to think of.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings, described = folder / "schemathesis.toml", folder / "world.json"
    auth = "" if as_agent else f'\n[auth.openapi.operatorToken]\nbearer = "{world.token}"\n'
    settings.write_text(SETTINGS + (QUICK if quick else "") + auth, encoding="utf-8")
    known = {
        "origin": world.node.origin,
        "caller": world.caller,
        "agent": world.agent if as_agent else None,
        "dids": world.dids,
        "cursors": world.cursors,
    }
    described.write_text(json.dumps(known), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(settings), "run"]
    command += [f"{world.node.origin}/openapi.json", "--checks", "all", "--phases", phases, "--no-color"]
    command += ["--max-examples", str(examples), "--continue-on-failure"]
    command += ["--suppress-health-check", "all", "--request-timeout", "20"]
    command += list(more)
    # what was found once is not kept; deterministic runs keep nothing, and refuse to be told so
    command += (
        ["--generation-deterministic", "--seed", "1"] if os.environ.get("CI") else ["--generation-database", ":memory:"]
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "node")])}
    environment |= {"SCHEMATHESIS_HOOKS": "tests.support.fuzz_hooks", "FUZZ_WORLD": str(described)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds)
    (folder / "report.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
