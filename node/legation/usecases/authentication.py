"""Who calls: an operator by a token that the node gave, or a hosted agent by a token that it signed for this call."""

from __future__ import annotations

from hashlib import sha256

from legation.crypto.keys import PublicKey
from legation.domain.agent_keys import KeyState, Purpose
from legation.domain.callers import Caller, CallerKind, Scope
from legation.domain.calls import CallToken, read_call_token
from legation.domain.hosted_agents import HostedAgent, Life
from legation.domain.operators import OperatorToken, is_operator_token
from legation.errors import AuthenticationError, ConflictError, LegationError, NotFoundError, UnavailableError
from legation.ports.clock import Clock
from legation.ports.replays import ReplayStore
from legation.ports.state import Records, State
from legation.standards.did.web import build_did_web
from legation.standards.multiformats import decode_multikey
from legation.usecases.operators import Operators

_SCHEME = "bearer"
_MAX_CHARS = 8192
# the keys by which an agent can prove itself; BBS and agreement keys sign no calls
_PROVES = frozenset({Purpose.SIGNING, Purpose.ACCESS})


class Authentication:
    """Finds out who calls the node at ``public_url``, which is the audience of agents' tokens."""

    def __init__(self, state: State, replays: ReplayStore, clock: Clock, *, public_url: str, operators: Operators):
        self._state = state
        self._replays = replays
        self._clock = clock
        self._public_url = public_url
        self._prefix = build_did_web(public_url)
        # the one that revokes, so that what it remembers ends with a revocation
        self._operators = operators

    async def authenticate(self, authorization: str, method: str, url: str, request_id: str | None = None) -> Caller:
        """Return who sends a request with that ``Authorization``: ``method`` on ``url``, made from the public URL.

        An agent's token serves once.

        Raises:
            AuthenticationError: nobody, and always in the same words: a stranger does not learn which check failed.
            UnavailableError: as the ports ``State`` and ``ReplayStore``.
        """
        try:
            token = _read_bearer(authorization)
            if is_operator_token(token):
                return await self._find_operator(token, request_id)
            return await self._find_agent(token, method, url, request_id)
        except UnavailableError:
            raise
        except LegationError as error:
            raise AuthenticationError(
                "the token proves nobody",
                fix="Send Authorization: Bearer, with an operator's token or an agent's did-auth+jwt for this call.",
            ) from error

    async def _find_operator(self, text: str, request_id: str | None) -> Caller:
        operator = await self._operators.find_by_token(OperatorToken.parse(text))
        if operator is None:
            raise AuthenticationError("no operator has this token")
        return Caller(CallerKind.OPERATOR, operator.id, Scope(operator.owner), request_id)

    async def _find_agent(self, text: str, method: str, url: str, request_id: str | None) -> Caller:
        now = self._clock.now()
        token = read_call_token(text, audience=self._public_url, method=method, url=url, at=now)
        if not token.did.startswith(self._prefix):
            raise AuthenticationError("the caller is not hosted here")

        async def work(records: Records) -> HostedAgent:
            return await records.agents.get_by_did(Scope(), token.did)

        agent = await self._state.look(work)
        token.verify(_find_key(agent, token))
        # who cannot sign for an agent does not learn from the time that this takes whether it is suspended
        if agent.life is not Life.ACTIVE:
            raise AuthenticationError("the agent is not active")
        try:
            # last, so that only who made a token can spend it
            await self._replays.spend(_digest(token), expires_at=token.expires_at, at=now)
        except ConflictError as error:
            raise AuthenticationError("the token was used before") from error
        return Caller(CallerKind.AGENT, agent.did, Scope(agent.owner, agent.id), request_id)


def _read_bearer(authorization: str) -> str:
    # RFC 6750 §2.1, RFC 9110 §11.1: the scheme in any case, then spaces, then one token
    scheme, _, token = authorization.partition(" ")
    token = token.strip(" ")
    if len(authorization) > _MAX_CHARS or scheme.lower() != _SCHEME or not token.isascii():
        raise AuthenticationError("this is no bearer token")
    return token


def _find_key(agent: HostedAgent, token: CallToken) -> PublicKey:
    """Return the key of the token's ``kid``, if that is in use now. Raises NotFoundError."""
    for key in agent.keys:
        if key.purpose in _PROVES and key.state is KeyState.CURRENT and agent.method_of(key) == token.method:
            return decode_multikey(key.multikey)
    raise NotFoundError("the agent has no such key")


def _digest(token: CallToken) -> bytes:
    # a DID holds no space: no two pairs are written alike
    return sha256(f"{token.did} {token.jti}".encode("ascii")).digest()
