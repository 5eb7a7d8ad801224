"""Who calls a node, and what that lets them see: the scope that every query of the store takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from legation.errors import AccessError


@dataclass(frozen=True, slots=True)
class Scope:
    """What a caller can reach: everything, all of one owner, or what is one agent's own.

    Outside of it nothing exists: what it does not reach is not found.
    """

    owner: str | None = None
    agent_id: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether it has no bound."""
        return self.owner is None and self.agent_id is None


class CallerKind(Enum):
    """The kinds of callers."""

    OPERATOR = "operator"
    AGENT = "agent"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who proved who it is; ``id`` is an operator's id, an agent's DID, or what runs on the node's machine.

    ``request_id`` is the id of the request that it makes, for the audit trail.
    """

    kind: CallerKind
    id: str
    scope: Scope
    request_id: str | None = None

    @property
    def actor(self) -> str:
        """The caller as the audit trail names it."""
        return self.id if self.kind is CallerKind.AGENT else f"{self.kind.value}:{self.id}"

    @property
    def is_admin(self) -> bool:
        """Whether it manages the whole node."""
        return self.kind is not CallerKind.AGENT and self.scope.is_everything

    def check_operator(self) -> None:
        """Refuse an agent. Raises AccessError."""
        if self.kind is CallerKind.AGENT or self.scope.agent_id is not None:
            raise AccessError("this is for operators")

    def check_admin(self) -> None:
        """Refuse whoever does not manage the whole node. Raises AccessError."""
        if not self.is_admin:
            raise AccessError("this is for operators of the whole node")


# the node itself, at its start, and commands that work on its stores in place
LOCAL = Caller(CallerKind.LOCAL, "node", Scope())
