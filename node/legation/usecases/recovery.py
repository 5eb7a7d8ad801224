"""Finding what was left half done between state and vault, at a node's start and every minute, and ending it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from legation.ports.clock import Clock
from legation.ports.state import Intent, Records, State
from legation.ports.vault import Vault
from legation.usecases.profiles import settle

_EVER = datetime.max.replace(tzinfo=UTC)


async def recover(state: State, vault: Vault, clock: Clock, *, older_than: timedelta) -> int:
    """Finish or remove what was begun ``older_than`` ago or before and is not over; return how much of it.

    Zero is for who is alone: then everything is ended, also what looks new because the clock was set back since. Each
    is handled on its own; what cannot be done now is left for the next time. Raises UnavailableError where the state
    cannot be asked.
    """
    begun_before = clock.now() - older_than if older_than else _EVER

    async def work(records: Records) -> list[Intent]:
        return await records.intents.list_before(begun_before)

    ended = 0
    for intent in await state.look(work):
        ended += await settle(state, vault, clock, intent)
    return ended
