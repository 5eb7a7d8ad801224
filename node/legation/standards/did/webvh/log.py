"""The history of a did:webvh: every entry verified, then asked for now, for a version or for a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from legation.crypto.keys import PublicKey
from legation.errors import LegationError, ResolutionError
from legation.standards.did.document import DeactivatedError, DIDDocument, parse_did_document
from legation.standards.did.webvh.documents import with_implicit_services
from legation.standards.did.webvh.entries import Version, verify_entry
from legation.standards.did.webvh.urls import parse_did_webvh
from legation.standards.did.webvh.witnesses import count_witnessed, parse_witness_file, required_witnesses
from legation.standards.timestamps import SECOND

MAX_LOG_BYTES = 1024 * 1024
MAX_ENTRIES = 1000
CLOCK_SKEW = 60 * SECOND


@dataclass(frozen=True, slots=True)
class KeyPeriod:
    """A signing key of the DID, and from when until when (None: still) its documents listed it, in nanoseconds."""

    method: str
    key: PublicKey
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class Log:
    """The verified versions of a DID, the oldest first, and what is wrong with the entry after them, if anything."""

    did: str
    versions: tuple[Version, ...]
    fault: ResolutionError | None = None

    @property
    def latest(self) -> Version:
        """The newest version. Raises ResolutionError if any entry of the log is refused."""
        if self.fault is not None:
            raise self.fault
        return self.versions[-1]

    def find(
        self, *, version_id: str | None = None, version_time: int | None = None, version_number: int | None = None
    ) -> Version:
        """Return the newest version, or the one version that was asked for ("Reading did:webvh DID URLs").

        Where a later entry is refused, an earlier version is still found by its id or number ("Read", step 11), and
        by a time only if the verified entry after it says until when it stood.

        Raises:
            ResolutionError: an entry is refused; code ``did_not_found`` if there is no such version, or more is
                asked for than one thing.
        """
        asked = [part for part in (version_id, version_time, version_number) if part is not None]
        if not asked:
            return self.latest
        if len(asked) > 1:
            raise ResolutionError("a version is asked for by its id, its time or its number", code="did_not_found")
        if version_time is not None:
            return self._find_by_time(version_time)
        for version in self.versions:
            if version_id == version.id or version_number == version.number:
                return version
        self._refuse_absent(version_id, version_number)
        raise ResolutionError("the DID has no such version", code="did_not_found")

    def document_at(self, time: int) -> DIDDocument:
        """Return the checked document that was the DID's at ``time``, in nanoseconds.

        Raises:
            DeactivatedError: the DID had ended by then.
            ResolutionError: as :meth:`find`; or it had another name then, or its document cannot be used.
        """
        return self.checked(self.find(version_time=time))

    def checked(self, version: Version) -> DIDDocument:
        """Return the checked document of one of the versions. Raises as :meth:`document_at`."""
        if version.parameters.deactivated:
            raise DeactivatedError("the DID is deactivated")
        if version.did != self.did:
            raise ResolutionError("the DID had another name in that version", fix=f"Its name was {version.did}.")
        return parse_did_document(dict(version.state), did=self.did)

    def document(self, version: Version) -> dict[str, object]:
        """Return the document of one of the versions as it is resolved: with the services that every did:webvh has."""
        return with_implicit_services(version.state, version.did)

    def metadata(self, version: Version) -> dict[str, object]:
        """Return the DID document metadata of one of the versions ("Read (Resolve)")."""
        newest = self.versions[-1]
        parameters = newest.parameters
        found: dict[str, object] = {
            "versionId": version.id,
            "versionNumber": version.number,
            "versionTime": version.written_time,
            "created": self.versions[0].written_time,
            "updated": newest.written_time,
            "scid": parameters.scid,
            "portable": parameters.portable,
            "deactivated": parameters.deactivated,
            "ttl": parameters.ttl,
        }
        if version.number < len(self.versions):
            found["nextVersionId"] = self.versions[version.number].id
        if (rule := parameters.witness) is not None:
            # DID Resolution has no integers there: the threshold is text
            found["witness"] = {**rule.write(), "threshold": str(rule.threshold)}
        if parameters.watchers:
            found["watchers"] = list(parameters.watchers)
        return found

    def key_periods(self, relationship: str = "assertionMethod") -> tuple[KeyPeriod, ...]:
        """Return when each key of the DID was listed for ``relationship``; a version that cannot be used lists none.

        A key that came back has a period for each time. Raises ResolutionError if any entry of the log is refused.
        """
        open_since: dict[tuple[str, PublicKey], int] = {}
        periods: list[KeyPeriod] = []
        for version in self.versions[: self.latest.number]:
            listed = self._listed(version, relationship)
            ended = open_since.keys() - listed
            periods += [KeyPeriod(*name, open_since.pop(name), version.time) for name in ended]
            open_since = dict.fromkeys(listed, version.time) | open_since
        periods += [KeyPeriod(*name, since, None) for name, since in open_since.items()]
        return tuple(sorted(periods, key=lambda period: (period.since, period.method)))

    def _listed(self, version: Version, relationship: str) -> set[tuple[str, PublicKey]]:
        try:
            document = self.checked(version)
        except ResolutionError:
            return set()
        found = (document.find_method(name, relationship) for name in document.relationships.get(relationship, ()))
        return {(method.id, method.key) for method in found if method is not None and method.key is not None}

    def _find_by_time(self, time: int) -> Version:
        if time < self.versions[0].time:
            raise ResolutionError("the DID was not there yet at that time", code="did_not_found")
        for version, after in pairwise(self.versions):
            if version.time <= time < after.time:
                return version
        return self.latest

    def _refuse_absent(self, version_id: str | None, version_number: int | None) -> None:
        # behind a refused entry nobody knows what there is
        beyond = version_number is not None and version_number > len(self.versions)
        if self.fault is not None and (beyond or version_id is not None):
            raise self.fault


@dataclass(frozen=True, slots=True)
class Entries:
    """The verified entries of a log whose witness proofs nobody has looked at yet: not a log to rely on."""

    did: str
    versions: tuple[Version, ...]
    fault: ResolutionError | None

    @property
    def needs_witnesses(self) -> bool:
        """Whether any entry has to be witnessed, so that the proofs must be fetched."""
        return any(rule is not None for rule in required_witnesses(self.versions))

    def check_witnesses(self, witness: bytes | None) -> Log:
        """Return the log up to the first version that lacks its witnesses; ``witness`` is ``did-witness.json``.

        Raises:
            ResolutionError: the proofs are malformed or forged, or the first version lacks its witnesses.
        """
        if not self.needs_witnesses:
            return Log(self.did, self.versions, self.fault)
        try:
            count = count_witnessed(self.versions, parse_witness_file(witness) if witness is not None else [])
        except LegationError as error:
            raise ResolutionError(f"the DID's witness proofs are refused: {error.detail}") from error
        if count == len(self.versions):
            return Log(self.did, self.versions, self.fault)
        fault = ResolutionError(f"version {count + 1} of the DID was not witnessed by enough of its witnesses")
        if count == 0:
            raise fault
        return Log(self.did, self.versions[:count], fault)


def read_log(did: str, jsonl: bytes, witness: bytes | None, *, at: int) -> Log:
    """Verify the whole log of a DID, as of ``at`` (nanoseconds since 1970), with its witness proofs if there are any.

    Raises:
        ResolutionError: not a did:webvh, an entry is refused, a version lacks its witnesses, or the log is not this
            DID's.
    """
    log = verify_entries(did, jsonl, at=at).check_witnesses(witness)
    if log.fault is not None:
        raise log.fault
    return log


def verify_entries(did: str, jsonl: bytes, *, at: int) -> Entries:
    """Verify the entries of a log, in order, up to the first that is refused.

    Raises:
        ResolutionError: not a did:webvh, the first entry is refused, the log is larger than 1 MiB or 1000 entries, or
            it is not this DID's.
    """
    parse_did_webvh(did)
    versions, fault = _verify_lines(_split(jsonl), at + CLOCK_SKEW)
    if not versions:
        raise fault or ResolutionError("the DID's log is empty")
    # "Read", step 6: the log is of this DID if one of its versions bore its name, the SCID with it
    if all(version.did != did for version in versions):
        raise ResolutionError("the log is not that of the DID that was asked for")
    return Entries(did, tuple(versions), fault)


def _split(jsonl: bytes) -> list[bytes]:
    if len(jsonl) > MAX_LOG_BYTES:
        raise ResolutionError(f"the DID's log is larger than {MAX_LOG_BYTES} bytes")
    lines = jsonl.removesuffix(b"\n").split(b"\n")
    if len(lines) > MAX_ENTRIES:
        raise ResolutionError(f"the DID's log has more than {MAX_ENTRIES} entries")
    return lines


def _verify_lines(lines: Sequence[bytes], latest: int) -> tuple[list[Version], ResolutionError | None]:
    versions: list[Version] = []
    for line in lines:
        try:
            versions.append(verify_entry(line, versions[-1] if versions else None, latest=latest))
        except LegationError as error:
            fault = ResolutionError(f"entry {len(versions) + 1} of the DID's log is refused: {error.detail}")
            fault.__cause__ = error
            return versions, fault
    return versions, None
