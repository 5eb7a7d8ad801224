"""The small world of a development node: planner and worker, ana for whom they act, and an anchor."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from legation.cli.records import Record
from legation.cli.targets import ServerAccess, read_token
from legation.client.client import AsyncClient
from legation.client.models import Agent, Delegation
from legation.errors import NotFoundError
from legation.standards.did.web import build_did_web

_PLACE = "https://shop.example/mcp"
_DETAILS = [{"type": "mcp_tool", "actions": ["read", "order"], "locations": [_PLACE]}]
_NARROWER = [{**_DETAILS[0], "actions": ["read"]}]
# as long as a credential that cannot be revoked may live
_VALID_FOR = timedelta(hours=1)
# what is left of it when it is made anew
_ENOUGH = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class World:
    """What is in it, and the file of the token with which one looks at it."""

    url: str
    did: str
    token_file: Path
    principal: str
    planner: str
    worker: str
    root: str
    leaf: str

    def to_json(self) -> Record:
        """Return it as JSON."""
        return {
            "publicUrl": self.url,
            "did": self.did,
            "tokenFile": str(self.token_file),
            "principal": self.principal,
            "agents": {"planner": self.planner, "worker": self.worker},
            "delegations": {"root": self.root, "leaf": self.leaf},
        }

    def commands(self) -> list[str]:
        """Return three commands that work on it as they are."""
        access = ServerAccess(self.url, self.token_file)
        asked = ["--challenge", "any-text", "--domain", "https://shop.example"]
        judged = ["--trust", self.did, "--dangerously-allow-loopback"]
        return [
            access.command("agent", "list"),
            access.command("delegation", "tree", self.root),
            access.command("delegation", "present", self.leaf, *asked)
            + " | "
            + shlex.join(["legation", "verify", "-", *asked, *judged]),
        ]


async def make_world(url: str, token_file: Path) -> World:
    """Make what is missing of it on the node at ``url``, and return it. Raises what the client raises."""
    did, principal = build_did_web(url), f"{url}#ana"
    async with AsyncClient(url, token=read_token(token_file)) as client:
        if did not in {anchor.issuer for anchor in await client.list_anchors()}:
            await client.add_anchor(did)
        planner, worker = [await _find_or_make(client, name) for name in ("planner", "worker")]
        leaf = await _find_leaf(client, planner, worker, principal)
        if leaf is None:
            root = await client.issue_delegation(
                "node", to=planner.did, details=_DETAILS, principal=principal, valid_for=_VALID_FOR
            )
            leaf = await client.attenuate_delegation(root.id, to=worker.did, details=_NARROWER)
    return World(url, did, token_file, principal, planner.did, worker.did, leaf.parent or leaf.id, leaf.id)


async def _find_or_make(client: AsyncClient, name: str) -> Agent:
    try:
        return await client.get_agent(name)
    except NotFoundError:
        return await client.create_agent(name)


async def _find_leaf(client: AsyncClient, planner: Agent, worker: Agent, principal: str) -> Delegation | None:
    soon = datetime.now(UTC) + _ENOUGH
    page = await client.list_delegations(agent="worker", role="subject")
    for delegation in page.items:
        fits = (delegation.issuer, delegation.subject, delegation.principal) == (planner.did, worker.did, principal)
        if fits and delegation.hops == 2 and delegation.valid_until > soon:
            return delegation
    return None
