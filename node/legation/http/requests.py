"""What callers send: the body of each route, read once into types that cannot be wrong."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from legation.domain.agent_keys import MAX_ACCESS_KEYS
from legation.domain.delegation.authority import MAX_DETAILS
from legation.domain.delegation.credential import MAX_DEPTH
from legation.domain.delegation.issuance import Format
from legation.domain.hosted_agents import MAX_CLAIM_CHARS, MAX_SPONSOR_CHARS
from legation.http.bodies import Body
from legation.http.schemas import CHAIN

MAX_SECONDS = 10 * 365 * 86400
AGENT_NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
KEY_ID = r"^([0-9a-f]{32}|node)-[1-9][0-9]{0,8}$"
HEX_ID = r"^[0-9a-f]{32}$"
_FORMATS = {"vc+jwt": Format.JWT, "vp+jwt": Format.JWT}


def _text(form: str, *, most: int, least: int = 1) -> Any:
    """Return the field of a text whose exact form the domain knows; documents name it."""
    return Field(min_length=least, max_length=most, json_schema_extra={"format": form})


Name = Annotated[str, Field(min_length=1, max_length=2048)]
# as the domain has names of agents; owners and operators have the same form
AgentName = Annotated[str, Field(pattern=AGENT_NAME)]
Owner = Annotated[str, Field(pattern=AGENT_NAME)]
Claim = Annotated[str, _text("plain-text", most=MAX_CLAIM_CHARS)]
Sponsor = Annotated[str, _text("uri", most=MAX_SPONSOR_CHARS)]
DIDText = Annotated[str, _text("did", most=2048)]
Principal = Annotated[str, _text("principal", most=2048)]
Multikey = Annotated[str, _text("multikey", most=256)]
Moment = Annotated[str, _text("date-time", least=20, most=35)]
Seconds = Annotated[int, Field(ge=1, le=MAX_SECONDS)]
Depth = Annotated[int, Field(ge=0, le=MAX_DEPTH)]
# judged as received, by the domain, which says in a verdict what is wrong with it
Submitted = dict[str, object] | list[object] | str
# read by the domain, which knows each of their terms
Details = Annotated[
    list[dict[str, object]],
    Field(min_length=1, max_length=MAX_DETAILS),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Detail"},
            "minItems": 1,
            "maxItems": MAX_DETAILS,
            "uniqueItems": True,
        }
    ),
]
Chain = Annotated[list[object] | dict[str, object] | str, WithJsonSchema(CHAIN)]
CredentialFormat = Literal[
    "eddsa-jcs-2022",
    "eddsa-rdfc-2022",
    "ecdsa-jcs-2019",
    "ecdsa-rdfc-2019",
    "vc+jwt",
    "vc+sd-jwt",
    "dc+sd-jwt",
]
PresentationFormat = Literal["eddsa-jcs-2022", "eddsa-rdfc-2022", "ecdsa-jcs-2019", "ecdsa-rdfc-2019", "vp+jwt"]


class AgentBody(Body):
    """A new agent."""

    name: AgentName
    owner: Owner | None = None
    sponsor: Sponsor | None = None
    did_method: Literal["web", "webvh", "key"] = "web"
    # the last one only for a did:key, which is that one key
    key_type: Literal["Ed25519", "P-256", "P-384", "BLS12-381-G2"] = "Ed25519"
    access_keys: Annotated[
        list[Multikey], Field(max_length=MAX_ACCESS_KEYS, json_schema_extra={"uniqueItems": True})
    ] = Field(default_factory=list)
    agent_model: Annotated[Claim | None, Field(alias="agent_model")] = None
    agent_provider: Annotated[Claim | None, Field(alias="agent_provider")] = None
    agent_version: Annotated[Claim | None, Field(alias="agent_version")] = None
    agent_instance_id: Annotated[Claim | None, Field(alias="agent_instance_id")] = None


class AgentChangeBody(Body):
    """What changes of an agent; null removes."""

    sponsor: Sponsor | None = None
    agent_model: Annotated[Claim | None, Field(alias="agent_model")] = None
    agent_provider: Annotated[Claim | None, Field(alias="agent_provider")] = None
    agent_version: Annotated[Claim | None, Field(alias="agent_version")] = None
    agent_instance_id: Annotated[Claim | None, Field(alias="agent_instance_id")] = None


class AccessKeyBody(Body):
    """A key of the agent's own, by which it calls."""

    agent: AgentName
    public_key_multibase: Multikey


class RotationBody(Body):
    """How a key is replaced: with ``compromised`` all that the old one signed falls."""

    compromised: bool = False


class DelegationBody(Body):
    """A root: what an agent passes on to somebody."""

    agent: AgentName
    to: DIDText
    details: Details
    principal: Principal | None = None
    valid_for: Seconds = 3600
    valid_from: Moment | None = None
    max_depth: Depth = 3
    secure: CredentialFormat | None = None


class AttenuationBody(Body):
    """The next hop of a held chain; what is left out is as the last hop allows."""

    agent: AgentName | None = None
    to: DIDText
    details: Details | None = None
    valid_for: Seconds | None = None
    max_depth: Depth | None = None
    secure: CredentialFormat | None = None


class ImportBody(Body):
    """A chain that somebody else issued."""

    chain: Chain


class NewPresentationBody(Body):
    """A chain to be presented, held here (by its id) or sent along, and to whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["delegation"], "properties": {"delegation": {"type": "string"}}},
                {"required": ["chain"], "properties": {"chain": {"not": {"type": "null"}}}},
            ]
        }
    )

    delegation: Annotated[str, Field(pattern=UUID)] | None = None
    chain: Chain | None = None
    agent: AgentName | None = None
    challenge: Annotated[str, _text("plain-text", most=1024)]
    domain: Annotated[str, _text("plain-text", most=2048)]
    secure: PresentationFormat | None = None


class PresentationBody(Body):
    """A presentation as it was received, and what its holder wants to do."""

    presentation: Submitted
    request: dict[str, object] | None = None


class VerifyBody(Body):
    """A chain or presentation as it was received, and what the caller knows of its holder."""

    chain: Submitted
    holder: Name | None = None
    request: dict[str, object] | None = None
    challenge: Name | None = None
    domain: Name | None = None


class GrantBody(Body):
    """A type that an anchor may grant, at any location or at those that are named."""

    type: Annotated[str, _text("plain-text", most=2048)]
    locations: (
        Annotated[list[Annotated[str, _text("location", most=2048)]], Field(min_length=1, max_length=256)] | None
    ) = None


class AnchorBody(Body):
    """A root issuer that the node is to trust."""

    issuer: DIDText
    grants: Annotated[list[GrantBody], Field(min_length=1, max_length=256)] | None = None
    principals: Annotated[list[Principal], Field(min_length=1, max_length=256)] | None = None


class OperatorBody(Body):
    """A new operator: of everything, or of what belongs to ``owner``."""

    name: AgentName
    owner: Owner | None = None


def find_format(secure: str | None) -> Format | None:
    """Return what a member ``secure`` asks for, None for what the agent's key can do."""
    return None if secure is None else _FORMATS.get(secure) or Format(secure)
