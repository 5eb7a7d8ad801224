"""The port to public documents on other hosts."""

from __future__ import annotations

from typing import Protocol


class DocumentFetcher(Protocol):
    """Public documents by URL, through the egress guard."""

    @property
    def allows_loopback(self) -> bool:
        """Whether a ``dangerously_`` setting lets plain http reach this machine."""

    async def fetch(self, url: str, *, accept: str, max_bytes: int) -> bytes:
        """Return the body that stands at ``url``.

        Raises:
            EgressError: the guard refuses the URL, the address or the answer (code ``egress_refused``), or nothing is
                there (code ``not_found``).
            UnavailableError: no answer, or none in time.
        """
