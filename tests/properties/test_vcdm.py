"""Laws of the VC Data Model's checks: they are the same however often and in whatever order, and never break down."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from legation.errors import LegationError
from tests.support.vcdm import TYPE, contexts, credential, formed, presentation, shown

CONTEXTS = contexts()
NAMES = st.sampled_from(
    [
        *("@context", "id", "type", "@value", "@language", "@direction", "@id", "@type", "name", "digestSRI"),
        *("digestMultibase", "mediaType", "proof", "a"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.sampled_from(["urn:a", TYPE, "did:a:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
MEMBERS = [
    *("@context", "id", "type", "issuer", "credentialSubject", "validFrom", "validUntil", "credentialStatus"),
    *("credentialSchema", "refreshService", "termsOfUse", "evidence", "relatedResource", "proof", "name", "holder"),
    *("description", "verifiableCredential", "confidenceMethod", "renderMethod"),
]


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=4))
def test_whatever_stands_in_a_member_the_answer_is_a_form_or_a_refusal(members: dict[str, Any]) -> None:
    for check, made in ((formed, {**credential(), **members}), (shown, {**presentation(), **members})):
        with suppress(LegationError):
            assert check(made).types


@given(st.permutations(["VerifiableCredential", TYPE, "urn:x:A", "urn:x:B"]), st.randoms())
def test_order_of_types_and_members_does_not_matter(types: list[str], chance: Any) -> None:
    made = credential(type=types, validFrom="2026-01-01T00:00:00Z", evidence=[{"type": TYPE}])
    members = list(made.items())
    chance.shuffle(members)
    form, same = formed(dict(members)), formed(made)
    assert form == same
    assert set(form.types) == set(types)


@given(st.sampled_from(["issuer", "credentialSubject", "type", "@context"]))
def test_without_a_required_member_nothing_is_accepted(member: str) -> None:
    made = credential()
    assert formed(made)
    del made[member]
    try:
        formed(made)
    except LegationError:
        return
    raise AssertionError(member)
