"""What a file that a command names as a credential, or as what is to be presented, holds; nothing of it is judged."""

from __future__ import annotations

from legation.cli.failures import UsageError
from legation.cli.inputs import read_bounded
from legation.client.writing import sendable
from legation.errors import TooLargeError
from legation.standards.strict_json import MAX_BYTES

_CREDENTIAL_TOKENS = frozenset({"vc+jwt", "vc+sd-jwt"})
_PRESENTATION_TOKENS = frozenset({"vp+jwt", "vp+sd-jwt"})


def read_received(name: str) -> object:
    """Return the credential or presentation that somebody sent: JSON, or the text of a token.

    Raises:
        MalformedError, TooLargeError: it is neither UTF-8 nor strict JSON, or larger than what anybody verifies.
        LegationError: ``file_unusable``.
    """
    data = read_bounded(name)
    if len(data) > MAX_BYTES:
        # what was read is only its beginning
        raise TooLargeError(f"a credential or presentation is at most {MAX_BYTES} bytes")
    return sendable(data)


def is_presentation(received: object) -> bool:
    """Say whether somebody presents something, enveloped or not; what cannot be read is no presentation."""
    from legation.standards.vc.presentations import ENVELOPED_PRESENTATION

    if isinstance(received, str):
        return _find_token_type(received) in _PRESENTATION_TOKENS
    named = received.get("type") if isinstance(received, dict) else None
    types = named if isinstance(named, list) else [named]
    return "VerifiablePresentation" in types or ENVELOPED_PRESENTATION in types


def read_presentation(name: str) -> dict[str, object]:
    """Return the presentation that a file holds, or one of the credential, or array of credentials, in it.

    Raises:
        UsageError: the file holds neither.
        LegationError: as :func:`read_received`.
    """
    from legation.standards.vc.enveloping import CREDENTIALS_V2

    received = read_received(name)
    if isinstance(received, dict) and is_presentation(received):
        return received
    entries = received if isinstance(received, list) else [received]
    return {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [_find_entry(entry) for entry in entries],
    }


def _find_entry(received: object) -> dict[str, object]:
    from legation.standards.vc.enveloping import envelop
    from legation.standards.vc.presentations import ENVELOPED_CREDENTIAL

    kind = _find_token_type(received) if isinstance(received, str) else None
    if isinstance(received, str) and kind in _CREDENTIAL_TOKENS:
        return envelop(received, ENVELOPED_CREDENTIAL, f"application/{kind}")
    if not isinstance(received, dict) or is_presentation(received):
        raise UsageError("the file holds neither a presentation nor credentials", fix="Give JSON, or a token.")
    return received


def _find_token_type(token: str) -> str | None:
    from legation.standards.jose import find_type

    return find_type(token.partition("~")[0], named=False)
