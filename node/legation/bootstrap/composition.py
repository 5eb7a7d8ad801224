"""The use cases of a node, put together on its stores."""

from __future__ import annotations

from legation.adapters.contexts_folder import read_contexts
from legation.adapters.fetch import Fetcher
from legation.adapters.resolvers import NetworkResolver
from legation.adapters.sql.challenges import SQLChallenges
from legation.adapters.sql.replays import SQLReplays
from legation.bootstrap.readiness import Readiness
from legation.bootstrap.stores import Stores
from legation.domain.trust import TrustAnchors
from legation.http.metrics import Metrics
from legation.http.services import Services
from legation.settings import Settings
from legation.standards.did.web import build_did_web
from legation.standards.jsonld.contexts import Contexts, bundled_contexts
from legation.usecases.agents import Agents
from legation.usecases.audit_trail import Audits
from legation.usecases.authentication import Authentication
from legation.usecases.challenges import Challenges
from legation.usecases.credentials import CredentialPolicy, Credentials
from legation.usecases.domain_linkage import DomainLinkage
from legation.usecases.heavy_work import HeavyWork
from legation.usecases.hosted_delegations import HostedDelegations
from legation.usecases.hosting import Hosting
from legation.usecases.keys import Keys
from legation.usecases.operators import Operators
from legation.usecases.presentations import Presentations
from legation.usecases.resolution import HostedResolver
from legation.usecases.trust import Trust
from legation.usecases.verification import Policy, Verification


def build_services(
    settings: Settings, stores: Stores, *, anchors: TrustAnchors, fetcher: Fetcher, metrics: Metrics
) -> tuple[Services, Readiness]:
    """Return what the door of HTTP asks, and what says whether the node is ready."""
    state, vault, clock, url = stores.state, stores.vault, stores.clock, settings.public_url
    hosting = Hosting(state, public_url=url)
    readiness = Readiness(
        {"state": stores.database.ping, "wallet": vault.ping, "document": hosting.node_document}, clock
    )
    network = NetworkResolver(fetcher, clock=clock)
    resolver = HostedResolver(hosting, network, clock, public_url=url, versions=network)
    names = frozenset({url, build_did_web(url)})
    trust = Trust(state, clock, anchors.anchors())
    policy = Policy(anchors, domain=url, names=names, max_age=settings.did_max_age)
    heavy = HeavyWork()
    verification = Verification(policy, resolver=resolver, versions=resolver, trust=trust.current, heavy=heavy)
    challenges = Challenges(SQLChallenges(stores.database), clock, domain=url)
    operators = Operators(state, clock)
    services = Services(
        agents=Agents(state, vault, clock, public_url=url),
        keys=Keys(state, vault, clock),
        hosting=hosting,
        credentials=Credentials(
            state, vault, clock, _credential_policy(settings), resolver=resolver, versions=resolver, heavy=heavy
        ),
        delegations=HostedDelegations(state, vault, clock),
        operators=operators,
        authentication=Authentication(state, SQLReplays(stores.database), clock, public_url=url, operators=operators),
        audits=Audits(state, clock),
        trust=trust,
        challenges=challenges,
        presentations=Presentations(verification, challenges, clock, names=names),
        verification=verification,
        resolver=resolver,
        linkage=DomainLinkage(hosting, vault, clock, public_url=url),
        clock=clock,
        public_url=url,
        checks=readiness.check,
        metrics=metrics,
    )
    return services, readiness


def _credential_policy(settings: Settings) -> CredentialPolicy:
    return CredentialPolicy(
        contexts=_find_contexts(settings),
        max_age=settings.did_max_age,
        may_choose_time=settings.allow_verification_at,
    )


def _find_contexts(settings: Settings) -> Contexts:
    """Return the JSON-LD contexts of this version, with those of the operator's folder added, or in their place."""
    contexts = bundled_contexts()
    return contexts if settings.contexts_dir is None else contexts.merged(read_contexts(settings.contexts_dir))
