"""What callers of the VC API send (W3C CCG, VC API 0.7): documents as they are, and options that are known."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from legation.http.bodies import Body
from legation.http.requests import Moment

MAX_POINTERS = 512
_MAX_OPTION = 2048

Option = Annotated[str, Field(min_length=1, max_length=_MAX_OPTION)]
Mechanism = Annotated[str, Field(min_length=1, max_length=64)]
Pointer = Annotated[str, Field(max_length=1024)]
Pointers = Annotated[list[Pointer], Field(max_length=MAX_POINTERS)]
# judged as received, by the domain, which says what is wrong with it
Document = dict[str, object]
Secured = dict[str, object] | str


class ProofOptions(Body):
    """How a proof is made; what is left out is as the agent's key, this moment and the route have it."""

    type: Literal["DataIntegrityProof"] = "DataIntegrityProof"
    cryptosuite: Mechanism | None = None
    verification_method: Option | None = None
    created: Moment | None = None
    expires: Moment | None = None
    challenge: Option | None = None
    domain: Option | None = None
    proof_id: Option | None = None
    previous_proof: Option | Annotated[list[Option], Field(min_length=1, max_length=16)] | None = None
    nonce: Option | None = None


class IssueOptions(ProofOptions):
    """How a credential is issued."""

    proof_purpose: Literal["assertionMethod"] = "assertionMethod"
    mandatory_pointers: Pointers = Field(default_factory=list)
    credential_id: Option | None = None


class PresentOptions(ProofOptions):
    """How a presentation is made."""

    proof_purpose: Literal["authentication"] = "authentication"


class IssueBody(Body):
    """A credential that an agent is to issue."""

    credential: Document
    options: IssueOptions = Field(default_factory=IssueOptions)


class PresentBody(Body):
    """A presentation that an agent is to make."""

    presentation: Document
    options: PresentOptions = Field(default_factory=PresentOptions)


class VerifyOptions(Body):
    """What a verifier asks. ``checks`` turns nothing off: every check is always made."""

    checks: Annotated[list[Mechanism], Field(max_length=16)] = Field(default_factory=list)
    challenge: Option | None = None
    domain: Option | None = None
    at: Moment | None = None
    return_problem_details: bool = True


class VerifyCredentialOptions(VerifyOptions):
    """What a verifier asks of a credential. ``returnResults`` is taken: there are none beside the verdict."""

    expected_proof_purpose: Option | None = None
    return_results: bool = False
    return_credential: bool = False


class VerifyPresentationOptions(VerifyOptions):
    """What a verifier asks of a presentation."""

    expected_proof_purpose: Option | None = None
    return_presentation: bool = False


class VerifyCredentialBody(Body):
    """A credential as it was received."""

    verifiable_credential: Secured
    options: VerifyCredentialOptions = Field(default_factory=VerifyCredentialOptions)


class VerifyPresentationBody(Body):
    """A presentation as it was received."""

    verifiable_presentation: Secured
    options: VerifyPresentationOptions = Field(default_factory=VerifyPresentationOptions)


class DeriveOptions(Body):
    """What is to be shown."""

    selective_pointers: Pointers = Field(default_factory=list)


class DeriveBody(Body):
    """A credential of which only a part is to be shown."""

    verifiable_credential: Secured
    options: DeriveOptions = Field(default_factory=DeriveOptions)
