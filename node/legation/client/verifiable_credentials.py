"""The VC API of a node: credentials and presentations of any kind, secured by its agents, shown in part, judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import judge, post
from legation.client.forms import AnyCredentialForm, PresentationForm
from legation.client.models import CredentialVerdict
from legation.client.reading import find_refusal, read_holding, secured_in
from legation.client.writing import sendable
from legation.standards.timestamps import format_timestamp

# as it was received: JSON, parsed or not, or the text of a token
Received = Mapping[str, object] | str | bytes
_CREDENTIAL, _PRESENTATION = "verifiableCredential", "verifiablePresentation"


class ProofOptions(TypedDict, total=False):
    """How a proof is made; what is left out is as the agent's key and this moment have it."""

    created: datetime
    expires: datetime
    nonce: str
    proof_id: str
    previous_proof: str | Sequence[str]
    verification_method: str


class IssueOptions(ProofOptions, total=False):
    """How a credential is issued; ``credential_id`` is its name in the audit trail where it has no ``id``."""

    challenge: str
    domain: str
    credential_id: str


class AsyncVerifiableCredentials(AsyncCaller):
    """Credentials of any kind."""

    async def issue_credential(
        self,
        agent: str,
        credential: Received,
        *,
        cryptosuite: AnyCredentialForm | None = None,
        mandatory_pointers: Sequence[str] = (),
        **options: Unpack[IssueOptions],
    ) -> dict[str, object]:
        """Have an agent issue a credential, completed with its ``issuer``; a token comes back enveloped.

        ``cryptosuite`` None takes what the agent's key is used for first. ``mandatory_pointers`` are JSON Pointers to
        what is shown however little is, for a form that can be shown in part. Never repeated once it was sent.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: a rule of the VC Data Model is broken; nothing is signed.
            LegationError: ``issuer_mismatch`` where the credential names another issuer.
            InvalidKeyError: the agent's key cannot do what is asked for.
        """
        how: dict[str, object] = {
            "cryptosuite": cryptosuite,
            **options,
            "mandatory_pointers": tuple(mandatory_pointers),
        }
        body = {"credential": sendable(credential), "options": _write_options(how)}
        path = ("agents", agent, "credentials", "issue")
        return await self._ask(post(*path, read=secured_in(_CREDENTIAL), body=body))

    async def present_credentials(
        self,
        agent: str,
        presentation: Received,
        *,
        challenge: str,
        domain: str,
        cryptosuite: PresentationForm | None = None,
        **options: Unpack[ProofOptions],
    ) -> dict[str, object]:
        """Have an agent secure a presentation for the verifier ``domain``; a token comes back enveloped.

        The ``holder`` is filled in. The credentials stand in it as their issuers secured them. Never repeated once it
        was sent.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: a rule of the VC Data Model is broken; nothing is signed.
            LegationError: ``holder_mismatch`` where the presentation names another holder.
            InvalidKeyError: the agent's key cannot do what is asked for.
        """
        how: dict[str, object] = {"cryptosuite": cryptosuite, "challenge": challenge, "domain": domain, **options}
        body = {"presentation": sendable(presentation), "options": _write_options(how)}
        return await self._ask(post("agents", agent, "presentations", read=secured_in(_PRESENTATION), body=body))

    async def derive_credential(self, credential: Received, pointers: Sequence[str]) -> dict[str, object]:
        """Return a credential that shows what the JSON ``pointers`` name, and what its issuer made mandatory.

        It is still its issuer's, and no key of an agent is used. Safe to repeat, and repeated.

        Raises:
            MalformedError, UnknownTermError: it is of a form that is shown whole, or a pointer names nothing.
            ProofError: it has no proof, or several, from which another can be derived.
        """
        body = {_CREDENTIAL: sendable(credential), "options": {"selectivePointers": list(pointers)}}
        return await self._ask(post("credentials", "derive", read=secured_in(_CREDENTIAL), body=body, repeatable=True))

    async def verify_credential(
        self,
        credential: Received,
        *,
        challenge: str | None = None,
        domain: str | None = None,
        at: datetime | None = None,
    ) -> CredentialVerdict:
        """Have the node judge a credential of any kind, as of now, or of ``at`` where its operator allows that.

        ``challenge`` and ``domain`` are what its proof has to name. A verdict that says no is returned, not raised.
        Nothing is spent or kept. Safe to repeat, and repeated.

        Raises:
            LegationError: ``option_not_allowed``: the node judges as of now alone.
        """
        body = {_CREDENTIAL: sendable(credential), "options": _write_options(_expected(challenge, domain, at))}
        call = judge("credentials", "verify", read=read_holding, find_refusal=find_refusal, body=body)
        return await self._ask(call)

    async def verify_presented_credentials(
        self,
        presentation: Received,
        *,
        challenge: str | None,
        domain: str | None,
        at: datetime | None = None,
    ) -> CredentialVerdict:
        """Have the node judge a presentation of credentials of any kind, with every credential in it.

        ``challenge`` and ``domain`` are what it has to answer. Only where both are None is one without a proof judged,
        by its form and its credentials. The challenge is the caller's to accept once: nothing is spent or kept. A
        verdict that says no is returned, not raised. Safe to repeat, and repeated.

        Raises:
            LegationError: ``option_not_allowed``: the node judges as of now alone.
        """
        body = {_PRESENTATION: sendable(presentation), "options": _write_options(_expected(challenge, domain, at))}
        call = judge("presentations", "verify", read=read_holding, find_refusal=find_refusal, body=body)
        return await self._ask(call)


class VerifiableCredentials(Caller):
    """Credentials of any kind."""

    _twin: AsyncVerifiableCredentials

    def issue_credential(
        self,
        agent: str,
        credential: Received,
        *,
        cryptosuite: AnyCredentialForm | None = None,
        mandatory_pointers: Sequence[str] = (),
        **options: Unpack[IssueOptions],
    ) -> dict[str, object]:
        """Have an agent issue a credential, completed with its ``issuer``; a token comes back enveloped.

        ``cryptosuite`` None takes what the agent's key is used for first. ``mandatory_pointers`` are JSON Pointers to
        what is shown however little is, for a form that can be shown in part. Never repeated once it was sent.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: a rule of the VC Data Model is broken; nothing is signed.
            LegationError: ``issuer_mismatch`` where the credential names another issuer.
            InvalidKeyError: the agent's key cannot do what is asked for.
        """
        return self._run(
            self._twin.issue_credential(
                agent, credential, cryptosuite=cryptosuite, mandatory_pointers=mandatory_pointers, **options
            )
        )

    def present_credentials(
        self,
        agent: str,
        presentation: Received,
        *,
        challenge: str,
        domain: str,
        cryptosuite: PresentationForm | None = None,
        **options: Unpack[ProofOptions],
    ) -> dict[str, object]:
        """Have an agent secure a presentation for the verifier ``domain``; a token comes back enveloped.

        The ``holder`` is filled in. The credentials stand in it as their issuers secured them. Never repeated once it
        was sent.

        Raises:
            NotFoundError: there is no such agent.
            ConflictError: it is suspended or retired.
            MalformedError, UnknownTermError: a rule of the VC Data Model is broken; nothing is signed.
            LegationError: ``holder_mismatch`` where the presentation names another holder.
            InvalidKeyError: the agent's key cannot do what is asked for.
        """
        return self._run(
            self._twin.present_credentials(
                agent, presentation, challenge=challenge, domain=domain, cryptosuite=cryptosuite, **options
            )
        )

    def derive_credential(self, credential: Received, pointers: Sequence[str]) -> dict[str, object]:
        """Return a credential that shows what the JSON ``pointers`` name, and what its issuer made mandatory.

        It is still its issuer's, and no key of an agent is used. Safe to repeat, and repeated.

        Raises:
            MalformedError, UnknownTermError: it is of a form that is shown whole, or a pointer names nothing.
            ProofError: it has no proof, or several, from which another can be derived.
        """
        return self._run(self._twin.derive_credential(credential, pointers))

    def verify_credential(
        self,
        credential: Received,
        *,
        challenge: str | None = None,
        domain: str | None = None,
        at: datetime | None = None,
    ) -> CredentialVerdict:
        """Have the node judge a credential of any kind, as of now, or of ``at`` where its operator allows that.

        ``challenge`` and ``domain`` are what its proof has to name. A verdict that says no is returned, not raised.
        Nothing is spent or kept. Safe to repeat, and repeated.

        Raises:
            LegationError: ``option_not_allowed``: the node judges as of now alone.
        """
        return self._run(self._twin.verify_credential(credential, challenge=challenge, domain=domain, at=at))

    def verify_presented_credentials(
        self,
        presentation: Received,
        *,
        challenge: str | None,
        domain: str | None,
        at: datetime | None = None,
    ) -> CredentialVerdict:
        """Have the node judge a presentation of credentials of any kind, with every credential in it.

        ``challenge`` and ``domain`` are what it has to answer. Only where both are None is one without a proof judged,
        by its form and its credentials. The challenge is the caller's to accept once: nothing is spent or kept. A
        verdict that says no is returned, not raised. Safe to repeat, and repeated.

        Raises:
            LegationError: ``option_not_allowed``: the node judges as of now alone.
        """
        return self._run(
            self._twin.verify_presented_credentials(presentation, challenge=challenge, domain=domain, at=at)
        )


def _expected(challenge: str | None, domain: str | None, at: datetime | None) -> dict[str, object]:
    return {"challenge": challenge, "domain": domain, "at": at}


def _write_options(given: Mapping[str, object]) -> dict[str, object] | None:
    """Return options as the VC API has them; None and an empty tuple are left out."""
    written: dict[str, object] = {}
    for name, value in given.items():
        head, *rest = name.split("_")
        if value is not None and value != ():
            written[head + "".join(map(str.title, rest))] = _write_option(value)
    return written or None


def _write_option(value: object) -> object:
    if isinstance(value, datetime):
        return format_timestamp(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
