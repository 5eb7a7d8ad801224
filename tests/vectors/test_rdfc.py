"""RDFC-1.0: the official datasets have the official forms and identifiers, within the bounds that poison meets."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import TooLargeError
from legation.standards.jsonld import rdfc
from legation.standards.jsonld.rdfc import CanonicalDataset, HashName
from tests.support.nquads import canonicalize_nquads
from tests.support.vectors import load_vectors, vector_path

FOLDER = "rdfc-1.0"
KINDS = {"rdfc:RDFC10EvalTest": 49, "rdfc:RDFC10MapTest": 17}


def entries(kind: str) -> list[dict[str, Any]]:
    return [entry for entry in load_vectors(FOLDER, "manifest.json")["entries"] if entry["type"] == kind]


def run(entry: dict[str, Any]) -> CanonicalDataset:
    algorithm: HashName = "sha384" if entry.get("hashAlgorithm") == "SHA384" else "sha256"
    return canonicalize_nquads(vector_path(FOLDER, entry["action"]).read_text(encoding="utf-8"), algorithm=algorithm)


def test_official_datasets_have_the_official_forms() -> None:
    for entry in entries("rdfc:RDFC10EvalTest"):
        expected = vector_path(FOLDER, entry["result"]).read_text(encoding="utf-8")
        assert "".join(run(entry).lines) == expected, entry["id"]


def test_official_blank_nodes_have_the_official_identifiers() -> None:
    for entry in entries("rdfc:RDFC10MapTest"):
        assert dict(run(entry).labels) == load_vectors(FOLDER, entry["result"]), entry["id"]


def test_no_official_test_is_left_out() -> None:
    found = load_vectors(FOLDER, "manifest.json")["entries"]
    assert {kind: sum(entry["type"] == kind for entry in found) for kind in KINDS} == KINDS
    assert len(found) == sum(KINDS.values())
    named = {name for entry in found for name in (entry["action"], entry["result"])}
    assert {path.name for path in vector_path(FOLDER, "rdfc10").iterdir()} == {name.split("/")[1] for name in named}


def test_official_datasets_take_a_tenth_of_the_work_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    hard = [entry for entry in entries("rdfc:RDFC10EvalTest") if entry["computationalComplexity"] == "medium"]
    assert hard
    monkeypatch.setattr(rdfc, "MAX_STEPS", rdfc.MAX_STEPS // 10)
    for entry in hard:
        run(entry)
    monkeypatch.setattr(rdfc, "MAX_STEPS", 0)
    monkeypatch.setattr(rdfc, "STEPS_PER_USE", 0)
    for entry in hard:
        with pytest.raises(TooLargeError):
            run(entry)
