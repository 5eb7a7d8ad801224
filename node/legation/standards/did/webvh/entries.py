"""One entry of a did:webvh log, and whether it follows from the one before (did:webvh 1.0, "Read (Resolve)")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from legation.errors import MalformedError, ProofError
from legation.standards.did.webvh.parameters import (
    Parameters,
    hash_multibase,
    read_first,
    read_next,
    signing_keys,
)
from legation.standards.did.webvh.proofs import read_log_proofs, verify_log_proof
from legation.standards.did.webvh.urls import PLACEHOLDER, parse_did_webvh
from legation.standards.jcs import canonicalize
from legation.standards.strict_json import parse_json
from legation.standards.timestamps import parse_timestamp

MEMBERS = frozenset({"versionId", "versionTime", "parameters", "state", "proof"})
_VERSION_ID = re.compile(r"([1-9][0-9]{0,5})-(Qm[1-9A-HJ-NP-Za-km-z]{44})")
_UTC = ("Z", "+00:00")


@dataclass(frozen=True, slots=True)
class Version:
    """A verified entry: what the DID was from ``time`` (nanoseconds since 1970) on.

    ``state`` is the document as it stands in the log, without the services that every did:webvh has.
    """

    number: int
    id: str
    time: int
    written_time: str
    did: str
    state: Mapping[str, object]
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class _Body:
    """What of an entry is hashed and signed, in JCS form but for the versionId: canonicalised once, however often."""

    canonical: bytes
    written_time: str

    def write(self, version_id: str) -> bytes:
        # RFC 8785 §3.2.3: the two members come after parameters and state, and neither has anything to escape
        last = f',"versionId":"{version_id}","versionTime":"{self.written_time}"}}'
        return self.canonical[:-1] + last.encode("ascii")


def verify_entry(line: bytes, before: Version | None, *, latest: int) -> Version:
    """Verify one line of a log after the version that the lines before it made; ``latest`` is the last moment allowed.

    Raises:
        MalformedError, UnknownTermError, TooLargeError: not an entry of did:webvh 1.0.
        ProofError: a hash, the SCID or a proof does not hold, or a key signed that may not.
        ResolutionError: its document is of something that is no did:webvh.
    """
    entry = _parse(line)
    # "Deactivate": no further version
    if before is not None and before.parameters.deactivated:
        raise MalformedError("the DID was deactivated by the entry before")
    parameters = _read_parameters(entry, before)
    version_id, time = _check_order(entry, before, latest)
    state = _read_document(entry["state"])
    did = _check_name(state, parameters, before)
    body = _Body(canonicalize({"parameters": entry["parameters"], "state": state}), str(entry["versionTime"]))
    # 1. the chain of hashes, and of the first entry the SCID; 2. who signed
    _check_hashes(body, version_id, parameters, before)
    _check_proofs(
        entry["proof"], signing_keys(before.parameters if before else None, parameters), body.write(version_id)
    )
    number = 1 if before is None else before.number + 1
    return Version(number, version_id, time, str(entry["versionTime"]), did, state, parameters)


def hash_entry(bare: Mapping[str, object], previous_id: str) -> str:
    """Return the hash of an entry without proof ("Generate Entry Hash"). Raises MalformedError: no canonical form."""
    return hash_multibase(canonicalize({**bare, "versionId": previous_id}))


def compute_scid(bare: Mapping[str, object], scid: str) -> str:
    """Return the SCID that the first entry, without proof, gives when ``scid`` is taken out ("Verify SCID").

    Raises MalformedError: no canonical form.
    """
    return _hash_without(canonicalize({**bare, "versionId": PLACEHOLDER}), scid)


def _hash_without(canonical: bytes, scid: str) -> str:
    text = canonical.replace(scid.encode(), PLACEHOLDER.encode())
    value = parse_json(text, max_bytes=len(text))
    # members may stand in another order once the SCID is gone from their names
    return hash_multibase(canonicalize(value) if _is_in_a_name(value, PLACEHOLDER) else text)


def _is_in_a_name(value: object, text: str) -> bool:
    level = [value]
    while level:
        objects = [item for item in level if isinstance(item, dict)]
        if any(text in name for item in objects for name in item):
            return True
        children = [*objects, *(item for item in level if isinstance(item, list))]
        level = [child for item in children for child in (item.values() if isinstance(item, dict) else item)]
    return False


def _parse(line: bytes) -> dict[str, object]:
    entry = parse_json(line, max_bytes=len(line))
    if not isinstance(entry, dict) or entry.keys() != MEMBERS:
        raise MalformedError("an entry does not have the five members of one")
    return entry


def _read_parameters(entry: Mapping[str, object], before: Version | None) -> Parameters:
    return read_first(entry["parameters"]) if before is None else read_next(entry["parameters"], before.parameters)


def _check_order(entry: Mapping[str, object], before: Version | None, latest: int) -> tuple[str, int]:
    version_id, written = entry["versionId"], entry["versionTime"]
    match = _VERSION_ID.fullmatch(version_id) if isinstance(version_id, str) else None
    if match is None or int(match[1]) != (1 if before is None else before.number + 1):
        raise MalformedError("the versionId is not the next number with a hash")
    time = parse_timestamp(written)
    if not str(written).endswith(_UTC):
        raise MalformedError("the versionTime is not in UTC")
    # of every entry, not only of the last: a time that is to come would take part in the choice by time
    if time > latest or (before is not None and time <= before.time):
        raise MalformedError("the versionTime is not after that of the entry before, or is to come")
    return match[0], time


def _read_document(state: object) -> dict[str, object]:
    if not isinstance(state, dict) or not isinstance(state.get("id"), str):
        raise MalformedError("the entry's document is not an object with an id")
    return state


def _check_name(state: Mapping[str, object], parameters: Parameters, before: Version | None) -> str:
    did = str(state["id"])
    # the SCID in the name is the one that was verified, in every entry and wherever the DID moves
    if parse_did_webvh(did).scid != parameters.scid:
        raise MalformedError("the document's id has another SCID than the log")
    if before is not None and did != before.did:
        # "DID Portability"
        if not parameters.portable:
            raise MalformedError("the DID was renamed, and is not portable")
        aliases = state.get("alsoKnownAs")
        if not isinstance(aliases, list) or before.did not in aliases:
            raise MalformedError("the document of a renamed DID does not name the old DID in alsoKnownAs")
    return did


def _check_hashes(body: _Body, version_id: str, parameters: Parameters, before: Version | None) -> None:
    claimed = version_id.partition("-")[2]
    if hash_multibase(body.write(parameters.scid if before is None else before.id)) != claimed:
        raise ProofError("the hash in the versionId is not that of the entry after the one before")
    if before is None and (
        # a placeholder that was left would stand for the SCID as well: two entries, one SCID
        PLACEHOLDER.encode() in body.canonical
        or _hash_without(body.write(PLACEHOLDER), parameters.scid) != parameters.scid
    ):
        raise ProofError("the SCID is not that of the first entry")


def _check_proofs(proofs: object, keys: tuple[str, ...], canonical: bytes) -> None:
    for multikey, proof in read_log_proofs(proofs):
        if multikey not in keys:
            raise ProofError("the entry was signed by a key that is not an active update key")
        verify_log_proof(multikey, proof, canonical)
