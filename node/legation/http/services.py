"""What the routes may ask: the use cases of one node, put there by the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from legation.domain.operators import OperatorToken
from legation.ports.clock import Clock
from legation.usecases.challenges import Challenges
from legation.usecases.hosting import Hosting
from legation.usecases.presentations import Presentations
from legation.usecases.verification import Verification


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases of one node, the token of its operator, and its clock."""

    hosting: Hosting
    challenges: Challenges
    presentations: Presentations
    verification: Verification
    operator: OperatorToken
    clock: Clock


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
