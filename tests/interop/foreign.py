"""Foreign software: what npm's implementations answer, and our judgement of what they made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any, Self

from legation.domain.delegation.secured import SecuredCredential
from legation.domain.verdict import Verdict
from legation.verifier import Verifier

HERE = Path(__file__).resolve().parent
LEAST_NODE = 20
DEADLINE_SECONDS = 30

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT_TEXT = "2026-11-23T09:00:00Z"
LATER_TEXT = "2026-11-23T09:00:01Z"
DOMAIN = "https://ads.acme.example"
CHALLENGE = "PQUhAYb6a1IHvxDLCUR2Aw"

DATA_INTEGRITY, JWT, VP_JWT = "eddsa-jcs-2022", "vc+jwt", "vp+jwt"
PRINCIPAL = "https://idp.acme.example#ana"
DETAILS: list[dict[str, Any]] = [
    {
        "type": "mcp_tool",
        "locations": ["https://ads.acme.example/mcp/"],
        "actions": ["adjust_bid", "pause"],
        "constraints": {
            "purpose": ["bidding", "caf\u00e9"],
            "arguments": {
                "campaign": {"in": ["A", "B"]},
                # members sort by UTF-16 code units (RFC 8785 §3.2.3), which code points have the other way round
                "\uff21": {"equals": 'a "quoted" back\\slash / \u20ac'},
                "\U0001f600": {"min": -(2**53) + 1, "max": 2**53 - 1},
            },
        },
    }
]
TERMS = {
    "from": "2026-11-23T08:30:00Z",
    "until": "2026-11-23T09:30:00Z",
    "principal": PRINCIPAL,
    "maxDepth": 3,
    "details": DETAILS,
}

Wire = Mapping[str, object] | str


def find_obstacle() -> str | None:
    """Say why no question can be asked on this machine, or None."""
    node = shutil.which("node")
    if node is None:
        return f"there is no Node.js here, and this needs {LEAST_NODE} or newer"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=DEADLINE_SECONDS).stdout
    if int(version.removeprefix("v").partition(".")[0] or 0) < LEAST_NODE:
        return f"this needs Node.js {LEAST_NODE} or newer, and here is {version.strip()}"
    if not (HERE / "node_modules" / ".package-lock.json").is_file():
        return "npm's packages are not installed; run: make interop"
    return None


class Foreign:
    """Software of other people: one process, which is ended if it takes too long over a question."""

    def __init__(self) -> None:
        self._dids: dict[str, str] = {}
        self._process = subprocess.Popen(
            ["node", "answer.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HERE,
            encoding="utf-8",
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, question: str, **arguments: object) -> Any:
        """Return the answer; a question that cannot be answered, or not in time, raises."""
        deadline = Timer(DEADLINE_SECONDS, self._process.kill)
        deadline.start()
        try:
            reply = self._exchange(json.dumps({"question": question, "arguments": arguments}))
        finally:
            deadline.cancel()
        if "error" in reply:
            raise RuntimeError(f"{question}: {reply['error']}")
        return reply["answer"]

    def _exchange(self, line: str) -> dict[str, Any]:
        to, of = self._process.stdin, self._process.stdout
        if to is None or of is None:
            raise RuntimeError("Node.js has no pipes")
        print(line, file=to, flush=True)
        reply: dict[str, Any] = json.loads(of.readline() or '{"error": "Node.js ended, or took too long"}')
        return reply

    def did(self, party: str) -> str:
        """Return the DID of a party that lives there, named ``ed25519:…``, ``p256:…`` or ``jwk:…``."""
        if party not in self._dids:
            self._dids[party] = self.ask("party", name=party)
        return self._dids[party]

    def holds(self, secured: Wire, by: str, **expected: object) -> bool:
        """Tell whether a credential or presentation of ours holds there, as one of the DID ``by``."""
        typ = VP_JWT if "challenge" in expected else JWT
        return bool(self.ask("holds", secured=secured, by=by, typ=typ, at=AT_TEXT, **expected))


def judge_chain(
    hops: Sequence[Wire | SecuredCredential],
    *,
    trust: str,
    holder: str | None,
    at: datetime = AT,
    request: object = None,
) -> Verdict:
    """Judge a bare chain as `legation verify FILE --trust DID --holder DID` does."""
    wires = [hop.wire if isinstance(hop, SecuredCredential) else hop for hop in hops]
    return Verifier(trust=[trust], domain=DOMAIN).verify_offline(
        json.dumps(wires, ensure_ascii=False), holder=holder, at=at, request=request
    )


def judge_presentation(
    presentation: Wire, *, trust: str, challenge: str = CHALLENGE, domain: str = DOMAIN, at: datetime = AT
) -> Verdict:
    """Judge a presentation as `legation verify FILE --trust DID --challenge C --domain D` does."""
    text = presentation if isinstance(presentation, str) else json.dumps(presentation, ensure_ascii=False)
    return Verifier(trust=[trust], domain=domain).verify_offline(text, challenge=challenge, at=at)


def read_token(token: str) -> dict[str, Any]:
    """Return the claims of a token, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def altered_token(token: str, **claims: object) -> str:
    """Put other claims between a token's header and signature."""
    header, _, signature = token.split(".")
    altered = json.dumps(read_token(token) | claims, ensure_ascii=False, separators=(",", ":"))
    payload = urlsafe_b64encode(altered.encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"
