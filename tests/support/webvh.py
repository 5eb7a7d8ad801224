"""Logs of did:webvh DIDs for tests: made as they should be, and forged past every check of the builder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from legation.standards.did.webvh.building import Changes, Entry, add_witness_proofs, create_log, extend_log
from legation.standards.did.webvh.building import sign_witness_proof as sign_witness
from legation.standards.did.webvh.entries import Version, compute_scid, hash_entry
from legation.standards.did.webvh.log import Log, read_log
from legation.standards.did.webvh.parameters import WitnessRule
from legation.standards.did.webvh.proofs import sign_log_document
from legation.standards.did.webvh.urls import build_did_webvh
from legation.standards.jcs import canonicalize
from legation.standards.multiformats import encode_base58, encode_multikey
from legation.standards.timestamps import nanoseconds
from tests.support.keys import Ed25519Key

ORIGIN = "https://acme.example"
BEGAN = datetime(2026, 10, 1, 12, tzinfo=UTC)
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
AT_NS = nanoseconds(AT)
DAY = timedelta(days=1)
Forgery = Callable[[dict[str, Any]], None]


def multikey(name: str) -> str:
    """Return the Multikey of the key of that name."""
    return encode_multikey(Ed25519Key(name).public_key)


def did_key(name: str) -> str:
    return f"did:key:{multikey(name)}"


def witnesses(threshold: int, *names: str) -> WitnessRule:
    return WitnessRule(threshold, tuple(did_key(name) for name in names))


def document(did: str, *names: str, **members: Any) -> dict[str, Any]:
    """Return a document whose keys of those names assert."""
    methods = [
        {"id": f"{did}#{name}", "type": "Multikey", "controller": did, "publicKeyMultibase": multikey(name)}
        for name in names
    ]
    listed = [method["id"] for method in methods]
    context = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
    return {"@context": context, "id": did, "verificationMethod": methods, "assertionMethod": listed, **members}


@dataclass
class History:
    """A log under way: each entry a day after the one before, signed by ``update`` unless a key is named."""

    entries: list[Entry] = field(default_factory=list)
    witness: bytes | None = None

    @classmethod
    def begin(cls, changes: Changes | None = None, *segments: str, key: str = "update", state: Any = None) -> History:
        placeholder = build_did_webvh(ORIGIN, *segments)
        draft = document(placeholder, "one") if state is None else state
        return cls([create_log(draft, changes or Changes(), key=Ed25519Key(key), at=BEGAN)])

    @property
    def last(self) -> Version:
        return self.entries[-1].version

    @property
    def did(self) -> str:
        return self.last.did

    @property
    def jsonl(self) -> bytes:
        return b"".join(entry.line for entry in self.entries)

    def extend(self, changes: Changes | None = None, *, key: str = "update", state: Any = None) -> History:
        at = BEGAN + len(self.entries) * DAY
        self.entries.append(extend_log(self.last, state, changes, key=Ed25519Key(key), at=at))
        return self

    def see(self, *names: str, number: int | None = None) -> History:
        """Let witnesses approve a version, the newest if none is named."""
        version = self.entries[number - 1].version if number else self.last
        proofs = [sign_witness(version.id, Ed25519Key(name), at=AT) for name in names]
        versions = [entry.version for entry in self.entries]
        self.witness = add_witness_proofs(self.witness, version.id, proofs, published=versions)
        return self

    def read(self, did: str | None = None, *, at: int = AT_NS) -> Log:
        return read_log(did or self.did, self.jsonl, self.witness, at=at)


def parse_lines(jsonl: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in jsonl.splitlines()]


def write_lines(entries: Sequence[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)


def seal(
    entry: Mapping[str, Any], previous_id: str, number: int | str, *, key: str = "update", **proof: str
) -> dict[str, Any]:
    """Hash and sign an entry again, whatever it says; ``proof`` adds members to the proof, signed like the others."""
    bare = {name: value for name, value in entry.items() if name != "proof"}
    bare["versionId"] = f"{number}-{hash_entry(bare, previous_id)}"
    signed = sign_log_document(bare, Ed25519Key(key), created=entry["versionTime"])
    if proof:
        configuration = {name: value for name, value in signed.items() if name != "proofValue"} | proof
        message = sha256(canonicalize(configuration)).digest() + sha256(canonicalize(bare)).digest()
        signed = {**configuration, "proofValue": "z" + encode_base58(Ed25519Key(key).sign(message))}
    return {**bare, "proof": [signed]}


def forge(jsonl: bytes, number: int, forgery: Forgery, *, key: str | None = None) -> tuple[str, bytes]:
    """Change one entry, then hash and sign it and those after it again; a first entry gets a new SCID too.

    Return the name that the last document bears, and the log.
    """
    entries = parse_lines(jsonl)
    scid = entries[0]["parameters"]["scid"]
    signers = [_signer(entry) for entry in entries]
    forgery(entries[number - 1])
    if number == 1:
        text = json.dumps(entries).replace(scid, "{SCID}")
        bare = {name: value for name, value in json.loads(text)[0].items() if name != "proof"}
        scid = compute_scid(bare, "{SCID}")
        entries = json.loads(text.replace("{SCID}", scid))
    for index in range(number - 1, len(entries)):
        previous = scid if index == 0 else entries[index - 1]["versionId"]
        name = key if key is not None and index == number - 1 else signers[index]
        entries[index] = seal(entries[index], previous, index + 1, key=name)
    return entries[-1]["state"]["id"], write_lines(entries)


def _signer(entry: Mapping[str, Any]) -> str:
    multikeys = {multikey(name): name for name in ("update", "next", "third", "stranger")}
    return multikeys[entry["proof"][0]["verificationMethod"].partition("#")[2]]
