"""An agent that is about to be made: checked, with an id, and with the keys that the node is to make for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from legation.domain.agent_keys import (
    LOG_KINDS,
    MADE_KINDS,
    SIGNING_KINDS,
    AgentKey,
    KeyKind,
    Purpose,
    describe_key,
    parse_access_key,
    write_key_id,
)
from legation.domain.agents import parse_agent_name
from legation.domain.hosted_agents import NO_CLAIMS, Claims, DIDMethod, HostedAgent, Life, check_claims, parse_sponsor
from legation.domain.key_lives import check_access_keys
from legation.errors import MalformedError


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPlan:
    """An agent without keys yet; ``access_keys`` are its own, as Multikeys.

    ``did`` is its DID; of a did:webvh the DID with ``{SCID}`` in the place of what its log's first entry gives, and of
    a did:key nothing yet.
    """

    id: str
    name: str
    did: str
    owner: str
    at: datetime
    method: DIDMethod = DIDMethod.WEB
    sponsor: str | None = None
    claims: Claims = NO_CLAIMS
    signing_kind: KeyKind = KeyKind.ED25519
    access_keys: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse what no agent can have. Raises MalformedError or InvalidKeyError."""
        parse_agent_name(self.name)
        if self.sponsor is not None:
            parse_sponsor(self.sponsor)
        check_claims(self.claims)
        if self.signing_kind not in SIGNING_KINDS and not self._is_bbs_key:
            raise MalformedError(
                "an agent signs with Ed25519, P-256 or P-384; only a did:key can be of BLS12-381-G2",
                pointer="/keyType",
            )
        if self.method is DIDMethod.KEY and self.access_keys:
            raise MalformedError(
                "a did:key has one key, which the node keeps, and no access keys beside it",
                fix="Take another DID method for an agent that calls with a key of its own.",
                pointer="/accessKeys",
            )
        check_access_keys(self.access_keys)

    def kinds(self) -> dict[str, KeyKind]:
        """Return the keys that the vault is to make, by their ids."""
        return {key_id: kind for key_id, (_, kind) in self._made().items()}

    def build(self, public: Mapping[str, bytes]) -> HostedAgent:
        """Return the agent, whose keys have these raw public parts. Raises InvalidKeyError."""
        keys = [
            describe_key(key_id, purpose, kind, public[key_id], at=self.at)
            for key_id, (purpose, kind) in self._made().items()
        ]
        for multikey in self.access_keys:
            text, kind = parse_access_key(multikey)
            key_id = write_key_id(self.id, len(keys) + 1)
            keys.append(AgentKey(key_id, Purpose.ACCESS, kind, text, created_at=self.at))
        return HostedAgent(
            id=self.id,
            name=self.name,
            did=f"did:key:{keys[0].multikey}" if self.method is DIDMethod.KEY else self.did,
            owner=self.owner,
            life=Life.ACTIVE,
            keys=tuple(keys),
            created_at=self.at,
            updated_at=self.at,
            sponsor=self.sponsor,
            claims=self.claims,
        )

    def _made(self) -> dict[str, tuple[Purpose, KeyKind]]:
        made = [(Purpose.BBS if self._is_bbs_key else Purpose.SIGNING, self.signing_kind)]
        if self.method is not DIDMethod.KEY:
            made += MADE_KINDS.items()
        if self.method is DIDMethod.WEBVH:
            made += LOG_KINDS.items()
        return {write_key_id(self.id, number): what for number, what in enumerate(made, start=1)}

    @property
    def _is_bbs_key(self) -> bool:
        return self.method is DIDMethod.KEY and self.signing_kind is KeyKind.BLS12_381_G2
