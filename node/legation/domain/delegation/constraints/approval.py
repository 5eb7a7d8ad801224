"""``approval``: a human decision is needed, always or above a cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from legation.domain.delegation.amount import Money, parse_money
from legation.domain.delegation.constraints.base import Constraint
from legation.domain.delegation.request import Circumstances, Request
from legation.domain.delegation.scalars import parse_integer
from legation.domain.principal import parse_principal
from legation.domain.text import parse_names
from legation.errors import MalformedError

_REQUIRED = frozenset({"threshold", "approvers"})
_MEMBERS = _REQUIRED | {"above"}


@dataclass(frozen=True, slots=True)
class Approval(Constraint):
    """So many of these people must agree; with ``above`` only to what costs more, or no known cost."""

    threshold: int
    approvers: frozenset[str]
    above: Money | None

    @classmethod
    def parse(cls, value: object, pointer: str, siblings: Mapping[str, object]) -> Self:
        """Parse ``{threshold, approvers, above?}``. Raises MalformedError."""
        if type(value) is not dict or not _REQUIRED <= value.keys() <= _MEMBERS:
            raise MalformedError("an approval is an object of threshold, approvers and perhaps above", pointer=pointer)
        approvers = parse_names(value["approvers"], pointer + "/approvers")
        for approver in approvers:
            parse_principal(approver, pointer + "/approvers")
        threshold = parse_integer(value["threshold"], pointer + "/threshold", least=1, most=len(approvers))
        above = parse_money(value["above"], pointer + "/above") if "above" in value else None
        return cls(threshold, approvers, above)

    def find_objection(self, request: Request, circumstances: Circumstances) -> str | None:
        """``approval_required`` unless the cost is known and does not exceed ``above``."""
        if self.above is None:
            return "approval_required"
        # "no cost, or one in another currency, exceeds it"
        return None if request.cost is not None and self.above.covers(request.cost) else "approval_required"

    def covers(self, child: Constraint) -> bool:
        """Approvers a subset, threshold no lower, ``above`` absent or no higher than an ``above`` of ours."""
        if not isinstance(child, Approval):
            return False
        if not (child.approvers <= self.approvers and child.threshold >= self.threshold):
            return False
        return child.above is None or (self.above is not None and self.above.covers(child.above))
