"""``/v1/challenges``, ``/v1/presentations`` and ``/v1/verify``: asking for proof, giving it, judging it."""

from __future__ import annotations

from collections.abc import Mapping

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import post
from legation.client.forms import PresentationForm
from legation.client.models import Challenge, RemoteVerdict
from legation.client.reading import read_challenge, read_presentation, read_verdict
from legation.client.writing import Sendable, sendable


class AsyncPresentations(AsyncCaller):
    """Challenges, presentations and verdicts."""

    async def create_challenge(self) -> Challenge:
        """Have the node, as the verifier, give a challenge that one presentation answers."""
        return await self._ask(post("v1", "challenges", read=read_challenge, body={}))

    async def create_presentation(
        self,
        *,
        challenge: str,
        domain: str,
        delegation: str | None = None,
        chain: Sendable | None = None,
        agent: str | None = None,
        secure: PresentationForm | None = None,
    ) -> str:
        """Have an agent present a ``chain``, or the held one of the id ``delegation``, to the verifier ``domain``.

        Returns a JSON text or a ``vp+jwt``. ``agent`` None stands for the last hop's subject.

        Raises:
            NotFoundError: there is no such delegation or agent.
            LegationError: ``holder_mismatch`` where the agent is not the last hop's subject.
            ConflictError: it is suspended or retired.
        """
        body = {
            "delegation": delegation,
            "chain": None if chain is None else sendable(chain),
            "agent": agent,
            "challenge": challenge,
            "domain": domain,
            "secure": secure,
        }
        return await self._ask(post("v1", "presentations", read=read_presentation, body=body))

    async def verify_presentation(
        self, presentation: Sendable, *, request: Mapping[str, object] | None = None
    ) -> RemoteVerdict:
        """Have the node judge a presentation that answers one of its challenges, which is spent if the proof holds.

        ``request`` is what the holder wants to do. A verdict that says no is returned, not raised.
        """
        body = {"presentation": sendable(presentation), "request": request and dict(request)}
        return await self._ask(post("v1", "presentations", "verify", read=read_verdict, body=body))

    async def verify_chain(
        self,
        chain: Sendable,
        *,
        holder: str | None = None,
        request: Mapping[str, object] | None = None,
        challenge: str | None = None,
        domain: str | None = None,
    ) -> RemoteVerdict:
        """Have the node judge a chain, or a presentation to another verifier; nothing is spent or kept.

        ``holder`` is the DID that proved itself by other means, for a bare chain; ``challenge`` and ``domain`` are what
        a presentation has to name. A verdict that says no is returned, not raised. Safe to repeat, and repeated.
        """
        body = {
            "chain": sendable(chain),
            "holder": holder,
            "request": request and dict(request),
            "challenge": challenge,
            "domain": domain,
        }
        return await self._ask(post("v1", "verify", read=read_verdict, body=body, repeatable=True))


class Presentations(Caller):
    """Challenges, presentations and verdicts."""

    _twin: AsyncPresentations

    def create_challenge(self) -> Challenge:
        """Have the node, as the verifier, give a challenge that one presentation answers."""
        return self._run(self._twin.create_challenge())

    def create_presentation(
        self,
        *,
        challenge: str,
        domain: str,
        delegation: str | None = None,
        chain: Sendable | None = None,
        agent: str | None = None,
        secure: PresentationForm | None = None,
    ) -> str:
        """Have an agent present a ``chain``, or the held one of the id ``delegation``, to the verifier ``domain``.

        Returns a JSON text or a ``vp+jwt``. ``agent`` None stands for the last hop's subject.

        Raises:
            NotFoundError: there is no such delegation or agent.
            LegationError: ``holder_mismatch`` where the agent is not the last hop's subject.
            ConflictError: it is suspended or retired.
        """
        return self._run(
            self._twin.create_presentation(
                challenge=challenge, domain=domain, delegation=delegation, chain=chain, agent=agent, secure=secure
            )
        )

    def verify_presentation(
        self, presentation: Sendable, *, request: Mapping[str, object] | None = None
    ) -> RemoteVerdict:
        """Have the node judge a presentation that answers one of its challenges, which is spent if the proof holds.

        ``request`` is what the holder wants to do. A verdict that says no is returned, not raised.
        """
        return self._run(self._twin.verify_presentation(presentation, request=request))

    def verify_chain(
        self,
        chain: Sendable,
        *,
        holder: str | None = None,
        request: Mapping[str, object] | None = None,
        challenge: str | None = None,
        domain: str | None = None,
    ) -> RemoteVerdict:
        """Have the node judge a chain, or a presentation to another verifier; nothing is spent or kept.

        ``holder`` is the DID that proved itself by other means, for a bare chain; ``challenge`` and ``domain`` are what
        a presentation has to name. A verdict that says no is returned, not raised. Safe to repeat, and repeated.
        """
        return self._run(
            self._twin.verify_chain(chain, holder=holder, request=request, challenge=challenge, domain=domain)
        )
