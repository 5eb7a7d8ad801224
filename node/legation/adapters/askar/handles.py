"""The handles on private keys that were given out: each key loaded once, kept a while, and let go of when it ends."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from weakref import WeakValueDictionary

from legation.adapters.askar.signing import AskarSigningKey
from legation.errors import NotFoundError

MAX_HANDLES = 10_000
_Name = tuple[str, str]  # profile, key id


class Handles:
    """At most ``max_handles`` are kept for the next caller; those that callers hold are known beyond that."""

    def __init__(self, max_handles: int = MAX_HANDLES):
        self._max_handles = max_handles
        self._kept: OrderedDict[_Name, AskarSigningKey] = OrderedDict()
        self._given: WeakValueDictionary[_Name, AskarSigningKey] = WeakValueDictionary()
        self._loading: dict[_Name, asyncio.Task[AskarSigningKey]] = {}

    async def get(self, name: _Name, load: Callable[[], Awaitable[AskarSigningKey]]) -> AskarSigningKey:
        """Return the handle of that name; callers at once share one load. Raises what ``load`` raises."""
        known = self._given.get(name)
        if known is not None:
            self._keep(name, known)
            return known
        task = self._loading.get(name)
        if task is None:
            task = asyncio.create_task(self._load(name, load))
            task.add_done_callback(_see)
            self._loading[name] = task
        # one caller that leaves does not take the load away from the others
        return await asyncio.shield(task)

    def forget(self, profile: str, key_ids: Iterable[str] | None = None) -> None:
        """Let go of a profile's handles, or of some: they sign no more, and what is being loaded counts as gone."""
        wanted = None if key_ids is None else frozenset(key_ids)
        for known in (self._given, self._loading):
            for name in [name for name in list(known) if name[0] == profile and (wanted is None or name[1] in wanted)]:
                self._drop(name)

    def forget_all(self) -> None:
        """Let go of every handle."""
        for name in [*self._given, *self._loading]:
            self._drop(name)

    async def _load(self, name: _Name, load: Callable[[], Awaitable[AskarSigningKey]]) -> AskarSigningKey:
        task = asyncio.current_task()
        try:
            key = await load()
            if self._loading.get(name) is not task:
                # it was forgotten while it was read
                key.forget()
                raise NotFoundError("the wallet holds no such key")
            self._keep(name, key)
            return key
        finally:
            if self._loading.get(name) is task:
                del self._loading[name]

    def _keep(self, name: _Name, key: AskarSigningKey) -> None:
        self._given[name] = self._kept[name] = key
        self._kept.move_to_end(name)
        while len(self._kept) > self._max_handles:
            self._kept.popitem(last=False)

    def _drop(self, name: _Name) -> None:
        self._loading.pop(name, None)
        self._kept.pop(name, None)
        key = self._given.pop(name, None)
        if key is not None:
            key.forget()


def _see(task: asyncio.Task[AskarSigningKey]) -> None:
    # so that the loop does not complain where all callers have left
    if not task.cancelled():
        task.exception()
