"""Witness proofs: who saw which version of a did:webvh (did:webvh 1.0, "DID Witnesses")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from legation.errors import MalformedError
from legation.standards.did.webvh.entries import Version
from legation.standards.did.webvh.parameters import WitnessRule, witness_rule
from legation.standards.did.webvh.proofs import read_log_proof, verify_log_proof
from legation.standards.jcs import canonicalize
from legation.standards.strict_json import parse_json

MAX_WITNESS_BYTES = 1024 * 1024
_MAX_RECORDS = 2048
_MAX_PROOFS = 64


def parse_witness_file(data: bytes) -> list[dict[str, object]]:
    """Read ``did-witness.json``: records of a ``versionId`` and an array of proofs, which may be missing.

    Raises:
        MalformedError: another form, more than 2048 records, or more than 64 proofs in one.
        TooLargeError: more than 1 MiB.
    """
    records = parse_json(data, max_bytes=MAX_WITNESS_BYTES)
    if not isinstance(records, list) or len(records) > _MAX_RECORDS:
        raise MalformedError(f"the witness proofs are not an array of at most {_MAX_RECORDS} records")
    for record in records:
        if not isinstance(record, dict) or not isinstance(record.get("versionId"), str):
            raise MalformedError("a record of witness proofs has no versionId")
        proofs = record.get("proof", [])
        if record.keys() - {"versionId", "proof"} or not isinstance(proofs, list) or len(proofs) > _MAX_PROOFS:
            raise MalformedError(f"a record of witness proofs is not a versionId and at most {_MAX_PROOFS} proofs")
    return records


def count_witnessed(versions: Sequence[Version], records: Sequence[Mapping[str, object]]) -> int:
    """Return how many of the verified versions, from the first on, were witnessed as their log asks.

    What somebody signed for a version counts for those before it as well. A record of a version that is not in this
    log counts for nothing: the signature names no DID, so that another DID's could be put here.

    Raises:
        MalformedError, UnknownTermError: the newest proof of a witness is not of the form.
        ProofError: it does not hold.
    """
    rules = list(required_witnesses(versions))
    witnesses = {did for rule in rules if rule is not None for did in rule.witnesses}
    seen = _newest_approvals(versions, records, witnesses) if witnesses else {}
    for number, rule in enumerate(rules, start=1):
        if rule is not None and sum(seen.get(did, 0) >= number for did in rule.witnesses) < rule.threshold:
            return number - 1
    return len(versions)


def required_witnesses(versions: Sequence[Version]) -> Iterator[WitnessRule | None]:
    """Yield for each version the rule that it must meet, None where nobody needs to witness it."""
    before = None
    for version in versions:
        yield witness_rule(before, version.parameters)
        before = version.parameters


def _newest_approvals(
    versions: Sequence[Version], records: Sequence[Mapping[str, object]], witnesses: set[str]
) -> dict[str, int]:
    """Return the number of the newest version that each witness signed; only that signature is verified."""
    numbers = {version.id: version.number for version in versions}
    published = [record for record in records if record["versionId"] in numbers]
    published.sort(key=lambda record: numbers[str(record["versionId"])], reverse=True)
    seen: dict[str, int] = {}
    for record in published:
        canonical = canonicalize({"versionId": record["versionId"]})
        for value in record.get("proof", []):  # type: ignore[attr-defined]  # parse_witness_file saw an array
            multikey, proof = read_log_proof(value)
            did = f"did:key:{multikey}"
            if did in witnesses and did not in seen:
                verify_log_proof(multikey, proof, canonical)
                seen[did] = numbers[str(record["versionId"])]
    return seen
