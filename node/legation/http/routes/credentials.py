"""The VC API (W3C CCG, 0.7): credentials and presentations of any kind, secured, verified and derived."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from legation.errors import LegationError, MalformedError, ProofError
from legation.http.authentication import caller_of
from legation.http.bodies import parse_body
from legation.http.credential_bodies import (
    DeriveBody,
    IssueBody,
    PresentBody,
    ProofOptions,
    VerifyCredentialBody,
    VerifyOptions,
    VerifyPresentationBody,
)
from legation.http.credential_problems import GENERATION_TYPES, VERIFICATION_TYPES, refusing
from legation.http.errors import PROBLEM_TYPE
from legation.http.queries import MechanismQuery, NoQuery, parse_query
from legation.http.responses import NoticeShown, VerifiedShown, answer, answer_json
from legation.http.services import SERVICES
from legation.standards.timestamps import format_timestamp, moment_of, parse_timestamp
from legation.standards.vc.enveloping import envelop
from legation.usecases.credentials import Asked, Wanted

if TYPE_CHECKING:
    from legation.domain.credentials.verifying import Notice

_CREDENTIAL, _PRESENTATION = "verifiableCredential", "verifiablePresentation"
_ENVELOPED = {_CREDENTIAL: "EnvelopedVerifiableCredential", _PRESENTATION: "EnvelopedVerifiablePresentation"}


async def issue_credential(request: web.Request) -> web.Response:
    """Secure a credential with the agent's key."""
    query = parse_query(request, MechanismQuery)
    body = await parse_body(request, IssueBody)
    options = body.options
    name, document = request.match_info["name"], body.credential
    # the trail has what was signed by its own name, whatever else the caller calls it
    target = document.get("id") or options.credential_id
    wanted = _read_wanted(options, query, mandatory=options.mandatory_pointers, target=target)
    with refusing("credential", document, GENERATION_TYPES):
        secured = await request.app[SERVICES].credentials.issue(caller_of(request), name, document, wanted)
    return _answer_secured(_CREDENTIAL, secured)


async def create_presentation(request: web.Request) -> web.Response:
    """Secure a presentation with the agent's key."""
    query = parse_query(request, MechanismQuery)
    body = await parse_body(request, PresentBody)
    name, document = request.match_info["name"], body.presentation
    wanted = _read_wanted(body.options, query, target=document.get("id"))
    with refusing("presentation", document, GENERATION_TYPES):
        secured = await request.app[SERVICES].credentials.present(caller_of(request), name, document, wanted)
    return _answer_secured(_PRESENTATION, secured)


async def verify_credential(request: web.Request) -> web.Response:
    """Answer 200 where a credential holds, and why it does not where it does not."""
    parse_query(request, NoQuery)
    body = await parse_body(request, VerifyCredentialBody)
    options, document = body.options, body.verifiable_credential
    with refusing(_CREDENTIAL, document, VERIFICATION_TYPES, judged=True):
        _check_purpose(options.expected_proof_purpose, "assertionMethod")
        found = await request.app[SERVICES].credentials.verify_credential(document, _read_asked(request, options))
    returned = document if options.return_credential else None
    return answer(VerifiedShown(problem_details=_notices(found.notices, options), verifiable_credential=returned))


async def verify_presentation(request: web.Request) -> web.Response:
    """Answer 200 where a presentation and every credential in it hold, and why not where one does not."""
    parse_query(request, NoQuery)
    body = await parse_body(request, VerifyPresentationBody)
    options, document = body.options, body.verifiable_presentation
    with refusing(_PRESENTATION, document, VERIFICATION_TYPES, judged=True):
        _check_purpose(options.expected_proof_purpose, "authentication")
        found = await request.app[SERVICES].credentials.verify_presentation(document, _read_asked(request, options))
    returned = document if options.return_presentation else None
    return answer(VerifiedShown(problem_details=_notices(found.notices, options), verifiable_presentation=returned))


async def derive_credential(request: web.Request) -> web.Response:
    """Show a part of a credential, which stays its issuer's."""
    parse_query(request, NoQuery)
    body = await parse_body(request, DeriveBody)
    document = body.verifiable_credential
    with refusing(_CREDENTIAL, document, VERIFICATION_TYPES):
        derived = await request.app[SERVICES].credentials.derive(document, body.options.selective_pointers)
    return _answer_secured(_CREDENTIAL, derived)


def _read_wanted(
    options: ProofOptions, query: MechanismQuery, *, target: object, mandatory: Iterable[str] = ()
) -> Wanted:
    asked = {name for name in (options.cryptosuite, query.cryptosuite) if name is not None}
    if len(asked) > 1:
        raise MalformedError("the body and the query name two cryptosuites", pointer="/options/cryptosuite")
    expires = _moment(options.expires, "/options/expires")
    previous = options.previous_proof
    proof: dict[str, object] = {
        "challenge": options.challenge,
        "domain": options.domain,
        "expires": None if expires is None else format_timestamp(expires),
        "id": options.proof_id,
        "previousProof": previous,
        "nonce": options.nonce,
    }
    return Wanted(
        mechanism=next(iter(asked), None),
        created=_moment(options.created, "/options/created"),
        method=options.verification_method,
        proof={name: value for name, value in proof.items() if value is not None},
        mandatory=tuple(mandatory),
        target=target if isinstance(target, str) else None,
    )


def _read_asked(request: web.Request, options: VerifyOptions) -> Asked:
    at = _moment(options.at, "/options/at")
    by_admin = caller_of(request).is_admin
    return Asked(at=at, challenge=options.challenge, domain=options.domain, by_admin=by_admin)


def _moment(text: str | None, pointer: str) -> datetime | None:
    try:
        return None if text is None else moment_of(parse_timestamp(text))
    except LegationError as error:
        error.pointer = pointer
        raise


def _check_purpose(expected: str | None, purpose: str) -> None:
    # VC Data Integrity §4.4: what is expected of every proof; of these documents it is never another
    if expected not in (None, purpose):
        raise ProofError("no proof of such a document is for that purpose", pointer="/options/expectedProofPurpose")


def _notices(notices: Iterable[Notice], options: VerifyOptions) -> list[NoticeShown] | None:
    shown = [
        NoticeShown(type=PROBLEM_TYPE + notice.code, title=notice.code, detail=notice.detail, pointer=notice.pointer)
        for notice in notices
    ]
    return shown if shown and options.return_problem_details else None


def _answer_secured(member: str, secured: dict[str, object] | str) -> web.Response:
    if isinstance(secured, str):
        secured = envelop(secured, _ENVELOPED[member], f"application/{_type_of(secured, member)}")
    # exactly as it was signed
    return answer_json({member: secured}, status=HTTPStatus.CREATED)


def _type_of(token: str, member: str) -> str:
    if member == _PRESENTATION:
        return "vp+jwt"
    return "vc+sd-jwt" if "~" in token else "vc+jwt"
