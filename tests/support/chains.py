"""Chains for tests: honest ones by our builders, and forged ones by code that shares nothing with them but the key."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import rfc8785

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.delegation.signatures import SignatureCache
from legation.domain.submission import parse_submission
from legation.domain.trust import TrustAnchors
from legation.domain.verdict import Verdict
from legation.domain.verification import Expectation, StatusPolicy, judge
from tests.support.keys import signer_of

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
FROM, UNTIL = "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"
PRINCIPAL = "https://idp.acme.example#ana"
DOMAIN = "https://ads.acme.example"
CHALLENGE = "PQUhAYb6a1IHvxDLCUR2Aw"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/legation/v1"]
TYPE = ["VerifiableCredential", "DelegationCredential"]
DETAILS: list[dict[str, Any]] = [
    {
        "type": "mcp_tool",
        "locations": ["https://ads.acme.example/mcp"],
        "actions": ["adjust_bid", "transfer_budget"],
        "constraints": {
            "maxCost": {"amount": "5000.00", "currency": "EUR"},
            "arguments": {"campaign": {"in": ["A", "B", "C"]}, "percent": {"min": -15, "max": 15}},
        },
    }
]
REQUEST: dict[str, Any] = {
    "type": "mcp_tool",
    "action": "adjust_bid",
    "location": "https://ads.acme.example/mcp",
    "arguments": {"campaign": "A", "percent": 5},
    "cost": {"amount": "12.50", "currency": "EUR"},
}
STATUS: dict[str, Any] = {
    "id": "https://acme.example/status-lists/1#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": "https://acme.example/status-lists/1",
}

Document = dict[str, Any]
Wire = Document | str
Edit = Callable[[Document], object]
EMBEDDED, TOKEN = "eddsa-jcs-2022", "vc+jwt"
_NAMES = ("acme", "planner", "worker", "tool")


def parties(hops: int, *, p256: Iterable[int] = ()) -> list[Signer]:
    """Return the root's issuer and the subject of every hop; ``p256`` are those whose key is of that curve."""
    names = [_NAMES[number] if number < len(_NAMES) else f"agent-{number}" for number in range(hops + 1)]
    return [signer_of(name, p256=number in set(p256)) for number, name in enumerate(names)]


def hop_id(number: int) -> str:
    """Return the identifier of a hop of that number."""
    return f"urn:uuid:{UUID(int=0x2F0B6F0E7C2E4A3F9C55000000000000 + number)}"


# ------------------------------------------------------------------ honest


def honest_chain(
    hops: int = 3,
    forms: Sequence[Format | None] = (),
    *,
    p256: Iterable[int] = (),
    details: Sequence[Mapping[str, object]] = DETAILS,
    valid_for: timedelta = timedelta(hours=1),
) -> Chain:
    """Build a chain by our builders; ``forms`` repeat, and the default is that of each key."""
    signers = parties(hops, p256=p256)
    chain = Chain(())
    begin = datetime(2026, 11, 23, 8, tzinfo=UTC)
    for number, signer in enumerate(signers[:-1]):
        form = forms[number % len(forms)] if forms else None
        subject = signers[number + 1].did
        if number == 0:
            terms = Terms(hop_id(0), subject, begin, begin + valid_for, details, max_depth=16)
            chain = chain.extended(issue_root(signer, terms, principal=PRINCIPAL, at=begin, form=form))
        else:
            chain = chain.extended(attenuate(chain.hops, signer, Terms(hop_id(number), subject), at=AT, form=form))
    return chain


def wires(chain: Chain) -> list[Any]:
    """Return the hops as they travel."""
    return [hop.wire for hop in chain.hops]


# ------------------------------------------------------------------ forged


def base64url(data: bytes) -> str:
    """Encode, by the standard library."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unbase64url(text: str) -> bytes:
    """Decode, by the standard library."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base58(data: bytes) -> str:
    """Encode as base58btc, digit by digit."""
    alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = alphabet[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def digest_of(wire: Wire) -> str:
    """Return how a child names this hop as its parent (design page §2)."""
    data = wire.encode("ascii") if isinstance(wire, str) else rfc8785.dumps(wire)
    return "u" + base64url(b"\x12\x20" + sha256(data).digest())


def credential(
    number: int,
    issuer: Signer,
    subject: Signer,
    *,
    parent: Wire | None = None,
    details: object = None,
    depth: int | None = None,
) -> Document:
    """Write a hop by hand, unsigned."""
    delegation: Document = {
        "principal": PRINCIPAL,
        "maxDepth": 16 - number if depth is None else depth,
        "authorizationDetails": copy(DETAILS) if details is None else details,
    }
    if parent is not None:
        delegation["parent"] = {"id": read(parent)["id"], "digestMultibase": digest_of(parent)}
    return {
        "@context": list(CONTEXT),
        "id": hop_id(number),
        "type": list(TYPE),
        "issuer": issuer.did,
        "validFrom": FROM,
        "validUntil": UNTIL,
        "credentialSubject": {"id": subject.did, "delegation": delegation},
    }


def copy(value: Any) -> Any:
    """Copy a JSON value."""
    return json.loads(json.dumps(value))


def read(wire: Wire) -> Document:
    """Return what a hop says, whoever signed it."""
    if isinstance(wire, str):
        document: Document = json.loads(unbase64url(wire.split(".")[1]))
        return document
    return wire


def delegation_of(document: Document) -> Document:
    """Return the ``delegation`` of a credential, to be changed."""
    found: Document = document["credentialSubject"]["delegation"]
    return found


def detail_of(document: Document) -> Document:
    """Return the first authorization object of a credential, to be changed."""
    found: Document = delegation_of(document)["authorizationDetails"][0]
    return found


def forge_proof(document: Document, signer: Signer, **options: object) -> Document:
    """Sign a document as eddsa-jcs-2022 has it; ``options`` change the proof before it is signed, None leaves out."""
    proof: Document = {
        "type": "DataIntegrityProof",
        "cryptosuite": EMBEDDED,
        "created": FROM,
        "verificationMethod": signer.method,
        "proofPurpose": "assertionMethod",
        "@context": document.get("@context"),
        **options,
    }
    proof = {name: value for name, value in proof.items() if value is not None}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    data = sha256(rfc8785.dumps(proof)).digest() + sha256(rfc8785.dumps(unsecured)).digest()
    return {**proof, "proofValue": "z" + base58(signer.key.sign(data))}


def forge_token(claims: object, signer: Signer, *, typ: object = TOKEN, **header: object) -> str:
    """Sign a compact token; ``header`` changes its header before it is signed, None leaves out."""
    algorithm = "EdDSA" if len(signer.key.public_key.raw) == 32 else "ES256"
    members = {"alg": algorithm, "typ": typ, "kid": signer.method, **header}
    head = json.dumps({name: value for name, value in members.items() if value is not None}, separators=(",", ":"))
    body = claims if isinstance(claims, bytes) else json.dumps(claims, separators=(",", ":")).encode()
    signing_input = f"{base64url(head.encode())}.{base64url(body)}"
    return f"{signing_input}.{base64url(signer.key.sign(signing_input.encode()))}"


def forge_hop(document: Document, signer: Signer, form: str = EMBEDDED) -> Wire:
    """Sign whatever the document says, in either form."""
    if form == TOKEN:
        return forge_token(document, signer)
    return {**document, "proof": forge_proof(document, signer)}


def forge_chain(
    hops: int = 3,
    edits: Mapping[int, Edit] | None = None,
    *,
    forms: Sequence[str] = (EMBEDDED,),
    signers: Sequence[Signer] | None = None,
    links: bool = True,
) -> list[Wire]:
    """Build a chain by hand; an edit changes a hop's document before it is signed, so that all else stays sound."""
    people = list(signers or parties(hops))
    made: list[Wire] = []
    for number in range(hops):
        parent = made[-1] if made and links else None
        document = credential(number, people[number], people[number + 1], parent=parent)
        if edits and number in edits:
            edits[number](document)
        made.append(forge_hop(document, people[number], forms[number % len(forms)]))
    return made


def entry(wire: Wire) -> Document:
    """Write a hop as an entry of ``verifiableCredential``."""
    if isinstance(wire, str):
        identifier = f"data:application/vc+jwt,{wire}"
        return {"@context": CONTEXT[0], "id": identifier, "type": "EnvelopedVerifiableCredential"}
    return wire


def presentation(hops: Sequence[Wire], holder: Signer) -> Document:
    """Write a presentation by hand, unsigned."""
    return {
        "@context": [CONTEXT[0]],
        "type": ["VerifiablePresentation"],
        "holder": holder.did,
        "verifiableCredential": [entry(hop) for hop in hops],
    }


def forge_presentation(
    hops: Sequence[Wire], holder: Signer, *, signer: Signer | None = None, edit: Edit | None = None, **options: object
) -> Document:
    """Present hops by hand, with an embedded proof; ``options`` change the proof before it is signed."""
    document = presentation(hops, holder)
    if edit is not None:
        edit(document)
    members = {
        "created": "2026-11-23T08:30:00Z",
        "proofPurpose": "authentication",
        "challenge": CHALLENGE,
        "domain": DOMAIN,
        **options,
    }
    return {**document, "proof": forge_proof(document, signer or holder, **members)}


def forge_presentation_token(
    hops: Sequence[Wire],
    presenter: Signer,
    /,
    *,
    signer: Signer | None = None,
    header: Mapping[str, object] | None = None,
    edit: Edit | None = None,
    **claims: object,
) -> str:
    """Present hops by hand, as ``vp+jwt``; ``claims`` change the claims before they are signed, None leaves out."""
    issued = int(AT.timestamp())
    members = {**presentation(hops, presenter), "nonce": CHALLENGE, "aud": DOMAIN, "iat": issued, **claims}
    body = {name: value for name, value in members.items() if value is not None}
    if edit is not None:
        edit(body)
    return forge_token(body, signer or presenter, **{"typ": "vp+jwt", **(header or {})})


# ------------------------------------------------------------------ judging


def judged(
    submitted: object,
    *,
    trust: TrustAnchors | None = None,
    at: datetime = AT,
    documents: Mapping[str, Any] | None = None,
    cache: SignatureCache | None = None,
    request: object = None,
    status: StatusPolicy = StatusPolicy.REQUIRE,
    **expected: Any,
) -> Verdict:
    """Judge a text, a JSON value or hops; the root of our chains is trusted unless ``trust`` says otherwise."""
    if isinstance(submitted, Chain):
        submission = submitted.submission()
    else:
        text = submitted if isinstance(submitted, str | bytes) else json.dumps(submitted)
        submission = parse_submission(text)
    anchors = TrustAnchors.of(parties(1)[0].did) if trust is None else trust
    expectation = Expectation(anchors, at, request=request, status=status, **expected)
    return judge(submission, documents or {}, expectation, cache)


def judged_bare(hops: Sequence[Wire], **expected: Any) -> Verdict:
    """Judge hops whose leaf's subject proved itself by other means."""
    holder = expected.pop("holder", None) or read(hops[-1])["credentialSubject"]["id"]
    return judged(list(hops), holder=holder, **expected)


def judged_presented(submitted: object, **expected: Any) -> Verdict:
    """Judge a presentation that answers our challenge."""
    return judged(submitted, **{"challenge": CHALLENGE, "domain": DOMAIN, **expected})


def reason(verdict: Verdict) -> tuple[str | None, int | None]:
    """Return code and hop of a verdict."""
    return verdict.code, None if verdict.refusal is None else verdict.refusal.hop
