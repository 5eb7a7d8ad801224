"""didkit (PyPI, written in Rust) as a process of its own: one question in, one answer out, both JSON lines."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import didkit

_JWT = {"proofFormat": "jwt"}


async def issue(document: Any, key: Any, options: Any, *, method: str = "key") -> Any:
    """Issue a credential, as an object or as the text of a token."""
    named = await _complete(options, key, method, "assertionMethod")
    made = await didkit.issue_credential(json.dumps(document), named, json.dumps(key))
    return made if options.get("proofFormat") == "jwt" else json.loads(made)


async def present(document: Any, key: Any, options: Any, *, method: str = "key") -> Any:
    """Sign a presentation."""
    named = await _complete(options, key, method, "authentication")
    return json.loads(await didkit.issue_presentation(json.dumps(document), named, json.dumps(key)))


async def _complete(options: Any, key: Any, method: str, purpose: str) -> str:
    named = await didkit.key_to_verification_method(method, json.dumps(key))
    return json.dumps({"verificationMethod": named, "proofPurpose": purpose, **options})


async def judge(secured: Any) -> Any:
    """Return what is wrong with a credential."""
    token = isinstance(secured, str)
    options = {"proofPurpose": "assertionMethod", **(_JWT if token else {})}
    text = secured if token else json.dumps(secured)
    return json.loads(await didkit.verify_credential(text, json.dumps(options)))["errors"]


async def name(key: Any, method: str) -> Any:
    """Return the DID of a key."""
    return didkit.key_to_did(method, json.dumps(key))


async def resolve(did: str) -> Any:
    """Return the document of a DID."""
    return json.loads(await didkit.resolve_did(did, "{}"))


ANSWERS = {"issue": issue, "present": present, "judge": judge, "name": name, "resolve": resolve}


async def main() -> None:
    """Answer every line of the input; what it refuses to do is an answer too."""
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = {"answer": await ANSWERS[question.pop("do")](**question)}
        except (ValueError, didkit.DIDKitException) as error:
            answer = {"refused": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
    # its threads outlive the interpreter, which then aborts while it ends: end without that
    os._exit(0)
