"""Proof values in CBOR (RFC 8949), one encoding each: what the cryptosuites that disclose in part write and read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NoReturn

from legation.errors import MalformedError, ProofError
from legation.standards.multiformats import decode_base64url, encode_base64url

MAX_CHARS = 256 * 1024
HEADER_BYTES = 3
# an array, in it an array or a map
_MAX_DEPTH = 2


class _NoTags(Mapping[int, Callable[..., NoReturn]]):
    """Decoders of tags, of which there are none: vc-di-ecdsa §3.5.7 forbids them, and those of cbor2 do too much."""

    def __getitem__(self, tag: int) -> Callable[..., NoReturn]:
        return _refuse_tag

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _refuse_tag(*_: object) -> NoReturn:
    raise ValueError("a proof value has no tags")


def write_proof_value(header: bytes, components: Sequence[object]) -> str:
    """Write components as multibase base64url of the header and their CBOR (§3.5.2, §3.5.7)."""
    import cbor2

    return "u" + encode_base64url(header + cbor2.dumps([*components]))


def find_header(text: object) -> bytes | None:
    """Return the first three bytes of a base64url multibase value, which say what it is; None for any other text."""
    if not isinstance(text, str) or len(text) < 1 + 4 or text[0] != "u":
        return None
    try:
        return decode_base64url(text[1:5])
    except MalformedError:
        return None


def read_proof_value(text: object, header: bytes) -> list[object]:
    """Read the components of a proof value with that header.

    The CBOR is definite in length, shortest in every number and without tags, as RFC 8949 §4.1 prefers it: whatever is
    read back is written back as it was, but for the order of a map.

    Raises:
        ProofError: it is not that.
    """
    if not isinstance(text, str) or len(text) > MAX_CHARS or find_header(text) != header:
        raise ProofError("the proof's value is not of this cryptosuite and kind", pointer="/proof/proofValue")
    import cbor2

    try:
        data = decode_base64url(text[1:])[HEADER_BYTES:]
        components = cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=_NoTags(),
            max_depth=_MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        again = cbor2.dumps(components)
    except (MalformedError, cbor2.CBORError, TypeError, ValueError) as error:
        raise _unreadable() from error
    if again != data or type(components) is not list:
        raise _unreadable()
    return components


def _unreadable() -> ProofError:
    return ProofError("the proof's value is not the CBOR that it should be", pointer="/proof/proofValue")
