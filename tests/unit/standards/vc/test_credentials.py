"""Credentials of VCDM 2.0 and 1.1: what they must have, each refusal beside the same document unbroken."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.timestamps import parse_timestamp
from legation.standards.vc.contexts_rules import CREDENTIALS_V1, CREDENTIALS_V2
from legation.standards.vc.credentials import check_period
from tests.support.vcdm import EXAMPLES, GONE, ISSUER, TYPE, credential, earlier_credential, formed, refusal

NOT_URL = "https ://not-a-url"


def test_form_tells_what_the_credential_says() -> None:
    form = formed(
        credential(
            context=[CREDENTIALS_V2, EXAMPLES],
            id="urn:uuid:1",
            type=["VerifiableCredential", "Membership"],
            issuer={"id": ISSUER, "name": "An issuer"},
            validFrom="2026-01-01T00:00:00Z",
            validUntil="2026-01-01T01:00:00+01:00",
            credentialStatus={"type": TYPE},
            refreshService=[{"type": TYPE}],
            evidence={"type": [TYPE], "id": "urn:x:1"},
            termsOfUse=[{"type": TYPE}],
            credentialSchema={"type": TYPE, "id": "urn:x:2"},
        )
    )
    assert (form.version, form.id, form.issuer) == ("2.0", "urn:uuid:1", ISSUER)
    assert form.types == ("VerifiableCredential", "Membership")
    assert form.subjects == ({"id": "did:example:subject"},)
    assert form.valid_from == form.valid_until == parse_timestamp("2026-01-01T00:00:00Z")
    assert [len(part) for part in (form.status, form.refresh, form.evidence, form.terms, form.schemas)] == [1] * 5
    assert form.unknown_schemas == ()


GOOD_AND_BAD: list[tuple[str, Any, Any]] = [
    ("id", "urn:uuid:1", NOT_URL),
    ("id", GONE, None),
    ("id", "https://example.org/1", ["https://example.org/1", "https://example.org/2"]),
    ("id", "did:example:1", "did:"),
    ("id", "http://example.org", "http://"),
    ("issuer", ISSUER, GONE),
    ("issuer", ISSUER, None),
    ("issuer", ISSUER, "fake-issuer"),
    ("issuer", {"id": ISSUER}, {"id": "fake-issuer"}),
    ("issuer", {"id": ISSUER}, {"id": None}),
    ("issuer", {"id": ISSUER}, {}),
    ("issuer", {"id": ISSUER}, [ISSUER]),
    ("issuer", {"id": ISSUER, "name": "x"}, {"id": ISSUER, "name": 1}),
    ("credentialSubject", {"a": 1}, GONE),
    ("credentialSubject", {"a": 1}, {}),
    ("credentialSubject", {"a": 1}, []),
    ("credentialSubject", {"a": 1}, "did:example:subject"),
    ("credentialSubject", [{"a": 1}, {"b": 2}], [{"a": 1}, {}]),
    ("credentialSubject", {"a": 1}, {"@context": {}}),
    ("credentialSubject", {"id": "urn:x:1"}, {"id": "relative"}),
    ("credentialSubject", {"id": "urn:x:1"}, {"id": ["urn:x:1", "urn:x:2"]}),
    ("type", "VerifiableCredential", GONE),
    ("type", ["VerifiableCredential", TYPE], [TYPE]),
    ("type", [TYPE, "VerifiableCredential"], [1, "VerifiableCredential"]),
    ("type", ["VerifiableCredential"], []),
    ("validFrom", "2023-02-25T19:10:39-06:00", "Sat 25 Feb 2023 07:16:31 PM CST"),
    ("validFrom", "2023-02-25T19:10:39.123Z", "2023-02-25T19:10:39.123"),
    ("validUntil", "2023-02-25T19:10:39+14:00", "2023-02-25T19:10:39+14:01"),
    ("validUntil", "2023-02-28T19:10:39Z", "2023-02-29T19:10:39Z"),
    ("credentialStatus", {"type": TYPE}, {"id": "urn:x:1"}),
    ("credentialStatus", {"type": TYPE, "id": "urn:x:1"}, {"type": TYPE, "id": NOT_URL}),
    ("credentialStatus", {"type": TYPE}, {"type": 2}),
    ("credentialStatus", [{"type": TYPE}], []),
    ("credentialStatus", {"type": TYPE}, "https://example.org/status"),
    ("credentialSchema", {"type": TYPE, "id": "urn:x:1"}, {"type": TYPE}),
    ("credentialSchema", {"type": TYPE, "id": "urn:x:1"}, {"id": "urn:x:1"}),
    ("credentialSchema", {"type": TYPE, "id": "urn:x:1"}, {"type": TYPE, "id": NOT_URL}),
    ("refreshService", {"type": TYPE}, {"id": "urn:x:1"}),
    ("termsOfUse", {"type": TYPE}, {}),
    ("evidence", [{"type": TYPE}], [{"type": TYPE}, {"verifier": "x"}]),
    ("confidenceMethod", {"type": TYPE}, {"id": "urn:x:1"}),
    ("renderMethod", {"type": TYPE}, {"template": "x"}),
    ("proof", {"type": "DataIntegrityProof"}, {"created": "2023-07-28T22:25:05Z"}),
    ("proof", [{"type": "DataIntegrityProof"}], [{"type": "DataIntegrityProof"}, {"type": 1}]),
    ("proof", {"type": "DataIntegrityProof"}, "z58DAdFfa9"),
    ("proof", {"type": "DataIntegrityProof"}, []),
    ("name", "A name", 1),
    ("description", [{"@value": "A", "@language": "en"}], []),
]


@pytest.mark.parametrize(("member", "good", "bad"), GOOD_AND_BAD)
def test_member_of_another_form_is_refused_and_the_right_one_accepted(member: str, good: Any, bad: Any) -> None:
    assert formed(credential(**{member: good}))
    code, pointer = refusal(credential(**{member: bad}))
    assert code == "malformed"
    assert pointer is not None
    assert pointer.startswith(f"/{member}")


def test_type_that_no_context_defines_is_refused() -> None:
    types = ["VerifiableCredential", "Membership"]
    assert refusal(credential(type=types)) == ("unknown_term", "/type")
    assert formed(credential(type=types, context=[CREDENTIALS_V2, EXAMPLES]))
    assert refusal(credential(credentialStatus={"type": "Entry"})) == ("unknown_term", "/credentialStatus/type")
    assert formed(credential(credentialStatus={"type": "Entry", "@context": {"Entry": TYPE}}))


def test_validity_that_ends_before_it_begins_is_refused() -> None:
    assert formed(credential(validFrom="2026-01-02T00:00:00Z", validUntil="2026-01-02T00:00:00Z"))
    bad = credential(validFrom="2026-01-02T00:00:01Z", validUntil="2026-01-02T00:00:00Z")
    assert refusal(bad) == ("malformed", "/validUntil")


@pytest.mark.parametrize("member", ["@id", "@type", "@graph", "@included", "@reverse", "@nest"])
def test_keyword_of_json_ld_as_a_member_is_refused(member: str) -> None:
    assert refusal({**credential(), member: "urn:x:1"})[0] == "unknown_term"
    for inside in ("issuer", "credentialSubject"):
        assert refusal(credential(**{inside: {"id": ISSUER, member: "urn:x:1"}})) == ("unknown_term", f"/{inside}")
    assert refusal(credential(evidence={"type": TYPE, member: "urn:x:1"})) == ("unknown_term", "/evidence")


@pytest.mark.parametrize("member", ["issuanceDate", "expirationDate"])
def test_period_of_1_1_in_a_credential_of_2_0_is_refused(member: str) -> None:
    moment = {member: "2026-01-02T00:00:00Z"}
    assert refusal(credential(context=[CREDENTIALS_V2, EXAMPLES], **moment)) == ("unknown_term", f"/{member}")
    assert formed(earlier_credential(**moment))


def test_credential_of_1_1_is_checked_by_its_own_rules() -> None:
    form = formed(earlier_credential(expirationDate="2027-01-01T00:00:00Z", validUntil="2026-06-01T00:00:00Z"))
    assert form.version == "1.1"
    assert form.valid_from == parse_timestamp("2026-01-01T00:00:00Z")
    assert form.valid_until == parse_timestamp("2026-06-01T00:00:00Z")
    assert refusal(earlier_credential(issuanceDate=GONE)) == ("malformed", "/issuanceDate")
    assert refusal(earlier_credential(issuanceDate="2026-01-01")) == ("malformed", "/issuanceDate")
    ended = earlier_credential(expirationDate="2025-01-01T00:00:00Z")
    assert refusal(ended) == ("malformed", "/expirationDate")
    entry = {"type": TYPE, "id": "urn:x:1"}
    for member in ("credentialStatus", "refreshService"):
        assert formed(earlier_credential(**{member: entry}))
        assert refusal(earlier_credential(**{member: {"type": TYPE}})) == ("malformed", f"/{member}/id")


def test_both_ends_belong_to_the_period() -> None:
    form = formed(credential(validFrom="2026-01-01T00:00:00Z", validUntil="2026-01-02T00:00:00Z"))
    begin, end = parse_timestamp("2026-01-01T00:00:00Z"), parse_timestamp("2026-01-02T00:00:00Z")
    check_period(form, begin)
    check_period(form, end)
    for at, code in ((begin - 1, "not_yet_valid"), (end + 1, "expired")):
        with pytest.raises(LegationError) as refused:
            check_period(form, at)
        assert refused.value.code == code
    check_period(formed(credential()), begin)


def test_lists_and_nesting_are_bounded() -> None:
    assert refusal(credential(evidence=[{"type": TYPE}] * 257))[0] == "too_large"
    assert formed(credential(evidence=[{"type": TYPE}] * 256))
    deep: Any = "end"
    for _ in range(40):
        deep = {"a": deep}
    assert refusal(credential(credentialSubject={"a": deep}))[0] == "malformed"


def test_document_without_a_known_first_context_is_refused() -> None:
    for context in (GONE, None, [], "", EXAMPLES, [EXAMPLES, CREDENTIALS_V2], [{"a": "urn:a"}, CREDENTIALS_V2]):
        assert refusal(credential(context=context)) == ("malformed", "/@context")
    assert formed(credential(context=CREDENTIALS_V2)).version == "2.0"
    assert formed(earlier_credential(context=CREDENTIALS_V1)).version == "1.1"
