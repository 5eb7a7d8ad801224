"""What other organisations rely on byte for byte: released contexts never change."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

CONTEXTS = Path(__file__).parents[2] / "schemas" / "contexts"
# a released context is never edited; another version is another file
RELEASED = {"legation-v1.jsonld": "b32d04d0717df71ebf5b1b3aac748deefecb3e87174258ad9fc5de578879e0a0"}


def test_released_contexts_are_byte_for_byte_what_was_released() -> None:
    found = {path.name: sha256(path.read_bytes()).hexdigest() for path in CONTEXTS.iterdir()}
    assert found == RELEASED


def test_every_cryptosuite_signs_a_delegation_whole() -> None:
    terms = json.loads((CONTEXTS / "legation-v1.jsonld").read_text())["@context"]
    assert terms["delegation"]["@type"] == "@json"
    assert terms["@protected"] is True
