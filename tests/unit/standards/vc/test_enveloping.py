"""Enveloped credentials and presentations (VC Data Model 2.0 §4.13)."""

from __future__ import annotations

from typing import Any

import pytest

from legation.errors import MalformedError, UnknownTermError
from legation.standards.vc.enveloping import envelop, find_enveloped

KIND = "EnvelopedVerifiableCredential"
V2 = "https://www.w3.org/ns/credentials/v2"
GOOD: dict[str, Any] = {"@context": V2, "id": "data:application/vc+jwt,a.b.c", "type": KIND}


def test_envelope_comes_back() -> None:
    made = envelop("a.b.c", KIND, "application/vc+jwt")
    assert made == GOOD
    assert find_enveloped(made, KIND) == ("application/vc+jwt", "a.b.c")


@pytest.mark.parametrize("change", [{"@context": [V2]}, {"type": [KIND]}])
def test_envelope_may_spell_a_single_value_as_an_array(change: dict[str, Any]) -> None:
    assert find_enveloped({**GOOD, **change}, KIND) == ("application/vc+jwt", "a.b.c")


@pytest.mark.parametrize(
    "change",
    [
        {"type": "VerifiableCredential"},
        {"type": [KIND, "Other"]},
        {"type": None},
        {"@context": [V2, V2]},
        {"@context": "https://www.w3.org/ns/credentials/v1"},
        {"@context": None},
        {"id": "a.b.c"},
        {"id": "data:application/vc+jwt"},
        {"id": "DATA:application/vc+jwt,a.b.c"},
        {"id": None},
    ],
)
def test_envelope_of_another_form_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedError):
        find_enveloped({**GOOD, **change}, KIND)


@pytest.mark.parametrize("name", ["proof", "issuer", "credentialSubject", "name"])
def test_envelope_with_another_member_is_an_unknown_term(name: str) -> None:
    with pytest.raises(UnknownTermError):
        find_enveloped({**GOOD, name: "x"}, KIND)
