"""Issuing a root and narrowing it, by the same reader that judges what others issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from legation.crypto.keys import KeyType
from legation.crypto.signing import Signer
from legation.domain.delegation.attenuation import check_attenuation
from legation.domain.delegation.authority import MEMBERS
from legation.domain.delegation.credential import CONTEXT, TYPE, Hop, parse_hop
from legation.domain.delegation.links import MAX_HOPS, check_no_loop
from legation.domain.delegation.secured import ASSERTION, ReadHop, SecuredCredential, read_hop
from legation.errors import LegationError, MalformedError, TooLargeError
from legation.standards.data_integrity.hop_proofs import build_proof
from legation.standards.jose import sign_jws
from legation.standards.timestamps import SECOND, format_timestamp, nanoseconds, parse_timestamp

Details = Sequence[Mapping[str, object]]


class Format(Enum):
    """How a credential or presentation is secured: an embedded Data Integrity proof, or an enveloping token.

    The SD-JWTs are for credentials alone.
    """

    DATA_INTEGRITY = "eddsa-jcs-2022"
    JWT = "jwt"
    EDDSA_RDFC_2022 = "eddsa-rdfc-2022"
    ECDSA_JCS_2019 = "ecdsa-jcs-2019"
    ECDSA_RDFC_2019 = "ecdsa-rdfc-2019"
    VC_SD_JWT = "vc+sd-jwt"
    DC_SD_JWT = "dc+sd-jwt"

    @property
    def is_selective(self) -> bool:
        """Whether it is an SD-JWT."""
        return self in (Format.VC_SD_JWT, Format.DC_SD_JWT)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a hop grants to whom; in an attenuation None stands for what the parent allows.

    ``id`` is a URI that the issuer never uses again; ``valid_from`` and ``valid_until`` are aware datetimes.
    """

    id: str
    subject: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    details: Details | None = None
    max_depth: int | None = None
    usage_ledger: str | None = None
    status: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None


def default_format(signer: Signer) -> Format:
    """Return ``eddsa-jcs-2022`` for an Ed25519 key and ``vc+jwt`` for another, which that cryptosuite does not take."""
    return Format.DATA_INTEGRITY if signer.key.public_key.type is KeyType.ED25519 else Format.JWT


def issue_root(
    signer: Signer, terms: Terms, *, principal: str, at: datetime, form: Format | None = None
) -> SecuredCredential:
    """Issue a root delegation: ``signer`` grants ``terms`` for ``principal``.

    Raises:
        MalformedError, UnknownTermError: the terms are not those of a delegation; nothing is signed.
    """
    if terms.valid_from is None or terms.valid_until is None or terms.details is None or terms.max_depth is None:
        raise MalformedError("a root says from when to when, how deep and for what it delegates")
    delegation: dict[str, object] = {
        "principal": principal,
        "maxDepth": terms.max_depth,
        "authorizationDetails": [_in_order(detail) for detail in terms.details],
    }
    document = _build(
        signer, terms, delegation, format_timestamp(terms.valid_from), format_timestamp(terms.valid_until)
    )
    check_no_loop([parse_hop(document, enveloped=False)])
    return _secure(document, signer, at, form)


def attenuate(
    chain: Sequence[SecuredCredential], signer: Signer, terms: Terms, *, at: datetime, form: Format | None = None
) -> SecuredCredential:
    """Issue the next hop of a chain (root first) that ``signer`` holds, within its last hop.

    Raises:
        AttenuationError: ``widened`` or ``depth_exceeded``; nothing is signed.
        LegationError: ``holder_mismatch`` where the signer is not the last subject, ``expired`` where nothing is left.
        MalformedError, UnknownTermError, TooLargeError: chain or terms are not what they should be.
    """
    if len(chain) >= MAX_HOPS:
        raise TooLargeError(f"a chain has at most {MAX_HOPS} hops")
    reads = [read_hop(secured) for secured in chain]
    parent = reads[-1].hop
    if parent.subject != signer.did:
        raise LegationError("only the subject of the last hop can pass it on", code="holder_mismatch")
    if nanoseconds(at) >= parent.valid_until:
        raise LegationError("the last hop has expired", code="expired", fix="Ask its issuer for a new one.")
    document = _build(signer, terms, _narrow(reads[-1], terms), *_validity(parent, terms, at))
    child = parse_hop(document, enveloped=False)
    check_attenuation(parent, child)
    check_no_loop([*(read.hop for read in reads), child])
    return _secure(document, signer, at, form)


def _narrow(parent: ReadHop, terms: Terms) -> dict[str, object]:
    hop = parent.hop
    details = hop.raw_details() if terms.details is None else terms.details
    return {
        "principal": hop.principal,
        "maxDepth": max(hop.max_depth - 1, 0) if terms.max_depth is None else terms.max_depth,
        "authorizationDetails": [_in_order(detail) for detail in details],
        "parent": {"id": hop.id, "digestMultibase": parent.digest},
    }


def _in_order(detail: object) -> object:
    """Write an authorization object's members in the order in which readers are quickest."""
    if not isinstance(detail, Mapping):
        return detail
    return {name: detail[name] for name in MEMBERS if name in detail} | dict(detail)


def _validity(parent: Hop, terms: Terms, at: datetime) -> tuple[str, str]:
    """From now, or the parent's beginning if that is later, to the parent's end, unless the terms say otherwise."""
    begin, end = str(parent.document["validFrom"]), str(parent.document["validUntil"])
    if terms.valid_from is not None:
        begin = format_timestamp(terms.valid_from)
    elif nanoseconds(at) // SECOND * SECOND >= parent.valid_from:
        begin = format_timestamp(at)
    if terms.valid_until is not None:
        end = format_timestamp(terms.valid_until)
    return begin, end


def _build(signer: Signer, terms: Terms, delegation: dict[str, object], begin: str, end: str) -> dict[str, object]:
    if terms.usage_ledger is not None:
        delegation["usageLedger"] = terms.usage_ledger
    document: dict[str, object] = {
        "@context": list(CONTEXT),
        "id": terms.id,
        "type": list(TYPE),
        "issuer": signer.did,
        "validFrom": begin,
        "validUntil": end,
        "credentialSubject": {"id": terms.subject, "delegation": delegation},
    }
    if terms.status is not None:
        entries = terms.status
        document["credentialStatus"] = (
            dict(entries) if isinstance(entries, Mapping) else [dict(entry) for entry in entries]
        )
    return document


def _secure(document: dict[str, object], signer: Signer, at: datetime, form: Format | None) -> SecuredCredential:
    form = form or default_format(signer)
    if form is Format.JWT or form.is_selective:
        # a token is dated by its iat, else by validFrom: one for later is signed now, and stays good if the key changes
        issued = nanoseconds(at) // SECOND if parse_timestamp(document["validFrom"]) > nanoseconds(at) else None
        if form.is_selective:
            return SecuredCredential(_sign_selective(document, signer, form, issued))
        claims = document if issued is None else {**document, "iat": issued}
        return SecuredCredential(sign_jws(claims, typ="vc+jwt", signer=signer))
    created = format_timestamp(at)
    proof = build_proof(document, signer=signer, purpose=ASSERTION, created=created, cryptosuite=form.value)
    return SecuredCredential({**document, "proof": proof})


def _sign_selective(document: Mapping[str, object], signer: Signer, form: Format, issued: int | None) -> str:
    from legation.domain.delegation.selective import sign_selective  # few hops are SD-JWTs

    return sign_selective(document, signer, typ=form.value, issued=issued)
