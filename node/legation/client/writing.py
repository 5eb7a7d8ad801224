"""What a client puts into bodies: chains, credentials and presentations as received, and spans of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from legation.domain.chain import Chain
from legation.errors import MalformedError
from legation.standards.strict_json import MAX_BYTES, parse_json

Sendable = Chain | Mapping[str, object] | Sequence[object] | str | bytes
_JSON_STARTS = ("{", "[", '"')
_SECOND = timedelta(seconds=1)


def sendable(received: Sendable) -> object:
    """Return a chain, credential or presentation as a member of a body: JSON as JSON, a token or compact form as text.

    Raises:
        MalformedError, TooLargeError: it is neither UTF-8 nor strict JSON, or larger than what anybody verifies.
    """
    if isinstance(received, Chain):
        return [hop.wire for hop in received.hops]
    if isinstance(received, Mapping):
        return dict(received)
    if not isinstance(received, str | bytes):
        return list(received)
    try:
        text = (received if isinstance(received, str) else received.decode("utf-8")).strip()
        data = text.encode("utf-8")
    except UnicodeError as error:
        raise MalformedError("a chain, credential or presentation is text in UTF-8") from error
    return parse_json(data, max_bytes=MAX_BYTES, max_nesting=None) if text.startswith(_JSON_STARTS) else text


def whole_seconds(span: timedelta) -> int:
    """Return a span of time in seconds, rounded down: a grant never lasts longer than was meant."""
    return span // _SECOND
