"""Presentations of VCDM 2.0 and 1.1, their entries, and who holds them."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import LegationError
from legation.standards.vc.contexts_rules import CREDENTIALS_V1, CREDENTIALS_V2
from legation.standards.vc.enveloping import envelop
from legation.standards.vc.presentations import check_self_asserted, is_enveloped, read_enveloped
from tests.support.vcdm import (
    EXAMPLES,
    GONE,
    ISSUER,
    TYPE,
    contexts,
    credential,
    earlier_credential,
    presentation,
    shown,
    shown_refusal,
)

ENVELOPED = envelop("abc.def.ghi", "EnvelopedVerifiableCredential", "application/vc+jwt")


def test_form_tells_what_the_presentation_says() -> None:
    entries = [credential(), ENVELOPED, earlier_credential()]
    form = shown(presentation(id="urn:uuid:1", holder={"id": ISSUER}, verifiableCredential=entries))
    assert (form.version, form.id, form.holder) == ("2.0", "urn:uuid:1", ISSUER)
    assert form.credentials == tuple(entries)
    assert form.embedded == (entries[0], entries[2])
    assert is_enveloped(ENVELOPED)
    earlier = presentation(context=[CREDENTIALS_V1], verifiableCredential=earlier_credential())
    assert shown(earlier).version == "1.1"
    assert shown(presentation(verifiableCredential=GONE)).credentials == ()


@pytest.mark.parametrize(
    ("member", "good", "bad"),
    [
        ("id", "urn:uuid:1", "one"),
        ("id", GONE, None),
        ("id", "urn:uuid:1", "data:application/vp+jwt,abc.def.ghi"),
        ("holder", ISSUER, "z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"),
        ("holder", {"id": ISSUER}, {"name": "Acme"}),
        ("holder", {"id": ISSUER}, {"id": "z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"}),
        ("holder", {"id": ISSUER, "name": "Acme"}, {"id": ISSUER, "name": 1}),
        ("type", "VerifiablePresentation", GONE),
        ("type", ["VerifiablePresentation", TYPE], [TYPE]),
        ("verifiableCredential", [credential()], []),
        ("verifiableCredential", credential(), "https://example.org/credential"),
        ("verifiableCredential", [credential()], [credential(), "abc.def.ghi"]),
        ("verifiableCredential", [credential()], [5]),
        ("verifiableCredential", [credential()], [credential(type=GONE)]),
        ("verifiableCredential", [ENVELOPED], [{**ENVELOPED, "id": "abc.def.ghi"}]),
        ("verifiableCredential", [ENVELOPED], [{**ENVELOPED, "id": "data:application/vc+jwt,"}]),
        ("verifiableCredential", [ENVELOPED], [{**ENVELOPED, "id": "data:jwt,abc"}]),
        ("verifiableCredential", [ENVELOPED], [{**ENVELOPED, "type": ["EnvelopedVerifiableCredential", TYPE]}]),
        ("verifiableCredential", [ENVELOPED], [{**ENVELOPED, "@context": CREDENTIALS_V1}]),
        ("termsOfUse", {"type": TYPE}, {}),
        ("refreshService", {"type": TYPE}, {"id": "urn:x:1"}),
        ("proof", {"type": "DataIntegrityProof"}, {}),
    ],
)
def test_member_of_another_form_is_refused_and_the_right_one_accepted(member: str, good: Any, bad: Any) -> None:
    assert shown(presentation(**{member: good}))
    code, pointer = shown_refusal(presentation(**{member: bad}))
    assert code == "malformed"
    assert pointer is not None
    assert pointer.startswith(f"/{member}")


def test_keywords_and_contexts_are_judged_as_in_credentials() -> None:
    assert shown_refusal({**presentation(), "@graph": []}) == ("unknown_term", "")
    assert shown_refusal(presentation(holder={"id": ISSUER, "@type": TYPE})) == ("unknown_term", "/holder")
    assert shown_refusal(presentation(context=[EXAMPLES, CREDENTIALS_V2])) == ("malformed", "/@context")
    assert shown_refusal(presentation(context=[CREDENTIALS_V2, "https://example.com"]))[0] == "context_unknown"
    assert shown(presentation(context=[CREDENTIALS_V2, EXAMPLES]))


def test_presentation_has_a_bounded_number_of_credentials() -> None:
    assert shown(presentation(verifiableCredential=[credential()] * 100))
    assert shown_refusal(presentation(verifiableCredential=[credential()] * 101))[0] == "too_large"


def test_enveloped_presentation_is_a_data_url_and_nothing_else() -> None:
    kind = "EnvelopedVerifiablePresentation"
    good = envelop("abc.def.ghi", kind, "application/vp+jwt")
    assert read_enveloped(good, kind, contexts=contexts()) == ("application/vp+jwt", "abc.def.ghi")
    more = {**good, "@context": [CREDENTIALS_V2, EXAMPLES], "type": [kind]}
    assert read_enveloped(more, kind, contexts=contexts()) == ("application/vp+jwt", "abc.def.ghi")
    coded = {**good, "id": "data:application/vp+cose;base64,0oRY"}
    assert read_enveloped(coded, kind, contexts=contexts()) == ("application/vp+cose;base64", "0oRY")
    for change in (
        {"@context": []},
        {"@context": [EXAMPLES]},
        {"@context": EXAMPLES},
        {"@context": [EXAMPLES, CREDENTIALS_V2]},
        {"id": "abc.def.ghi"},
        {"type": ["VerifiablePresentation"]},
        {"type": "EnvelopedVerifiableCredential"},
        {"name": "x"},
    ):
        with pytest.raises(LegationError):
            read_enveloped({**good, **change}, kind, contexts=contexts())
    for member in good:
        with pytest.raises(LegationError):
            read_enveloped({name: value for name, value in good.items() if name != member}, kind, contexts=contexts())


def mismatch(document: Any, presenter: str) -> str | None:
    with pytest.raises(LegationError) as refused:
        check_self_asserted(shown(document), presenter)
    assert refused.value.code == "holder_mismatch"
    return refused.value.pointer


def test_credential_without_a_proof_of_its_own_is_the_holders() -> None:
    own, others = credential(), credential(issuer="did:example:other")
    check_self_asserted(shown(presentation(holder=ISSUER, verifiableCredential=[own])), ISSUER)
    check_self_asserted(shown(presentation(holder={"id": ISSUER}, verifiableCredential=[own])), ISSUER)
    at = "/verifiableCredential/0/issuer"
    assert mismatch(presentation(verifiableCredential=[own]), ISSUER) == at
    assert mismatch(presentation(holder=ISSUER, verifiableCredential=[others]), ISSUER) == at
    assert mismatch(presentation(holder="did:example:other", verifiableCredential=[own]), ISSUER) == "/holder"
    proved = {**others, "proof": {"type": "DataIntegrityProof"}}
    check_self_asserted(shown(presentation(holder=ISSUER, verifiableCredential=[proved, ENVELOPED])), ISSUER)
    check_self_asserted(shown(presentation(verifiableCredential=[proved])), ISSUER)
