"""``/v1/trust``: the root issuers that a node trusts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from legation.client.asking import AsyncCaller, Caller
from legation.client.calls import delete, get, post
from legation.client.models import Anchor
from legation.client.reading import list_of, read_anchor


class AsyncTrust(AsyncCaller):
    """Trust anchors."""

    async def list_anchors(self) -> tuple[Anchor, ...]:
        """Return the anchors, those of the node's trust file among them."""
        return await self._ask(get("v1", "trust", read=list_of(read_anchor)))

    async def add_anchor(
        self,
        issuer: str,
        *,
        grants: Sequence[Mapping[str, object]] | None = None,
        principals: Sequence[str] | None = None,
    ) -> Anchor:
        """Trust the root issuer of that DID, for everything and anybody unless ``grants`` and ``principals`` say less.

        A grant is ``{"type", "locations"?}``.

        Raises:
            MalformedError: there is no such anchor.
            ConflictError: it is there already.
        """
        body = {
            "issuer": issuer,
            "grants": None if grants is None else [dict(grant) for grant in grants],
            "principals": None if principals is None else list(principals),
        }
        return await self._ask(post("v1", "trust", read=read_anchor, body=body))

    async def remove_anchor(self, anchor_id: str) -> None:
        """Trust it no more. Raises NotFoundError; what stands in the node's trust file has no id."""
        await self._ask(delete("v1", "trust", anchor_id))


class Trust(Caller):
    """Trust anchors."""

    _twin: AsyncTrust

    def list_anchors(self) -> tuple[Anchor, ...]:
        """Return the anchors, those of the node's trust file among them."""
        return self._run(self._twin.list_anchors())

    def add_anchor(
        self,
        issuer: str,
        *,
        grants: Sequence[Mapping[str, object]] | None = None,
        principals: Sequence[str] | None = None,
    ) -> Anchor:
        """Trust the root issuer of that DID, for everything and anybody unless ``grants`` and ``principals`` say less.

        A grant is ``{"type", "locations"?}``.

        Raises:
            MalformedError: there is no such anchor.
            ConflictError: it is there already.
        """
        return self._run(self._twin.add_anchor(issuer, grants=grants, principals=principals))

    def remove_anchor(self, anchor_id: str) -> None:
        """Trust it no more. Raises NotFoundError; what stands in the node's trust file has no id."""
        self._run(self._twin.remove_anchor(anchor_id))
