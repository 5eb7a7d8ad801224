"""Credentials and presentations of any kind: secured with the keys of a node's agents, and judged for whoever asks."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from legation.crypto.signing import Signer
from legation.domain.agent_keys import Purpose
from legation.domain.callers import Caller
from legation.domain.credentials import reading, verifying
from legation.domain.credentials.deriving import derive_credential
from legation.domain.credentials.methods import needed_documents
from legation.domain.credentials.seals import ASSERTION, AUTHENTICATION, Expectation
from legation.domain.credentials.securing import Securing, secure_credential, secure_presentation
from legation.domain.credentials.verifying import VerifiedCredential, VerifiedPresentation
from legation.domain.methods import Documents
from legation.errors import LegationError, MalformedError, ResolutionError, UnavailableError
from legation.ports.clock import Clock
from legation.ports.resolver import DIDResolver, VersionRequest, VersionResolver
from legation.ports.state import Records, State
from legation.ports.vault import Vault
from legation.standards.timestamps import nanoseconds
from legation.usecases.audit_trail import done
from legation.usecases.heavy_work import HeavyWork
from legation.usecases.hosted_signers import HostedSigners, Ready

if TYPE_CHECKING:
    from legation.standards.did.document import DIDDocument
    from legation.standards.jsonld.contexts import Contexts

T = TypeVar("T")
_MAX_AHEAD = timedelta(seconds=60)
_FEW = 4
_ISSUE, _PRESENT = "credential.issue", "presentation.create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a caller wants a document to be secured: see :class:`legation.domain.credentials.securing.Securing`.

    ``target`` is the name under which the audit trail has it.
    """

    mechanism: str | None = None
    created: datetime | None = None
    method: str | None = None
    proof: Mapping[str, object]
    mandatory: tuple[str, ...] = ()
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a verifier asks: as of when (now by default), and the challenge and the domain that it gave, if any.

    ``by_admin`` says that an operator of the whole node asks, who may name any moment.
    """

    at: datetime | None = None
    challenge: str | None = None
    domain: str | None = None
    by_admin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialPolicy:
    """What a node holds to, whoever asks.

    ``contexts`` are the JSON-LD contexts that it knows. DID documents count while younger than ``max_age``. Every
    caller may name the moment of a verification where ``may_choose_time`` says so.
    """

    contexts: Contexts
    max_age: timedelta
    may_choose_time: bool = False


class Credentials:
    """What a node does with credentials and presentations, as the VC API has it.

    What is heavy is done off the event loop. ``versions`` tells what DID documents were at a moment that a caller
    chose. Whatever signs raises NotFoundError for an agent that is out of the caller's scope, ConflictError for one
    that is not active, and WalletError and UnavailableError as the ports do; then nothing was kept, and no signature
    was given away.
    """

    def __init__(
        self,
        state: State,
        vault: Vault,
        clock: Clock,
        policy: CredentialPolicy,
        *,
        resolver: DIDResolver,
        versions: VersionResolver | None = None,
        heavy: HeavyWork,
    ):
        self._state = state
        self._clock = clock
        self._signers = HostedSigners(state, vault)
        self._contexts = policy.contexts
        self._resolver = resolver
        self._max_age = policy.max_age
        self._versions = versions
        self._heavy = heavy
        self._may_choose_time = policy.may_choose_time

    async def issue(
        self, caller: Caller, name: str, document: Mapping[str, object], wanted: Wanted
    ) -> dict[str, object] | str:
        """Secure a credential with the key of the agent of that name: an object with a proof, or a token.

        Raises:
            LegationError: as :func:`legation.domain.credentials.securing.secure_credential`.
        """

        def secure(signer: Signer, how: Securing) -> dict[str, object] | str:
            return secure_credential(document, signer, how, self._contexts)

        return await self._signers.run(lambda: self._secure(caller, name, secure, wanted, _ISSUE))

    async def present(
        self, caller: Caller, name: str, document: Mapping[str, object], wanted: Wanted
    ) -> dict[str, object] | str:
        """Secure a presentation with the key of the agent of that name: an object with a proof, or a token.

        Raises:
            LegationError: as :func:`legation.domain.credentials.securing.secure_presentation`.
        """

        def secure(signer: Signer, how: Securing) -> dict[str, object] | str:
            return secure_presentation(document, signer, how, self._contexts)

        return await self._signers.run(lambda: self._secure(caller, name, secure, wanted, _PRESENT))

    async def verify_credential(self, received: object, asked: Asked) -> VerifiedCredential:
        """Judge a credential as of a moment.

        Raises:
            LegationError: why it does not hold; ``option_not_allowed`` where the node lets nobody choose the moment.
            UnavailableError: too much work is waiting here.
        """
        at, contexts = self._moment(asked), self._contexts
        expected = Expectation(at, ASSERTION, asked.challenge, asked.domain)

        def read() -> reading.ReadCredential | VerifiedCredential:
            found = reading.read_credential(received, contexts)
            verifying.judge_before_fetching(found, at)
            # where nothing has to be fetched, there is nothing to wait for
            return found if needed_documents(found.dids()) else verify(found, {})

        def verify(found: reading.ReadCredential, documents: Documents) -> VerifiedCredential:
            return verifying.verify_credential(found, documents, expected, contexts)

        found = await self._heavy.run(read)
        if isinstance(found, VerifiedCredential):
            return found
        documents = await self._resolve_all(found.dids(), asked)
        return await self._heavy.run(lambda: verify(found, documents))

    async def verify_presentation(self, received: object, asked: Asked) -> VerifiedPresentation:
        """Judge a presentation, with every credential in it, as of a moment.

        Raises:
            LegationError, UnavailableError: as :meth:`verify_credential`.
        """
        at, contexts = self._moment(asked), self._contexts
        must_prove = asked.challenge is not None or asked.domain is not None
        expected = Expectation(at, AUTHENTICATION, asked.challenge, asked.domain)

        def read() -> reading.ReadPresentation | VerifiedPresentation:
            found = reading.read_presentation(received, contexts)
            verifying.judge_before_fetching(found, at, asked=must_prove)
            return found if needed_documents(found.dids()) else verify(found, {})

        def verify(found: reading.ReadPresentation, documents: Documents) -> VerifiedPresentation:
            return verifying.verify_presentation(found, documents, expected, contexts)

        found = await self._heavy.run(read)
        if isinstance(found, VerifiedPresentation):
            return found
        documents = await self._resolve_all(found.dids(), asked)
        return await self._heavy.run(lambda: verify(found, documents))

    async def derive(self, received: object, pointers: Sequence[str]) -> dict[str, object] | str:
        """Return a credential that shows what ``pointers`` name, and what its issuer made mandatory.

        Raises:
            LegationError: as :func:`legation.domain.credentials.deriving.derive_credential`.
            UnavailableError: too much work is waiting here.
        """
        return await self._heavy.run(lambda: derive_credential(received, pointers, self._contexts))

    async def _secure(
        self,
        caller: Caller,
        name: str,
        secure: Callable[[Signer, Securing], T],
        wanted: Wanted,
        act: str,
    ) -> T:
        ready = await self._signers.find(caller.scope, name)
        now = self._clock.now()
        _check_wanted(ready, wanted, now)
        how = Securing(
            created=wanted.created or now,
            entropy=secrets.token_bytes,
            mechanism=wanted.mechanism,
            proof=wanted.proof,
            mandatory=wanted.mandatory,
        )
        secured = await self._heavy.run(lambda: secure(ready.signer, how))

        async def work(records: Records) -> None:
            agent = await ready.confirm(records)
            await records.audit.add(done(now, caller, act, wanted.target or agent.did, owner=agent.trail))

        # what was signed leaves only once it stands in the audit trail
        await self._state.change(work)
        return secured

    def _moment(self, asked: Asked) -> int:
        if asked.at is None:
            return nanoseconds(self._clock.now())
        if not (self._may_choose_time or asked.by_admin):
            raise LegationError(
                "this node verifies as of now for all but operators of the whole node",
                code="option_not_allowed",
                pointer="/options/at",
                fix="Leave at out, or let the operator set allow_verification_at.",
            )
        return nanoseconds(asked.at)

    async def _resolve_all(self, dids: Collection[str], asked: Asked) -> Documents:
        # what says it all itself is read to the last key, and there may be hundreds
        few = len(dids) <= _FEW
        names = needed_documents(dids) if few else await self._heavy.run(lambda: needed_documents(dids))
        found = await asyncio.gather(*(self._resolve(did, asked) for did in names))
        return dict(zip(names, found, strict=True))

    async def _resolve(self, did: str, asked: Asked) -> DIDDocument | ResolutionError:
        try:
            if asked.at is not None and self._versions is not None:
                return await self._resolve_then(self._versions, did, nanoseconds(asked.at))
            return (await self._resolver.resolve(did, max_age=self._max_age)).document
        except ResolutionError as error:
            return error
        except UnavailableError as error:
            return ResolutionError(error.detail, fix=error.fix)

    async def _resolve_then(self, versions: VersionResolver, did: str, at: int) -> DIDDocument:
        """Return the document as it stood at a chosen moment, where its method tells, else as it stands."""
        try:
            return (await versions.resolve_version(did, VersionRequest(time=at), max_age=self._max_age)).document
        except ResolutionError as error:
            if error.code != "feature_not_supported":
                raise
        return (await self._resolver.resolve(did, max_age=self._max_age)).document


def _check_wanted(ready: Ready, wanted: Wanted, now: datetime) -> None:
    """Refuse a method that is not the agent's, and a proof that was made before its key or is yet to be made."""
    if wanted.method is not None and wanted.method != ready.signer.method:
        raise MalformedError(
            "the verification method is not that of the agent's key",
            pointer="/options/verificationMethod",
            fix=f"Leave it out, or name {ready.signer.method}.",
        )
    if wanted.created is None:
        return
    key = ready.agent.current_key(Purpose.SIGNING)
    if not key.created_at.replace(microsecond=0) <= wanted.created <= now + _MAX_AHEAD:
        raise MalformedError(
            "a proof is made after its key, and not in the future", pointer="/options/created", fix="Leave it out."
        )
