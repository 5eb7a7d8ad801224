"""Foreign software: what npm's implementations answer, and our judgement of what they made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from legation.domain.delegation.secured import SecuredCredential
from legation.domain.verdict import Verdict
from legation.verifier import Verifier

HERE = Path(__file__).resolve().parent
LEAST_NODE = 20
DEADLINE_SECONDS = 60

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT_TEXT = "2026-11-23T09:00:00Z"
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


@dataclass
class Foreign:
    """Software of other people; every question is one process with a deadline."""

    _dids: dict[str, str] = field(default_factory=dict)

    def ask(self, question: str, **arguments: object) -> Any:
        """Return the answer; a question that cannot be answered raises."""
        done = subprocess.run(
            ["node", "answer.mjs", question],
            input=json.dumps(arguments),
            capture_output=True,
            cwd=HERE,
            encoding="utf-8",
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
            timeout=DEADLINE_SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{question}: {done.stderr}")
        return json.loads(done.stdout)

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


def altered_token(token: str, claims: Mapping[str, object]) -> str:
    """Put other claims under a token's header and signature."""
    from base64 import urlsafe_b64encode

    header, _, signature = token.split(".")
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}.{signature}"
