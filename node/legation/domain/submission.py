"""What a verifier is handed: a presentation, a bare chain or one credential, from bytes to values (design page §2)."""

from __future__ import annotations

from dataclasses import dataclass

from legation.domain.delegation.compact import PREFIX, expand
from legation.domain.delegation.credential import CONTEXT
from legation.domain.delegation.links import MAX_HOPS
from legation.domain.delegation.secured import SELECTIVE_TYPES, SecuredCredential
from legation.domain.presentation import Presentation, read_presentation, read_presentation_token
from legation.errors import MalformedError, TooLargeError, UnknownTermError
from legation.standards.jose import find_type
from legation.standards.strict_json import MAX_BYTES, parse_json
from legation.standards.vc.enveloping import find_enveloped

# a submission in JSON begins so; whatever else has the two dots of a compact token can only be one
_JSON_STARTS = (b"{", b"[", b'"')
_MEDIA = frozenset({"application/vc+jwt", *(f"application/{typ}" for typ in SELECTIVE_TYPES)})
_ENVELOPED = "EnvelopedVerifiableCredential"


@dataclass(frozen=True, slots=True)
class Submission:
    """A chain, root first, and the presentation that it came in, or None for a bare chain.

    ``enclosing`` says how many arrays and objects each hop stood in, for the bound on nesting (design page §4, step 1).
    """

    hops: tuple[SecuredCredential, ...]
    presentation: Presentation | None
    enclosing: int = 2


def parse_submission(data: bytes | str) -> Submission:
    """Read a presentation (JSON, ``vp+jwt`` or compact), a credential, or an array of credentials, root first.

    Raises:
        TooLargeError: more than 256 KiB, or more than 16 hops.
        MalformedError, UnknownTermError: anything that is none of these.
    """
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise TooLargeError(f"the input is larger than {MAX_BYTES} bytes")
    text = raw.strip()
    if text.startswith(PREFIX.encode("ascii")):
        text = expand(text.decode("ascii", "replace"))
    if text[:1] not in _JSON_STARTS and text.count(b".") == 2:
        return _read_token(text)
    return read_submission(parse_json(text, max_nesting=None))


def read_submission(value: object) -> Submission:
    """Read a submission that was already parsed as strict JSON. Raises as :func:`parse_submission`."""
    if isinstance(value, str):
        return parse_submission(value)
    if isinstance(value, list):
        return Submission(_read_hops(value), None, enclosing=1)
    if not isinstance(value, dict):
        raise MalformedError("the input is neither a presentation nor a credential nor an array of credentials")
    kinds = value.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "VerifiablePresentation" in kinds:
        return _of_presentation(read_presentation(value))
    if "EnvelopedVerifiablePresentation" in kinds:
        media, token = find_enveloped(value, "EnvelopedVerifiablePresentation")
        if media != "application/vp+jwt":
            raise UnknownTermError("the presentation's media type is unknown", pointer="/id")
        return _of_presentation(read_presentation_token(token))
    return Submission(_read_hops([value]), None, enclosing=0)


def _read_token(text: bytes) -> Submission:
    try:
        token = text.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedError("a token is ASCII") from error
    # a vp+jwt says so in its header; whatever else begins like a token is judged as a credential
    if find_type(token) == "vp+jwt":
        return _of_presentation(read_presentation_token(token))
    return Submission((SecuredCredential(token),), None)


def _of_presentation(presentation: Presentation) -> Submission:
    # design page §2: embedded or enveloped; only a bare chain has tokens as they are
    if any(isinstance(value, str) for value in presentation.credentials):
        raise MalformedError("a presentation holds tokens enveloped", pointer="/verifiableCredential")
    return Submission(_read_hops(presentation.credentials), presentation)


def _read_hops(values: list[object]) -> tuple[SecuredCredential, ...]:
    if len(values) > MAX_HOPS:
        raise TooLargeError(f"the chain has more than {MAX_HOPS} hops")
    if not values:
        raise MalformedError("the chain has no hop")
    return tuple([read_credential(value) for value in values])


def read_credential(value: object) -> SecuredCredential:
    """Read one entry: an embedded credential, an EnvelopedVerifiableCredential, or a compact token.

    Raises:
        MalformedError, UnknownTermError: none of these, or of a media type that this version does not know.
    """
    if isinstance(value, str):
        return SecuredCredential(value)
    if not isinstance(value, dict):
        raise MalformedError("an entry of the chain is neither an object nor a token")
    if value.get("type") in (_ENVELOPED, [_ENVELOPED]):
        media, token = find_enveloped(value, _ENVELOPED, extended=CONTEXT)
        if media not in _MEDIA:
            raise UnknownTermError("the credential's media type is unknown to this version", pointer="/id")
        secured = SecuredCredential(token)
        if media != f"application/{secured.media()}":
            raise MalformedError("the credential is not of the media type that envelops it", pointer="/id")
        return secured
    return SecuredCredential(value)
