"""Examples of bodies, for readers of the API's documents and for programs that try it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from legation.http import credential_bodies, requests
from legation.http.bodies import Body

_WORKER = "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
_DETAIL = {
    "type": "shop",
    "locations": ["https://shop.example/"],
    "actions": ["read", "order"],
    "constraints": {"maxCost": {"amount": "50.00", "currency": "EUR"}},
}
_DETAILS = [_DETAIL]
_V2 = "https://www.w3.org/ns/credentials/v2"
_CREDENTIAL = {
    "@context": [_V2],
    "type": ["VerifiableCredential"],
    "credentialSubject": {"id": _WORKER, "name": "worker"},
}
_PRESENTATION = {"@context": [_V2], "type": ["VerifiablePresentation"]}
# with what secures it left out, as no text here could be a signature
_ASKED = {"challenge": "c4pMpJq3T1y8bq0m2yW1lA", "domain": "https://verifier.example"}

# the first is the plainest
EXAMPLES: Mapping[type[Body], object] = MappingProxyType(
    {
        requests.AgentBody: {
            "name": "planner",
            "owner": "default",
            "sponsor": "mailto:ana@acme.example",
            "keyType": "Ed25519",
            "agent_model": "example-model",
        },
        requests.AgentChangeBody: {"sponsor": "mailto:bob@acme.example", "agent_version": None},
        requests.AccessKeyBody: {
            "agent": "planner",
            "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
        },
        requests.RotationBody: {"compromised": False},
        requests.DelegationBody: {
            "agent": "planner",
            "to": _WORKER,
            "details": _DETAILS,
            "validFor": 3600,
            "maxDepth": 2,
        },
        requests.AttenuationBody: {"to": _WORKER, "validFor": 600},
        requests.ImportBody: {"chain": []},
        requests.NewPresentationBody: {
            "delegation": "01890a5d-ac96-774b-bcce-b302099a8057",
            "challenge": "c4pMpJq3T1y8bq0m2yW1lA",
            "domain": "https://verifier.example",
        },
        requests.PresentationBody: {"presentation": {"type": "VerifiablePresentation"}},
        requests.VerifyBody: {"chain": [], "holder": _WORKER},
        credential_bodies.IssueBody: {"credential": _CREDENTIAL, "options": {}},
        credential_bodies.PresentBody: {"presentation": _PRESENTATION, "options": _ASKED},
        credential_bodies.VerifyCredentialBody: {"verifiableCredential": _CREDENTIAL, "options": {}},
        credential_bodies.VerifyPresentationBody: {"verifiablePresentation": _PRESENTATION, "options": _ASKED},
        credential_bodies.DeriveBody: {
            "verifiableCredential": _CREDENTIAL,
            "options": {"selectivePointers": ["/credentialSubject/name"]},
        },
        requests.AnchorBody: {"issuer": _WORKER, "grants": [{"type": "shop"}]},
        requests.OperatorBody: {"name": "deploy", "owner": "default"},
    }
)
