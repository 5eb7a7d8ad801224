"""Integrity metadata as Subresource Integrity has it (W3C SRI §3), for documents that a claim or document refers to."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64decode
from hashlib import sha256, sha384, sha512

from legation.errors import MalformedError, ProofError

# weakest first (SRI §3.2.2)
_HASHES = {"sha256": sha256, "sha384": sha384, "sha512": sha512}
_STRENGTH = list(_HASHES)
# SRI §3.5: an algorithm, a value in base64, options after a question mark, which mean nothing yet
_EXPRESSION = re.compile(r"(sha256|sha384|sha512)-([A-Za-z0-9+/]{43,86}={0,2})(?:\?[\x21-\x7e]*)?")
_MAX_CHARS = 1024


def check_integrity(data: bytes, metadata: object) -> None:
    """Check the bytes of a document against integrity metadata; of several, the strongest hash counts (SRI §3.3.4-5).

    Metadata without any hash that we know is refused, where a browser would let the document pass.

    Raises:
        MalformedError: no integrity metadata.
        ProofError: the document is another one.
    """
    if not isinstance(metadata, str) or len(metadata) > _MAX_CHARS:
        raise MalformedError("integrity metadata is a string")
    matches = [match for match in map(_EXPRESSION.fullmatch, metadata.split()) if match is not None]
    if not matches:
        raise MalformedError("integrity metadata holds no sha256, sha384 or sha512")
    strongest = max((match[1] for match in matches), key=_STRENGTH.index)
    digest = _HASHES[strongest](data).digest()
    if not any(_equals(match[2], digest) for match in matches if match[1] == strongest):
        raise ProofError("the document is not the one that its integrity metadata describes")


def _equals(value: str, digest: bytes) -> bool:
    try:
        return hmac.compare_digest(b64decode(value, validate=True), digest)
    except binascii.Error:
        return False
