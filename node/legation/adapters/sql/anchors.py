"""The trust anchors that a node keeps, in SQL: each as JSON in one form."""

from __future__ import annotations

from hashlib import sha256

import orjson
from sqlalchemy import bindparam, delete, func, insert, select

from legation.adapters.sql.schema import anchors
from legation.adapters.sql.sessions import Session
from legation.adapters.sql.statements import Statement, Value
from legation.domain.trust import Anchor, parse_anchor
from legation.errors import ConflictError, NotFoundError, TooLargeError
from legation.ports.state import KeptAnchor

MAX_ANCHORS = 1000

_COUNT = Statement(anchors, select(func.count(), func.max(anchors.c.number)).select_from(anchors))
_ADD = Statement(anchors, insert(anchors), or_nothing=True)
_LIST = Statement(anchors, select(anchors.c.id, anchors.c.anchor).order_by(anchors.c.number))
_GET = Statement(anchors, select(anchors.c.anchor).where(anchors.c.id == bindparam("id")))
_THERE = Statement(
    anchors,
    select(anchors.c.id).where((anchors.c.id == bindparam("id")) | (anchors.c.digest == bindparam("digest"))),
)
_REMOVE = Statement(anchors, delete(anchors).where(anchors.c.id == bindparam("id")))


class SQLAnchorRecords:
    """The port ``AnchorRecords``."""

    def __init__(self, session: Session):
        self._session = session

    async def add(self, kept: KeptAnchor) -> None:
        """Keep a new one. Raises ConflictError, TooLargeError."""
        text = orjson.dumps(kept.anchor.to_json(), option=orjson.OPT_SORT_KEYS)
        values: dict[str, Value] = {"id": kept.id, "digest": sha256(text).digest(), "anchor": text.decode()}
        if await self._session.fetch(_THERE, values):
            raise ConflictError("the anchor is there already")
        # changes come one after the other: nobody adds one between the count and the row
        count, newest = (await self._session.fetch(_COUNT, {}))[0]
        if count >= MAX_ANCHORS:
            raise TooLargeError(f"a node keeps at most {MAX_ANCHORS} trust anchors")
        if await self._session.write(_ADD, {**values, "number": (newest or 0) + 1}) == 0:
            raise ConflictError("the anchor is there already")

    async def list_all(self) -> list[KeptAnchor]:
        """Return all, the oldest first."""
        rows = await self._session.fetch(_LIST, {})
        return [KeptAnchor(anchor_id, _read(text)) for anchor_id, text in rows]

    async def remove(self, anchor_id: str) -> Anchor:
        """Let go of one, and return it. Raises NotFoundError."""
        rows = await self._session.fetch(_GET, {"id": anchor_id})
        if not rows:
            raise NotFoundError("there is no such trust anchor")
        await self._session.write(_REMOVE, {"id": anchor_id})
        return _read(rows[0][0])


def _read(text: str) -> Anchor:
    return parse_anchor(orjson.loads(text))
