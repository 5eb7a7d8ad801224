"""A presentation: who holds the chain, proved for one verifier and one moment (design page §2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from legation.crypto.signing import Signer
from legation.domain.delegation.credential import CONTEXT, CREDENTIALS_V2
from legation.domain.delegation.issuance import Format, default_format
from legation.domain.delegation.scalars import parse_integer
from legation.domain.delegation.secured import ProofSeal, Seal, SecuredCredential, TokenSeal, read_hop
from legation.domain.text import escape, is_uri
from legation.errors import LegationError, MalformedError, UnknownTermError
from legation.standards.data_integrity.hop_proofs import SELECTIVE, build_proof, parse_proofs
from legation.standards.did.syntax import is_did
from legation.standards.jose import parse_jws, sign_jws
from legation.standards.timestamps import SECOND, format_timestamp, nanoseconds
from legation.standards.vc.enveloping import envelop

AUTHENTICATION = "authentication"
MAX_AGE = 5 * 60 * SECOND
MAX_AHEAD = 60 * SECOND

_REQUIRED = frozenset({"@context", "type", "holder", "verifiableCredential"})
_MEMBERS = _REQUIRED | {"id", "proof"}
_CLAIMS = _REQUIRED | {"id", "nonce", "aud", "iat", "exp", "nbf", "iss", "jti"}


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation as read; its signature is not yet checked. Times in nanoseconds since 1970."""

    holder: str
    credentials: list[object]
    challenge: str | None
    domain: str | None
    not_before: int | None
    seal: Seal


def read_presentation(document: dict[str, object]) -> Presentation:
    """Read a presentation with an embedded proof.

    Raises:
        LegationError: ``presentation_invalid`` where it carries no single proof as ``authentication``.
        MalformedError, UnknownTermError: it is not of the form of the design page.
    """
    holder, credentials = _read_members(document, _MEMBERS)
    if "proof" not in document:
        raise invalid("the presentation carries no proof")
    proofs = parse_proofs(document)
    if len(proofs) != 1:
        raise invalid("a presentation carries one proof")
    proof = proofs[0]
    if proof.raw["cryptosuite"] == SELECTIVE:
        raise invalid("a presentation's proof is of a cryptosuite that leaves nothing out")
    if proof.purpose != AUTHENTICATION:
        raise invalid("the purpose of a presentation's proof is authentication")
    if proof.created is None:
        raise invalid("the presentation's proof does not say when it was created")
    seal = ProofSeal(
        proof.did, proof.method, AUTHENTICATION, proof.created, proof.expires, document, proof, plain=False
    )
    return Presentation(holder, credentials, proof.challenge, proof.domain, None, seal)


def read_presentation_token(token: str) -> Presentation:
    """Read a ``vp+jwt`` with ``nonce``, ``aud`` and ``iat`` (VC JOSE COSE §3.2.2).

    Raises:
        LegationError, MalformedError, UnknownTermError: as :func:`read_presentation`.
    """
    jws = parse_jws(token, typ="vp+jwt", cty="vp")
    claims = jws.claims
    holder, credentials = _read_members(claims, _CLAIMS)
    if claims.get("iss", holder) != holder:
        raise MalformedError("the claim iss contradicts the holder", pointer="/iss")
    issued, expires, not_before = (_read_date(claims, name) for name in ("iat", "exp", "nbf"))
    if issued is None:
        raise invalid("the presentation does not say when it was issued")
    nonce = claims.get("nonce")
    if nonce is not None and not isinstance(nonce, str):
        raise MalformedError("a nonce is a string", pointer="/nonce")
    seal = TokenSeal(jws.did, jws.method, AUTHENTICATION, issued, expires, jws.split)
    return Presentation(holder, credentials, nonce, _read_audience(claims.get("aud")), not_before, seal)


def _read_members(document: dict[str, object], known: frozenset[str]) -> tuple[str, list[object]]:
    if not document.keys() <= known:
        name = min(document.keys() - known)
        raise UnknownTermError("a member of the presentation is unknown", pointer=f"/{escape(name)}")
    if not _REQUIRED <= document.keys():
        raise MalformedError(f"the presentation lacks {min(_REQUIRED - document.keys())}", pointer="")
    if document["@context"] not in ([CREDENTIALS_V2], CONTEXT):
        raise MalformedError("a presentation's @context is credentials/v2, perhaps with ours", pointer="/@context")
    if document["type"] not in ("VerifiablePresentation", ["VerifiablePresentation"]):
        raise MalformedError("a presentation's type is VerifiablePresentation alone", pointer="/type")
    if "id" in document and not is_uri(document["id"]):
        raise MalformedError("a presentation's id is a URI", pointer="/id")
    holder, credentials = document["holder"], document["verifiableCredential"]
    if isinstance(holder, dict) and holder.keys() == {"id"}:
        holder = holder["id"]
    if not is_did(holder):
        raise MalformedError("the holder is not a DID", pointer="/holder")
    if not isinstance(credentials, list):
        raise MalformedError("verifiableCredential lists the hops, root first", pointer="/verifiableCredential")
    return holder, credentials


def _read_date(claims: dict[str, object], name: str) -> int | None:
    return parse_integer(claims[name], f"/{name}", least=0) * SECOND if name in claims else None


def _read_audience(value: object) -> str | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is not None and not isinstance(value, str):
        raise MalformedError("aud is a string or an array of one", pointer="/aud")
    return value


def check_freshness(presentation: Presentation, at: int) -> None:
    """Check that it was made at most 5 minutes before and 1 minute after ``at``, and has not expired (§4, step 2).

    Raises:
        LegationError: ``presentation_invalid``.
    """
    seal = presentation.seal
    if seal.dated is None or not at - MAX_AGE <= seal.dated <= at + MAX_AHEAD:
        raise invalid("the presentation was not made within the last five minutes")
    if seal.expires is not None and at >= seal.expires:
        raise invalid("the presentation has expired")
    if presentation.not_before is not None and presentation.not_before > at + MAX_AHEAD:
        raise invalid("the presentation is not valid yet")


def invalid(detail: str) -> LegationError:
    """Return the error of a presentation that proves nothing."""
    return LegationError(
        detail, code="presentation_invalid", fix="Present the chain anew, with a fresh challenge of this verifier."
    )


def present(
    chain: Sequence[SecuredCredential],
    signer: Signer,
    *,
    challenge: str,
    domain: str,
    at: datetime,
    form: Format | None = None,
) -> str:
    """Present a chain, root first, to the verifier ``domain`` that gave ``challenge``; a JSON text or a ``vp+jwt``.

    Without ``form``: a ``vp+jwt`` where every hop is a token, else an embedded proof if the key can make one.

    Raises:
        LegationError: ``holder_mismatch`` where the signer is not the last subject.
        MalformedError: the chain cannot be read, or the form is for credentials alone.
    """
    if form is not None and form.is_selective:
        raise MalformedError("a presentation is no SD-JWT", fix="Take vp+jwt, or a Data Integrity cryptosuite.")
    if not chain or read_hop(chain[-1]).hop.subject != signer.did:
        raise LegationError("only the subject of the last hop can present the chain", code="holder_mismatch")
    if form is None:
        tokens = all(isinstance(secured.wire, str) for secured in chain)
        form = Format.JWT if tokens else default_format(signer)
    document: dict[str, object] = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "holder": signer.did,
        "verifiableCredential": [embed(secured) for secured in chain],
    }
    if form is Format.JWT:
        claims = {**document, "aud": domain, "nonce": challenge, "iat": nanoseconds(at) // SECOND}
        return sign_jws(claims, typ="vp+jwt", signer=signer)
    options = {"challenge": challenge, "domain": domain}
    proof = build_proof(
        document,
        signer=signer,
        purpose=AUTHENTICATION,
        created=format_timestamp(at),
        options=options,
        cryptosuite=form.value,
    )
    return json.dumps({**document, "proof": proof}, ensure_ascii=False, separators=(",", ":"))


def embed(secured: SecuredCredential) -> dict[str, object]:
    """Return a hop as an entry of ``verifiableCredential``: the object itself, or the token enveloped."""
    if isinstance(secured.wire, str):
        return envelop(secured.wire, "EnvelopedVerifiableCredential", f"application/{secured.media()}")
    return dict(secured.wire)
