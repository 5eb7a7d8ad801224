"""What can become of an agent's keys, and when one stops to count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legation.domain.agent_keys import KeyState, Purpose, describe_key, find_agent_id, write_key_id
from legation.domain.hosted_agents import HostedAgent
from legation.domain.key_lives import (
    MAX_KEYS,
    add_access_key,
    check_replaceable,
    condemn,
    end_of,
    put_in_place,
    remove_access_key,
    reserve_key,
)
from legation.errors import ConflictError, InvalidKeyError, NotFoundError
from legation.standards.timestamps import format_timestamp, nanoseconds, parse_timestamp
from tests.support.lives import access_key
from tests.support.planned import AGENT_ID, AT, build_agent, new_key

MOMENTS = st.timedeltas(timedelta(0), timedelta(days=20_000)).map(
    lambda since: datetime(2020, 1, 1, tzinfo=UTC) + since
)


@given(rotated=MOMENTS, before=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_what_is_signed_before_the_rotation_is_dated_before_the_end_and_a_second_later_nothing_is(
    rotated: datetime, before: timedelta
) -> None:
    end = end_of(rotated)
    # as documents and proofs write moments, and as verification compares them
    expires = parse_timestamp(format_timestamp(end))
    assert expires == nanoseconds(end)
    assert parse_timestamp(format_timestamp(rotated - before)) < expires
    assert parse_timestamp(format_timestamp(rotated + timedelta(seconds=1))) >= expires


def test_reserved_ids_are_never_the_same_whatever_comes_of_them() -> None:
    agent: HostedAgent = build_agent()
    seen = {key.id for key in agent.keys}
    for number in range(5):
        reserved, unused = reserve_key(agent)
        agent, added = add_access_key(reserved, access_key(f"more-{number}"), at=AT)
        old = agent.current_key(Purpose.SIGNING)
        new = new_key(agent, str(number))
        agent, _ = put_in_place(reserve_key(agent)[0], old, new, at=AT, compromised=False)
        assert seen.isdisjoint({unused, added.id, new.id})
        assert len({unused, added.id, new.id}) == 3
        seen |= {unused, added.id, new.id}


def test_keys_out_of_use_that_stand_in_no_document_leave_the_record_first() -> None:
    agent: HostedAgent = build_agent()
    first = agent.current_key(Purpose.SIGNING)
    agent, _ = put_in_place(agent, first, new_key(agent, "a"), at=AT, compromised=False)
    second = agent.current_key(Purpose.SIGNING)
    agent, _ = put_in_place(agent, second, new_key(agent, "b"), at=AT + timedelta(days=1), compromised=True)
    number = 0
    while len(agent.keys) < MAX_KEYS:
        old = agent.current_key(Purpose.BBS)
        number += 1
        agent, _ = put_in_place(
            agent, old, new_key(agent, str(number), Purpose.BBS), at=AT + timedelta(days=2), compromised=False
        )
    for gone in (second, first):
        agent.get_key(gone.id)
        agent, _ = put_in_place(
            agent,
            agent.current_key(Purpose.BBS),
            new_key(agent, f"x{gone.id}", Purpose.BBS),
            at=AT + timedelta(days=3),
            compromised=False,
        )
        with pytest.raises(NotFoundError):
            agent.get_key(gone.id)


def test_condemned_key_keeps_its_end() -> None:
    agent = build_agent()
    old = agent.current_key(Purpose.SIGNING)
    assert check_replaceable(agent, old, compromised=False)
    agent, ended = put_in_place(agent, old, new_key(agent, "a"), at=AT, compromised=False)
    assert not check_replaceable(agent, ended, compromised=True)
    agent, condemned = condemn(agent, ended, at=AT + timedelta(days=1))
    assert (condemned.state, condemned.expires_at) == (KeyState.COMPROMISED, ended.expires_at)
    with pytest.raises(ConflictError):
        check_replaceable(agent, condemned, compromised=True)


def test_removed_access_key_makes_room_for_another() -> None:
    agent = build_agent(access_keys=tuple(access_key(str(number)) for number in range(8)))
    with pytest.raises(ConflictError):
        add_access_key(agent, access_key("9"), at=AT)
    agent = remove_access_key(agent, agent.keys[3], at=AT)
    agent, added = add_access_key(agent, access_key("9"), at=AT)
    assert agent.keys[-1] == added


def test_id_of_a_key_names_its_agent() -> None:
    assert find_agent_id(write_key_id(AGENT_ID, 7)) == AGENT_ID
    assert find_agent_id("node-1") == "node"
    for text in ("", "node", "node-", "node-0", "node-01", "Node-1", f"{AGENT_ID}-x", f"{AGENT_ID.upper()}-1"):
        with pytest.raises(NotFoundError):
            find_agent_id(text)


def test_vault_that_gives_no_key_is_not_believed() -> None:
    key = build_agent().keys[0]
    with pytest.raises(InvalidKeyError):
        describe_key(key.id, key.purpose, key.kind, bytes(32), at=AT)
