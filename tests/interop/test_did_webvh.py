"""`did:webvh`: PyPI's did-webvh resolves the logs that we make, and we resolve those that it makes."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from legation.errors import ResolutionError
from legation.standards.did.webvh.building import NO_WITNESS, Changes, deactivate_log
from legation.standards.did.webvh.documents import rename_document
from legation.standards.did.webvh.log import read_log
from tests.interop.table import Way, tries
from tests.support.keys import Ed25519Key
from tests.support.webvh import AT, AT_NS, History, document, multikey, parse_lines, witnesses, write_lines

FOREIGN = Path(__file__).with_name("webvh.py")
DEADLINE_SECONDS = 60

if importlib.util.find_spec("did_webvh") is None:
    pytest.skip("PyPI's did-webvh is not installed (make interop installs it)", allow_module_level=True)


def ask(*questions: dict[str, Any]) -> list[Any]:
    """Ask the other implementation, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(FOREIGN)],
        input="".join(json.dumps(question) + "\n" for question in questions),
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def created() -> History:
    return History.begin(None, "agents", "planner")


def updated() -> History:
    history = created()
    return history.extend(state=document(history.did, "two", alsoKnownAs=["https://acme.example"])).extend(
        Changes(ttl=60, watchers=["https://watcher.example"])
    )


def rotated() -> History:
    return created().extend(Changes(update_keys=[multikey("next")])).extend(key="next")


def pre_rotated() -> History:
    history = History.begin(Changes(next_keys=[multikey("next")]))
    history.extend(Changes(next_keys=[multikey("third")]), key="next")
    return history.extend(Changes(next_keys=[]), key="third").extend(key="third")


def witnessed() -> History:
    history = History.begin(Changes(witness=witnesses(2, "w1", "w2", "w3"))).see("w1", "w2")
    history.extend(Changes(witness=witnesses(1, "w3"))).see("w1", "w3").extend().see("w3")
    return history.extend(Changes(witness=NO_WITNESS)).see("w3").extend()


def moved() -> History:
    history = History.begin(Changes(portable=True)).extend()
    new = history.did.replace("acme.example", "new.example")
    return history.extend(state=rename_document(history.last.state, history.did, new)).extend()


def deactivated() -> History:
    history = updated()
    history.entries.append(deactivate_log(history.last, key=Ed25519Key("update"), at=AT))
    return history


MAKERS = {maker.__name__: maker for maker in (created, updated, rotated, pre_rotated, witnessed, moved, deactivated)}


@tries("did:webvh 1.0", Way.OURS, "did-webvh")
@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_log_that_we_make_resolves_there(maker: Callable[[], History], tmp_path: Path) -> None:
    history = maker()
    log = history.read()
    (tmp_path / "did.jsonl").write_bytes(history.jsonl)
    if history.witness is not None:
        (tmp_path / "did-witness.json").write_bytes(history.witness)
    asked = {"do": "resolve", "did": history.did, "folder": str(tmp_path)}
    own_name = [version for version in log.versions if version.did == history.did]
    newest, *others = ask(asked, *({**asked, "version_id": version.id} for version in own_name))
    assert newest["didDocument"] == log.document(log.latest)
    ours = log.metadata(log.latest)
    theirs = newest["didDocumentMetadata"]
    for name in ("versionId", "versionNumber", "versionTime", "created", "updated", "scid", "portable", "deactivated"):
        assert theirs[name] == ours[name]
    for version, other in zip(own_name, others, strict=True):
        assert other["didDocument"] == log.document(version)
        assert other["didDocumentMetadata"]["versionId"] == version.id


@tries("did:webvh 1.0", Way.OURS, "did-webvh")
def test_log_that_we_refuse_is_refused_there(tmp_path: Path) -> None:
    history = pre_rotated()
    entries = parse_lines(history.jsonl)
    entries[1]["state"]["alsoKnownAs"] = ["https://mallory.example"]
    (tmp_path / "did.jsonl").write_bytes(write_lines(entries))
    (answer,) = ask({"do": "resolve", "did": history.did, "folder": str(tmp_path)})
    assert answer["didDocument"] is None
    with pytest.raises(ResolutionError):
        read_log(history.did, write_lines(entries), None, at=AT_NS)


DRAFT = {"@context": ["https://www.w3.org/ns/did/v1"], "id": "did:webvh:{SCID}:acme.example"}
LATER = {**DRAFT, "alsoKnownAs": ["https://acme.example"]}
MOVED = {**DRAFT, "id": "did:webvh:{SCID}:new.example", "alsoKnownAs": [DRAFT["id"]]}


def step(number: int, *, key: str = "update", state: object = None, **params: Any) -> dict[str, Any]:
    said = {"at": f"2026-10-0{number}T12:00:00Z", "key": key, "params": params}
    return said if state is None else {**said, "document": state}


THEIRS: dict[str, tuple[list[dict[str, Any]], list[str]]] = {
    "created": ([step(1, updateKeys=["update"])], []),
    "updated": ([step(1, updateKeys=["update"]), step(2, state=LATER), step(3, ttl=60)], []),
    "rotated": ([step(1, updateKeys=["update"]), step(2, updateKeys=["next"]), step(3, key="next")], []),
    "pre-rotated": (
        [
            step(1, updateKeys=["update"], nextKeyHashes=["next"]),
            step(2, key="next", updateKeys=["next"], nextKeyHashes=["third"]),
            step(3, key="third", updateKeys=["third"], nextKeyHashes=[]),
            step(4, key="third", state=LATER),
        ],
        [],
    ),
    "moved": ([step(1, updateKeys=["update"], portable=True), step(2, state=MOVED)], []),
    "deactivated": ([step(1, updateKeys=["update"]), step(2, updateKeys=[], deactivated=True)], []),
    "witnessed": ([step(1, updateKeys=["update"], witness=...), step(2, state=LATER)], ["w1", "w2"]),
}


@tries("did:webvh 1.0", Way.THEIRS, "did-webvh")
@pytest.mark.parametrize("name", THEIRS)
def test_log_that_is_made_there_resolves_here(name: str, tmp_path: Path) -> None:
    steps, seen_by = THEIRS[name]
    if seen_by:
        keys = ask(*({"do": "key", "name": witness} for witness in seen_by))
        rule = {"threshold": 2, "witnesses": [{"id": f"did:key:{key}"} for key in keys]}
        steps = [{**steps[0], "params": {**steps[0]["params"], "witness": rule}}, *steps[1:]]
    made, *_ = ask({"do": "make", "document": DRAFT, "steps": steps, "folder": str(tmp_path), "witnesses": seen_by})
    (answer,) = ask({"do": "resolve", "did": made["did"], "folder": str(tmp_path)})
    jsonl, witness = (tmp_path / "did.jsonl").read_bytes(), tmp_path / "did-witness.json"
    log = read_log(made["did"], jsonl, witness.read_bytes() if seen_by else None, at=AT_NS)
    assert log.latest.id == made["versionId"]
    assert log.document(log.latest) == answer["didDocument"]
    assert log.latest.parameters.deactivated is (name == "deactivated")
    with pytest.raises(ResolutionError):
        read_log(made["did"], jsonl.replace(b"acme.example", b"mallory.test"), None, at=AT_NS)
