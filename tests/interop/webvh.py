"""The did:webvh implementation of PyPI, as a process of its own: one question in, one answer out, both JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from did_webvh.askar import AskarSigningKey
from did_webvh.core.hash_utils import HashInfo
from did_webvh.core.proof import di_jcs_sign
from did_webvh.core.state import DocumentState
from did_webvh.history import update_document_state
from did_webvh.resolver import resolve_did


def key_of(name: str) -> Any:
    """Return the Ed25519 key of that name, and no other: 32 bytes of its text."""
    key = AskarSigningKey.from_secret_bytes("ed25519", name.encode().ljust(32, b"."))
    key.kid = f"did:key:{key.multikey}#{key.multikey}"
    return key


def resolve(did: str, folder: str, **asked: Any) -> Any:
    """Resolve a DID from its files."""
    return asyncio.run(resolve_did(did, local_history=Path(folder), **asked)).serialize()


def make(document: Any, steps: Any, folder: str, witnesses: Any = ()) -> Any:
    """Make a log of these steps, and the proofs of witnesses for its last version."""
    states: list[Any] = []
    for step in steps:
        params = dict(step.get("params", {}))
        for name in ("updateKeys", "nextKeyHashes"):
            if name in params:
                keys = [key_of(key).multikey for key in params[name]]
                hashes = [HashInfo.from_name("sha2-256").formatted_hash(key.encode()) for key in keys]
                params[name] = keys if name == "updateKeys" else hashes
        key, at = key_of(step["key"]), step["at"]
        if states:
            text = json.dumps(step["document"]).replace("{SCID}", states[0].scid) if "document" in step else None
            state = update_document_state(states[-1], key, json.loads(text) if text else None, params, at)
        else:
            state = DocumentState.initial(params, document, at)
            state.proofs.append(state.create_proof(key, timestamp=state.timestamp))
        states.append(state)
    Path(folder, "did.jsonl").write_text("".join(state.history_json() + "\n" for state in states), encoding="utf-8")
    if witnesses:
        version_id = states[-1].version_id
        proofs = [di_jcs_sign({"versionId": version_id}, key_of(name)) for name in witnesses]
        Path(folder, "did-witness.json").write_text(json.dumps([{"versionId": version_id, "proof": proofs}]))
    return {"did": states[-1].document_id, "versionId": states[-1].version_id}


def main() -> None:
    """Answer every line of the input."""
    answers = {"resolve": resolve, "make": make, "key": lambda name: key_of(name).multikey}
    for line in sys.stdin:
        question = json.loads(line)
        print(json.dumps(answers[question.pop("do")](**question)), flush=True)


if __name__ == "__main__":
    main()
