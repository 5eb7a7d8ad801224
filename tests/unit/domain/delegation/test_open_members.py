"""What may stand in the members of a hop that mean nothing here, and in its status entries."""

from __future__ import annotations

import pytest

from legation.domain.delegation.credential import parse_hop
from legation.errors import MalformedError
from tests.support.chains import credential, parties

ENTRY = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}


@pytest.mark.parametrize("member", ["name", "description", "evidence"])
@pytest.mark.parametrize("value", [None, [], {}, [None], {"a": []}, {"@context": "https://x.example"}, [[{"a": None}]]])
def test_null_empty_values_and_a_deeper_context_are_refused_where_plain_values_are_not(
    member: str, value: object
) -> None:
    first, second = parties(1)[:2]
    document = credential(0, first, second)
    document[member] = {"a": ["text", 1, True]}
    assert parse_hop(document, enveloped=False).id == document["id"]
    document[member] = value
    with pytest.raises(MalformedError) as refused:
        parse_hop(document, enveloped=False)
    assert refused.value.pointer == f"/{member}"


@pytest.mark.parametrize("extra", [None, [], {"@context": "https://x.example"}])
def test_status_entry_follows_the_same_rules(extra: object) -> None:
    first, second = parties(1)[:2]
    document = credential(0, first, second)
    document["credentialStatus"] = dict(ENTRY)
    assert parse_hop(document, enveloped=False).status == (ENTRY,)
    document["credentialStatus"] = {**ENTRY, "extra": extra}
    with pytest.raises(MalformedError):
        parse_hop(document, enveloped=False)
