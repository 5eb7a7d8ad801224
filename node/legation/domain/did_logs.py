"""The logs of agents' DIDs (did:webvh 1.0): begun with an agent, continued with each change of its document, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from legation.crypto.signing import SigningKey
from legation.domain.agent_keys import AgentKey, Purpose
from legation.domain.documents import build_agent_document
from legation.domain.hosted_agents import HostedAgent, Life
from legation.errors import ConflictError
from legation.standards.did.webvh import log
from legation.standards.did.webvh.building import Changes, Entry, create_log, deactivate_log, extend_log
from legation.standards.did.webvh.log import Log, read_log
from legation.standards.did.webvh.urls import build_did_webvh
from legation.standards.strict_json import parse_json
from legation.standards.timestamps import SECOND, nanoseconds, parse_timestamp

# room for the two entries that end a log
MAX_ENTRIES = log.MAX_ENTRIES - 2
MAX_BYTES = log.MAX_LOG_BYTES - 128 * 1024
# as far as entries of one second each may be ahead of the clock
_MAX_AHEAD = 20 * SECOND


def plan_did(public_url: str, name: str) -> str:
    """Return the did:webvh of an agent of that name, with ``{SCID}`` where its log's first entry will have its hash.

    Raises:
        MalformedError: the host of the URL cannot stand in a did:webvh.
    """
    return build_did_webvh(public_url, "agents", name)


def begin_log(agent: HostedAgent, key: SigningKey) -> tuple[HostedAgent, str]:
    """Return an agent whose DID is planned with its DID, and the log's first entry, signed with its update key."""
    entry = create_log(build_agent_document(agent), _write_keys(agent), key=key, at=agent.created_at)
    return replace(agent, did=entry.version.did), _text(entry)


def read_agent_log(did: str, entries: Sequence[str], *, at: datetime) -> Log:
    """Return an agent's log, every entry verified. Raises ResolutionError."""
    # an entry bears the second after the one before, which may be about to come
    return read_log(did, "\n".join(entries).encode(), None, at=nanoseconds(at))


def check_room(entries: Sequence[str], *, at: datetime) -> None:
    """Refuse what a log has no room for. Raises ConflictError: log_full; busy, for more than one entry a second."""
    if len(entries) >= MAX_ENTRIES or sum(len(entry) + 1 for entry in entries) > MAX_BYTES:
        raise ConflictError(
            "the log of the agent's DID is full",
            code="log_full",
            fix="Retire the agent, and create another one.",
        )
    last = parse_json(entries[-1].encode())
    if isinstance(last, dict) and parse_timestamp(last["versionTime"]) > nanoseconds(at) + _MAX_AHEAD:
        raise ConflictError("a log takes one entry a second", code="busy", fix="Wait half a minute, then try again.")


def continue_log(entries: Sequence[str], agent: HostedAgent, key: SigningKey, *, at: datetime) -> list[str]:
    """Return what comes after ``entries`` in the log of an agent that was changed; the end of a retired one's are two.

    ``key`` is the one that the last entry committed to; the agent names it as its update key, and the one after it.

    Raises:
        ResolutionError: the entries are not a log of the agent's.
        MalformedError: the agent's document cannot be published.
    """
    before = read_agent_log(agent.did, entries, at=at).latest
    if agent.life is not Life.RETIRED:
        return [_text(extend_log(before, build_agent_document(agent), _write_keys(agent), key=key, at=at))]
    # "Deactivate (Revoke)": pre-rotation is ended first
    last = extend_log(before, None, Changes(next_keys=()), key=key, at=at)
    return [_text(last), _text(deactivate_log(last.version, key=key, at=at))]


def move_update_keys(agent: HostedAgent, coming: AgentKey, *, at: datetime) -> HostedAgent:
    """Return an agent whose next update key is in use, the one before at its end, and ``coming`` the next one."""
    keys = []
    for key in agent.keys:
        if key.purpose is Purpose.NEXT_UPDATE:
            keys.append(replace(key, purpose=Purpose.UPDATE))
        elif key.purpose is not Purpose.UPDATE:
            keys.append(key)
    return replace(agent, keys=(*keys, coming), updated_at=at)


def _write_keys(agent: HostedAgent) -> Changes:
    update, following = agent.current_key(Purpose.UPDATE), agent.current_key(Purpose.NEXT_UPDATE)
    return Changes(update_keys=(update.multikey,), next_keys=(following.multikey,))


def _text(entry: Entry) -> str:
    return entry.line.decode().removesuffix("\n")
