"""Reading a submission once: its hops, what is already known of their bytes, and what judging them will take."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from legation.domain.delegation.credential import Hop
from legation.domain.delegation.secured import ProofSeal, ReadHop, SecuredCredential, read_hop
from legation.domain.delegation.signatures import SignatureCache, SignedHop
from legation.domain.presentation import Presentation
from legation.domain.submission import Submission
from legation.errors import LegationError, MalformedError, ResolutionError
from legation.standards.data_integrity.hop_proofs import signs_graph
from legation.standards.did.methods import resolve_offline
from legation.standards.strict_json import MAX_NESTING, check_nesting


@dataclass(frozen=True, slots=True)
class Reading:
    """A submission as read; for each hop the hop or what is wrong with it, its digest, and whether it is known as good.

    ``too_deep`` is the first break of the nesting bound, which comes before anything else that is wrong.
    """

    presentation: Presentation | None
    reads: tuple[ReadHop | LegationError, ...]
    digests: tuple[bytes, ...]
    known: tuple[SignedHop | None, ...]
    too_deep: MalformedError | None

    def hops(self) -> list[Hop | None]:
        """Return the hops, None for one that cannot be read."""
        return [read.hop if isinstance(read, ReadHop) else None for read in self.reads]

    def is_heavy(self) -> bool:
        """Say whether judging it takes the canonical form of a graph, which a hostile one can make dear."""
        seals = [] if self.presentation is None else [self.presentation.seal]
        for read, known in zip(self.reads, self.known, strict=True):
            if known is None and isinstance(read, ReadHop):
                seals += read.seals
        return any(isinstance(seal, ProofSeal) and signs_graph(seal.proof) for seal in seals)

    def root_issuer(self) -> str | None:
        """Return the issuer that the first hop names, unverified, or None where it cannot be read."""
        root = self.reads[0]
        return root.hop.issuer if isinstance(root, ReadHop) else None


@dataclass(frozen=True, slots=True)
class Needs:
    """The public material that judging a submission takes, beside what DIDs say of themselves."""

    dids: tuple[str, ...]
    status_lists: tuple[str, ...]


def read_submission_hops(submission: Submission, cache: SignatureCache | None = None) -> Reading:
    """Read every hop once; what is wrong with one is kept, for the step of verification that tells it."""
    reads: list[ReadHop | LegationError] = []
    digests: list[bytes] = []
    known: list[SignedHop | None] = []
    too_deep: MalformedError | None = None
    for secured in submission.hops:
        digest, signed = b"", None
        try:
            exact = secured.fingerprint()
            digest = sha256(exact).digest()
            signed = None if cache is None else cache.find(digest)
            read: ReadHop | LegationError = read_hop(secured, exact, digest) if signed is None else signed.read
        except LegationError as error:
            read = error
        # a token bounds its claims itself; a document of which every member was seen is not deep
        if not (type(secured.wire) is str or too_deep or (isinstance(read, ReadHop) and read.hop.plain)):
            too_deep = _find_depth_error(secured, MAX_NESTING - submission.enclosing)
        reads.append(read)
        digests.append(digest)
        known.append(signed)
    return Reading(submission.presentation, tuple(reads), tuple(digests), tuple(known), too_deep)


def _find_depth_error(secured: SecuredCredential, limit: int) -> MalformedError | None:
    try:
        check_nesting(secured.wire, limit)
    except MalformedError as error:
        return error
    return None


def needed_material(submission: Submission | Reading) -> Needs:
    """Say which DID documents and status lists a submission needs; what cannot be read needs nothing.

    Only issuers' and the holder's own DIDs count, so that no signature can make a verifier fetch something else.
    """
    reading = submission if isinstance(submission, Reading) else read_submission_hops(submission)
    dids: dict[str, None] = {}
    lists: dict[str, None] = {}
    if reading.presentation is not None:
        dids[reading.presentation.holder] = None
    for hop in reading.hops():
        if hop is not None:
            dids[hop.issuer] = None
            urls = (entry.get("statusListCredential") for entry in hop.status)
            lists.update((url, None) for url in urls if isinstance(url, str))
    return Needs(tuple(did for did in dids if _needs_document(did)), tuple(lists))


def _needs_document(did: str) -> bool:
    try:
        return resolve_offline(did) is None
    except ResolutionError:
        return False
