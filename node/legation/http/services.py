"""What the routes may ask: the use cases of one node, put there by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from legation.http.metrics import Metrics
    from legation.ports.clock import Clock
    from legation.usecases.agents import Agents
    from legation.usecases.audit_trail import Audits
    from legation.usecases.authentication import Authentication
    from legation.usecases.challenges import Challenges
    from legation.usecases.credentials import Credentials
    from legation.usecases.domain_linkage import DomainLinkage
    from legation.usecases.hosted_delegations import HostedDelegations
    from legation.usecases.hosting import Hosting
    from legation.usecases.keys import Keys
    from legation.usecases.operators import Operators
    from legation.usecases.presentations import Presentations
    from legation.usecases.resolution import HostedResolver
    from legation.usecases.trust import Trust
    from legation.usecases.verification import Verification

# what a node needs to be ready, by name: None where it is there, or a short reason why not
Checks = Callable[[], Awaitable[Mapping[str, str | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The use cases of one node, its clock, and the URL under which the world knows it."""

    agents: Agents
    keys: Keys
    hosting: Hosting
    credentials: Credentials
    delegations: HostedDelegations
    operators: Operators
    authentication: Authentication
    audits: Audits
    trust: Trust
    challenges: Challenges
    presentations: Presentations
    verification: Verification
    resolver: HostedResolver
    linkage: DomainLinkage
    clock: Clock
    public_url: str
    checks: Checks
    metrics: Metrics


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
