"""Entries of a did:webvh log, made: creation, updates, moves, the end, and the proofs of witnesses.

Nothing here keeps a key, reads a clock or publishes. Where a DID is witnessed, ``did-witness.json`` is published
before the log that has the entry (did:webvh 1.0, "The Witness Proofs File").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from legation.crypto.signing import SigningKey
from legation.errors import LegationError, MalformedError
from legation.standards.did.webvh.entries import Version, compute_scid, hash_entry, verify_entry
from legation.standards.did.webvh.parameters import METHOD, WitnessRule, hash_key
from legation.standards.did.webvh.proofs import sign_log_document
from legation.standards.did.webvh.urls import PLACEHOLDER
from legation.standards.did.webvh.witnesses import parse_witness_file
from legation.standards.multiformats import encode_multikey
from legation.standards.strict_json import parse_json, write_json
from legation.standards.timestamps import format_timestamp, moment_of, nanoseconds

_SECOND = timedelta(seconds=1)
_AHEAD = timedelta(seconds=30)  # half of what a resolver allows for clocks that differ


@dataclass(frozen=True, slots=True)
class Changes:
    """What an entry says of the parameters; None leaves a parameter as it is (in the first entry: at its default).

    ``update_keys`` are Multikeys, ``next_keys`` those that the entry after this one may use (pre-rotation; empty ends
    it). ``witness`` without witnesses, ``NO_WITNESS``, ends the witnessing.
    """

    update_keys: Sequence[str] | None = None
    next_keys: Sequence[str] | None = None
    witness: WitnessRule | None = None
    watchers: Sequence[str] | None = None
    portable: bool | None = None
    ttl: int | None = None


NO_WITNESS = WitnessRule(0, ())


@dataclass(frozen=True, slots=True)
class Entry:
    """A new entry: its line, with the line feed, and the version that a resolver reads from it."""

    line: bytes
    version: Version


def create_log(document: Mapping[str, object], changes: Changes, *, key: SigningKey, at: datetime) -> Entry:
    """Make the first entry of a log ("Create (Register)").

    ``document`` has ``{SCID}`` wherever the SCID is to stand, as :func:`urls.build_did_webvh` writes it; the DID is
    ``version.did`` of what comes back. ``key`` is one of the update keys, which are only itself if none are named.

    Raises:
        MalformedError: a document or a change that no resolver would take.
        InvalidKeyError: the key is not of Ed25519.
    """
    keys = changes.update_keys if changes.update_keys is not None else (encode_multikey(key.public_key),)
    parameters = {"method": METHOD, "scid": PLACEHOLDER, **_write(changes), "updateKeys": list(keys)}
    written = format_timestamp(at)
    draft = {"versionId": PLACEHOLDER, "versionTime": written, "parameters": parameters, "state": dict(document)}
    scid = compute_scid(draft, PLACEHOLDER)
    text = write_json(draft).replace(PLACEHOLDER.encode(), scid.encode())
    bare = parse_json(text, max_bytes=len(text))
    if not isinstance(bare, dict):
        raise MalformedError("the entry is not an object")
    return _seal(bare, None, scid, key, nanoseconds(at))


def extend_log(
    before: Version,
    document: Mapping[str, object] | None = None,
    changes: Changes | None = None,
    *,
    key: SigningKey,
    at: datetime,
) -> Entry:
    """Make the entry after the newest version of a log ("Update (Rotate)"); without a document, that one stays.

    A document with another ``id`` moves the DID, if it is portable; the old name is added to ``alsoKnownAs``. Under
    pre-rotation ``key`` is one of those that the entry before committed to, and the only update key if none are named;
    ``next_keys`` have to be. Entries are a second apart at least: one that is made within the second of the one before
    bears the second after it.

    Raises:
        MalformedError: the DID was deactivated, ``key`` may not sign, entries were made faster than one a second, or
            a resolver would refuse the entry for something else.
        InvalidKeyError: the key is not of Ed25519.
    """
    parameters = _write(changes) if changes is not None else {}
    if before.parameters.next_key_hashes:
        parameters.setdefault("updateKeys", [encode_multikey(key.public_key)])
    return _extend(before, document, parameters, key, at)


def deactivate_log(
    before: Version, document: Mapping[str, object] | None = None, *, key: SigningKey, at: datetime
) -> Entry:
    """Make the last entry of a log, after which no key can update the DID ("Deactivate (Revoke)").

    Raises:
        MalformedError: as :func:`extend_log`; or pre-rotation is active, which an entry of its own has to end first.
        InvalidKeyError: the key is not of Ed25519.
    """
    if before.parameters.next_key_hashes:
        raise MalformedError(
            "pre-rotation is active", fix="End it with an entry whose next_keys are empty; then deactivate."
        )
    return _extend(before, document, {"updateKeys": [], "deactivated": True}, key, at)


def sign_witness_proof(version_id: str, key: SigningKey, *, at: datetime) -> dict[str, object]:
    """Approve a version as a witness, and all before it ("Witnessing a DID Version Update").

    Whoever calls has verified the log with this version at its end, and signs one child of an entry, not two.
    Raises InvalidKeyError for a key that is not of Ed25519.
    """
    return sign_log_document({"versionId": version_id}, key, created=format_timestamp(at))


def add_witness_proofs(
    data: bytes | None, version_id: str, proofs: Sequence[Mapping[str, object]], *, published: Sequence[Version] = ()
) -> bytes:
    """Return ``did-witness.json`` with proofs of a version added, before the log with that version is published.

    Of the ``published`` versions, only each witness's newest proof is kept.

    Raises:
        MalformedError, TooLargeError: ``data``, or what came of it, is not such a file.
    """
    by_version: dict[str, dict[str, Mapping[str, object]]] = {}
    records = parse_witness_file(data) if data is not None else []
    records.append({"versionId": version_id, "proof": list(proofs)})
    for record in records:
        found = by_version.setdefault(str(record["versionId"]), {})
        found.update((str(proof.get("verificationMethod")), proof) for proof in _proofs_of(record))
    approved: set[str] = set()
    for version in sorted(published, key=lambda version: version.number, reverse=True):
        found = by_version.get(version.id, {})
        for name in approved & found.keys():
            del found[name]
        approved |= found.keys()
    kept = [{"versionId": name, "proof": list(found.values())} for name, found in by_version.items() if found]
    written = write_json(kept)
    parse_witness_file(written)
    return written


def _extend(
    before: Version, document: Mapping[str, object] | None, parameters: dict[str, object], key: SigningKey, at: datetime
) -> Entry:
    # whole seconds, and later than the entry before, which may have been made within this one
    moment = max(at.replace(microsecond=0), moment_of(before.time).replace(microsecond=0) + _SECOND)
    if moment - at > _AHEAD:
        raise MalformedError("a log takes one entry a second", fix="Wait a minute, and make the next entry then.")
    state = dict(before.state if document is None else document)
    if state.get("id") != before.did:
        state["alsoKnownAs"] = _with_alias(state.get("alsoKnownAs", []), before.did)
    bare: dict[str, object] = {
        "versionId": before.id,
        "versionTime": format_timestamp(moment),
        "parameters": parameters,
        "state": state,
    }
    return _seal(bare, before, before.id, key, nanoseconds(moment))


def _seal(bare: dict[str, object], before: Version | None, previous_id: str, key: SigningKey, time: int) -> Entry:
    number = 1 if before is None else before.number + 1
    bare = {**bare, "versionId": f"{number}-{hash_entry(bare, previous_id)}"}
    proof = sign_log_document(bare, key, created=str(bare["versionTime"]))
    line = write_json({**bare, "proof": [proof]})
    try:
        # what comes out is what a resolver takes, or nothing
        return Entry(line + b"\n", verify_entry(line, before, latest=time))
    except LegationError as error:
        raise MalformedError(f"no resolver would take this entry: {error.detail}") from error


def _write(changes: Changes) -> dict[str, object]:
    written: dict[str, object] = {}
    if changes.update_keys is not None:
        written["updateKeys"] = list(changes.update_keys)
    if changes.next_keys is not None:
        written["nextKeyHashes"] = [hash_key(multikey) for multikey in changes.next_keys]
    if changes.witness is not None:
        written["witness"] = changes.witness.write() if changes.witness.witnesses else {}
    if changes.watchers is not None:
        written["watchers"] = list(changes.watchers)
    if changes.portable is not None:
        written["portable"] = changes.portable
    if changes.ttl is not None:
        written["ttl"] = changes.ttl
    return written


def _with_alias(aliases: object, did: str) -> list[object]:
    names = list(aliases) if isinstance(aliases, list) else [aliases]
    return names if did in names else [*names, did]


def _proofs_of(record: Mapping[str, object]) -> list[dict[str, object]]:
    proofs = record.get("proof", [])
    return [proof for proof in proofs if isinstance(proof, dict)] if isinstance(proofs, list) else []
