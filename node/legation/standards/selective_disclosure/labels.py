"""Labels of blank nodes that say nothing of the nodes that are not disclosed (vc-di-ecdsa §3.4.4, §3.5.5, §3.5.6)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping

from legation.standards.multiformats import decode_base64url, encode_base64url

CANONICAL = "c14n"
LabelMaker = Callable[[Iterable[str]], dict[str, str]]
"""Takes canonical identifiers, ``c14n0`` and so on, and gives each its label."""


def hmac_labels(key: bytes) -> LabelMaker:
    """Return what makes of each identifier its HMAC-SHA-256, in multibase base64url (§3.4.4)."""

    def make(identifiers: Iterable[str]) -> dict[str, str]:
        return {name: write_label(hmac.digest(key, name.encode(), "sha256")) for name in identifiers}

    return make


def write_label(digest: bytes) -> str:
    """Write the digest that a compressed label map holds as a label (§3.5.6)."""
    return "u" + encode_base64url(digest)


def read_label(label: str) -> bytes:
    """Return the digest of a label that :func:`write_label` wrote (§3.5.5)."""
    return decode_base64url(label[1:])


def given_labels(compressed: Mapping[int, bytes]) -> LabelMaker:
    """Return what gives each identifier the label that a compressed label map has for it (§3.4.3, §3.5.6).

    It raises KeyError where the map has none.
    """
    labels = {f"{CANONICAL}{number}": write_label(digest) for number, digest in compressed.items()}
    return lambda identifiers: {name: labels[name] for name in identifiers}
