"""The registry of constraints (design page §3.1): a new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from legation.domain.delegation.constraints.approval import Approval
from legation.domain.delegation.constraints.arguments import Arguments, ClosedArguments
from legation.domain.delegation.constraints.audience import Audience, Purpose
from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.constraints.hours import Hours
from legation.domain.delegation.constraints.max_uses import MaxUses
from legation.domain.delegation.constraints.rate import Rate
from legation.domain.delegation.constraints.spending import Budget, MaxCost

CONSTRAINTS: Mapping[str, type[Constraint]] = MappingProxyType(
    {
        "maxUses": MaxUses,
        "budget": Budget,
        "maxCost": MaxCost,
        "rate": Rate,
        "hours": Hours,
        "audience": Audience,
        "purpose": Purpose,
        "approval": Approval,
        "arguments": Arguments,
        "closedArguments": ClosedArguments,
    }
)
