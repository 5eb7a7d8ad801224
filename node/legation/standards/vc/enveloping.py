"""Forms of the VC Data Model 2.0 that are more than members: enveloped credentials and presentations (§4.13, §4.14)."""

from __future__ import annotations

from collections.abc import Mapping

from legation.errors import MalformedError, UnknownTermError

CREDENTIALS_V2 = "https://www.w3.org/ns/credentials/v2"
_MEMBERS = frozenset({"@context", "id", "type"})


def find_enveloped(value: Mapping[str, object], kind: str, *, extended: list[str] | None = None) -> tuple[str, str]:
    """Return media type and bare token of an enveloped credential or presentation: ``data:MEDIA,TOKEN`` in its ``id``.

    ``extended`` is an @context beyond credentials/v2 that may stand there as well.

    Raises:
        MalformedError, UnknownTermError: another form, other members, or an @context that is not credentials/v2.
    """
    if not value.keys() <= _MEMBERS:
        raise UnknownTermError("a member of an enveloping object is unknown")
    if value.get("type") not in (kind, [kind]):
        raise MalformedError(f"the type is not {kind}", pointer="/type")
    context = value.get("@context")
    if context not in (CREDENTIALS_V2, [CREDENTIALS_V2]) and (extended is None or context != extended):
        raise MalformedError("an enveloping object's @context is credentials/v2", pointer="/@context")
    identifier = value.get("id")
    if not isinstance(identifier, str) or not identifier.startswith("data:"):
        raise MalformedError("an enveloping object's id is a data: URL", pointer="/id")
    media, separator, token = identifier[5:].partition(",")
    if not separator:
        raise MalformedError("an enveloping object's id is a data: URL with a media type and a token", pointer="/id")
    return media, token


def envelop(token: str, kind: str, media: str) -> dict[str, object]:
    """Wrap a compact token for a presentation's ``verifiableCredential`` (§4.13)."""
    return {"@context": CREDENTIALS_V2, "id": f"data:{media},{token}", "type": kind}
