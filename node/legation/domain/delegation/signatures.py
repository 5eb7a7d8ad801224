"""The one thing worth remembering between verifications: that the signatures on these exact bytes are good."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass

from legation.crypto.keys import PublicKey
from legation.domain.delegation.secured import ReadHop

DEFAULT_ENTRIES = 8192
# of wire; what is read from it takes up to some fifty times as much
DEFAULT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class SignedHop:
    """A hop as read from exact bytes, and for each of its signatures the key under which it was found good."""

    read: ReadHop
    keys: tuple[PublicKey, ...]


class SignatureCache:
    """Signed hops by the SHA-256 of their exact bytes, least recently used out first, bounded in number and bytes.

    It holds only what no time can change. Whether the key still speaks for the issuer, expiry, status and attenuation
    are judged each time anew.
    """

    def __init__(self, *, max_entries: int = DEFAULT_ENTRIES, max_bytes: int = DEFAULT_BYTES):
        self._hops: OrderedDict[bytes, SignedHop] = OrderedDict()
        self._max_entries, self._max_bytes, self._bytes = max_entries, max_bytes, 0

    def find(self, digest: bytes) -> SignedHop | None:
        """Return what is known of these bytes, or None."""
        found = self._hops.get(digest)
        if found is not None:
            # another thread may have dropped it meanwhile
            with suppress(KeyError):
                self._hops.move_to_end(digest)
        return found

    def add(self, digest: bytes, signed: SignedHop) -> None:
        """Remember a hop whose signatures all held."""
        if digest in self._hops or signed.read.size > self._max_bytes:
            return
        self._hops[digest] = signed
        self._bytes += signed.read.size
        while len(self._hops) > self._max_entries or self._bytes > self._max_bytes:
            try:
                _, dropped = self._hops.popitem(last=False)
            except KeyError:
                self._bytes = 0  # threads that counted at the same time miscounted; of nothing there are none
                return
            self._bytes -= dropped.read.size

    def __len__(self) -> int:
        return len(self._hops)
