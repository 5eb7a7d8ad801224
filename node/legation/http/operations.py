"""What each route takes and gives, for readers and programs: the table behind the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from legation.http import credential_bodies, queries, requests, responses
from legation.http.bodies import Body, EmptyBody
from legation.http.queries import NoQuery, Query
from legation.http.responses import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route: what it does, takes and gives.

    ``gives`` is what it answers with: an object, a page of objects (``pages``), or, for what no model of ours
    describes, the name of a schema in ``schema``; ``refuses`` are statuses beyond those that its kind of route has.
    """

    summary: str
    tag: str
    status: HTTPStatus = HTTPStatus.OK
    query: type[Query] = NoQuery
    body: type[Body] | None = None
    optional: bool = False
    gives: type[Shown] | None = None
    pages: bool = False
    schema: str | None = None
    media: tuple[str, ...] = ("application/json",)
    refuses: tuple[int, ...] = ()


_CREATED, _NO_CONTENT = HTTPStatus.CREATED, HTTPStatus.NO_CONTENT
_SIGNS = (409, 422)


def _life(summary: str) -> Operation:
    return Operation(
        summary=summary, tag="agents", body=EmptyBody, optional=True, gives=responses.AgentShown, refuses=(409,)
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = MappingProxyType(
    {
        ("GET", "/.well-known/did-configuration.json"): Operation(
            summary="The node's DID configuration: its origin and its DID are of one hand",
            tag="documents",
            schema="DIDConfiguration",
        ),
        ("GET", "/.well-known/did.json"): Operation(
            summary="The node's DID document", tag="documents", schema="DIDDocument", media=("application/did+json",)
        ),
        ("GET", "/agents/{name}/did.json"): Operation(
            summary="An agent's DID document",
            tag="documents",
            schema="DIDDocument",
            media=("application/did+json",),
            refuses=(410,),
        ),
        ("GET", "/agents/{name}/did.jsonl"): Operation(
            summary="The log of an agent's DID (did:webvh)", tag="documents", media=("text/jsonl",)
        ),
        ("GET", "/1.0/identifiers/{did}"): Operation(
            summary="Resolve a DID or DID URL (W3C DID Resolution); others than this node's only for callers",
            tag="documents",
            query=queries.ResolutionQuery,
            schema="DIDDocument",
            media=(
                "application/did",
                "application/did+json",
                "application/did+ld+json",
                "application/json",
                "application/did-resolution",
                "application/did-url-dereferencing",
            ),
            refuses=(400, 401, 406, 410, 501),
        ),
        ("POST", "/agents/{name}/credentials/issue"): Operation(
            summary="Issue a credential (W3C VC API)",
            tag="credentials",
            status=_CREATED,
            query=queries.MechanismQuery,
            body=credential_bodies.IssueBody,
            gives=responses.SecuredCredentialShown,
            refuses=(409,),
        ),
        ("POST", "/agents/{name}/presentations"): Operation(
            summary="Make a presentation (W3C VC API)",
            tag="credentials",
            status=_CREATED,
            query=queries.MechanismQuery,
            body=credential_bodies.PresentBody,
            gives=responses.SecuredPresentationShown,
            refuses=(409,),
        ),
        ("POST", "/credentials/derive"): Operation(
            summary="Show a part of a credential (W3C VC API)",
            tag="credentials",
            status=_CREATED,
            body=credential_bodies.DeriveBody,
            gives=responses.SecuredCredentialShown,
        ),
        ("POST", "/credentials/verify"): Operation(
            summary="Verify a credential (W3C VC API); 400 where it does not hold",
            tag="credentials",
            body=credential_bodies.VerifyCredentialBody,
            gives=responses.VerifiedShown,
        ),
        ("POST", "/presentations/verify"): Operation(
            summary="Verify a presentation and all credentials in it (W3C VC API); 400 where it does not hold",
            tag="credentials",
            body=credential_bodies.VerifyPresentationBody,
            gives=responses.VerifiedShown,
        ),
        ("GET", "/docs"): Operation(summary="This API as a page", tag="service", media=("text/html",)),
        ("GET", "/healthz"): Operation(summary="Whether the process answers", tag="service", schema="Health"),
        ("GET", "/readyz"): Operation(
            summary="Whether the node can do its work", tag="service", gives=responses.ReadinessShown
        ),
        ("GET", "/metrics"): Operation(summary="Figures for Prometheus", tag="service", media=("text/plain",)),
        ("GET", "/openapi.json"): Operation(summary="This API in OpenAPI 3.1", tag="service", schema="OpenAPI"),
        ("POST", "/v1/agents"): Operation(
            summary="Make an agent with new keys",
            tag="agents",
            status=_CREATED,
            body=requests.AgentBody,
            gives=responses.AgentShown,
            refuses=(409,),
        ),
        ("GET", "/v1/agents"): Operation(
            summary="List agents", tag="agents", query=queries.AgentsQuery, gives=responses.AgentShown, pages=True
        ),
        ("GET", "/v1/agents/{name}"): Operation(summary="Show an agent", tag="agents", gives=responses.AgentShown),
        ("PATCH", "/v1/agents/{name}"): Operation(
            summary="Change what is said of an agent; null removes",
            tag="agents",
            body=requests.AgentChangeBody,
            gives=responses.AgentShown,
            refuses=(409,),
        ),
        ("POST", "/v1/agents/{name}/suspend"): _life("Suspend an agent: nothing is signed for it until it is resumed"),
        ("POST", "/v1/agents/{name}/resume"): _life("Resume a suspended agent"),
        ("POST", "/v1/agents/{name}/retire"): _life("Retire an agent, for good: its keys are destroyed"),
        ("GET", "/v1/keys"): Operation(
            summary="List an agent's keys",
            tag="keys",
            query=queries.KeysQuery,
            gives=responses.KeyShown,
            pages=True,
            refuses=(404,),
        ),
        ("POST", "/v1/keys"): Operation(
            summary="Add an access key, whose private part the agent keeps",
            tag="keys",
            status=_CREATED,
            body=requests.AccessKeyBody,
            gives=responses.KeyShown,
            refuses=(404, 409),
        ),
        ("POST", "/v1/keys/{id}/rotate"): Operation(
            summary="Replace a key; with compromised all that the old one signed falls",
            tag="keys",
            body=requests.RotationBody,
            optional=True,
            gives=responses.RotationShown,
            refuses=(409,),
        ),
        ("DELETE", "/v1/keys/{id}"): Operation(
            summary="Remove an access key", tag="keys", status=_NO_CONTENT, refuses=(409,)
        ),
        ("POST", "/v1/delegations"): Operation(
            summary="Issue a root",
            tag="delegations",
            status=_CREATED,
            body=requests.DelegationBody,
            gives=responses.DelegationShown,
            refuses=(404, *_SIGNS),
        ),
        ("POST", "/v1/delegations/import"): Operation(
            summary="Hold a chain that was issued to an agent here",
            tag="delegations",
            status=_CREATED,
            body=requests.ImportBody,
            gives=responses.DelegationShown,
            refuses=(404, *_SIGNS),
        ),
        ("POST", "/v1/delegations/{id}/attenuate"): Operation(
            summary="Pass on less than a chain allows, or as much",
            tag="delegations",
            status=_CREATED,
            body=requests.AttenuationBody,
            gives=responses.DelegationShown,
            refuses=_SIGNS,
        ),
        ("GET", "/v1/delegations"): Operation(
            summary="List delegations, the newest first",
            tag="delegations",
            query=queries.DelegationsQuery,
            gives=responses.DelegationShown,
            pages=True,
            refuses=(404,),
        ),
        ("GET", "/v1/delegations/{id}"): Operation(
            summary="Show a delegation with its chain", tag="delegations", gives=responses.DelegationShown
        ),
        ("GET", "/v1/delegations/{id}/tree"): Operation(
            summary="Show what was passed on of a delegation", tag="delegations", gives=responses.WholeTreeShown
        ),
        ("POST", "/v1/challenges"): Operation(
            summary="Give a challenge that one presentation answers",
            tag="verification",
            status=_CREATED,
            body=EmptyBody,
            optional=True,
            gives=responses.ChallengeShown,
        ),
        ("POST", "/v1/presentations"): Operation(
            summary="Present a chain to a verifier",
            tag="delegations",
            status=_CREATED,
            body=requests.NewPresentationBody,
            gives=responses.PresentationShown,
            refuses=(404, *_SIGNS),
        ),
        ("POST", "/v1/presentations/verify"): Operation(
            summary="Judge a presentation that answers a challenge of this node",
            tag="verification",
            body=requests.PresentationBody,
            gives=responses.VerdictShown,
        ),
        ("POST", "/v1/verify"): Operation(
            summary="Judge what the caller received; nothing is spent or kept",
            tag="verification",
            body=requests.VerifyBody,
            gives=responses.VerdictShown,
        ),
        ("GET", "/v1/trust"): Operation(
            summary="List trust anchors", tag="trust", gives=responses.AnchorShown, pages=True
        ),
        ("POST", "/v1/trust"): Operation(
            summary="Add a trust anchor",
            tag="trust",
            status=_CREATED,
            body=requests.AnchorBody,
            gives=responses.AnchorShown,
            refuses=(409,),
        ),
        ("DELETE", "/v1/trust/{id}"): Operation(
            summary="Remove a trust anchor that was added", tag="trust", status=_NO_CONTENT
        ),
        ("GET", "/v1/operators"): Operation(
            summary="List operators, revoked ones too", tag="operators", gives=responses.OperatorShown, pages=True
        ),
        ("POST", "/v1/operators"): Operation(
            summary="Make an operator; its token is shown once",
            tag="operators",
            status=_CREATED,
            body=requests.OperatorBody,
            gives=responses.NewOperatorShown,
            refuses=(409,),
        ),
        ("DELETE", "/v1/operators/{id}"): Operation(
            summary="Revoke an operator's token, for good", tag="operators", status=_NO_CONTENT, refuses=(409,)
        ),
        ("GET", "/v1/audit"): Operation(
            summary="List management acts, done and refused, the newest first",
            tag="audit",
            query=queries.AuditQuery,
            gives=responses.AuditEntryShown,
            pages=True,
        ),
    }
)
