"""From the JSON of an answer to its value, one function for each kind of answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from legation.client.members import Members, printable, read_object, unexpected
from legation.client.models import (
    Agent,
    Anchor,
    AnchorGrant,
    AuditEntry,
    Chain,
    Challenge,
    Claims,
    CredentialVerdict,
    Delegation,
    DelegationTree,
    Key,
    KeyKind,
    KeyState,
    Life,
    NewOperator,
    Operator,
    Outcome,
    Page,
    Purpose,
    Readiness,
    RemoteVerdict,
    ResolvedDID,
    Rotation,
)
from legation.domain.submission import read_submission
from legation.errors import GoneError, LegationError, MalformedError, ResolutionError
from legation.standards.strict_json import write_json

T = TypeVar("T")
_NODE, _AGENT = "node", "agent"
_FILE = "file"
# W3C DID Resolution 1.0 §11
_RESOLUTION_CODE = re.compile(r"https://www\.w3\.org/ns/did#([A-Z][A-Z_]{0,63})")


def page_of(read: Callable[[object], T]) -> Callable[[object], Page[T]]:
    """Return what reads a page of items."""

    def read_page(value: object) -> Page[T]:
        members = Members(value)
        return Page(tuple([read(item) for item in members.array("items")]), members.find_text("next"))

    return read_page


def list_of(read: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """Return what reads a list that has no pages."""
    return lambda value: tuple([read(item) for item in Members(value).array("items")])


def read_nothing(value: object) -> None:
    """See that there is nothing: that the server agreed is the answer. Raises MalformedError."""
    if value is not None:
        raise MalformedError("the server's answer has another form than a node's", code="server_error")


def read_agent(value: object) -> Agent:
    """Read an agent. Raises MalformedError."""
    members = Members(value)
    return Agent(
        id=members.text("id"),
        name=members.text("name"),
        did=members.text("did"),
        owner=members.text("owner"),
        life=members.one_of("life", Life),
        keys=tuple([read_key(key) for key in members.array("keys")]),
        created_at=members.moment("createdAt"),
        updated_at=members.moment("updatedAt"),
        sponsor=members.find_text("sponsor"),
        claims=Claims(
            members.find_text("agent_model"),
            members.find_text("agent_provider"),
            members.find_text("agent_version"),
            members.find_text("agent_instance_id"),
        ),
    )


def read_key(value: object) -> Key:
    """Read a public key. Raises MalformedError."""
    members = Members(value)
    held_by = members.text("heldBy")
    if held_by not in (_NODE, _AGENT):
        raise unexpected("heldBy")
    return Key(
        id=members.text("id"),
        agent=members.text("agent"),
        purpose=members.one_of("purpose", Purpose),
        kind=members.one_of("type", KeyKind),
        method=members.text("method"),
        multikey=members.text("publicKeyMultibase"),
        state=members.one_of("state", KeyState),
        is_held_here=held_by == _NODE,
        created_at=members.moment("createdAt"),
        expires_at=members.find_moment("expiresAt"),
        compromised_at=members.find_moment("compromisedAt"),
    )


def read_rotation(value: object) -> Rotation:
    """Read a new key and the one that it replaces. Raises MalformedError."""
    members = Members(value)
    return Rotation(read_key(members.value("key")), read_key(members.value("replaced")))


def read_delegation(value: object) -> Delegation:
    """Read a delegation, with its chain where it comes along. Raises MalformedError."""
    members = Members(value)
    hops = members.find_array("chain")
    return Delegation(
        id=members.text("id"),
        credential_id=members.text("credentialId"),
        digest=members.text("digest"),
        hops=members.number("hops"),
        issuer=members.text("issuer"),
        subject=members.text("subject"),
        principal=members.text("principal"),
        valid_from=members.moment("validFrom"),
        valid_until=members.moment("validUntil"),
        created_at=members.moment("createdAt"),
        parent=members.find_text("parent"),
        chain=None if hops is None else _read_chain(hops),
    )


def _read_chain(hops: list[object]) -> Chain:
    try:
        return Chain(read_submission(hops).hops)
    except LegationError as error:
        raise unexpected("chain") from error


def read_tree(value: object) -> DelegationTree:
    """Read a delegation and those under it; the bound on nesting bounds the depth. Raises MalformedError."""
    members = Members(value)
    children = tuple([read_tree(child) for child in members.array("children")])
    truncated = members.value("truncated") is not None and members.flag("truncated")
    return DelegationTree(read_delegation(members.value("delegation")), children, truncated)


def read_presentation(value: object) -> str:
    """Read a presentation, as the JSON text or the token that a verifier takes. Raises MalformedError."""
    presentation = Members(value).value("presentation")
    if isinstance(presentation, str):
        return presentation
    if not isinstance(presentation, dict):
        raise unexpected("presentation")
    return write_json(presentation).decode("utf-8")


def read_challenge(value: object) -> Challenge:
    """Read a challenge. Raises MalformedError."""
    members = Members(value)
    return Challenge(members.text("challenge"), members.text("domain"), members.moment("expiresAt"))


def read_verdict(value: object) -> RemoteVerdict:
    """Read a verdict; one that contradicts itself is none. Raises MalformedError."""
    members = Members(value)
    verified, accepted = members.flag("verified"), members.flag("accepted")
    refused = not (verified and accepted)
    # what is not verified is not accepted, and a no has its reason
    if (accepted and not verified) or refused is not (members.value("error") is not None):
        raise unexpected("error")
    reason = Members(members.value("error") if refused else {})
    return RemoteVerdict(
        verified=verified,
        accepted=accepted,
        code=reason.text("code") if refused else None,
        detail=reason.text("message") if refused else None,
        hop=reason.find_number("hop"),
        pointer=reason.find_text("pointer"),
        fix=reason.find_text("fix") or "",
        allowed=reason.value("allowed"),
        claimed=reason.value("claimed"),
        principal=members.find_text("principal"),
        holder=members.find_text("holder"),
        authorization_details=members.objects("authorizationDetails"),
        hops=members.objects("hops"),
    )


def secured_in(member: str) -> Callable[[object], dict[str, object]]:
    """Return what reads a credential or presentation that was secured, as the node wrote it."""

    def read_secured(value: object) -> dict[str, object]:
        secured = Members(value).value(member)
        if not isinstance(secured, dict):
            raise unexpected(member)
        return secured

    return read_secured


def read_holding(value: object) -> CredentialVerdict:
    """Read that a credential or presentation holds; that it does not has another status. Raises MalformedError."""
    members = Members(value)
    if not members.flag("verified"):
        raise unexpected("verified")
    return CredentialVerdict(True, notices=_read_details(members))


def find_refusal(error: LegationError, problem: Mapping[str, object]) -> CredentialVerdict | None:
    """Read that a credential or presentation does not hold; None for a problem that says nothing of it.

    Raises:
        MalformedError: its details have another form.
    """
    # a refused option was asked for by the caller, and is in no document
    about_options = (error.pointer or "").startswith("/options")
    if problem.get("verified") is not False or error.code == "server_error" or about_options:
        return None
    return CredentialVerdict(
        False,
        code=error.code,
        detail=error.detail,
        pointer=error.pointer,
        fix=error.fix,
        problems=_read_details(Members(problem)),
    )


def _read_details(members: Members) -> tuple[Mapping[str, object], ...]:
    return () if members.find_array("problemDetails") is None else members.objects("problemDetails")


def read_anchor(value: object) -> Anchor:
    """Read a trust anchor. Raises MalformedError."""
    members = Members(value)
    source = members.text("source")
    if source not in (_NODE, _FILE):
        raise unexpected("source")
    grants = members.find_array("grants")
    return Anchor(
        issuer=members.text("issuer"),
        source=source,
        id=members.find_text("id"),
        grants=None if grants is None else tuple([_read_grant(grant) for grant in grants]),
        principals=None if members.value("principals") is None else members.texts("principals"),
    )


def _read_grant(value: object) -> AnchorGrant:
    members = Members(value)
    locations = None if members.value("locations") is None else members.texts("locations")
    return AnchorGrant(members.text("type"), locations)


def read_operator(value: object) -> Operator:
    """Read an operator. Raises MalformedError."""
    members = Members(value)
    return Operator(
        members.text("id"),
        members.text("name"),
        members.find_text("owner"),
        members.moment("createdAt"),
        members.find_moment("revokedAt"),
    )


def read_new_operator(value: object) -> NewOperator:
    """Read an operator with its token. Raises MalformedError."""
    return NewOperator(read_operator(value), Members(value).text("token"))


def read_audit_entry(value: object) -> AuditEntry:
    """Read an entry of the audit trail. Raises MalformedError."""
    members = Members(value)
    return AuditEntry(
        at=members.moment("at"),
        actor=members.text("actor"),
        act=members.text("act"),
        target=members.text("target"),
        outcome=members.one_of("outcome", Outcome),
        owner=members.find_text("owner"),
        code=members.find_text("code"),
        request_id=members.find_text("requestId"),
        id=members.number("id"),
    )


def read_resolution(value: object) -> ResolvedDID:
    """Read the result of a DID resolution.

    Raises:
        GoneError: the DID is deactivated.
        ResolutionError: the result is an error; its code is the standard's name for it, in lower case.
        MalformedError: it is no result.
    """
    members = Members(value)
    about = read_object(members.value("didResolutionMetadata"))
    metadata = read_object(members.value("didDocumentMetadata"))
    if about.get("error") is not None:
        raise _resolution_error(Members(about["error"]))
    if metadata.get("deactivated") is True:
        raise GoneError("the DID is deactivated")
    return ResolvedDID(read_object(members.value("didDocument")), metadata, about)


def _resolution_error(error: Members) -> ResolutionError:
    match = _RESOLUTION_CODE.fullmatch(error.find_text("type") or "")
    name = match[1].lower() if match else None
    detail = printable(error.find_text("detail") or "the DID cannot be resolved")
    # a node's own word for it, so that it is no other thing that was not found
    return ResolutionError(detail, code="did_not_found" if name == "not_found" else name)


def read_health(value: object) -> str:
    """Read what a node says of its health. Raises MalformedError."""
    return Members(value).text("status")


def read_readiness(value: object) -> Readiness:
    """Read whether a node is ready; it is only if it says so and lacks nothing. Raises MalformedError."""
    members = Members(value)
    checks: dict[str, str | None] = {}
    for check in map(Members, members.array("checks")):
        checks[check.text("name")] = None if check.flag("ok") else check.find_text("detail") or "not there"
    ready = members.text("status") == "ready" and not any(checks.values())
    return Readiness(ready, checks)
