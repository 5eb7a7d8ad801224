"""Chains and presentations for tests of what stands above the domain: honest ones, signed by keys made from names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from legation.crypto.signing import Signer
from legation.domain.chain import Chain
from legation.domain.delegation.issuance import Format, Terms, attenuate, issue_root
from legation.domain.presentation import present
from tests.support.keys import Ed25519Key, signer_of

LOCATION = "https://ads.example/mcp"
REQUEST = {"type": "mcp_tool", "action": "read", "location": LOCATION}
DETAILS: list[dict[str, object]] = [{"type": "mcp_tool", "actions": ["read", "write"], "locations": [LOCATION]}]
PRINCIPAL = "https://idp.example#ana"


def hosted_signer(did: str, name: str) -> Signer:
    """Return the signer of a hosted DID whose key is made from a name."""
    method = signer_of(name).did.removeprefix("did:key:")
    return Signer(did, f"{did}#{method}", Ed25519Key(name))


def hosted_document(did: str, name: str) -> dict[str, object]:
    """Return the document of a hosted DID that lists the key of :func:`hosted_signer` for what agents sign."""
    method = hosted_signer(did, name).method
    multikey = method.partition("#")[2]
    entry = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
    return {"id": did, "verificationMethod": [entry], "assertionMethod": [method], "authentication": [method]}


def chain_of(
    *signers: Signer, at: datetime, details: Sequence[dict[str, object]] = DETAILS, form: Format | None = None
) -> Chain:
    """Return a chain in which each signer passes everything on to the next, for an hour less a minute."""
    root, *middle = signers[:-1]
    terms = Terms(
        id=f"urn:uuid:{uuid4()}",
        subject=signers[1].did,
        valid_from=at - timedelta(minutes=1),
        valid_until=at + timedelta(minutes=50),
        details=details,
        max_depth=8,
    )
    chain = Chain((issue_root(root, terms, principal=PRINCIPAL, at=at - timedelta(minutes=1), form=form),))
    for signer, subject in zip(middle, signers[2:], strict=True):
        child = Terms(id=f"urn:uuid:{uuid4()}", subject=subject.did)
        chain = chain.extended(attenuate(chain.hops, signer, child, at=at, form=form))
    return chain


def present_chain(
    chain: Chain, holder: Signer, *, challenge: str, domain: str, at: datetime, form: Format | None = None
) -> str:
    """Return the holder's presentation."""
    return present(chain.hops, holder, challenge=challenge, domain=domain, at=at, form=form)
